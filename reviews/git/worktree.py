"""A work tree in which a branch is checked out: it follows when the branch moves forward, and loses nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from reviews.git.errors import DirtyError, GitError
from reviews.git.process import NO_CLEANING, run_git
from reviews.git.repository import Repository, TreeEntry

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

        Raises ``DirtyError`` where any other file is changed, or stands in the way of one of them, ignored or not.
        """
        unfinished = [name for name in _UNFINISHED if (self.git_dir / name).exists()]
        if unfinished:
            raise DirtyError(self.root, unfinished)
        paths = set(paths)
        changes = {change.path: change for change in self._changes()}
        tracked = self._tracked()
        # Those that git was told to take for unchanged, or to leave out (`git help update-index`): it never looks.
        hidden = [path for path in sorted(paths) if tracked.get(path, "H") != "H"]
        new = paths - tracked.keys()
        in_the_way = new - _parents(
            tracked
        )  # a folder of tracked files gives way with them, or git says why not
        untracked = [path for path in sorted(in_the_way) if os.path.lexists(self.root / path)]
        bad = [
            path
            for path, change in changes.items()
            if path not in paths or not self._is_ours(change, is_ours)
        ]
        bad += [path for path in [*untracked, *self._edited(hidden)] if not self._holds_ours(path, is_ours)]
        bad += [path for path in sorted(_parents(new) - tracked.keys()) if self._is_no_folder(path)]
        if bad:
            raise DirtyError(self.root, bad)
        return [*changes, *untracked]

    def fast_forward(self, branch: str, commit: str, *, written: Iterable[str] = ()) -> None:
        """Move branch and work tree forward to the commit; ``written`` are files that hold its content already.

        Raises ``GitError``; then ``restore`` puts the index right.
        """
        head = self.run("symbolic-ref", "--quiet", "HEAD").decode().strip()
        if head != f"refs/heads/{branch}":
            raise GitError("symbolic-ref", f"{self.root} left the branch {branch}")
        if names := _listed(written):  # else git would see files in its way
            self.run("update-index", "--add", "-z", "--stdin", stdin=names)
        self.run("merge", "--quiet", "--ff-only", "--no-autostash", "--no-overwrite-ignore", commit)

    def restore(self, old: str, new: str, *, kept: Collection[str] = ()) -> None:
        """Bring index and files that were as at ``old`` back to it, after a git that went on to ``new`` did not end.

        Files are touched that are gone, or are the new one or its beginning, as git leaves them; all else is
        somebody's, and so are ``kept``, which held the new content before.
        """
        if self.run("rev-parse", "HEAD").decode().strip() != old:
            return
        before, after = ({entry.path: entry for entry in self.repository.entries(at)} for at in (old, new))
        changed = [path for path in before | after if _facts(before.get(path)) != _facts(after.get(path))]
        staged = self._staged()
        ours = [path for path in changed if staged.get(path) == _facts(after.get(path))]
        if names := _listed(ours):
            self.run("reset", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul", stdin=names)
        files = [path for path in changed if path not in kept and not _is_submodule(path, before, after)]
        left = set(self._left(files, after, new))
        for path in left - before.keys():
            self._remove(path)
        tags = self._tracked()
        wanted = [
            path for path in files if path in before and tags.get(path) != "S"
        ]  # S: left out on purpose
        gone = [path for path in wanted if not os.path.lexists(self.root / path)]
        if names := _listed({*(left & before.keys()), *gone}):
            self.run("checkout", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul", old, stdin=names)

    def _tracked(self) -> dict[str, str]:
        """Return each path of the index with git's letter for it: ``H``, if there is nothing special about it."""
        rows = self.run("ls-files", "-v", "-z").decode(errors="surrogateescape").split("\0")
        return {row[2:]: row[0] for row in rows if row}

    def _staged(self) -> dict[str, tuple[str, str]]:
        """Return mode and blob of each file of the index, by path."""
        rows = self.run("ls-files", "--stage", "-z").decode(errors="surrogateescape").split("\0")
        parts = [row.partition("\t") for row in rows if row]
        return {path: (facts.split()[0], facts.split()[1]) for facts, _, path in parts}

    def _left(self, paths: Iterable[str], after: dict[str, TreeEntry], new: str) -> Iterator[str]:
        """Yield those that stand there as a git leaves them that was killed on its way: whole, or the beginning."""
        there = [after[path] for path in paths if path in after and not self._is_below_link(path)]
        for entry, blob in self.repository.each_blob(there):
            data = _read(self.root / entry.path, is_link=entry.is_link)
            if data is not None and (blob.startswith(data) or self._filtered(new, entry).startswith(data)):
                yield entry.path

    def _filtered(self, commit: str, entry: TreeEntry) -> bytes:
        """Return what git makes of a file when it checks it out: line ends, smudge filters."""
        return b"" if entry.is_link else self.run("cat-file", "--filters", f"{commit}:{entry.path}")

    def _edited(self, paths: Collection[str]) -> list[str]:
        """Return which of these stand there and are not as in the head."""
        if not paths:
            return []
        heads = {entry.path: entry for entry in self.repository.entries("HEAD")}
        found = []
        for path in paths:
            data = _read(self.root / path)
            entry = heads.get(path)
            if os.path.lexists(self.root / path) and not (
                entry
                and data is not None
                and (self.repository.blob_of(data) == entry.blob or self._filtered("HEAD", entry) == data)
            ):
                found.append(path)
        return found

    def _is_no_folder(self, path: str) -> bool:
        place = self.root / path
        return os.path.lexists(place) and (place.is_symlink() or not place.is_dir())

    def _is_below_link(self, path: str) -> bool:
        return any(map(self._is_no_folder, _parents([path])))

    def _remove(self, path: str) -> None:
        """Remove a file, and the folders that are empty then, as git does."""
        (self.root / path).unlink(missing_ok=True)
        with suppress(OSError):
            for parent in PurePosixPath(path).parents[:-1]:
                (self.root / parent).rmdir()

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
        data = _read(self.root / path)
        return data is not None and is_ours(path, data)


def find_worktree(repository: Repository, branch: str) -> Worktree | None:
    """Return the work tree in which the branch is checked out, ``None`` where there is none.

    Raises ``GitError`` where git does not know its folder.
    """
    told = repository.run("worktree", "list", "--porcelain").decode(errors="surrogateescape")
    for block in told.split("\n\n"):
        facts = dict(line.partition(" ")[::2] for line in block.splitlines())
        if facts.get("branch") != f"refs/heads/{branch}":
            continue
        root = Path(facts["worktree"])
        if root.resolve() == repository.git_dir.resolve():  # a submodule's, or one with a separate git folder
            root = _main_root(repository)
        if root.is_dir():
            told_dir = run_git(root, "rev-parse", "--absolute-git-dir").decode(errors="surrogateescape")
            return Worktree(repository, root, Path(told_dir.rstrip("\n")))
    return None


def find_unfinished(repository: Repository, branch: str) -> str | None:
    """Return what is going on with a branch in any work tree: ``rebase``, ``bisect`` or ``None``."""
    for git_dir in (repository.git_dir, *sorted(repository.git_dir.glob("worktrees/*"))):
        for name in ("rebase-merge/head-name", "rebase-apply/head-name", "rebase-merge/update-refs"):
            if f"refs/heads/{branch}" in _lines(git_dir / name):
                return "rebase"
        if branch in _lines(git_dir / "BISECT_START"):
            return "bisect"
    return None


def _main_root(repository: Repository) -> Path:
    own = run_git(repository.root, "rev-parse", "--absolute-git-dir").decode(errors="surrogateescape")
    if Path(own.rstrip("\n")).resolve() == repository.git_dir.resolve():
        return repository.root
    configured = repository.run("config", "--get", "core.worktree", accepts=(0, 1))
    if not configured:
        raise GitError("worktree", f"the work tree of {repository.git_dir} is not known: name that")
    return repository.git_dir / configured.decode(errors="surrogateescape").rstrip("\n")


def _lines(place: Path) -> list[str]:
    try:
        return place.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


def _parents(paths: Iterable[str]) -> set[str]:
    return {str(parent) for path in paths for parent in PurePosixPath(path).parents}


def _listed(paths: Iterable[str]) -> bytes:
    return "".join(f"{path}\0" for path in paths).encode(errors="surrogateescape")


def _facts(entry: TreeEntry | None) -> tuple[str, str] | None:
    return (entry.mode, entry.blob) if entry else None


def _is_submodule(path: str, *trees: dict[str, TreeEntry]) -> bool:
    """Whether it is one in any of these: git leaves its folder alone."""
    return any(path in tree and tree[path].is_submodule for tree in trees)


def _read(place: Path, *, is_link: bool = False) -> bytes | None:
    """Return the bytes of a file, or what a link says, ``None`` where that does not stand there."""
    try:
        mode = place.lstat().st_mode
        if is_link:
            return os.fsencode(place.readlink()) if stat.S_ISLNK(mode) else None
        return place.read_bytes() if stat.S_ISREG(mode) else None
    except OSError:
        return None
