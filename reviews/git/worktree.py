"""A work tree in which a branch is checked out: it follows when the branch moves forward, and loses nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from reviews.git.errors import DirtyError, GitError
from reviews.git.process import NO_CLEANING, run_git
from reviews.git.repository import Repository

# What git is in the middle of, and would not merge meanwhile (`git help merge`).
_UNFINISHED = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")


class _Change(NamedTuple):
    """A tracked file that is not as in the commit; ``staged`` is the blob in the index, ``head`` the commit's."""

    path: str
    head: str
    staged: str
    is_changed_on_disk: bool


@dataclass(frozen=True, slots=True)
class Worktree:
    """``root`` is its top, ``git_dir`` where its HEAD and its index are."""

    repository: Repository
    root: Path
    git_dir: Path

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run git in it: see ``run_git``."""
        held = self.repository.held
        return run_git(self.root, *arguments, stdin=stdin, settings=NO_CLEANING, held=held)

    def check(self, paths: Iterable[str], is_ours: Callable[[str, bytes], bool]) -> list[str]:
        """Return which of these paths are changed, or untracked, and hold what is to stand there: ``is_ours`` says so.

        Raises ``DirtyError`` where any other file is changed, or stands in the way of one of them.
        """
        unfinished = [name for name in _UNFINISHED if (self.git_dir / name).exists()]
        if unfinished:
            raise DirtyError(self.root, unfinished)
        paths = set(paths)
        changes = {change.path: change for change in self._changes()}
        tracked = set(self.run("ls-files", "-z").decode(errors="surrogateescape").split("\0"))
        untracked = [path for path in sorted(paths - tracked) if os.path.lexists(self.root / path)]
        bad = [
            path
            for path, change in changes.items()
            if path not in paths or not self._is_ours(change, is_ours)
        ]
        bad += [path for path in untracked if not self._holds_ours(path, is_ours)]
        if bad:
            raise DirtyError(self.root, bad)
        return [*changes, *untracked]

    def fast_forward(self, branch: str, commit: str, *, written: Iterable[str] = ()) -> None:
        """Move branch and work tree forward to the commit; ``written`` are files that hold its content already.

        Raises ``GitError``, and leaves all but those files as they were.
        """
        head = (
            self.run(
                "symbolic-ref",
                "--quiet",
                "HEAD",
            )
            .decode()
            .strip()
        )
        if head != f"refs/heads/{branch}":
            raise GitError("symbolic-ref", f"{self.root} left the branch {branch}")
        names = "".join(f"{path}\0" for path in written).encode(errors="surrogateescape")
        try:
            if names:  # else git would see files in its way
                self.run("update-index", "--add", "-z", "--stdin", stdin=names)
            self.run("merge", "--quiet", "--ff-only", "--no-autostash", commit)
        except GitError:
            if names:
                self.run("reset", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul", stdin=names)
            raise

    def restore(self, old: str, new: str) -> None:
        """Bring files that were clean at ``old`` back to it, after git was killed while it went on to ``new``.

        That is those which are gone, and those which are the new file or its beginning; all else is somebody's.
        """
        if self.run("rev-parse", "HEAD").decode().strip() != old:
            return
        lost = []
        for path, (before, after) in self.repository.changes(old, new).items():
            place = self.root / path
            if os.path.lexists(place):
                (whole,) = self.repository.read_blobs([after]) if after else (b"",)
                data = _read_regular(place)
                if data is None or not whole.startswith(data):
                    continue
            if before:
                lost.append(path)
            else:
                place.unlink(missing_ok=True)
        if lost:
            names = "".join(f"{path}\0" for path in lost).encode(errors="surrogateescape")
            self.run("checkout", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul", old, stdin=names)

    def _changes(self) -> list[_Change]:
        told = self.run(
            "status",
            "--porcelain=v2",
            "-z",
            "--untracked-files=no",
            "--no-renames",
            "--ignore-submodules=all",
        )
        changes = []
        for row in told.decode(errors="surrogateescape").split("\0"):
            if row.startswith("1 "):
                _, state, _, _, _, _, head, staged, path = row.split(" ", 8)
                changes.append(_Change(path, head, staged, is_changed_on_disk=state[1] != "."))
            elif row.startswith("u "):  # not merged: nobody's content
                changes.append(_Change(row.split(" ", 10)[10], "", "", is_changed_on_disk=True))
        return changes

    def _is_ours(self, change: _Change, is_ours: Callable[[str, bytes], bool]) -> bool:
        if change.staged != change.head:
            if not change.staged.strip("0"):
                return False
            (staged,) = self.repository.read_blobs([change.staged])
            if not is_ours(change.path, staged):
                return False
        return not change.is_changed_on_disk or self._holds_ours(change.path, is_ours)

    def _holds_ours(self, path: str, is_ours: Callable[[str, bytes], bool]) -> bool:
        data = _read_regular(self.root / path)
        return data is not None and is_ours(path, data)


def find_worktree(repository: Repository, branch: str) -> Worktree | None:
    """Return the work tree in which the branch is checked out, ``None`` where there is none."""
    told = repository.run("worktree", "list", "--porcelain").decode(errors="surrogateescape")
    for block in told.split("\n\n"):
        facts = dict(line.partition(" ")[::2] for line in block.splitlines())
        if facts.get("branch") == f"refs/heads/{branch}" and (root := Path(facts["worktree"])).is_dir():
            told_dir = run_git(root, "rev-parse", "--absolute-git-dir").decode(errors="surrogateescape")
            return Worktree(repository, root, Path(told_dir.rstrip("\n")))
    return None


def _read_regular(place: Path) -> bytes | None:
    """Return the bytes of a file, ``None`` where there is none or it is something else."""
    try:
        is_file = stat.S_ISREG(place.lstat().st_mode)
        return place.read_bytes() if is_file else None
    except OSError:
        return None
