"""A repository: its commits, the files in them, and its branches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from reviews.git.errors import GitError, NoRepositoryError
from reviews.git.process import run_git

_PORTION = 8 * 1024 * 1024  # bytes
LINK, SUBMODULE = "120000", "160000"  # modes of entries that are no files (`git help fast-import`)


class TreeEntry(NamedTuple):
    """A file in a commit; ``size`` is in bytes. A path that is no UTF-8 has surrogates in it."""

    mode: str
    blob: str
    size: int
    path: str

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.mode == LINK

    @property
    def is_submodule(self) -> bool:
        """Whether it is a commit of another repository."""
        return self.mode == SUBMODULE

    @property
    def is_file(self) -> bool:
        """Whether it has content of its own."""
        return not (self.is_link or self.is_submodule)


@dataclass(frozen=True, slots=True)
class Repository:
    """``root`` is the top of its work tree, or the repository itself where it is bare; ``git_dir`` what all of its
    work trees share. ``held`` is kept open by what is run: see ``guard``.
    """

    root: Path
    git_dir: Path
    is_bare: bool
    hash_name: str
    held: int | None = None

    @classmethod
    def open(cls, path: Path) -> Repository:
        """Return the repository whose top, or whose bare folder, the path names.

        Raises ``NoRepositoryError`` for any other folder, one inside of a work tree too: nobody named that one.
        """
        path = path.resolve()
        try:
            told = run_git(
                path,
                "rev-parse",
                "--path-format=absolute",
                "--git-common-dir",
                "--is-bare-repository",
                "--is-inside-git-dir",
                "--show-object-format",
            ).decode(errors="surrogateescape")
            git_dir, is_bare, is_inside, hash_name = told.splitlines()
            if is_bare == "true":
                top = Path(git_dir)
            elif is_inside == "true":
                top = Path(git_dir).parent
            else:
                top = Path(_text(run_git(path, "rev-parse", "--path-format=absolute", "--show-toplevel")))
        except (GitError, ValueError) as error:
            if isinstance(error, GitError) and error.command != "rev-parse":
                raise
            raise NoRepositoryError(path, getattr(error, "said", "")) from error
        if top.resolve() != path:
            raise NoRepositoryError(path, "not the top", top=top)
        return cls(path, Path(git_dir), is_bare == "true", hash_name)

    def run(self, *arguments: str, **options: Any) -> bytes:
        """Run git at the root: see ``run_git``."""
        return run_git(self.root, *arguments, **({"held": self.held} | options))

    # -- commits --------------------------------------------------------------------------------------------

    def resolve(self, ref: str) -> str | None:
        """Return the commit that a branch, tag or any other name of one stands for, ``None`` where there is none."""
        try:
            wanted = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
            commit = _text(self.run(*wanted))
        except GitError:
            return None
        return commit if commit.isalnum() else None  # “^main” is all but a commit

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether one commit is among those that the other stands on, or is that one."""
        if old == new:
            return True
        base = self.run("merge-base", old, new, accepts=(0, 1))
        return _text(base) == old

    # -- files ----------------------------------------------------------------------------------------------

    def entries(self, commit: str, *paths: str) -> list[TreeEntry]:
        """Return the files of a commit in order of their paths; below these paths, where some are named."""
        listed = self.run("ls-tree", "-r", "-z", "-l", "--full-tree", commit, "--", *paths)
        return [_entry(row) for row in listed.split(b"\0") if row]

    def changes(self, old: str, new: str) -> dict[str, tuple[str, str]]:
        """Return the blobs before and after, by path, where two commits differ; one that is not there is empty."""
        told = self.run("diff-tree", "-r", "-z", "--no-renames", old, new).decode(errors="surrogateescape")
        rows = told.split("\0")
        found = {}
        for facts, path in zip(rows[::2], rows[1::2], strict=False):
            _, _, before, after, _ = facts.split(" ")
            found[path] = (before.strip("0") and before, after.strip("0") and after)
        return found

    def read_blobs(self, blobs: Sequence[str]) -> list[bytes]:
        """Return the content of each, all in memory. Raises ``GitError`` where one is missing."""
        if not blobs:
            return []
        data = self.run("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs).encode())
        found, at = [], 0
        for blob in blobs:
            end = data.index(b"\n", at)
            name, _, size = data[at:end].decode().partition(" blob ")
            if name != blob or not size:
                raise GitError("cat-file", data[at:end].decode())
            at = end + 1 + int(size) + 1  # a line end follows the content
            found.append(data[end + 1 : at - 1])
        return found

    def each_blob(self, entries: Iterable[TreeEntry]) -> Iterator[tuple[TreeEntry, bytes]]:
        """Yield files with their content, a few megabytes in memory at a time."""
        portion: list[TreeEntry] = []
        size = 0
        for entry in entries:
            portion.append(entry)
            size += entry.size
            if size > _PORTION:
                yield from zip(portion, self.read_blobs([item.blob for item in portion]), strict=True)
                portion, size = [], 0
        yield from zip(portion, self.read_blobs([item.blob for item in portion]), strict=True)

    def blob_of(self, data: bytes) -> str:
        """Return the id that a file with this content has."""
        return hashlib.new(
            self.hash_name, b"blob %d\0%b" % (len(data), data), usedforsecurity=False
        ).hexdigest()

    # -- branches -------------------------------------------------------------------------------------------

    def current_branch(self) -> str | None:
        """Return the branch that is checked out, or the default of a bare repository; ``None`` with a detached head."""
        name = _text(self.run("symbolic-ref", "--quiet", "HEAD", accepts=(0, 1)))
        return name.removeprefix("refs/heads/") or None

    def is_branch_name(self, name: str) -> bool:
        """Whether a branch can be called that (``git help check-ref-format``)."""
        if not name or name[0] == "-" or name == "HEAD":
            return False
        try:
            self.run("check-ref-format", f"refs/heads/{name}")
        except GitError:
            return False
        return True

    def tip(self, branch: str) -> str | None:
        """Return the commit at which a branch stands, ``None`` where there is no such branch."""
        return self.resolve(f"refs/heads/{branch}")

    def move(self, branch: str, commit: str, *, old: str | None) -> None:
        """Have the branch stand at the commit. Raises ``GitError`` where it does not stand at ``old`` any more."""
        before = old or "0" * len(commit)
        self.run("update-ref", "-m", "policyhub: export", f"refs/heads/{branch}", commit, before)

    def tidy(self) -> None:
        """Let git pack what lies loose, in the background, where it thinks that this is worth it."""
        with suppress(GitError):  # it does so after many commands, and would say then what is wrong
            self.run("gc", "--auto", "--quiet", held=None)

    def committer(self) -> str | None:
        """Return who commits, as configured (``Name <mail>``); ``None`` where the configuration does not say.

        What git would guess from the account and the machine's name is not taken: it ends in history for ever.
        """
        try:
            told = self.run("var", "GIT_COMMITTER_IDENT", settings={"user.useConfigOnly": "true"})
        except GitError:
            return None
        return _text(told).rpartition("> ")[0] + ">"

    def hooks_settings(self) -> Mapping[str, str]:
        """Return settings under which the hooks of the root are found from any other work tree as well."""
        path = _text(self.run("config", "--type=path", "--get", "core.hooksPath", accepts=(0, 1)))
        return {"core.hooksPath": str(self.root / path)} if path else {}


def is_bare_repository(folder: Path) -> bool:
    """Whether a folder is a repository without a work tree, by what lies in it (``git help repository-layout``)."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _entry(row: bytes) -> TreeEntry:
    facts, _, path = row.partition(b"\t")
    mode, _, blob, size = facts.decode().split()
    return TreeEntry(mode, blob, 0 if size == "-" else int(size), path.decode(errors="surrogateescape"))


def _text(output: bytes) -> str:
    return output.decode(errors="surrogateescape").strip("\n")
