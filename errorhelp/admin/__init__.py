"""The admin listener: the API by which messages are posted, changed and ended."""
