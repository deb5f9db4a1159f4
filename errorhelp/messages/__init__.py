"""User messages, their periods and states, and the windows of which occurrences come. Pure."""
