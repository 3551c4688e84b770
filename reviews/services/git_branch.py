"""The branch that an export commits to: where it stands, here and at the remote, and how it goes forward; no force."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Never

from django.utils.translation import gettext as _

from reviews.git import (
    DirtyError,
    GitError,
    Remote,
    Repository,
    Worktree,
    find_unfinished,
    find_worktree,
    moving,
    noting,
)
from reviews.services.atomic_files import TargetFolder, temporary_of, write_atomically
from reviews.services.errors import RefusedError
from reviews.services.git_words import refusal_of

IsOurs = Callable[[str, bytes], bool]  # whether a file in a work tree holds only what an export puts there

_ENDS = {"rebase": "rebase --continue", "bisect": "bisect reset"}


class MovedOnError(Exception):
    """Somebody else was faster; the export may begin again. ``refusal`` is what to say where it does not."""

    def __init__(self, refusal: RefusedError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


@dataclass(frozen=True)
class Base:
    """A branch, and the commit ``start`` on which commits are to stand. ``tip`` is where it stands here, ``None`` where
    it is yet to be made; ``is_head`` that it is the one that is checked out, or the default of a bare repository.
    ``remote`` is where the commits are pushed to, and ``remote_tip`` where the branch stands there.
    """

    repository: Repository
    branch: str
    tip: str | None
    start: str
    is_head: bool
    remote: Remote | None = None
    remote_tip: str | None = None

    @cached_property
    def incoming(self) -> dict[str, str]:
        """What the remote's branch has that the one here has not: blobs by path, empty for a file that goes."""
        if self.tip in (None, self.start):
            return {}
        changes = self.repository.changes(str(self.tip), self.start)
        return {path: after for path, (_before, after) in changes.items()}

    def is_to_push(self, commit: str) -> bool:
        """Whether the remote lacks a commit; a branch that nothing was committed to is not made there."""
        return (
            self.remote is not None and commit != self.remote_tip and (commit, self.tip) != (self.start, None)
        )

    def is_ours(self, places: Container[str], is_ours: IsOurs) -> IsOurs:
        """Return whether a file holds what an export, or the remote's branch, puts there."""

        def is_either(path: str, data: bytes) -> bool:
            is_incoming = self.incoming.get(path) == self.repository.blob_of(data)
            return is_incoming or (path in places and is_ours(path, data))

        return is_either


def find_base(repository: Repository, branch: str | None, *, remote: str | None = None) -> Base:
    """Return where to commit: on the branch that is named, or checked out; on the remote's, where that is ahead.

    Raises ``RefusedError`` with what to do, and ``GitError`` where the remote does not answer.
    """
    root = repository.root
    current = repository.current_branch()
    branch = branch or current
    if branch is None:
        said = _(
            "No branch is checked out in %(repository)s (its head is detached): check one out with "
            "“git switch NAME”, or name one with --branch."
        )
        raise RefusedError(said % {"repository": root})
    if not repository.is_branch_name(branch):
        said = _("“%(branch)s” cannot be the name of a branch: name another one with --branch.")
        raise RefusedError(said % {"branch": branch})
    if doing := find_unfinished(repository, branch):
        said = _(
            "%(branch)s is in the middle of a git %(doing)s, and nothing was changed: end that "
            "(“git %(end)s”), then export again."
        )
        raise RefusedError(said % {"branch": branch, "doing": doing, "end": _ENDS[doing]})
    tip = repository.tip(branch)
    head = repository.resolve("HEAD")
    if remote is None:
        start = tip or head or _no_commit(repository)
        return Base(repository, branch, tip, start, branch == current)
    there = Remote.find(repository, remote)
    if there is None:
        said = _(
            "%(repository)s has no remote “%(remote)s”: add it with “git remote add”, or name another one."
        )
        raise RefusedError(said % {"repository": root, "remote": remote})
    remote_tip = there.tip(branch)
    start = tip or (remote_tip if branch != current else None) or head or _no_commit(repository)
    if tip and remote_tip and not repository.is_ancestor(remote_tip, tip):
        if not repository.is_ancestor(tip, remote_tip):
            said = _(
                "%(branch)s here and at %(remote)s went different ways, and nothing was changed: merge or rebase "
                "(“git pull”), then export again."
            )
            raise RefusedError(said % {"branch": branch, "remote": remote})
        start = remote_tip
    return Base(repository, branch, tip, start, branch == current, there, remote_tip)


