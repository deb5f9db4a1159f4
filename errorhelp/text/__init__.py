"""Texts that people read: languages, times, links, Markdown, placeholders, translations. Pure."""
