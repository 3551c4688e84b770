"""The plan for one file: read, checked, and compared with what is known; nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from reviews.documents import Document, DocumentError, KeyPath, Style, is_same
from reviews.models.policy import Policy, warnings_of
from reviews.schema import (
    DIMENSION_FIELDS,
    LONGEST_KEY,
    MOST_DIMENSIONS,
    POLICY_FIELDS,
    DimensionValues,
    PolicyValues,
    changed_values,
    compare_values,
    dotted,
    flatten,
    jsonable,
    read_policy,
    with_unix_newlines,
)
from reviews.services.folders import FoundFile, UnreadableError, digest_bytes, read_bytes
from reviews.services.recording import last_note
from reviews.states import Standing, State

_REVIEW = {row.name: row.dotted for row in POLICY_FIELDS + DIMENSION_FIELDS if row.is_review}
LONGEST_SHOWN = 60  # characters of a value that a message repeats
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Outcome(StrEnum):
    """What becomes of one file."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What becomes of one file, and why. ``warnings`` are sentences; ``reason`` is set where it was refused."""

    path: str
    outcome: Outcome
    policy: str = ""
    is_claimed: bool = False
    warnings: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that an earlier import saw."""

    policy_pk: int
    policy_id: str
    language: str
    text_digest: str
    standing: str

    @property
    def identity(self) -> tuple[str, str]:
        """Id and language: what no two files may share."""
        return self.policy_id, self.language


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read and can go in: its text, and its values as the models store them."""

    path: str
    text: str
    digest: str
    policy_id: str
    language: str
    values: PolicyValues

    @property
    def identity(self) -> tuple[str, str]:
        """Id and language: what no two files may share."""
        return self.policy_id, self.language

    @property
    def name(self) -> str:
        """The record as people call it."""
        return f"{self.policy_id} ({self.language})"

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence on each value that does not fit its field."""
        return tuple(warnings_of(self.values))

    def plan(self, outcome: Outcome, *, standing: str | None = None, reason: str = "") -> FilePlan:
        """Return the plan for this file."""
        claims = self.values.fields["file_status"] == State.VERIFIED
        is_claimed = claims if standing is None else standing == Standing.CLAIMED
        is_in = outcome is not Outcome.REFUSED
        return FilePlan(
            self.path, outcome, self.name, is_in and is_claimed, self.warnings if is_in else (), reason
        )

    def refuse_id(self, reason: str) -> FilePlan:
        """Return the refusal of this file for the id that it gives itself."""
        line = _line(Document.parse(self.text), ("id",))
        return self.plan(Outcome.REFUSED, reason=f"{line}id: {reason}")


def read_file(found: FoundFile, known: KnownFile | None) -> ReadFile | KnownFile:
    """Read one file; return what was known where not a byte changed. Raises ``UnreadableError``."""
    if _UNSTORABLE.search(found.path):
        raise UnreadableError("has a name that is not UTF-8: rename it.")
    if "\\" in found.path:
        raise UnreadableError("has a backslash in its path, which elsewhere separates folders: rename it.")
    try:
        data = read_bytes(found.location)
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}.") from error
    digest = digest_bytes(data)
    if known is not None and known.text_digest == digest:
        return known
    return _parse(found, _decode(data), digest)


def _decode(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            f"line {line}: is not UTF-8 (byte 0x{data[error.start]:02x} at offset {error.start}): save it as UTF-8."
        ) from error
    if not text.strip("\ufeff \t\r\n"):
        raise UnreadableError("is empty: a policy needs front matter with a title.")
    return text


def _parse(found: FoundFile, text: str, digest: str) -> ReadFile:
    try:
        document = Document.parse(text)
    except DocumentError as error:
        raise UnreadableError(str(error)) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableError(f"line {line}: holds a NUL, which no database can store: remove it.")
    if document.style is Style.NONE:
        raise UnreadableError("line 1: has no front matter: it must begin with a line “---” or “+++”.")
    if "\\" in text and (key := _unstorable(jsonable(document.values))):
        raise UnreadableError(
            f"{key}: holds a NUL or half a surrogate pair, which no database can store: remove it."
        )
    values = read_policy(document.values, document.body)
    raw_id = document.values.get("id")
    policy_id = str(jsonable(raw_id)) if raw_id not in (None, "") else found.stem
    _check(policy_id, document, key="id", field=Policy.policy_id.field)
    _check(found.language, document, key="language", field=Policy.language.field)
    if not values.fields["title"].strip():
        raise UnreadableError(f"{_line(document, ('title',))}title: is missing or empty; a policy needs one.")
    if len(values.dimensions) > MOST_DIMENSIONS:
        raise UnreadableError(
            f"{_line(document, ('analysis',))}analysis: has {len(values.dimensions)} dimensions, more than the "
            f"{MOST_DIMENSIONS} allowed; take some away."
        )
    if (odd := next((key for key in values.dimensions if not 0 < len(key) <= LONGEST_KEY), None)) is not None:
        raise UnreadableError(
            f"{_line(document, ('analysis', odd))}analysis: “{_shown(odd)}” cannot name a dimension: a name has 1 to "
            f"{LONGEST_KEY} characters."
        )
    return ReadFile(found.path, text, digest, policy_id, found.language, values)


def _check(value: str, document: Document, *, key: str, field: models.CharField[str, str]) -> None:
    """Refuse what the model's field would not take."""
    try:
        field.clean(value, None)
    except ValidationError as error:
        raise UnreadableError(
            f"{_line(document, (key,))}{key}: “{_shown(value)}” cannot be used. {error.messages[0]}"
        ) from error


