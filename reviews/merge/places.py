"""A record as values by place, where a field and what did not fit it are one value; and back again."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from reviews.documents import REMOVED, KeyPath, is_same
from reviews.schema import (
    DIMENSION_FIELDS,
    MAPPING,
    POLICY_FIELDS,
    DimensionValues,
    PolicyValues,
    flatten,
    read_dimension,
    unflatten,
    write_dimension,
)

Places = dict[KeyPath, Any]

FIELDS = {row.name: row for row in POLICY_FIELDS}
_BY_KEY = {row.dotted: row for row in POLICY_FIELDS}
FIELDS_OF_DIMENSION = {row.name: row for row in DIMENSION_FIELDS}
_OF_DIMENSION_BY_KEY = {row.dotted: row for row in DIMENSION_FIELDS}
_ANALYSIS = "analysis."


@dataclass(frozen=True, slots=True, eq=False)
class Misfit:
    """A file's value that does not fit its field: the field's value, as long as nothing readable stands there."""

    raw: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Misfit) and is_same(self.raw, other.raw)

    __hash__ = None  # type: ignore[assignment]  # its value may be a list


def places_of(record: PolicyValues) -> Places:
    """Return the places of ``flatten(with_review=True)``, each misfit at the place of its field.

    A dimension that is no mapping is a misfit at ``("analysis", key)``; where a field has a readable value beside its
    misfit, the misfit keeps the place of its own that ``flatten`` gives it.
    """
    flat = flatten(record, with_review=True)
    for at in [at for at in flat if "misfits" in (at[0], at[2:3] and at[2])]:
        place = _place_of_misfit(at)
        if place != at and _is_empty(value_in(flat, place), place):
            flat[place] = Misfit(flat.pop(at))
    return flat


def _place_of_misfit(at: KeyPath) -> KeyPath:
    key = str(at[-1])
    if len(at) == 4:
        return (*at[:2], _OF_DIMENSION_BY_KEY[key].name) if key in _OF_DIMENSION_BY_KEY else at
    if at[0] == "misfits" and key.startswith(_ANALYSIS):
        return ("analysis", key.removeprefix(_ANALYSIS))
    return (_BY_KEY[key].name,) if at[0] == "misfits" and key in _BY_KEY else at


def _is_empty(value: Any, at: KeyPath) -> bool:
    return value is REMOVED if len(at) == 2 else value in ("", None, [], {})


def record_of(places: Mapping[KeyPath, Any]) -> PolicyValues:
    """Return the record whose values stand at these places: the inverse of ``places_of``."""
    flat: Places = {}
    for at, value in places.items():
        if not isinstance(value, Misfit):
            flat[at] = deepcopy(value) if isinstance(value, dict | list) else value
        elif len(at) == 1:
            flat["misfits", FIELDS[str(at[0])].dotted] = value.raw
        elif len(at) == 2:
            flat["misfits", f"{_ANALYSIS}{at[1]}"] = value.raw
        else:
            flat[(*at[:2], "misfits", FIELDS_OF_DIMENSION[str(at[2])].dotted)] = value.raw
    return unflatten(flat)


def value_in(places: Mapping[KeyPath, Any], at: KeyPath) -> Any:
    """Return the value at a place, ``REMOVED`` where there is none: of a whole dimension, or of a field that is a
    mapping, as one mapping.
    """
    if at in places:
        return places[at]
    if is_mapping(at):
        return {place[1]: value for place, value in places.items() if len(place) == 2 and place[0] == at[0]}
    if is_dimension(at):
        inner = {place: value for place, value in places.items() if place[:2] == at}
        return write_dimension(record_of(inner).dimensions[str(at[1])]) if inner else REMOVED
    return REMOVED


def set_value(places: Places, at: KeyPath, value: Any) -> None:
    """Let a value stand at a place, as ``value_in`` returns it; ``REMOVED`` takes away what stood there."""
    if len(at) > 2 and value is not REMOVED and not has_dimension(places, at[:2]):
        set_value(places, at[:2], {})
    for place in [place for place in places if place[: len(at)] == at]:
        del places[place]
    if isinstance(value, Mapping) and is_mapping(at):
        places.update({(*at, key): item for key, item in value.items()})
    elif isinstance(value, Mapping) and is_dimension(at):
        places.update(places_of_dimension(str(at[1]), read_dimension(value)))
    elif value is not REMOVED:
        places[at] = value


def places_of_dimension(key: str, dimension: DimensionValues) -> Places:
    """Return the places of one dimension alone."""
    record = unflatten({})
    record.dimensions[key] = dimension
    return {at: value for at, value in places_of(record).items() if at[:2] == ("analysis", key)}


def has_dimension(places: Places, at: KeyPath) -> bool:
    """Whether a dimension stands at that place, and no misfit: then it has all fields."""
    return (*at, DIMENSION_FIELDS[0].name) in places


def is_dimension(at: KeyPath) -> bool:
    """Whether the place is a whole dimension."""
    return len(at) == 2 and at[0] == "analysis"


def is_mapping(at: KeyPath) -> bool:
    """Whether the place is a field that is a mapping, as a whole."""
    return len(at) == 1 and at[0] in FIELDS and FIELDS[str(at[0])].kind is MAPPING
