"""Reads one file of an import: checked, and as values that the models store. What comes in is hostile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from reviews.documents import Document, DocumentError, KeyPath, Style
from reviews.models.policy import Policy, warnings_of
from reviews.schema import LONGEST_KEY, MOST_DIMENSIONS, PolicyValues, digest_text, jsonable, read_policy
from reviews.services.atomic_files import TargetFolder, read_digest
from reviews.services.errors import RefusedError
from reviews.services.folders import FoundFile, UnreadableError, digest_bytes
from reviews.services.import_plan import FilePlan, Outcome
from reviews.services.rendering import why_not_exact
from reviews.services.sources import Source
from reviews.services.telling import shown
from reviews.states import Standing, State

LONGEST_PATH = 1000  # bytes: PostgreSQL's index takes 2,700 of a path and its root together
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Controls, ends of lines, and what turns the direction of writing: a name with them is not the one that is seen.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class NoPolicyError(UnreadableError):
    """A text without any front matter: a README, say."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that an earlier import saw, and the record that it belongs to."""

    root: str
    policy_pk: int
    policy_id: str
    language: str
    text_digest: str
    standing: str
    state: str
    commit: str

    @property
    def identity(self) -> tuple[str, str]:
        """Id and language: what no two files may share."""
        return self.policy_id, self.language

    @property
    def name(self) -> str:
        """The record as people call it."""
        return f"{self.policy_id} ({self.language})"

    def is_uncommitted(self, path: str) -> bool:
        """Whether it stands on disk as it was last seen, and in no commit yet: an export wrote it, say."""
        try:
            return not self.commit and self.text_digest == read_digest(
                TargetFolder(Path(self.root)).place_of(path)
            )
        except (OSError, RefusedError):
            return False

    def plan(self, path: str, outcome: Outcome, *, reason: str = "") -> FilePlan:
        """Return the plan for this file."""
        is_in = outcome is Outcome.UNCHANGED
        is_claimed = is_in and self.standing == Standing.CLAIMED
        warnings = (retired_warning(self.name),) if is_in and self.state == State.RETIRED else ()
        return FilePlan(
            path, outcome, self.name, is_claimed, warnings, reason=reason, policy_pk=self.policy_pk
        )


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
    def file_status(self) -> str:
        """The status that the file states."""
        return str(self.values.fields["file_status"])

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence on each value that does not fit its field."""
        return tuple(warnings_of(self.values))

    def plan(self, outcome: Outcome, *, reason: str = "", policy_pk: int | None = None) -> FilePlan:
        """Return the plan for this file, where no record merges with it."""
        is_in = outcome is Outcome.CREATED
        is_claimed = is_in and self.file_status == State.VERIFIED
        warnings = self.warnings if is_in else ()
        return FilePlan(self.path, outcome, self.name, is_claimed, warnings, reason, policy_pk=policy_pk)

    def refuse_id(self, reason: str) -> FilePlan:
        """Return the refusal of this file for the id that it gives itself."""
        return self.plan(Outcome.REFUSED, reason=self._at_id(reason))

    def ask_id(self, reason: str, policy_pk: int | None) -> FilePlan:
        """Return that a person is asked about this file, for the id that it gives itself."""
        return self.plan(Outcome.ASKED, reason=self._at_id(reason), policy_pk=policy_pk)

    def _at_id(self, reason: str) -> str:
        return f"{_line(Document.parse(self.text), ('id',))}id: {reason}"


def read_file(source: Source, found: FoundFile, known: KnownFile | None) -> ReadFile | KnownFile:
    """Read one file; return what was known where not a byte changed. Raises ``UnreadableError``."""
    _check_path(found.path)
    try:
        data = source.read(found)
    except OSError as error:
        raise UnreadableError(_("cannot be read: %(why)s.") % {"why": error.strerror or error}) from error
    digest = digest_bytes(data)
    if known is not None and known.text_digest == digest:
        return known
    return _parse(found, _decode(data), digest)


def _check_path(path: str) -> None:
    """Refuse a path that cannot be kept, or be read for what it is: for every source, as each file comes by here."""
    if _UNSTORABLE.search(path):
        raise UnreadableError(_("has a name that is not UTF-8: rename it."))
    if "\\" in path:
        raise UnreadableError(_("has a backslash in its path, which elsewhere separates folders: rename it."))
    if _UNSEEN.search(path):
        raise UnreadableError(
            _("has characters in its path that nobody sees, or that turn it round: rename it.")
        )
    if (size := len(path.encode())) > LONGEST_PATH:
        said = _(
            "has a path of %(size)s bytes, more than the %(limit)s allowed: give it or its folders shorter names."
        )
        raise UnreadableError(said % {"size": f"{size:,}", "limit": f"{LONGEST_PATH:,}"})


def visible(path: str) -> str:
    """Return a path as it can be shown and stored whatever it holds: what nobody would see is escaped."""
    text = path.encode(errors="backslashreplace").decode()
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def retired_warning(name: str) -> str:
    """Return a sentence on a record whose file is there although it was retired."""
    return _("%(record)s is retired, and its file is there: bring it back, or remove the file.") % {
        "record": name
    }


def parse_text(path: str, language: str, text: str) -> ReadFile:
    """Return a text that was read before, as ``read_file`` did then. Raises ``UnreadableError``."""
    found = FoundFile(path, path)
    return _parse(found, text, digest_text(text), language=language)


def _decode(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        said = _("line %(line)s: is not UTF-8 (byte %(byte)s at offset %(offset)s): save it as UTF-8.")
        where = {"line": data.count(b"\n", 0, error.start) + 1, "offset": error.start}
        raise UnreadableError(said % {**where, "byte": f"0x{data[error.start]:02x}"}) from error
    if not text.strip("\ufeff \t\r\n"):
        raise UnreadableError(_("is empty: a policy needs front matter with a title."))
    return text


def _parse(found: FoundFile, text: str, digest: str, *, language: str = "") -> ReadFile:
    try:
        document = Document.parse(text)
    except DocumentError as error:
        raise UnreadableError(why_not_exact(error)) from error
    if "\0" in text:
        said = _("line %(line)s: holds a NUL, which no database can store: remove it.")
        raise UnreadableError(said % {"line": text.count("\n", 0, text.index("\0")) + 1})
    if document.style is Style.NONE:
        raise NoPolicyError(_("line 1: has no front matter: it must begin with a line “---” or “+++”."))
    if "\\" in text and (key := _unstorable(jsonable(document.values))):
        said = _("%(key)s: holds a NUL or half a surrogate pair, which no database can store: remove it.")
        raise UnreadableError(said % {"key": key})
    values = read_policy(document.values, document.body)
    raw_id = document.values.get("id")
    policy_id = str(jsonable(raw_id)) if raw_id not in (None, "") else found.stem
    language = language or found.language
    _check(policy_id, document, key="id", field=Policy.policy_id.field)
    _check(language, document, key="language", field=Policy.language.field)
    if not values.fields["title"].strip():
        said = _("%(line)stitle: is missing or empty; a policy needs one.")
        raise UnreadableError(said % {"line": _line(document, ("title",))})
    if len(values.dimensions) > MOST_DIMENSIONS:
        said = _(
            "%(line)sanalysis: has %(count)s dimensions, more than the %(limit)s allowed; take some away."
        )
        where = {"line": _line(document, ("analysis",)), "limit": MOST_DIMENSIONS}
        raise UnreadableError(said % {**where, "count": len(values.dimensions)})
    if (odd := next((key for key in values.dimensions if not 0 < len(key) <= LONGEST_KEY), None)) is not None:
        said = _("%(line)sanalysis: “%(key)s” cannot name a dimension: a name has 1 to %(limit)s characters.")
        where = {"line": _line(document, ("analysis", odd)), "limit": LONGEST_KEY}
        raise UnreadableError(said % {**where, "key": shown(odd)})
    return ReadFile(found.path, text, digest, policy_id, language, values)


def _check(value: str, document: Document, *, key: str, field: models.CharField[str, str]) -> None:
    """Refuse what the model's field would not take."""
    try:
        field.clean(value, None)
    except ValidationError as error:
        said = _("%(line)s%(key)s: “%(value)s” cannot be used. %(why)s")
        where = {"line": _line(document, (key,)), "key": key}
        raise UnreadableError(said % {**where, "value": shown(value), "why": error.messages[0]}) from error


def _line(document: Document, path: KeyPath) -> str:
    line = document.line_of(path)
    return _("line %(number)s") % {"number": line} + _(": ") if line else ""


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
