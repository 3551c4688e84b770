"""A work tree in which a branch is checked out: it follows when the branch moves forward, and loses nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from reviews.git.errors import DirtyError, GitError
from reviews.git.process import run_git
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
        return run_git(self.root, *arguments, stdin=stdin, held=self.repository.held)

    def check(self, paths: Iterable[str], is_ours: Callable[[str, bytes], bool]) -> None:
        """Raise ``DirtyError`` where a tracked file is changed, or an untracked one stands in the way.

        Not for one of these paths that holds what is to stand there anyway: ``is_ours`` says of what.
        """
        unfinished = [name for name in _UNFINISHED if (self.git_dir / name).exists()]
        if unfinished:
            raise DirtyError(self.root, unfinished)
        paths = set(paths)
        changes = {change.path: change for change in self._changes()}
        bad = [
            path
            for path, change in changes.items()
            if path not in paths or not self._is_ours(change, is_ours)
        ]
        tracked = set(self.run("ls-files", "-z").decode(errors="surrogateescape").split("\0"))
        bad += [
            path
            for path in sorted(paths - tracked)
            if os.path.lexists(self.root / path) and not self._holds_ours(path, is_ours)
        ]
        if bad:
            raise DirtyError(self.root, bad)

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
        """Bring a tree that was clean at ``old`` back to it, after git was killed while it went on to ``new``.

        Where a file is neither of the two, nor the beginning of the new one, somebody was here since: nothing is done.
        """
        if self.run("rev-parse", "HEAD").decode().strip() != old:
            return
        told = self.run("diff-tree", "-r", "-z", "--no-renames", old, new).decode(errors="surrogateescape")
        rows = told.split("\0")
        blobs = {path: facts.split()[3] for facts, path in zip(rows[::2], rows[1::2], strict=False)}
        for change in self._changes():
            if change.path not in blobs or change.staged != change.head:
                return
            place = self.root / change.path
            if os.path.lexists(place):
                (whole,) = self.repository.read_blobs([blobs[change.path]])
                if not whole.startswith(_read_regular(place) or b"\0"):
                    return
        self.run("reset", "--quiet", "--hard", old)

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
