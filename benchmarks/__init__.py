"""What errorhelp costs, measured: one command each."""
