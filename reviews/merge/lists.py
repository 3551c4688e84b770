"""Merging lists of ids: as sets, with their order kept."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, TypeVar

T = TypeVar("T", bound=Hashable)
Item = tuple[type, Any]  # True is not 1


def merge_list(base: Sequence[Any], theirs: Sequence[Any], ours: Sequence[Any]) -> list[Any] | None:
    """Merge two lists that were made of one: an item stays where neither side took it out.

    The order is that of the side that changed it, else ours; the other side's new items follow the item that they
    follow there. ``None`` where that is not to be told: items repeat or are no scalars, or both sides put the
    same items into different orders.
    """
    if any(isinstance(item, dict | list) for side in (base, theirs, ours) for item in side):
        return None
    old, new, mine = ([(type(item), item) for item in side] for side in (base, theirs, ours))
    if any(len(set(side)) < len(side) for side in (old, new, mine)):
        return None
    lead = leading(old, new, mine)
    if lead is None:
        return None
    stays = (set(new) & set(mine)) | (set(new) ^ set(mine)) - set(old)
    return [value for kind, value in weave(lead, mine if lead is new else new) if (kind, value) in stays]


def leading(old: list[T], new: list[T], mine: list[T]) -> list[T] | None:
    """Return which of two versions gives the order: theirs where they alone changed it; ``None`` where both did."""
    kept = set(old) & set(new) & set(mine)
    before, theirs, ours = ([item for item in side if item in kept] for side in (old, new, mine))
    if theirs in (before, ours):
        return mine
    return new if ours == before else None


def weave(lead: Sequence[T], other: Sequence[T]) -> list[T]:
    """Return the items of the first, and those that only the second has, each after the one that it follows there."""
    known = set(lead)
    followers: dict[T | None, list[T]] = {}
    place = None
    for item in other:
        if item in known:
            place = item
        else:
            followers.setdefault(place, []).append(item)
    result = followers.get(None, [])
    for item in lead:
        result += [item, *followers.get(item, ())]
    return result
