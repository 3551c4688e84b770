"""Comparing two versions of a record, value by value, and putting one together from its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reviews.documents import REMOVED, KeyPath, is_same
from reviews.schema.kinds import MAPPING
from reviews.schema.table import CLAIM_FIELDS, CONTENT_FIELDS, DIMENSION_FIELDS, POLICY_FIELDS
from reviews.schema.values import PolicyValues, read_dimension, read_policy


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs between two versions of a record; ``REMOVED`` where a side does not have it."""

    at: KeyPath
    old: Any
    new: Any

    @property
    def dimension(self) -> str | None:
        """The dimension's key, where the value belongs to one."""
        return str(self.at[1]) if self.at[0] == "analysis" else None


def flatten(record: PolicyValues, *, with_review: bool = False) -> dict[KeyPath, Any]:
    """Return the record's values by place: ``("year",)``, ``("regulatory", "liability_period")``,
    ``("analysis", "market", "evidence")``, ``("extra", …)``, ``("misfits", …)``, ``("body",)``.
    """
    flat: dict[KeyPath, Any] = {}
    for row in POLICY_FIELDS if with_review else CONTENT_FIELDS:
        if row.kind is MAPPING:
            flat.update({(row.name, key): item for key, item in record.fields[row.name].items()})
        else:
            flat[row.name,] = record.fields[row.name]
    flat["body",] = record.body
    flat.update({("extra", key): item for key, item in record.extra.items()})
    flat.update({("misfits", key): item for key, item in record.misfits.items()})
    for key, dimension in record.dimensions.items():
        for row in DIMENSION_FIELDS if with_review else CLAIM_FIELDS:
            flat["analysis", key, row.name] = dimension.fields[row.name]
        flat.update({("analysis", key, "extra", name): item for name, item in dimension.extra.items()})
        flat.update({("analysis", key, "misfits", name): item for name, item in dimension.misfits.items()})
    return flat


def compare_values(old: PolicyValues, new: PolicyValues, *, with_review: bool = False) -> tuple[Change, ...]:
    """Return each value that differs, be it in type alone, in the table's order, dimensions last."""
    before, after = flatten(old, with_review=with_review), flatten(new, with_review=with_review)
    places = [*before, *(at for at in after if at not in before)]
    return tuple(
        Change(at, before.get(at, REMOVED), after.get(at, REMOVED))
        for at in places
        if not is_same(before.get(at, REMOVED), after.get(at, REMOVED))
    )


def unflatten(flat: Mapping[KeyPath, Any]) -> PolicyValues:
    """Return the record whose values stand at these places: the inverse of ``flatten``, review fields empty."""
    record = read_policy({}, "")
    for at, value in flat.items():
        match at:
            case ("body",):
                record = replace(record, body=value)
            case ("extra" | "misfits" as kind, key):
                getattr(record, kind)[key] = value
            case ("analysis", key, *rest):
                dimension = record.dimensions.setdefault(str(key), read_dimension({}))
                if len(rest) == 2:
                    getattr(dimension, str(rest[0]))[rest[1]] = value
                else:
                    dimension.fields[str(rest[0])] = value
            case (name, key):
                record.fields[str(name)][key] = value
            case (name,):
                record.fields[str(name)] = value
    return record
