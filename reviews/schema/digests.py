"""Digests: the short names of a text, of a claim, and of all that a reviewer judges of a record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from reviews.schema.kinds import jsonable
from reviews.schema.table import CLAIM_FIELDS, CONTENT_FIELDS, DIMENSION_FIELDS, POLICY_FIELDS, Field
from reviews.schema.values import DimensionValues, PolicyValues

_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def digest_text(text: str) -> str:
    """Return the SHA-256 of a file's text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_dimension(key: str, dimension: DimensionValues) -> str:
    """Return the digest that a verdict binds to: the claim and its key, without policy or language.

    Equal claims of two translations have equal digests; that is how one verdict can cover both.
    """
    claim = {row.name: dimension.fields[row.name] for row in CLAIM_FIELDS}
    return _digest([key, claim, dimension.extra, _content_misfits(dimension.misfits, DIMENSION_FIELDS)])


def digest_policy(policy_id: str, language: str, record: PolicyValues, claims: Mapping[str, str]) -> str:
    """Return the content digest of a whole record: all that a reviewer judges, and no review field.

    ``claims`` are the dimensions' digests by key.
    """
    content = {row.name: jsonable(record.fields[row.name]) for row in CONTENT_FIELDS}
    misfits = _content_misfits(record.misfits, POLICY_FIELDS)
    return _digest([policy_id, language, content, claims, record.extra, misfits, record.body])


def _content_misfits(misfits: Mapping[str, Any], rows: tuple[Field, ...]) -> Mapping[str, Any]:
    if not misfits:
        return misfits
    review = {row.dotted for row in rows if row.is_review}
    return {key: raw for key, raw in misfits.items() if key not in review}


def _digest(value: Any) -> str:
    return hashlib.sha256(_CANONICAL.encode(value).encode()).hexdigest()
