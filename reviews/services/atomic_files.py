"""Writes one file so that it is there whole or not at all, inside its folder, and reads it back."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from reviews.services.errors import RefusedError
from reviews.services.folders import UnreadableError, digest_bytes, read_bytes

_SUFFIX = ".policyhub-tmp"


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
        raise RefusedError(f"{path}: is no path inside a folder; nothing was written.")


def _refuse_link(place: Path, path: str) -> None:
    if place.is_symlink():
        raise RefusedError(
            f"{path}: {place} is a symbolic link; an export does not follow it. Replace it by hand."
        )


def read_digest(place: Path) -> str | None:
    """Return the SHA-256 of the file that stands there, ``None`` where there is none.

    Raises ``RefusedError`` for a link, or whatever else no export wrote; and ``OSError``.
    """
    try:
        return digest_bytes(read_bytes(place))
    except FileNotFoundError:
        return None
    except UnreadableError as error:
        raise RefusedError(f"{place} {error}") from error


def write_atomically(place: Path, text: str) -> None:
    """Put the text there: temporary file, fsync, rename, fsync of the folder, read back. Raises ``OSError``.

    Killed at any moment, the old or the new file stands there, whole. A temporary file that a killed run
    left is removed by the next one that writes this file.
    """
    data = text.encode()
    place.parent.mkdir(parents=True, exist_ok=True)
    for leftover in place.parent.glob(f".{place.name}.*{_SUFFIX}"):
        leftover.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=_SUFFIX, dir=place.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
            os.fchmod(stream.fileno(), _mode(place))
        temporary.replace(place)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(place.parent)
    if read_bytes(place) != data:
        raise OSError(f"{place} does not read back as it was written: check the disk.")


def _mode(place: Path) -> int:
    """Return the permissions of the file that is replaced; a new one gets what the process's mask leaves."""
    try:
        return place.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
