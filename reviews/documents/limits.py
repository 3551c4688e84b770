"""How deep and how large a header may be, so that a hostile file costs a message and not the process."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 100  # levels; readers and comparisons recurse, and libyaml ends the process on some 100,000
MAX_VALUES = 100_000  # values after aliases are written out; the largest real header has some 150

TOO_DEEP = f"the values are nested deeper than {MAX_DEPTH} levels; flatten them"
TOO_MANY = f"the aliases stand for more than {MAX_VALUES:,} values; write the values out or drop the aliases"


def is_too_deep(value: Any, room: int = MAX_DEPTH) -> bool:
    """Whether lists and mappings stand in each other more than MAX_DEPTH levels deep."""
    if isinstance(value, dict):
        return room == 0 or any(is_too_deep(item, room - 1) for item in value.values())
    if isinstance(value, list):
        return room == 0 or any(is_too_deep(item, room - 1) for item in value)
    return False
