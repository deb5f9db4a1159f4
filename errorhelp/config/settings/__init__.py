"""The table of settings, one file a section: names, meaning, defaults, examples."""
