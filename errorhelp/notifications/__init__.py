"""Who is notified of what and how: decisions, wording, and ways of delivery."""
