"""The public answers, one file per family: catalog, messages and a moment in, bytes out. Pure."""