def _no_commit(repository: Repository) -> Never:
    said = _("%(repository)s has no commit yet: make a first one, then export again.")
    raise RefusedError(said % {"repository": repository.root})


def check_worktree(base: Base, places: Collection[str], is_ours: IsOurs) -> None:
    """Refuse where the branch is checked out and its work tree could not follow it to commits of these paths.

    Raises ``DirtyError``.
    """
    worktree = find_worktree(base.repository, base.branch)
    if worktree:
        worktree.check({*places, *base.incoming}, base.is_ours(places, is_ours))


def push_commits(base: Base, commit: str) -> None:
    """Have the remote's branch go forward to the commit. Raises ``MovedOnError`` and ``RefusedError``."""
    if base.remote is None:
        return
    lock = base.repository.git_dir / "refs/remotes" / base.remote.name / f"{base.branch}.lock"
    try:
        # git notes there what it pushed; where it cannot, it pushes all the same.
        with noting(base.repository, [] if lock.exists() else [lock]):
            base.remote.push(commit, base.branch)
    except GitError as error:
        said = _("%(remote)s did not take the commits, and nothing was changed: %(why)s")
        refusal = RefusedError(said % {"remote": base.remote.name, "why": error.said})
        if base.remote.tip(base.branch) != base.remote_tip:
            raise MovedOnError(refusal) from error
        raise refusal from error


def move_branch(base: Base, commit: str, texts: Mapping[str, str], is_ours: IsOurs) -> None:
    """Move the branch forward to the commit, in which ``texts`` stand, and the work tree where it is checked out.

    Raises ``MovedOnError`` where somebody else moved it meanwhile, and ``RefusedError``; then all is as it was here.
    """
    try:
        worktree = find_worktree(base.repository, base.branch)
        if worktree is None:
            with moving(base.repository, base.branch, None):
                base.repository.move(base.branch, commit, old=base.tip)
        else:
            _bring_forward(worktree, base, commit, texts, is_ours)
    except GitError as error:
        refusal = refusal_of(error)
        if base.repository.tip(base.branch) != base.tip:
            raise MovedOnError(refusal) from error
        if base.remote:
            said = _(
                "The commits are at %(remote)s, but %(branch)s did not follow here: %(why)s Put that right, and "
                "export again: it completes the rest."
            )
            words = {"remote": base.remote.name, "branch": base.branch, "why": refusal}
            raise RefusedError(said % words) from error
        raise refusal from error


def _bring_forward(
    worktree: Worktree, base: Base, commit: str, texts: Mapping[str, str], is_ours: IsOurs
) -> None:
    """Move branch and work tree, what others pushed included. Raises ``GitError``; then all is as it was.

    Signed files are written whole, as everywhere: git, killed, may leave half of one.
    """
    folder = TargetFolder(worktree.root)
    places = {path: folder.place_of(path) for path in texts}
    before = {path: _read(place) for path, place in places.items()}
    kept = worktree.check({*texts, *base.incoming}, base.is_ours(texts, is_ours))
    step = (str(base.tip), commit)
    temporary = [temporary_of(place) for place in places.values()]
    with moving(base.repository, base.branch, worktree, step=step, kept=kept, temporary=temporary):
        try:
            for path, place in places.items():
                data = _read(place)
                if data != before[path]:  # since it was looked at
                    raise DirtyError(worktree.root, [path])
                if data != texts[path].encode():
                    write_atomically(place, texts[path], confirms=False)
            worktree.fast_forward(base.branch, commit, written={*texts, *kept})
        except (GitError, OSError) as error:
            for path in kept:  # else it is the work tree's commit that stands there
                if path in texts and (old := before[path]) not in (None, _read(places[path])):
                    write_atomically(places[path], old.decode())
            if isinstance(error, OSError):
                raise GitError("checkout", error.strerror or str(error)) from error
            raise


def _read(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
