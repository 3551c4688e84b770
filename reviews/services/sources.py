"""Where an import takes its files from: a folder here; a git repository and an upload are sources of the same shape."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reviews.services.folders import FoundFile, find_files, read_bytes


class Origin(Protocol):
    """What the database remembers of where a file came from."""

    @property
    def root(self) -> str:
        """The folder or repository that paths are relative to (``SourceFile.root``); empty for an upload."""

    @property
    def commit(self) -> str:
        """The commit that was read; empty for anything but git."""

    @property
    def is_upload(self) -> bool:
        """Whether the files stand nowhere yet: they bring values, and never move, rename or end a file."""


class Source(Origin, Protocol):
    """Files to import."""

    @property
    def title(self) -> str:
        """Where the files come from, for people: ``/x``, ``git /x at main (1a2b3c4)``."""

    def find(self) -> list[FoundFile]:
        """Return the files in the order in which they are to be read; ``location`` is the source's own handle.

        Raises ``RefusedError`` where the source itself cannot be used.
        """

    def read(self, found: FoundFile) -> bytes:
        """Return a file's bytes; called in the order of ``find``. Raises ``UnreadableError`` or ``OSError``."""

    def covers(self, path: str) -> bool:
        """Whether a known file that ``find`` did not yield is gone, and not merely left out of this import."""

    def has(self, path: str) -> bool:
        """Whether a file is there, also one that was not to be imported."""


@dataclass(frozen=True, slots=True)
class KnownOrigin:
    """An origin that is known from before: of the text that a question about a file keeps."""

    root: str
    commit: str = ""
    is_upload: bool = False


class FolderSource:
    """Files and folders below one root on disk."""

    commit = ""
    is_upload = False

    def __init__(self, paths: Sequence[Path], root: Path) -> None:
        self._paths, self._root = paths, root.resolve()
        self._named = [path.resolve() for path in paths]

    @property
    def root(self) -> str:
        """The folder that paths are relative to."""
        return str(self._root)

    @property
    def title(self) -> str:
        """The folder: its path says that it is one."""
        return str(self._root)

    def find(self) -> list[FoundFile]:
        """Return every Markdown file below the paths. Raises ``RefusedError`` where one is no path below the root."""
        return list(find_files(self._paths, self._root))

    def read(self, found: FoundFile) -> bytes:
        """Return the bytes of a regular file. Raises ``UnreadableError`` or ``OSError``."""
        return read_bytes(found.location)

    def covers(self, path: str) -> bool:
        """Whether the file was to be found below the named paths, and is not there."""
        place = self._root / path
        return any(place.is_relative_to(named) for named in self._named) and not self.has(path)

    def has(self, path: str) -> bool:
        """Whether the file is there: one that cannot be seen may be."""
        try:
            os.lstat(self._root / path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            pass
        return True
