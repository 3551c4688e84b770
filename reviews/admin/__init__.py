"""The admin: one module a page. Each parses input, calls a service or a selector, and shows the result."""

from reviews.admin import accounts, decisions, policies, runs

__all__ = ["accounts", "decisions", "policies", "runs"]
