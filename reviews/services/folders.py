"""Policy folders on disk: which files there are, read whole and safely; what comes in is hostile."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from reviews.services.errors import RefusedError

_LANGUAGE_FOLDER = re.compile(r"[a-z]{2}(-[A-Za-z]{2,8})?")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to import: ``path`` is relative to the root, with ``/``; ``refusal`` where it cannot even be read."""

    path: str
    location: Path
    refusal: str = ""

    @property
    def language(self) -> str:
        """The language that the innermost folder names (``…/zh/…``), else the setting's."""
        for part in reversed(self.path.split("/")[:-1]):
            if _LANGUAGE_FOLDER.fullmatch(part):
                return part
        return str(settings.POLICYHUB_LANGUAGE)


def find_root(paths: Sequence[Path], known_roots: Sequence[str]) -> Path:
    """Return the folder to which paths are relative: one that files came from before, the project's, or the one named.

    A named folder that stands for a language (``en``) belongs to the folder above it.
    """
    named = [path.resolve() for path in paths]
    for known in (*known_roots, str(Path(settings.POLICYHUB_FOLDER).resolve())):
        if all(path.is_relative_to(known) for path in named):
            return Path(known)
    folders = [path if path.is_dir() else path.parent for path in named]
    root = Path(os.path.commonpath(folders))
    while _LANGUAGE_FOLDER.fullmatch(root.name):
        root = root.parent
    return root


def find_files(paths: Sequence[Path], root: Path) -> Iterator[FoundFile]:
    """Yield every Markdown file below the paths once, in order; hidden files and folders are not policies."""
    seen: set[Path] = set()
    for named in paths:
        path = (
            named.parent.resolve() / named.name
            if named.is_symlink() and not named.is_dir()
            else named.resolve()
        )
        if not path.is_relative_to(root):
            raise RefusedError(f"{named} is outside {root}: import it on its own, or name its --root.")
        if not path.exists() and not path.is_symlink():
            raise RefusedError(f"{named} does not exist.")
        for location in [path] if not path.is_dir() else _walk(path):
            if location not in seen:
                seen.add(location)
                yield FoundFile(location.relative_to(root).as_posix(), location, _refusal(location))


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in folders if Path(parent, name).is_symlink())
        yield from (Path(parent, name) for name in sorted(names) if name.endswith(".md") and name[0] != ".")


def _raise(error: OSError) -> None:
    raise RefusedError(f"{error.filename} cannot be listed: {error.strerror}.") from error


def _refusal(location: Path) -> str:
    try:
        status = location.lstat()
    except OSError as error:
        return f"cannot be read: {error.strerror}."
    if stat.S_ISLNK(status.st_mode):
        return "is a symbolic link, which could lead anywhere: import what it points to."
    if not stat.S_ISREG(status.st_mode):
        return "is no regular file."
    if status.st_size > settings.POLICYHUB_MAX_FILE_BYTES:
        limit = settings.POLICYHUB_MAX_FILE_BYTES
        return f"has {status.st_size:,} bytes, more than the {limit:,} allowed (POLICYHUB_MAX_FILE_BYTES)."
    return ""


def read_bytes(location: Path) -> bytes:
    """Return the file's bytes. Raises ``OSError``; a link put there since it was found is not followed."""
    handle = os.open(location, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        with os.fdopen(handle, "rb", closefd=False) as stream:
            return stream.read(settings.POLICYHUB_MAX_FILE_BYTES + 1)
    finally:
        os.close(handle)


def digest_bytes(data: bytes) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal; equal to ``digest_text`` of its text."""
    return hashlib.sha256(data).hexdigest()
