"""What errorhelp costs, measured: one command each."""

import sys
from pathlib import Path

# The modules of tests that benchmarks use find one another there.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
