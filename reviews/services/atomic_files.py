"""Writes one file so that it is there whole or not at all, inside its folder, and reads it back."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path, PurePosixPath

from reviews.services.errors import RefusedError
from reviews.services.folders import digest_bytes, read_bytes

_SUFFIX = ".policyhub-tmp"


def place_inside(folder: Path, path: str) -> Path:
    """Return where ``path`` stands below the folder. Raises ``RefusedError`` for any way out of it.

    ``..``, absolute paths and symbolic links are ways out, also where a link replaced a folder meanwhile.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or "\x00" in path:
        raise RefusedError(f"{path}: is no path inside {folder}; nothing was written.")
    place = folder
    for part in parts:
        place = place / part
        if place.is_symlink():
            raise RefusedError(
                f"{path}: {place} is a symbolic link; an export does not follow it. Replace it by hand."
            )
    return place


def read_digest(place: Path) -> str | None:
    """Return the SHA-256 of the file that stands there, ``None`` where there is none. Raises ``OSError``."""
    try:
        return digest_bytes(read_bytes(place))
    except FileNotFoundError:
        return None


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
