"""Changes to values: what a mapping of key paths means, and when two values are the same."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Final

from reviews.documents.errors import DocumentError, KeyPath
from reviews.documents.limits import MAX_DEPTH, TOO_DEEP


class Removed:
    """The type of REMOVED."""

    def __repr__(self) -> str:
        return "REMOVED"


REMOVED: Final = Removed()
"""Given as a value in `Document.replacing`: deletes the key or list item."""


def is_same(one: Any, other: Any) -> bool:
    """Equal in type too, at every depth: True is not 1, 1 is not 1.0, a date is not its text; NaN is NaN.

    The order of a mapping's keys does not count.
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return len(one) == len(other) and all(
            key in other and is_same(value, other[key]) for key, value in one.items()
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124 -- NaN differs from itself


def apply_changes(values: dict[str, Any], changes: Mapping[KeyPath, Any]) -> dict[str, Any]:
    """The values as they should be; `values` itself stays as it is.

    Positions in lists are those of `values`, however many items one call deletes. Raises DocumentError for a path
    that leads nowhere, and for two paths of which one leads into the other.
    """
    tree: dict[Any, Any] = {}
    for path, value in changes.items():
        _plant(tree, path, value)
    result: dict[str, Any] = _applied(values, tree, ())
    return result


def text_keys(mapping: dict[Any, Any], path: KeyPath, is_sorted: bool = True) -> list[str]:
    """The keys of a mapping to write, in the order in which they are written: sorted, where it is part of an edit.

    So the text does not depend on the order in which edits came. Raises DocumentError for a key that is no text.
    """
    for key in mapping:
        if not isinstance(key, str):
            raise DocumentError(f"the new key {key!r} is no text; use a text key", path=(*path, key))
    return sorted(mapping) if is_sorted else list(mapping)


class _Set:
    """The end of a path: the value that is wanted there."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _plant(tree: dict[Any, Any], path: KeyPath, value: Any) -> None:
    if not path:
        raise DocumentError("the empty key path names no value; give the keys that lead to one")
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
        if isinstance(tree, _Set):
            raise DocumentError("this change and one of a value around it exclude each other", path=path)
    if path[-1] in tree:
        raise DocumentError("this change and one of a value within it exclude each other", path=path)
    tree[path[-1]] = _Set(value if value is REMOVED else _plain(value, path))


def _applied(old: Any, tree: dict[Any, Any], path: KeyPath) -> Any:
    if old is REMOVED or old is None:  # a missing parent is created
        old = {}
    if isinstance(old, dict):
        new: Any = dict(old)
    elif isinstance(old, list):
        new = list(old)
    else:
        raise DocumentError(
            "%(what)s stands here, so no value can be set within it", path=path, what=_name(old)
        )
    dropped = []
    for step, change in tree.items():
        here = (*path, step)
        if isinstance(old, list):
            if type(step) is not int or not 0 <= step < len(old):
                raise DocumentError(
                    f"the list has {len(old)} items and no {step!r}; to make it longer give the whole list",
                    path=here,
                )
            before = old[step]
        else:
            before = old.get(step, REMOVED)
        if not isinstance(change, _Set):
            if before is REMOVED and _is_removal(change):
                continue
            new[step] = _applied(before, change, here)
        elif change.value is not REMOVED:
            new[step] = change.value
        elif isinstance(old, list):
            dropped.append(step)
        else:
            new.pop(step, None)
    for step in sorted(dropped, reverse=True):
        del new[step]
    return new


def _is_removal(tree: dict[Any, Any]) -> bool:
    """Whether nothing but deletions is wanted: those create no parents."""
    return all(
        change.value is REMOVED if isinstance(change, _Set) else _is_removal(change)
        for change in tree.values()
    )


def _plain(value: Any, path: KeyPath) -> Any:
    """The value in the plain types that readers give, so that it can be compared with what is read back."""
    if value is None or isinstance(value, bool):
        return value
    if len(path) > MAX_DEPTH:
        raise DocumentError(TOO_DEEP, path=path[:3])
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value) if type(value) is not kind else value
    if isinstance(value, datetime.date | datetime.time):
        return value
    if isinstance(value, Mapping):
        return {key: _plain(item, (*path, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, (*path, place)) for place, item in enumerate(value)]
    raise DocumentError(
        "a value of type %(what)s cannot be written; give text, a number, a truth value, a list or a mapping",
        path=path,
        what=type(value).__name__,
    )


def _name(value: Any) -> str:
    """A value's kind in words, for messages."""
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "a number"
    return "a date" if isinstance(value, datetime.date) else f"of type {type(value).__name__}"
