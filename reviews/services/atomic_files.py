"""Writes one file so that it is there whole or not at all, inside its folder, and reads it back."""

from __future__ import annotations

import fcntl
import glob
import os
import secrets
from pathlib import Path

from django.utils.translation import gettext as _

from reviews.services.errors import RefusedError
from reviews.services.folders import UnreadableError, digest_bytes, read_bytes

_SUFFIX = ".policyhub-tmp"


class UnconfirmedWriteError(OSError):
    """A file that was put in its place, but may not be on disk yet, or does not read back."""


class TargetFolder:
    """A folder that an export writes below, and never out of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._checked: set[str] = set()

    def place_of(self, path: str) -> Path:
        """Return where ``path`` stands below the folder. Raises ``RefusedError`` for any way out of it.

        ``..``, absolute paths and symbolic links are ways out. A folder is looked at once; the file itself each
        time it is read or written.
        """
        check_relative(path)
        parent = path.rpartition("/")[0]
        if parent not in self._checked:
            place = self.folder
            for part in parent.split("/") if parent else ():
                place = place / part
                _refuse_link(place, path)
            self._checked.add(parent)
        return self.folder / path


def check_relative(path: str) -> None:
    """Raise ``RefusedError`` unless the path leads down from where it begins, and nowhere else."""
    if (
        not path
        or path[0] == "/"
        or "\\" in path
        or "\0" in path
        or not {"", ".", ".."}.isdisjoint(path.split("/"))
    ):
        raise RefusedError(_("%(path)s: is no path inside a folder; nothing was written.") % {"path": path})


def _refuse_link(place: Path, path: str) -> None:
    if place.is_symlink():
        said = _("%(path)s: %(place)s is a symbolic link; an export does not follow it. Replace it by hand.")
        raise RefusedError(said % {"path": path, "place": place})


def read_digest(place: Path) -> str | None:
    """Return the SHA-256 of the file that stands there, ``None`` where there is none.

    Raises ``RefusedError`` for a link, or whatever else no export wrote; and ``OSError``.
    """
    try:
        return digest_bytes(read_bytes(place))
    except FileNotFoundError:
        return None
    except UnreadableError as error:
        raise RefusedError(_("%(path)s %(problem)s") % {"path": place, "problem": error}) from error


def temporary_of(place: Path) -> str:
    """Return the pattern of the temporary files that a killed write of this file leaves beside it."""
    return f"{glob.escape(str(place.parent))}/.{glob.escape(place.name)}.*{_SUFFIX}"


def write_atomically(place: Path, text: str, *, confirms: bool = True) -> None:
    """Put the text there: temporary file, fsync, rename, fsync of the folder, read back.

    Raises ``OSError`` where nothing was written, ``UnconfirmedWriteError`` where what was could not be confirmed.

    Killed at any moment, the old or the new file stands there, whole. A temporary file that a killed run
    left is removed by the next one that writes this file. Without ``confirms`` nothing is waited for and read back:
    for a text that stands in a commit, from which git brings it back after a power cut.
    """
    data = text.encode()
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # one writer at a time, so what another left is nobody's
        for leftover in glob.glob(temporary_of(place)):  # noqa: PTH207 - the pattern is whole
            os.unlink(leftover)  # noqa: PTH108
        _write(place, place.with_name(f".{place.name}.{secrets.token_hex(8)}{_SUFFIX}"), data, confirms)
        if confirms:
            _confirm(place, folder, data)
    finally:
        os.close(folder)


def _confirm(place: Path, folder: int, data: bytes) -> None:
    """Have the folder's entry on disk, and read the file back."""
    try:
        os.fsync(folder)
        if read_bytes(place, limit=len(data)) == data:
            return
        problem = _("it does not read back as it was written: check the disk")
    except OSError as error:
        problem = error.strerror or str(error)
    except UnreadableError as error:  # something else was put there meanwhile
        problem = str(error)
    raise UnconfirmedWriteError(problem)


def _write(place: Path, temporary: Path, data: bytes, confirms: bool) -> None:
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # less what the umask takes
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if place.exists():
                os.fchmod(stream.fileno(), place.stat().st_mode & 0o777)
            if confirms:
                os.fsync(stream.fileno())
        temporary.replace(place)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
