"""The check of a folder: every file that claims `verified` is the very text that its line in the manifest names."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from reviews.signoffs.claims import KEY, UnreadableError, claims_verified
from reviews.signoffs.manifest import NAME, SIGNATURE, BrokenManifestError, Manifest, SignedFile

ENDINGS = (".md", ".mdx", ".markdown")
MAX_BYTES = 64 * 1024 * 1024  # of one file: a larger one is no text that people read


class Code(StrEnum):
    """What is wrong, for programs."""

    NOT_SIGNED = "not-signed"
    CHANGED = "changed"
    UNREADABLE = "unreadable"
    BROKEN = "broken-manifest"
    REWRITTEN = "rewritten-manifest"
    SIGNATURE = "bad-signature"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one file, ``path`` being relative to the folder, and in which line it shows."""

    path: str
    line: int
    code: Code
    message: str


@dataclass(frozen=True, slots=True)
class SignoffReport:
    """What a check found: of ``files`` looked at, how many are ``signed`` as they stand, and all problems."""

    files: int
    signed: int
    lines: int
    problems: tuple[Problem, ...]


def verify_folder(
    folder: Path,
    files: Iterable[str] | None = None,
    *,
    check: Callable[[str, str], str] | None = None,
    since: bytes = b"",
) -> SignoffReport:
    """Check the files of a folder, or those ``files`` alone, against its manifest, and the manifest itself.

    ``files`` are relative to the folder. ``check`` takes the manifest's text and its signature's, and says what is
    wrong with them. ``since`` are the bytes of an older manifest, of which this one has to be the continuation.
    """
    folder = folder.resolve()
    problems: list[Problem] = []
    manifest = _read_manifest(folder, check, since, problems)
    count = signed = 0
    for path in find_files(folder) if files is None else files:
        count += 1
        try:
            problem, is_signed = _look(folder, path, manifest)
        except UnreadableError as error:
            problem, is_signed = Problem(path, 1, Code.UNREADABLE, f"unreadable: {error}"), False
        signed += is_signed
        problems += [problem] if problem else []
    return SignoffReport(count, signed, len(manifest.entries), tuple(problems))


def find_files(folder: Path, path: str = "") -> Iterator[str]:
    """Yield the Markdown files below a path in the folder, or that one, in order; hidden ones are nobody's policies.

    A link to a folder is entered where its files would be seen through it alone: those of a hidden folder. One that
    leads out of the folder, or in a circle, is yielded, so that it is named, and so is a folder that cannot be read.
    """
    yield from _find(folder, path, set())


def _find(folder: Path, path: str, entered: set[Path]) -> Iterator[str]:
    place = os.path.join(folder, path)  # noqa: PTH118 - thousands of paths: strings cost a tenth of Path objects
    try:
        if not _is_folder(place):
            if path.casefold().endswith(ENDINGS):
                yield path
            return
        if os.path.islink(place):  # noqa: PTH114 - as before
            target = Path(place).resolve()
            if not target.is_relative_to(folder):
                yield path
                return
            is_hidden = any(part[0] == "." for part in target.relative_to(folder).parts)
            if not is_hidden or target in entered:
                return
            entered.add(target)
        names = sorted(name for name in os.listdir(place) if name[0] != ".")  # noqa: PTH208 - names alone, as before
    except OSError:
        yield path
        return
    for name in names:
        yield from _find(folder, f"{path}/{name}" if path else name, entered)


def _is_folder(place: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(place).st_mode)  # noqa: PTH116 - as before
    except FileNotFoundError:
        return False


def _read_manifest(
    folder: Path, check: Callable[[str, str], str] | None, since: bytes, problems: list[Problem]
) -> Manifest:
    """The manifest, as far as it is whole; what is wrong with it goes to the problems."""
    data, signature = (_read_if_there(folder, name, problems) for name in (NAME, SIGNATURE))
    if not (data or b"").startswith(since):
        message = "lines that stood here before were changed or taken out: lines are only ever added"
        problems.append(Problem(NAME, 1, Code.REWRITTEN, message))
    if data is None and signature is None:
        return Manifest()
    text = (data or b"").decode(errors="replace")
    if check and signature is None:
        problems.append(
            Problem(SIGNATURE, 1, Code.SIGNATURE, f"{SIGNATURE} is missing: {NAME} is not signed")
        )
    elif check and (message := check(text, (signature or b"").decode(errors="replace"))):
        problems.append(Problem(SIGNATURE, 1, Code.SIGNATURE, message))
    try:
        return Manifest.parse(text)
    except BrokenManifestError as error:
        problems.append(Problem(NAME, error.line, Code.BROKEN, f"the chain breaks in this line: {error.why}"))
        return error.before


def _read_if_there(folder: Path, name: str, problems: list[Problem]) -> bytes | None:
    if not os.path.lexists(folder / name):
        return None
    try:
        return _read(folder, name)
    except UnreadableError as error:
        problems.append(Problem(name, 1, Code.UNREADABLE, f"unreadable: {error}"))
        return b""


def _look(folder: Path, path: str, manifest: Manifest) -> tuple[Problem | None, bool]:
    """What is wrong with a file, and whether it is the text that was signed."""
    data = _read(folder, path)
    digest = hashlib.sha256(data).hexdigest()
    line = manifest.current.get(path)
    if line and line.digest == digest and line.decision == _latest(line, manifest).decision:
        return None, True
    if not claims_verified(data):
        return None, False
    place = data.partition(KEY.encode())[0].count(b"\n") + 1 if KEY.encode() in data else 1
    code = Code.CHANGED if line else Code.NOT_SIGNED
    return Problem(path, place, code, _say(path, digest, manifest)), False


def _latest(line: SignedFile, manifest: Manifest) -> SignedFile:
    """The last sign-off of a line's record: the record may have been signed anew in another place."""
    return manifest.latest[line.id, line.language]


def _say(path: str, digest: str, manifest: Manifest) -> str:
    """Say why a file that claims to be verified is not: the last line with this text, or this path, explains it."""
    line = manifest.current.get(path)
    texts = [(number, entry) for number, entry in enumerate(manifest.entries, 1) if entry.digest == digest]
    if line and any(entry.path == path for _number, entry in texts):
        latest = _latest(line, manifest)
        return (
            f"claims verified with an older text: {latest.reviewer} signed another one on {latest.date}, which counts; "
            "bring that one back, or sign this one"
        )
    if line:
        return (
            f"claims verified, but was changed after {line.reviewer} signed it on {line.date}: "
            "import it, review what changed, sign it again"
        )
    if texts:
        number, entry = texts[-1]
        return (
            f"claims verified, but was signed as {entry.path} ({NAME}, line {number}): "
            "import it from its new place, and export"
        )
    return f"claims verified, but nobody signed it: {NAME} has no line for it"


def _read(folder: Path, path: str) -> bytes:
    """The bytes of a file below the folder; a link is followed only where it stays there. Raises UnreadableError."""
    place = folder / path
    try:
        place = place.resolve(strict=True)
        if not place.is_relative_to(folder):
            raise UnreadableError("it is a link out of the folder, which is not followed")
        # A pipe would block; what was put in the file's place meanwhile is not followed either.
        handle = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise UnreadableError("it is no regular file")
            data = stream.read(MAX_BYTES + 1)
    except RuntimeError:  # of Python 3.11 and 3.12
        raise UnreadableError(os.strerror(errno.ELOOP)) from None
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from None
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"it has more than {MAX_BYTES:,} bytes")
    return data
