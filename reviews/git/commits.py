"""Commits in the making: real ones, so hooks, filters and signing hold, and no branch knows of them until one moves."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from reviews.git.errors import GitError
from reviews.git.process import NO_CLEANING, run_git
from reviews.git.repository import Repository

_NONE, _FILE = "000000", "100644"  # modes
_FORMAT = "%H%n%an <%ae>%n%ad%n%(trailers:only=true,unfold=true)"
_CRUD = re.compile(r"[\x00-\x20<>]+")


@dataclass(frozen=True, slots=True)
class Author:
    """Who a commit is by, and when; of ``name`` and ``mail`` what git can keep (``git help commit-tree``)."""

    name: str
    mail: str
    at: dt.datetime

    def __str__(self) -> str:
        mail = _CRUD.sub("", self.mail)
        name = _CRUD.sub(" ", self.name).strip(" .,:;\"\\'")
        return f"{name or mail} <{mail}>"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which git learns it."""
        name, _, mail = str(self).rpartition(" ")
        at = f"@{int(self.at.timestamp())} {self.at:%z}"
        return {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": mail[1:-1], "GIT_AUTHOR_DATE": at}


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that was made, with the blob of each file that it changed; empty for one that it took away, and followed
    by the mode where that changed too. ``author`` and ``at`` are as in ``Author``, ``trailers`` the lines of those.
    """

    id: str
    files: Mapping[str, str]
    author: str
    at: str
    trailers: frozenset[str]

    def is_by(self, author: Author) -> bool:
        """Whether git says that it is theirs, as of that time."""
        return (self.author, self.at) == (
            str(author),
            author.environment["GIT_AUTHOR_DATE"].removeprefix("@"),
        )


class Draft:
    """Commits on top of ``start``, in a work tree that is in nobody's list. The caller holds the ``guard``.

    It is a linked work tree (``git help repository-layout``: a folder with HEAD and ``commondir``), but outside of
    ``worktrees/``: half made, as a killed run leaves it, it would break ``git fsck`` there.
    """

    def __init__(self, repository: Repository, start: str) -> None:
        self._repository, self._start = repository, start
        folder = repository.git_dir / "policyhub"
        shutil.rmtree(folder, ignore_errors=True)
        self.root = folder / "tree"
        self.root.mkdir(parents=True)
        git_dir = folder / "gitdir"
        git_dir.mkdir()
        for name, text in (("HEAD", start), ("commondir", "../.."), ("gitdir", f"{self.root / '.git'}")):
            (git_dir / name).write_text(f"{text}\n", encoding="utf-8")
        (self.root / ".git").write_text(f"gitdir: {git_dir}\n", encoding="utf-8")
        self._settings = {**repository.hooks_settings(), **NO_CLEANING}
        name, _, mail = (repository.committer() or "").removesuffix(">").rpartition(" <")
        # The root's configuration may say it for that work tree alone (`git help config`, extensions.worktreeConfig).
        self._committer = {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": mail} if mail else {}
        self._run("reset", "--quiet", "--hard")
        self._tracked = set(self._run("ls-files", "-z").decode(errors="surrogateescape").split("\0"))

    def commit(self, files: Mapping[str, bytes], message: str, author: Author) -> None:
        """Make a commit of these files alone. Raises ``GitError``, with the output of a hook that refuses it, and where
        a path leads through a link: what is checked out there was written by others.
        """
        for path, data in files.items():
            try:
                _write(self.root, path, data)
            except OSError as error:
                raise GitError("commit", f"{path}: {error.strerror}") from error
        new = [path for path in files if path not in self._tracked]
        if new:
            self._run("add", "--", *new)
            self._tracked.update(new)
        self._run(
            *("commit", "--quiet", "--include", "--file=-", "--cleanup=whitespace", "--", *files),
            stdin=message.encode(),
            environment={**self._committer, **author.environment},
        )

    def commits(self) -> list[Commit]:
        """Return the commits that were made, in order. Raises ``GitError`` where they are no plain line."""
        told = self._run("rev-list", "--reverse", "--parents", f"{self._start}..HEAD").decode()
        ids, previous = [], self._start
        for row in told.splitlines():
            commit, *parents = row.split()
            if parents != [previous]:
                raise GitError("commit", f"{commit} does not stand on {previous} alone")
            ids.append(commit)
            previous = commit
        listed = self._run(
            *("diff-tree", "--stdin", "-r", "-z", "--no-renames"),
            stdin="".join(f"{i}\n" for i in ids).encode(),
        )
        files = _read_files(ids, listed.decode(errors="surrogateescape"))
        told = self._run(
            *("log", "--no-walk=unsorted", "--stdin", "-z", "--date=raw", f"--format={_FORMAT}"),
            stdin="".join(f"{i}\n" for i in ids).encode(),
        ).decode(errors="replace")
        made = []
        for row in filter(None, told.split("\0")) if ids else ():
            commit, author, at, *trailers = row.split("\n")
            made.append(Commit(commit, files[commit], author, at, frozenset(trailers)))
        return made

    def _run(
        self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> bytes:
        return run_git(
            self.root,
            *arguments,
            stdin=stdin,
            environment=environment,
            settings=self._settings,
            held=self._repository.held,
        )


def _write(root: Path, path: str, data: bytes) -> None:
    """Write a file, which may be there, below a folder; never through a link. Raises ``OSError``."""
    *parents, name = path.split("/")
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    folder = os.open(root, flags | os.O_DIRECTORY)
    try:
        for parent in parents:
            with suppress(FileExistsError):
                os.mkdir(parent, dir_fd=folder)
            below = os.open(parent, flags | os.O_DIRECTORY, dir_fd=folder)
            os.close(folder)
            folder = below
        handle = os.open(name, flags | os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666, dir_fd=folder)
    finally:
        os.close(folder)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)


def _read_files(ids: list[str], listed: str) -> dict[str, dict[str, str]]:
    """Read what ``diff-tree`` says of each commit: ``:mode mode blob blob letter``, then the path."""
    files: dict[str, dict[str, str]] = {commit: {} for commit in ids}
    parts = iter(listed.split("\0"))
    current = ""
    for part in parts:
        if part.startswith(":"):
            before, after, _, blob, _ = part[1:].split()
            is_as_before = after in (before, _NONE) or (before, after) == (_NONE, _FILE)
            files[current][next(parts)] = (blob.strip("0") and blob) if is_as_before else f"{blob} {after}"
        elif part:
            current = part.strip("\n")
    return files
