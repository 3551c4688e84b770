"""A site's real git repository that tests fill, and what its history says."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from reviews.models import Policy
from reviews.services.git_source import GitSource
from reviews.services.importing import import_policies
from tests.factories import Folder, get_policy

PATH = "policies/en/no-storage-act.md"


def git(folder: Path, *arguments: str, accepts: tuple[int, ...] = (0,)) -> str:
    """What git prints, its errors too; fails the test where it does."""
    result = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode in accepts, result.stderr
    return result.stdout + result.stderr


@dataclass(frozen=True)
class Site:
    """A repository with a work tree; `files` writes policy files into it."""

    root: Path

    @classmethod
    def create(cls, root: Path) -> "Site":
        """A repository without a commit, in which somebody is known to git."""
        root.mkdir(parents=True)
        git(root, "init", "--quiet", "--initial-branch=main")
        git(root, "config", "user.name", "Hub")
        git(root, "config", "user.email", "hub@example.org")
        return cls(root)

    @property
    def files(self) -> Folder:
        return Folder(self.root)

    def git(self, *arguments: str, accepts: tuple[int, ...] = (0,)) -> str:
        """What git prints there, without the last line end."""
        return git(self.root, *arguments, accepts=accepts).removesuffix("\n")

    def commit(self, message: str = "Somebody's work") -> str:
        """Commit all that is there, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def import_all(self, ref: str = "HEAD") -> None:
        """Import what is committed."""
        report = import_policies(GitSource(self.root, ref), actor=None)
        assert not report.refused, report.refused

    def import_policy(self, policy_id: str = "no-storage-act", **options: object) -> Policy:
        """Commit a policy file, import the branch, and return the record."""
        self.files.policy(policy_id, **options)  # type: ignore[arg-type]  # those of Folder.policy
        self.commit(f"Add {policy_id}")
        self.import_all()
        return get_policy(policy_id)

    def hook(self, name: str, script: str) -> None:
        """Put a hook there, a shell script."""
        place = self.git_dir / "hooks" / name
        place.write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
        place.chmod(0o755)

    def subjects(self, ref: str = "HEAD") -> list[str]:
        """The first lines of all messages, the newest first."""
        return self.git("log", "--format=%s", ref, "--").splitlines()

    def show(self, path: str, ref: str = "HEAD") -> str:
        """A file of a commit."""
        return git(self.root, "show", f"{ref}:{path}")

    def is_sound(self) -> bool:
        """Whether git finds nothing wrong with it, and nothing that is not committed."""
        self.git("fsck", "--strict", "--no-dangling")
        left = [place.name for place in self.git_dir.rglob("*.lock") if place.name != "policyhub.lock"]
        left += [place.name for place in self.git_dir.glob("policyhub*") if place.name != "policyhub.lock"]
        return (self.git("status", "--porcelain"), left) == ("", [])

    @property
    def git_dir(self) -> Path:
        return Path(self.git("rev-parse", "--absolute-git-dir"))


def clone(site: Site, folder: Path) -> Site:
    """A colleague's clone, of a bare repository that becomes the site's remote too."""
    git(folder, "clone", "--quiet", "--bare", str(site.root), "origin.git")
    site.git("remote", "add", "origin", str(folder / "origin.git"))
    git(folder, "clone", "--quiet", "origin.git", "colleague")
    colleague = Site(folder / "colleague")
    for name in ("user.name", "user.email"):
        colleague.git("config", name, "colleague@example.org")
    return colleague
