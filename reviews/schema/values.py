"""The values of one record as its models store them, read from a file's front matter.

Reading never fails: what does not fit its field is kept aside word for word as a *misfit*, and the
field stays empty.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from reviews.documents import KeyPath
from reviews.schema.kinds import MisfitError, as_key, jsonable, with_unix_newlines
from reviews.schema.table import DIMENSION_FIELDS, POLICY_FIELDS, Field, dotted

_KNOWN_PATHS: tuple[KeyPath, ...] = (*(row.key for row in POLICY_FIELDS), ("id",))


@dataclass(frozen=True, slots=True)
class DimensionValues:
    """One dimension as its model stores it: fields by name, unknown keys, and what did not fit."""

    fields: dict[str, Any]
    extra: dict[str, Any]
    misfits: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PolicyValues:
    """One file as its models store it; ``dimensions`` by key, in the file's order."""

    fields: dict[str, Any]
    dimensions: dict[str, DimensionValues]
    extra: dict[str, Any]
    misfits: dict[str, Any]
    body: str


def value_at(values: Any, key: KeyPath) -> Any:
    """Return what stands at a key path, ``None`` where nothing does."""
    for part in key:
        if not isinstance(values, Mapping):
            return None
        values = values.get(part)
    return values


def _read_fields(rows: tuple[Field, ...], values: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    fields, misfits = {}, {}
    for row in rows:
        raw = value_at(values, row.key)
        try:
            fields[row.name] = row.kind.read(raw)
        except MisfitError:
            fields[row.name] = deepcopy(row.kind.empty)
            misfits[row.dotted] = jsonable(raw)
    return fields, misfits


def read_policy(values: Mapping[str, Any], body: str) -> PolicyValues:
    """Read a file's values into what the models store. Never fails: see *misfits*."""
    fields, misfits = _read_fields(POLICY_FIELDS, values)
    dimensions = {}
    analysis = values.get("analysis")
    if isinstance(analysis, Mapping):
        for key, entry in analysis.items():
            if isinstance(entry, Mapping):
                dimensions[as_key(key)] = read_dimension(entry)
            else:
                misfits[dotted(("analysis", key))] = jsonable(entry)
    elif analysis not in (None, ""):
        misfits["analysis"] = jsonable(analysis)
    return PolicyValues(fields, dimensions, _unknown(values), misfits, with_unix_newlines(body))


def read_dimension(entry: Mapping[Any, Any]) -> DimensionValues:
    """Read one ``analysis.<key>``. Never fails: see *misfits*."""
    fields, misfits = _read_fields(DIMENSION_FIELDS, entry)
    known = {row.key[0] for row in DIMENSION_FIELDS}
    extra = {as_key(key): jsonable(item) for key, item in entry.items() if key not in known}
    return DimensionValues(fields, extra, misfits)


def _unknown(values: Mapping[Any, Any], at: KeyPath = ()) -> dict[str, Any]:
    """Return the nested values that no row of the table covers, shaped as in the file."""
    rest: dict[str, Any] = {}
    for key, item in values.items():
        path = (*at, key)
        if path in _KNOWN_PATHS or path == ("analysis",):
            continue
        if any(known[: len(path)] == path for known in _KNOWN_PATHS):
            if isinstance(item, Mapping):
                if inner := _unknown(item, path):
                    rest[as_key(key)] = inner
                continue
            if item is None:
                continue
        rest[as_key(key)] = jsonable(item)
    return rest


def reason_of_misfit(key: str, raw: Any) -> str:
    """Return one sentence on a value that its field could not hold."""
    shown = json.dumps(raw, ensure_ascii=False)
    shown = shown if len(shown) <= 80 else f"{shown[:79]}…"
    row = _rows_by_key().get(key)
    try:
        if row is None:
            raise MisfitError(_("is no mapping of keys to values"))
        row.kind.read(raw)
    except MisfitError as error:
        said = _("%(key)s: %(value)s %(problem)s; the file keeps it as it is, the field stays empty.")
        return said % {"key": key, "value": shown, "problem": error}
    said = _("%(key)s: %(value)s is none of the known values; the file keeps it as it is.")
    return said % {"key": key, "value": shown}


@lru_cache(maxsize=1)
def _rows_by_key() -> dict[str, Field]:
    return {row.dotted: row for row in POLICY_FIELDS + DIMENSION_FIELDS}
