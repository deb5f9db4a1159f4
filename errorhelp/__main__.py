"""`python -m errorhelp`."""

from errorhelp.cli import main

main()
