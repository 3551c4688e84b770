"""Merging whole records, value by value: base, theirs, ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from reviews.documents import REMOVED, KeyPath, is_same
from reviews.merge.lists import leading, merge_list, weave
from reviews.merge.places import (
    Misfit,
    Places,
    has_dimension,
    is_dimension,
    places_of,
    record_of,
    set_value,
    value_in,
)
from reviews.merge.texts import merge_lines
from reviews.schema import PolicyValues

_STATUS: KeyPath = ("file_status",)
_SIGNED: tuple[KeyPath, ...] = (("reviewer",), ("last_audit_date",))
_CLASH = object()


class Side(StrEnum):
    """Whose value stands in the record now."""

    THEIRS = "theirs"
    OURS = "ours"
    BOTH = "both"  # merged of both, or both say the same
    CONFLICT = "conflict"  # ours, until a person decides


class Pending(NamedTuple):
    """The two sides of an open conflict that a record's own values do not tell."""

    base: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class MergedValue:
    """A value that a side changed; ``REMOVED`` where one does not have it. A whole dimension is one mapping."""

    at: KeyPath
    base: Any
    theirs: Any
    ours: Any
    side: Side
    result: Any


@dataclass(frozen=True, slots=True)
class MergePlan:
    """The merged record, and each value that differs from the base on a side."""

    record: PolicyValues
    values: tuple[MergedValue, ...]

    @property
    def conflicts(self) -> tuple[MergedValue, ...]:
        """The values that both sides changed, and not to the same: the record has ours."""
        return tuple(item for item in self.values if item.side is Side.CONFLICT)


def merge_values(
    base: PolicyValues,
    theirs: PolicyValues,
    ours: PolicyValues,
    *,
    pending: Mapping[KeyPath, Pending] | None = None,
    is_signed: bool = False,
) -> MergePlan:
    """Merge two records that were made of one.

    ``pending`` are open conflicts by place. There both sides are compared with what the conflict went out from; and
    where the file did not change since the base, it takes nothing back: what an upload brought still waits.
    ``is_signed``: somebody signed ours, so its reviewer and day stay, and a note that the file changed is a conflict
    wherever it says something else.
    """
    sides = [places_of(record) for record in (base, theirs, ours)]
    for at, waiting in (pending or {}).items():
        if is_same(value_in(sides[0], at), value_in(sides[1], at)):
            set_value(sides[1], at, waiting.theirs)
        set_value(sides[0], at, waiting.base)
    result = dict(sides[2])
    values = []
    for at in _places(*sides):
        old, new, mine = (value_in(side, at) for side in sides)
        if is_same(new, old) and is_same(mine, old):
            continue
        merged = _merge_at(at, old, new, mine, is_signed=is_signed)
        values.append(merged)
        if not is_same(merged.result, mine):
            set_value(result, at, merged.result)
    record = record_of(result)
    keys = [list(side.dimensions) for side in (base, theirs, ours)]
    lead = leading(*keys) or keys[2]
    order = weave(lead, keys[2] if lead is keys[1] else keys[1])
    dimensions = {key: record.dimensions[key] for key in order if key in record.dimensions}
    return MergePlan(replace(record, dimensions=dimensions), tuple(values))


def _places(base: Places, theirs: Places, ours: Places) -> list[KeyPath]:
    """Return the places to compare, each once: the whole, where a side has no parts of it.

    A dimension that both have is merged value by value; where the base has none, an empty one then stands in it.
    """
    everywhere = dict.fromkeys([*base, *theirs, *ours])
    whole = {
        at for at in everywhere if any(isinstance(side.get(at), Misfit) for side in (base, theirs, ours))
    }
    for at in dict.fromkeys(at[:2] for at in everywhere if at[0] == "analysis"):
        if not (has_dimension(theirs, at) and has_dimension(ours, at)):
            whole.add(at)
        elif not has_dimension(base, at):
            set_value(base, at, {})
            whole.discard(at)
            everywhere.pop(at, None)
    return list(dict.fromkeys(_whole(at, whole) for at in everywhere))


def _whole(at: KeyPath, whole: set[KeyPath]) -> KeyPath:
    return next((at[:length] for length in (1, 2) if at[:length] in whole), at)


def _merge_at(at: KeyPath, base: Any, theirs: Any, ours: Any, *, is_signed: bool) -> MergedValue:
    def merged(side: Side, result: Any) -> MergedValue:
        return MergedValue(at, base, theirs, ours, side, result)

    if is_same(theirs, ours):
        return merged(Side.BOTH, ours)
    if at == _STATUS:  # a file says of itself what it says
        return merged(Side.THEIRS, theirs)
    if at in _SIGNED and (is_signed or not is_same(ours, base)):
        return merged(Side.OURS, ours)
    if is_same(theirs, base):
        return merged(Side.OURS, ours)
    if is_signed and len(at) == 3 and at[2] == "audit_note" and ours:
        return merged(Side.CONFLICT, ours)
    if is_same(ours, base):
        return merged(Side.THEIRS, theirs)
    result = _CLASH if is_dimension(at) else _merge_inside(base, theirs, ours)
    return merged(Side.CONFLICT, ours) if result is _CLASH else merged(Side.BOTH, result)


def _merge_inside(base: Any, theirs: Any, ours: Any) -> Any:
    """Merge two values that both changed: mappings by key, lists by item, long texts by line."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return _merge_mappings(base if isinstance(base, dict) else {}, theirs, ours)
    if isinstance(theirs, list) and isinstance(ours, list):
        items = merge_list(base if isinstance(base, list) else [], theirs, ours)
        return _CLASH if items is None else items
    if all(isinstance(side, str) for side in (base, theirs, ours)) and "\n" in base + theirs + ours:
        text = merge_lines(base, theirs, ours).text
        return text if text and text.strip() else _CLASH  # a blank text is nobody's wish
    return _CLASH


def _merge_mappings(base: dict[str, Any], theirs: dict[str, Any], ours: dict[str, Any]) -> Any:
    result = {}
    for key in dict.fromkeys([*base, *ours, *theirs]):
        old, new, mine = (side.get(key, REMOVED) for side in (base, theirs, ours))
        item = _merge_item(old, new, mine)
        if item is _CLASH:
            return _CLASH
        if item is not REMOVED:
            result[key] = item
    return result


def _merge_item(base: Any, theirs: Any, ours: Any) -> Any:
    if is_same(theirs, ours) or is_same(theirs, base):
        return ours
    return theirs if is_same(ours, base) else _merge_inside(base, theirs, ours)
