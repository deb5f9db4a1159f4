"""The catalog: infobases, folders, connection lists, help and windows, compiled from the configuration. Pure."""
