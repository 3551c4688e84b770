"""The plan for one file: read, checked, and compared with what is known; nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import ValidationError

from reviews.documents import Document, DocumentError, Style
from reviews.models.policy import LANGUAGE, POLICY_ID
from reviews.schema import (
    LONGEST_KEY,
    MOST_DIMENSIONS,
    PolicyValues,
    jsonable,
    read_policy,
    reason_of_misfit,
)
from reviews.services.folders import FoundFile, UnreadableError, digest_bytes, read_bytes
from reviews.states import Standing, State, is_known_status

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
        found = [reason_of_misfit(key, raw) for key, raw in self.values.misfits.items()]
        for key, dimension in self.values.dimensions.items():
            found += [
                f"analysis.{key}.{reason_of_misfit(name, raw)}" for name, raw in dimension.misfits.items()
            ]
        status = self.values.fields["file_status"]
        if not is_known_status(status):
            found.append(reason_of_misfit("reviewStatus", status))
        return tuple(found)

    def plan(self, outcome: Outcome, *, standing: str | None = None, reason: str = "") -> FilePlan:
        """Return the plan for this file."""
        claims = self.values.fields["file_status"] == State.VERIFIED
        is_claimed = claims if standing is None else standing == Standing.CLAIMED
        is_in = outcome is not Outcome.REFUSED
        return FilePlan(
            self.path, outcome, self.name, is_in and is_claimed, self.warnings if is_in else (), reason
        )


def read_file(found: FoundFile, known: KnownFile | None) -> ReadFile | KnownFile:
    """Read one file; return what was known where not a byte changed. Raises ``UnreadableError``."""
    if _UNSTORABLE.search(found.path):
        raise UnreadableError("has a name that is not UTF-8: rename it.")
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
    _check(policy_id, document, key="id", validator=POLICY_ID)
    _check(found.language, document, key="language", validator=LANGUAGE)
    if not values.fields["title"].strip():
        raise UnreadableError(f"{_line(document, 'title')}title: is missing or empty; a policy needs one.")
    if len(values.dimensions) > MOST_DIMENSIONS:
        raise UnreadableError(
            f"analysis: has {len(values.dimensions)} dimensions, more than the {MOST_DIMENSIONS} allowed; "
            "take some away."
        )
    if any(not 0 < len(key) <= LONGEST_KEY for key in values.dimensions):
        raise UnreadableError(
            "analysis: the name of a dimension has 1 to 200 characters; shorten it or give it one."
        )
    return ReadFile(found.path, text, digest, policy_id, found.language, values)


def _check(value: str, document: Document, *, key: str, validator: Callable[[str], None]) -> None:
    try:
        if len(value) > 200:
            raise ValidationError("It has more than 200 characters.")
        validator(value)
    except ValidationError as error:
        shown = value if len(value) <= 60 else f"{value[:59]}…"
        raise UnreadableError(
            f"{_line(document, key)}{key}: “{shown}” cannot be used. {error.messages[0]}"
        ) from error


def _line(document: Document, key: str) -> str:
    line = document.line_of((key,)) if key in document.values else None
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
