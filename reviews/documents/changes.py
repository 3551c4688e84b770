"""Changes to values: what a mapping of key paths means, and when two values are the same."""

from __future__ import annotations

from typing import Any, Final


class Removed:
    """The type of REMOVED."""

    def __repr__(self) -> str:
        return "REMOVED"


REMOVED: Final = Removed()
"""Given as a value in `Document.replacing`: deletes the key or list item."""


def is_same(one: Any, other: Any) -> bool:
    """Equal in type too, at every depth: True is not 1, 1 is not 1.0, a date is not its text; NaN is NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return len(one) == len(other) and all(
            key in other and is_same(value, other[key]) for key, value in one.items()
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124 -- NaN differs from itself
