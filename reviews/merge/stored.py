"""One value of a record as JSON, and back."""

from __future__ import annotations

from typing import Any

from reviews.documents import REMOVED, KeyPath
from reviews.merge.places import FIELDS, FIELDS_OF_DIMENSION, Misfit, is_dimension
from reviews.schema import jsonable


def store_value(value: Any) -> dict[str, Any]:
    """Return a value of ``places_of`` or ``value_in`` as JSON can hold it: ``{}`` where there is none."""
    if value is REMOVED:
        return {}
    return {"misfit": value.raw} if isinstance(value, Misfit) else {"value": jsonable(value)}


def load_value(at: KeyPath, stored: dict[str, Any]) -> Any:
    """Return what ``store_value`` stored: of the kind that the place's field has."""
    if not stored:
        return REMOVED
    if "misfit" in stored:
        return Misfit(stored["misfit"])
    row = FIELDS.get(str(at[0])) if len(at) == 1 else None
    if len(at) == 3 and at[0] == "analysis":
        row = FIELDS_OF_DIMENSION.get(str(at[2]))
    if is_dimension(at):
        return dict(
            sorted(stored["value"].items())
        )  # as a file has it; PostgreSQL orders keys by their length
    return row.kind.read(stored["value"]) if row else stored["value"]
