"""The published tree, its publisher, and publishing without the service."""
