"""The manifest: one line for each file that was signed, each bound by a hash to all lines before it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

NAME, SIGNATURE = "SIGNOFFS.jsonl", "SIGNOFFS.jsonl.sig"
START = "0" * 64  # what the first line is bound to


class BrokenManifestError(ValueError):
    """A manifest that is not as it was written: the first such ``line``, from 1, and ``why``, a fixed text.

    ``before`` is what was read of it up to there.
    """

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"{NAME}, line {line}: {why}")
        self.line, self.why, self.before = line, why, Manifest()


def older_signoff(line: int) -> BrokenManifestError:
    """What is wrong with a line where a later sign-off of its record stands before it."""
    return BrokenManifestError(
        line, "it is an older sign-off than one that stands before it: that of a record is replaced for ever"
    )


class SignedFile(NamedTuple):
    """What a line says: who signed this file, on which day, as which text, and by which entry of the audit trail.

    ``path`` is relative to the manifest's folder, with ``/``; ``date`` is a day as in ``2026-11-22``; ``digest`` is the
    SHA-256 of the file's bytes; ``decision`` and ``trail`` are number and hash of the decision in the audit trail.
    """

    id: str
    language: str
    path: str
    reviewer: str
    date: str
    digest: str
    decision: int
    trail: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The lines of a manifest in their order. ``Manifest()`` is that of a folder in which nothing is signed.

    ``current`` has the last line of each path, ``latest`` that of each record, by id and language: what it signed
    counts, and no sign-off before it does again. ``head`` is the last line's hash.
    """

    entries: tuple[SignedFile, ...] = ()
    text: str = field(default="", repr=False)
    head: str = START
    current: Mapping[str, SignedFile] = field(default_factory=dict, repr=False)
    latest: Mapping[tuple[str, str], SignedFile] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, text: str) -> Manifest:
        """Read a manifest; ``parse(text).text`` is ``text``.

        Raises BrokenManifestError at the first line that was changed, or before which one was changed, taken out,
        put in or put elsewhere, and at one that is older than its record's before it.
        """
        *lines, rest = text.split("\n")
        entries: list[SignedFile] = []
        latest: dict[tuple[str, str], SignedFile] = {}
        head, length = START, 0
        try:
            for number, line in enumerate(lines, 1):
                entry, previous, following = _read(number, line)
                if previous != head:
                    raise BrokenManifestError(
                        number, "it does not follow the line before: one was changed or is gone"
                    )
                _follow(latest, number, entry)
                entries.append(entry)
                head = following
                length += len(line) + 1
            if rest:
                raise BrokenManifestError(len(lines) + 1, "it is not whole: its end is missing")
        except BrokenManifestError as error:
            error.before = cls._of(entries, text[:length], head, latest)
            raise
        return cls._of(entries, text, head, latest)

    @classmethod
    def _of(
        cls, entries: list[SignedFile], text: str, head: str, latest: Mapping[tuple[str, str], SignedFile]
    ) -> Manifest:
        return cls(tuple(entries), text, head, {entry.path: entry for entry in entries}, latest)

    def sign(self, *files: SignedFile) -> Manifest:
        """The manifest with a line more for each file whose current line says otherwise; itself if none does.

        Raises BrokenManifestError for a sign-off that is older than the record's that stands there.
        """
        new = [file for file in files if self.current.get(file.path) != file]
        if not new:
            return self
        lines, head, latest = [], self.head, dict(self.latest)
        for number, file in enumerate(new, len(self.entries) + 1):
            _follow(latest, number, file)
            line, head = _spell(file, head)
            lines.append(f"{line}\n")
        text = "".join((self.text, *lines))
        current = {**self.current, **{file.path: file for file in new}}
        return Manifest((*self.entries, *new), text, head, current, latest)


def _follow(latest: dict[tuple[str, str], SignedFile], number: int, file: SignedFile) -> None:
    """Note a line as its record's latest. Raises BrokenManifestError where a later sign-off stands before it."""
    before = latest.get((file.id, file.language), file)
    if file.decision < before.decision:
        raise older_signoff(number)
    latest[file.id, file.language] = file


_WORD, _HASH = r'"([^"\\\x00-\x1f]*)"', '"([0-9a-f]{64})"'
# A line without escapes, which nearly all are: read by this at a quarter of the cost.
_PLAIN = re.compile(
    rf'\{{"id": {_WORD}, "language": {_WORD}, "path": {_WORD}, "reviewer": {_WORD}, "date": {_WORD}, '
    rf'"digest": {_WORD}, "decision": (0|-?[1-9]\d{{0,17}}), "trail": {_WORD}, "previous": {_HASH}, "hash": {_HASH}\}}'
)
_HASH_LENGTH = len(', "hash": ""}') + 64
_TYPES = {name: int if name == "decision" else str for name in SignedFile._fields}


def _digest(rest: str) -> str:
    return hashlib.sha256(rest.encode(errors="surrogatepass")).hexdigest()


def _spell(file: SignedFile, previous: str) -> tuple[str, str]:
    """The one spelling of a line, and its hash, which covers all that stands before it in the line."""
    rest = json.dumps({**file._asdict(), "previous": previous}, ensure_ascii=False)
    digest = _digest(rest)
    return f'{rest[:-1]}, "hash": "{digest}"}}', digest


def _read(number: int, line: str) -> tuple[SignedFile, str, str]:
    """What a line says, the hash that it names as that of the line before, and its own. Raises BrokenManifestError."""
    if plain := _PLAIN.fullmatch(line):
        *words, decision, trail, previous, digest = plain.groups()
        if digest != _digest(f"{line[:-_HASH_LENGTH]}}}"):
            raise BrokenManifestError(number, "it was changed after it was written: its hash does not fit")
        return SignedFile._make((*words, int(decision), trail)), previous, digest
    if line.endswith("\r"):
        raise BrokenManifestError(
            number, "git changed its line end to CRLF: put “SIGNOFFS.jsonl* -text” into .gitattributes"
        )
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        raise BrokenManifestError(number, "a merge left both sides in it: take one side's whole file")
    try:
        values: Any = json.loads(line)
    except (ValueError, RecursionError):
        values = None
    wanted = {**_TYPES, "previous": str, "hash": str}
    if not isinstance(values, dict) or {name: type(value) for name, value in values.items()} != wanted:
        raise BrokenManifestError(number, "it is no line that PolicyHub writes")
    file = SignedFile(**{name: values[name] for name in _TYPES})
    spelt, digest = _spell(file, values["previous"])
    if spelt != line:
        raise BrokenManifestError(number, "it was changed after it was written: its hash does not fit")
    return file, values["previous"], digest
