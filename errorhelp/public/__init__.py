"""The public listener: help and connection lists to whoever asks, and nothing else."""
