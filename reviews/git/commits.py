"""Commits in the making: real ones, so hooks, filters and signing hold, and no branch knows of them until one moves."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from reviews.git.errors import GitError
from reviews.git.process import NO_CLEANING, run_git
from reviews.git.repository import Repository

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
    """A commit that was made, with the blob of each file that it changed; empty for one that it took away."""

    id: str
    files: Mapping[str, str]


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
        self._run("reset", "--quiet", "--hard")
        self._tracked = set(self._run("ls-files", "-z").decode(errors="surrogateescape").split("\0"))

    def commit(self, files: Mapping[str, bytes], message: str, author: Author) -> None:
        """Make a commit of these files alone. Raises ``GitError``, with the output of a hook that refuses it."""
        for path, data in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        new = [path for path in files if path not in self._tracked]
        if new:
            self._run("add", "--", *new)
            self._tracked.update(new)
        self._run(
            *("commit", "--quiet", "--include", "--file=-", "--cleanup=whitespace", "--", *files),
            stdin=message.encode(),
            environment=author.environment,
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
        return _read_commits(ids, listed.decode(errors="surrogateescape"))

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


def _read_commits(ids: list[str], listed: str) -> list[Commit]:
    """Read what ``diff-tree`` says of each commit: ``:mode mode blob blob letter``, then the path."""
    files: dict[str, dict[str, str]] = {commit: {} for commit in ids}
    parts = iter(listed.split("\0"))
    current = ""
    for part in parts:
        if part.startswith(":"):
            files[current][next(parts)] = part.split()[3].strip("0") and part.split()[3]
        elif part:
            current = part.strip("\n")
    return [Commit(commit, found) for commit, found in files.items()]
