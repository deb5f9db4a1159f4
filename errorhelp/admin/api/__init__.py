"""The admin API: its routes, and what they take and answer."""
