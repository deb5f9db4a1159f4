"""errorhelp decides what a person reads when they cannot log in to their 1C:Enterprise infobase."""

__version__ = "0.1.0"
