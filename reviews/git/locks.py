"""One export at a time in a repository, and what a killed one left there is put right before the next begins.

In the repository's own folder: ``policyhub.lock`` is locked by who is at work, ``policyhub/`` holds the commits that
are being made, and ``policyhub.moving`` says which locks of git stand for a branch that is being moved.
"""

from __future__ import annotations

import fcntl
import glob
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from reviews.git.errors import BusyError, SlowError
from reviews.git.repository import Repository
from reviews.git.worktree import Worktree

PATIENCE = 10.0  # seconds to wait for another export: the git of a killed one ends by itself


@contextmanager
def guard(repository: Repository) -> Iterator[Repository]:
    """Yield the repository for one who writes to it alone. Raises ``BusyError`` where another export is at work."""
    lock = repository.git_dir / "policyhub.lock"
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _take(handle, lock)
        repository = replace(repository, held=handle)
        _recover(repository)
        yield repository
    finally:
        shutil.rmtree(repository.git_dir / "policyhub", ignore_errors=True)
        os.close(handle)


def _take(handle: int, lock: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise BusyError(lock) from error
            time.sleep(0.05)
        else:
            return


@contextmanager
def moving(
    repository: Repository,
    branch: str,
    worktree: Worktree | None,
    *,
    restores: tuple[str, str] | None = None,
    temporary: Sequence[str] = (),
) -> Iterator[None]:
    """Note which locks git is about to take. Raises ``BusyError`` where one of them stands there already.

    Whoever finds the note and holds the guard knows them for those of a git that was killed. ``restores`` are two
    commits: the work tree was clean at the first, and git was to bring it to the second, file by file. ``temporary``
    are patterns of files that the block may leave if it is killed.
    """
    common = repository.git_dir
    locks = [common / "refs/heads" / f"{branch}.lock", common / "packed-refs.lock", common / "HEAD.lock"]
    if worktree:
        locks += [worktree.git_dir / name for name in ("HEAD.lock", "index.lock", "ORIG_HEAD.lock")]
    for lock in locks:
        if lock.exists():
            raise BusyError(lock)
    note: dict[str, Any] = {"locks": [str(lock) for lock in locks], "temporary": list(temporary)}
    if worktree and restores:
        note |= {"root": str(worktree.root), "git_dir": str(worktree.git_dir), "restores": restores}
    place = common / "policyhub.moving"
    _write_whole(place, json.dumps(note))
    try:
        yield
    except SlowError:
        raise  # it was killed: the note stays
    except Exception:
        place.unlink()
        raise
    place.unlink()


def _write_whole(place: Path, text: str) -> None:
    temporary = place.with_name(f"{place.name}.new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(place)


def _recover(repository: Repository) -> None:
    """Take away what a killed export left: its commits in the making, its locks, a work tree half brought forward."""
    shutil.rmtree(repository.git_dir / "policyhub", ignore_errors=True)
    place = repository.git_dir / "policyhub.moving"
    try:
        note = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    for lock in note["locks"]:
        Path(lock).unlink(missing_ok=True)
    for pattern in note["temporary"]:
        for left in glob.glob(pattern):  # noqa: PTH207 - the pattern is whole
            Path(left).unlink(missing_ok=True)
    if "restores" in note:
        Worktree(repository, Path(note["root"]), Path(note["git_dir"])).restore(*note["restores"])
    place.unlink()
