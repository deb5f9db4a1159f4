"""The machine: files, state directory, accounts, systemd, the log."""