def _shown(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _line(document: Document, path: KeyPath) -> str:
    line = document.line_of(path)
    return f"line {line}: " if line else ""


def _unstorable(value: object, at: str = "") -> str:
    """Return the key of the first text that no database can store, or nothing."""
    if isinstance(value, str):
        return (at or "front matter") if _UNSTORABLE.search(value) else ""
    if isinstance(value, Mapping):
        items = [(f"{at}.{key}" if at else str(key), item) for key, item in value.items()]
        bad_key = next((at or "front matter" for key in value if _UNSTORABLE.search(str(key))), "")
    elif isinstance(value, list):
        items, bad_key = [(f"{at}[{index}]", item) for index, item in enumerate(value)], ""
    else:
        return ""
    return bad_key or next((found for name, item in items if (found := _unstorable(item, name))), "")


# -- a file and the record that it belongs to --------------------------------------------------------------


def changed_places(base: Document, record: PolicyValues, *, is_signed: bool = False) -> list[str]:
    """Return the keys at which a record differs from a file; of a signed one, without what the sign-off filled in."""
    keys = changed_values(base.values, record, base_body=base.body)
    places = [dotted(key) for key in keys if not (is_signed and _is_review_key(key))]
    return places if record.body == with_unix_newlines(base.body) else [*places, "body"]


def _is_review_key(key: KeyPath) -> bool:
    return dotted(key[2:] if key[0] == "analysis" else key) in _REVIEW.values()


def keep_signed(
    policy: Policy, item: ReadFile, base: Document, *, signed_by: str
) -> tuple[ReadFile, list[str]]:
    """Return the file as it may go into a record that somebody signed, and a sentence on each value that may not.

    Reviewer, date and notes stay what they are, until a reviewer writes them anew: content may come back to what
    was signed, and then the record is verified again. A dimension that comes back has the note that it had last.
    """
    rows = {row.key: row for row in policy.dimensions.all()}
    dimensions = {}
    for key, read in item.values.dimensions.items():
        note = rows[key].audit_note if key in rows else last_note(policy, key) or read.fields["audit_note"]
        misfits = _with_review_of(rows[key].misfits if key in rows else {}, read.misfits)
        dimensions[key] = DimensionValues({**read.fields, "audit_note": note}, read.extra, misfits)
    values = replace(
        item.values,
        fields={
            **item.values.fields,
            "reviewer": policy.reviewer,
            "last_audit_date": policy.last_audit_date,
        },
        dimensions=dimensions,
        misfits=_with_review_of(policy.misfits, item.values.misfits),
    )
    before = flatten(read_policy(base.values, base.body), with_review=True)
    warnings = [
        f"{_review_key(change.at)}: the file says “{_shown(change.old)}”, but {signed_by} signed the record: "
        f"“{_shown(change.new)}” stays."
        for change in compare_values(item.values, values, with_review=True)
        if change.at[-1] in _REVIEW and not is_same(before.get(change.at), change.old)
    ]
    return replace(item, values=values), warnings


def _with_review_of(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return their misfits, but ours of review fields."""
    return {
        **{key: raw for key, raw in theirs.items() if key not in _REVIEW.values()},
        **{key: raw for key, raw in ours.items() if key in _REVIEW.values()},
    }


def _review_key(at: KeyPath) -> str:
    return dotted((*at[:-1], _REVIEW[str(at[-1])]))
