"""Another repository that commits are taken from and given to; never by force."""

from __future__ import annotations

from dataclasses import dataclass

from reviews.git.process import NO_CLEANING
from reviews.git.repository import Repository


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote of the repository's configuration."""

    repository: Repository
    name: str

    @classmethod
    def find(cls, repository: Repository, name: str) -> Remote | None:
        """Return the remote of that name, ``None`` where none is configured."""
        names = repository.run("remote").decode(errors="surrogateescape").splitlines()
        return cls(repository, name) if name in names else None

    def tip(self, branch: str) -> str | None:
        """Ask where the branch stands there now, and have that commit here; ``None`` where there is no such branch."""
        ref = f"refs/heads/{branch}"
        told = self.repository.run("ls-remote", "--", self.name, ref, held=None).decode()
        rows = (line.split("\t") for line in told.splitlines())
        commit = next((commit for commit, name in rows if name == ref), None)
        # A killed fetch may have left the commit without all that it holds: git looks before it asks for more.
        if commit and commit != self.repository.tip(branch):
            options = (
                "--quiet",
                "--no-tags",
                "--no-prune",
                "--no-write-fetch-head",
                "--no-recurse-submodules",
                "--refmap=",  # the commits alone: a kill leaves no lock of a branch
            )
            names = ("--", self.name, ref)
            self.repository.run("fetch", *options, *names, settings=NO_CLEANING, held=None)
        return commit

    def push(self, commit: str, branch: str) -> None:
        """Have the branch there go forward to the commit. Raises ``GitError`` where it is not taken."""
        options = ("--quiet", "--no-follow-tags", "--no-recurse-submodules")
        # What it starts may outlive it (an agent for passwords), and is not to keep the guard's lock.
        self.repository.run("push", *options, "--", self.name, f"{commit}:refs/heads/{branch}", held=None)
