"""Review of policies kept as front-matter files: the Django application."""
