"""What errorhelp costs, measured: one command each."""

import sys
from pathlib import Path

# Servers, nginx and ports are started as the tests start them.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
