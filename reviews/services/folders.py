"""Policy folders on disk: which files there are, read whole and safely; what comes in is hostile."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.translation import gettext as _

from reviews.services.errors import RefusedError

_LANGUAGES = {key.partition("-")[0] for key in LANG_INFO}  # those that Django knows: "us" is none


def is_language(name: str) -> bool:
    """Whether a folder's name stands for a language: ``en``, ``zh``, ``pt-BR``."""
    language, _dash, region = name.partition("-")
    return language in _LANGUAGES and (not region or (region.isalnum() and 2 <= len(region) <= 8))


class FoundFile(NamedTuple):
    """A file to import: ``path`` is relative to the root, with ``/``."""

    path: str
    location: str

    @property
    def language(self) -> str:
        """The language that the innermost folder names (``…/zh/…``), else the setting's."""
        for part in reversed(self.path.split("/")[:-1]):
            if is_language(part):
                return part
        return str(settings.POLICYHUB_LANGUAGE)

    @property
    def stem(self) -> str:
        """The file's name without its ending: the id of a file that names none."""
        return PurePosixPath(self.path).stem


class UnreadableError(Exception):
    """A file that cannot go in; the message says what, where and what to do."""


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
    while is_language(root.name):
        root = root.parent
    return root


def find_files(paths: Sequence[Path], root: Path) -> Iterator[FoundFile]:
    """Yield every Markdown file below the paths once, in order; hidden files and folders are not policies."""
    seen: set[str] = set()
    skip = len(os.path.join(root, ""))  # noqa: PTH118 - thousands of paths: strings cost a tenth of Path objects
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
        for location in _walk(str(path)) if path.is_dir() else [str(path)]:
            if location not in seen:
                seen.add(location)
                yield FoundFile(location[skip:] or ".", location)


def _walk(folder: str) -> Iterator[str]:
    """Yield the Markdown files, and the links to folders or in a circle: those are refused by name."""
    try:
        with os.scandir(folder) as entries:
            found = sorted((entry for entry in entries if entry.name[0] != "."), key=lambda entry: entry.name)
    except OSError:
        yield folder  # it is refused as a file that cannot be read, and the others go in
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path)
        elif entry.name.endswith(".md") or (entry.is_symlink() and _is_way(entry)):
            yield entry.path


def _is_way(link: os.DirEntry[str]) -> bool:
    """Whether a link leads to a folder, or in a circle."""
    try:
        return link.is_dir()
    except OSError:
        return True


def read_bytes(location: str | Path, *, limit: int | None = None) -> bytes:
    """Return the bytes of a regular file of the allowed size. Raises ``UnreadableError`` or ``OSError``.

    ``limit`` is that of the setting, for files from outside; what we wrote ourselves may be longer.
    It is opened first and looked at then, so nothing put in its place meanwhile is read instead.
    """
    try:
        handle = os.open(location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe would block
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnreadableError(
                _("is a symbolic link, which could lead anywhere: import what it points to.")
            ) from error
        raise
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError(_("is no regular file: move it out of the folder."))
        limit = settings.POLICYHUB_MAX_FILE_BYTES if limit is None else limit
        if status.st_size > limit:
            said = _("has %(size)s bytes, more than the %(limit)s allowed (POLICYHUB_MAX_FILE_BYTES).")
            raise UnreadableError(said % {"size": f"{status.st_size:,}", "limit": f"{limit:,}"})
        return _read_all(handle, status.st_size)
    finally:
        os.close(handle)


def _read_all(handle: int, size: int) -> bytes:
    data = os.read(handle, size + 1)
    while len(data) < size and (more := os.read(handle, size)):  # a read may stop early
        data += more
    return data


def digest_bytes(data: bytes) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal; equal to ``digest_text`` of its text."""
    return hashlib.sha256(data).hexdigest()
