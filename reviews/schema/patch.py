"""What must change in a file so that it reads as a record: key path to new value, and nothing else.

Comparing a stored value with the file's means reading the file's value again, so what nobody touched is
never written, however odd its spelling.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from reviews.documents import REMOVED, KeyPath, is_same
from reviews.schema.kinds import DATE, MAPPING, as_key
from reviews.schema.table import DIMENSION_FIELDS, POLICY_FIELDS, Field
from reviews.schema.values import DimensionValues, PolicyValues, read_policy, value_at

_SHARED = {row.key[:-1] for row in POLICY_FIELDS if len(row.key) > 1}


def changed_values(base: Mapping[str, Any], record: PolicyValues, *, base_body: str) -> dict[KeyPath, Any]:
    """Return what must be replaced in a file with the values ``base`` so that it reads as ``record``.

    Key path to new value, ``REMOVED`` for a key that goes. The body is not part of it; it is passed
    because reading is whole. Values that read the same are left out, whatever their spelling.
    """
    was = read_policy(base, base_body)
    changes: dict[KeyPath, Any] = {}
    for row in POLICY_FIELDS:
        changes.update(_field_changes(row, (), base, was.fields, record.fields))
    analysis = base.get("analysis")
    names = {as_key(key): key for key in analysis} if isinstance(analysis, Mapping) else {}
    for key in was.dimensions.keys() - record.dimensions.keys():
        changes["analysis", names[key]] = REMOVED
    for key, dimension in record.dimensions.items():
        if key not in was.dimensions:
            changes["analysis", key] = write_dimension(dimension)
            continue
        path: KeyPath = ("analysis", names[key])
        before = was.dimensions[key]
        for row in DIMENSION_FIELDS:
            changes.update(_field_changes(row, path, base, before.fields, dimension.fields))
        changes.update(_mapping_changes(path, value_at(base, path), before.extra, dimension.extra))
    changes.update(_mapping_changes((), base, was.extra, record.extra))
    return changes


def _field_changes(
    row: Field, at: KeyPath, base: Any, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[KeyPath, Any]]:
    old, new = before[row.name], after[row.name]
    if is_same(old, new):
        return
    path = (*at, *row.key)
    raw = value_at(base, path)
    if row.kind is MAPPING and isinstance(raw, Mapping):
        yield from _mapping_changes(path, raw, old, new)
    elif row.kind is DATE and type(raw) is dt.date and new is not None:
        yield path, new  # a plain date stays one: a site's schema may want no text there
    else:
        yield path, row.kind.write(new)


def _mapping_changes(
    at: KeyPath, raw: Any, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[KeyPath, Any]]:
    names = {as_key(key): key for key in raw} if isinstance(raw, Mapping) else {}
    for key in [*before, *(key for key in after if key not in before)]:
        path = (*at, names.get(key, key))
        inner = value_at(raw, path[-1:])
        old, new = before.get(key, REMOVED), after.get(key, REMOVED)
        if path in _SHARED:  # fields of the table stand in it too: it never goes or comes as a whole
            old, new = ({} if side is REMOVED else side for side in (old, new))
            inner = {} if inner is None else inner
        if is_same(old, new):
            continue
        if all(isinstance(item, Mapping) for item in (inner, old, new)):
            yield from _mapping_changes(path, inner, old, new)
        else:
            yield path, new


def write_dimension(dimension: DimensionValues) -> dict[str, Any]:
    """Return the whole mapping of a dimension as a file would have it, what did not fit its field among it."""
    known = {str(row.key[0]): row.kind.write(dimension.fields[row.name]) for row in DIMENSION_FIELDS}
    unreadable = {key: raw for key, raw in dimension.misfits.items() if known.get(key) in ("", None)}
    return dict(sorted({**dimension.extra, **known, **unreadable}.items()))


def compose_values(policy_id: str, record: PolicyValues) -> dict[str, Any]:
    """Return the front matter of a record that has no file yet: every key, sorted, as the seed has it."""
    values: dict[Any, Any] = deepcopy(record.extra)
    values["id"] = policy_id
    values["analysis"] = {key: write_dimension(item) for key, item in sorted(record.dimensions.items())}
    for row in POLICY_FIELDS:
        place: dict[Any, Any] = values
        for part in row.key[:-1]:
            place = place.setdefault(part, {})
        place[row.key[-1]] = row.kind.write(record.fields[row.name])
    return dict(_sorted(values))


def _sorted(value: Any) -> Any:
    return {key: _sorted(value[key]) for key in sorted(value)} if isinstance(value, dict) else value
