"""An upload as a source of files: a ZIP that anybody could have made, so nothing that it says of itself is believed.

Nothing of it is ever put on disk, and no entry is unpacked further than the limits. What could lead elsewhere is
refused by name, and the other files go in.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from reviews.services.atomic_files import check_relative
from reviews.services.errors import RefusedError
from reviews.services.folders import FoundFile, UnreadableError, is_language

MOST_ENTRIES = 20_000  # eighty times the largest folder known; each costs memory before it is looked at
MOST_UNPACKED = 256 * 1024 * 1024  # bytes of all files together
MOST_RATIO = 100  # of unpacked to packed: policies have 3 to 10, what is made to burst has 1,000
_SMALL = 64 * 1024  # bytes: up to here a high ratio is harmless
_ENTRY = b"PK\1\2"  # begins each entry of a ZIP's directory
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the memory that others take is up to who packed
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
_DRIVE = re.compile(r"[A-Za-z]:")


class UploadSource:
    """The Markdown files of a ZIP; ``language`` is that of files whose folders name none."""

    root = ""
    commit = ""
    is_upload = True

    def __init__(self, name: str, data: bytes, *, language: str) -> None:
        self.title = _("upload %(name)s") % {"name": name}
        self._data, self._language = data, language
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._refused: dict[str, str] = {}
        self._unpacked: Counter[str] = Counter()  # bytes, and under "" those of all together

    def find(self) -> list[FoundFile]:
        """Return the Markdown files, and whatever is refused, in the order of their paths.

        Hidden files and other endings are no policies. Raises ``RefusedError`` where it is no ZIP, holds no such file,
        or too many.
        """
        if (count := self._data.count(_ENTRY)) > MOST_ENTRIES:
            said = _("The ZIP has %(count)s entries, more than the %(limit)s allowed: split it.")
            raise RefusedError(said % {"count": f"{count:,}", "limit": f"{MOST_ENTRIES:,}"})
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(self._data))
        except _BROKEN as error:
            raise RefusedError(_("The file is no ZIP that can be read: make it anew.")) from error
        self._sort_entries(self._zip.infolist())
        if not self._entries and not self._refused:
            raise RefusedError(
                _("The ZIP holds no Markdown file: policies are files whose names end in .md.")
            )
        self._refuse_same_paths()
        return sorted(FoundFile(self._path_of(name), name) for name in {*self._entries, *self._refused})

    def _sort_entries(self, entries: Iterable[zipfile.ZipInfo]) -> None:
        named = [(_name_of(entry), entry) for entry in entries]
        count = Counter(name for name, _entry in named)
        for name, entry in named:
            if problem := _why_refused(entry, name):
                self._refused[name] = problem
            elif not _is_policy(name):
                continue
            elif count[name] > 1:
                self._refused[name] = _("stands in the ZIP more than once: leave one.")
            else:
                self._entries[name] = entry

    def _refuse_same_paths(self) -> None:
        """Refuse a file without a folder of its language, and the one that stands in that folder already."""
        for name in list(self._entries):
            if (path := self._path_of(name)) != name and path in self._entries:
                said = _("would stand at %(path)s, where the ZIP has another file: leave one of the two.")
                self._refused[name] = said % {"path": path}
                said = _("would be one file with %(path)s, which names no language: leave one of the two.")
                self._refused[path] = said % {"path": name}

    def _path_of(self, name: str) -> str:
        """Return the path of a file as if it stood in a folder of its language, where none of its own names one."""
        if name in self._refused or any(is_language(part) for part in name.split("/")[:-1]):
            return name
        return f"{self._language}/{name}"

    def read(self, found: FoundFile) -> bytes:
        """Return the bytes of a file. Raises ``UnreadableError`` for one that is refused, broken, or too large."""
        name = found.location
        if name in self._refused:
            raise UnreadableError(self._refused[name])
        self._count(name, 0)  # it may be read again
        left = MOST_UNPACKED - self._unpacked[""]
        limit = settings.POLICYHUB_MAX_FILE_BYTES
        entry = self._entries[name]
        try:
            with self._zip.open(entry) as stream:
                data = stream.read(min(limit, left) + 1)
        except _BROKEN as error:
            raise UnreadableError(_("is broken in the ZIP: make the ZIP anew.")) from error
        self._count(name, len(data))
        if len(data) > left:
            said = _("is past the %(limit)s bytes that a ZIP may hold unpacked: split the ZIP.")
            raise UnreadableError(said % {"limit": f"{MOST_UNPACKED:,}"})
        if len(data) > limit:
            said = _("has more than the %(limit)s bytes allowed (POLICYHUB_MAX_FILE_BYTES).")
            raise UnreadableError(said % {"limit": f"{limit:,}"})
        if len(data) > max(_SMALL, MOST_RATIO * entry.compress_size):
            said = _("unpacks to more than %(ratio)s times its size, as files do that are made to burst.")
            raise UnreadableError(said % {"ratio": MOST_RATIO})
        return data

    def _count(self, name: str, size: int) -> None:
        self._unpacked[""] += size - self._unpacked[name]
        self._unpacked[name] = size

    def covers(self, path: str) -> bool:
        """An upload is never all there is: what it leaves out is not gone."""
        return False

    def has(self, path: str) -> bool:
        """An upload stands nowhere, so no record has its file there."""
        return False


def pack_files(files: Sequence[tuple[str, bytes]]) -> bytes:
    """Return a ZIP of files that were uploaded one by one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _name_of(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name: UTF-8 where it says so, and also where it does not but is, as macOS packs them."""
    name = entry.orig_filename
    if entry.flag_bits & 0x800 or name.isascii():
        return name
    try:
        return name.encode("cp437").decode()
    except ValueError:
        return name


def _why_refused(entry: zipfile.ZipInfo, name: str) -> str:
    """Say why an entry is refused whatever it holds; nothing where it is not."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    path = name.removesuffix("/")
    if entry.flag_bits & 0x800 == 0 and not name.isascii() and name == entry.orig_filename:
        return _("has a name that is not UTF-8: rename it.")
    if "\\" in path:
        return _("has a backslash in its path, which elsewhere separates folders: rename it.")
    if not _leads_down(path):
        return _("has a path that leads out of the ZIP: pack the folder again, from inside it.")
    if kind == stat.S_IFLNK:
        return _("is a symbolic link, which could lead anywhere: pack what it points to.")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return _("is no regular file: leave it out of the ZIP.")
    if not _is_policy(name):
        return ""
    if entry.flag_bits & 0x1:
        return _("is encrypted: pack it without a password.")
    if entry.compress_type not in _METHODS:
        return _("is packed in a way that is not read here: pack it as ZIPs usually are (deflate).")
    return ""


def _leads_down(path: str) -> bool:
    try:
        check_relative(path)
    except RefusedError:
        return False
    return not _DRIVE.match(path)


def _is_policy(name: str) -> bool:
    return name.endswith(".md") and not any(part.startswith(".") for part in name.split("/"))
