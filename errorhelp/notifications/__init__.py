"""What is told to whom and how: decisions, wording, and ways of delivery."""
