"""One export at a time in a repository, and what a killed one left there is put right before the next begins.

In the repository's own folder: ``policyhub.lock`` is locked by who is at work, ``policyhub/`` holds the commits that
are being made, and ``policyhub.moving`` says what git was started to do, and which locks it takes for that. Of those
that stand there when the note is found, the ones made within the time that a git may take are the killed one's.
"""

from __future__ import annotations

import fcntl
import glob
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from reviews.git.errors import BusyError, GitError, SlowError
from reviews.git.process import TIMEOUT
from reviews.git.repository import Repository
from reviews.git.worktree import Worktree

NOTE = "policyhub.moving"
PATIENCE = 10.0  # seconds to wait for another export: the git of a killed one ends by itself


@contextmanager
def guard(repository: Repository) -> Iterator[Repository]:
    """Yield the repository for one who writes to it alone. Raises ``BusyError`` where another export is at work."""
    lock = repository.git_dir / "policyhub.lock"
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _take(handle, lock)
        repository = replace(repository, held=handle)
        try:
            _recover(repository)
            yield repository
        finally:  # it is ours alone: whoever gave up waiting does not get here
            shutil.rmtree(repository.git_dir / "policyhub", ignore_errors=True)
    finally:
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
    step: tuple[str, str] | None = None,
    kept: Sequence[str] = (),
    temporary: Sequence[str] = (),
) -> Iterator[None]:
    """Note what git is about to do, for whoever finds that it did not end. Raises ``BusyError`` where a lock stands.

    ``step`` are two commits: the work tree is clean at the first but for the files ``kept``, which hold what they are
    to hold, and is brought to the second. Where the block fails, it is brought back. ``temporary`` are patterns of
    files that the block may leave if it is killed.
    """
    common = repository.git_dir
    locks = [common / "refs/heads" / f"{branch}.lock", common / "packed-refs.lock", common / "HEAD.lock"]
    if worktree:
        locks += [worktree.git_dir / name for name in ("HEAD.lock", "index.lock", "ORIG_HEAD.lock")]
    note: dict[str, Any] = {"temporary": list(temporary)}
    if worktree and step:
        note |= {"root": str(worktree.root), "git_dir": str(worktree.git_dir), "restores": step}
        note["kept"] = list(kept)
    with noting(repository, locks, note):
        yield


@contextmanager
def noting(
    repository: Repository, locks: Sequence[Path], more: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Note which locks git is about to take. Raises ``BusyError`` where one of them stands there already."""
    for lock in locks:
        if lock.exists():
            raise BusyError(lock)
    note = {"locks": [str(lock) for lock in locks], **(more or {})}
    place = repository.git_dir / NOTE
    _write_whole(place, json.dumps(note))
    try:
        yield
    except SlowError:
        raise  # it was killed: the note stays
    except Exception:
        with suppress(GitError):  # what is in its way is in the next one's way too, which says so
            _put_right(repository, note)
            place.unlink()
        raise
    place.unlink()


def _write_whole(place: Path, text: str) -> None:
    temporary = place.with_name(f"{place.name}.new")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())  # else a power cut may leave an empty one
    temporary.replace(place)


def _recover(repository: Repository) -> None:
    """Take away what a killed export left: its commits in the making, its locks, a work tree half brought forward.

    Raises ``BusyError`` for a lock of somebody else.
    """
    shutil.rmtree(repository.git_dir / "policyhub", ignore_errors=True)
    place = repository.git_dir / NOTE
    try:
        note = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except ValueError:
        # None of ours is half written. Without one, git's locks and what is changed speak for themselves.
        place.unlink()
        return
    began = place.stat().st_mtime
    locks = [lock for lock in map(Path, note["locks"]) if lock.exists()]
    for lock in locks:
        if not began <= lock.stat().st_mtime <= began + TIMEOUT:
            raise BusyError(lock)
    for lock in locks:
        lock.unlink(missing_ok=True)
    _put_right(repository, note)
    place.unlink()


def _put_right(repository: Repository, note: Mapping[str, Any]) -> None:
    for pattern in note.get("temporary", ()):
        for left in glob.glob(pattern):  # noqa: PTH207 - the pattern is whole
            Path(left).unlink(missing_ok=True)
    if "restores" in note:
        worktree = Worktree(repository, Path(note["root"]), Path(note["git_dir"]))
        worktree.restore(*note["restores"], kept=note.get("kept", ()))
