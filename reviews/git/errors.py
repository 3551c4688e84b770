"""What git refused: data, which ``services/git_words.py`` puts into sentences of the reader's language."""

from __future__ import annotations

import re
from pathlib import Path

LONGEST_SAID = 2_000  # characters of what git and the hooks printed that are kept: the end of it says why
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[^\n\t\x20-\x7e\x85\xa0-\ud7ff\ue000-\U0010ffff]")


class GitError(Exception):
    """git ended with an error. ``command`` is what was run (``commit``), ``said`` what it and the hooks printed."""

    def __init__(self, command: str, said: str) -> None:
        said = _CONTROL.sub("", said).strip()
        self.command = command
        self.said = said if len(said) <= LONGEST_SAID else f"…{said[-LONGEST_SAID:]}"
        super().__init__(f"git {command}: {self.said}")


class MissingGitError(GitError):
    """There is no program git."""

    def __init__(self) -> None:
        super().__init__("", "not found")


class NoRepositoryError(GitError):
    """``path`` is not the top of a repository; ``top`` is that of the one in which it stands, where there is one."""

    def __init__(self, path: Path, said: str, *, top: Path | None = None) -> None:
        super().__init__("rev-parse", said)
        self.path, self.top = path, top


class BusyError(GitError):
    """Another program works in the repository, or died there: ``lock`` is its lock file."""

    def __init__(self, lock: Path) -> None:
        super().__init__("", f"{lock} exists")
        self.lock = lock


class SlowError(GitError):
    """git was ended because it took too long: its locks may stand there still."""


class DirtyError(GitError):
    """A work tree in which a branch is checked out holds changes of somebody: ``paths``, relative to ``root``."""

    def __init__(self, root: Path, paths: list[str]) -> None:
        super().__init__("status", ", ".join(paths))
        self.root, self.paths = root, paths
