"""Runs: every import and export is recorded, with what became of each file, and says how far it is."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import DatabaseError, connections, router, transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from reviews.models import Run, RunFile, RunKind, RunStatus
from reviews.models.door import Door, open_door
from reviews.services.bulk_rows import insert_values
from reviews.services.errors import RefusedError

SILENCE = dt.timedelta(minutes=5)  # after which a run that says nothing has no process any more
_PAUSE = 0.5  # seconds between two notes on progress: a short run writes none
_KEPT = 24 * 60 * 60  # seconds that a note is kept
_log = logging.getLogger(__name__)
_noted: dict[int, float] = {}  # runs of this process: when each last said how far it is


class RunOutcome(NamedTuple):
    """What became of one file. ``reason`` is a sentence; ``details`` are JSON, with keys where there is something.

    ``warnings`` (sentences), ``is_claimed``, ``why`` (the code of a reason not to export), and ``values``: of a
    merge, one mapping for each value with ``at`` (dotted), ``side``, and ``base``, ``theirs``, ``ours`` and ``result``
    as people read them, cut where they are long, left out where a side has none.
    """

    path: str
    policy_pk: int | None = None
    name: str = ""
    outcome: str = ""
    reason: str = ""
    details: Mapping[str, Any] = {}


_COLUMNS = ("run_id", "path", "policy_id", "name", "outcome", "reason", "details")


def begin_run(
    kind: RunKind,
    *,
    actor: User | None,
    source: str,
    options: Mapping[str, Any] | None = None,
    upload: bytes | None = None,
    status: RunStatus = RunStatus.RUNNING,
) -> Run:
    """Return a new run, committed by itself: one that dies is seen. ``source`` is what people call the place.

    The run keeps the language of whoever started it: what it says is said in that.
    """
    run = new_run(kind, actor=actor, source=source, options=options, upload=upload, status=status)
    save_run(run)
    return run


def new_run(
    kind: RunKind,
    *,
    actor: User | None,
    source: str,
    options: Mapping[str, Any] | None = None,
    upload: bytes | None = None,
    status: RunStatus = RunStatus.RUNNING,
) -> Run:
    """Return a run that ``save_run`` is to begin, or ``finish_run`` and ``fail_run`` to save as it ended.

    So what writes nothing, or all in one transaction, costs no commit more for being recorded.
    """
    now = timezone.now()
    return Run(
        kind=kind,
        status=status,
        actor=actor,
        actor_name=(actor.get_full_name() or actor.get_username()) if actor else "",
        source=_storable(source),
        options={"language": get_language() or "en", **(options or {})},
        upload=upload,
        created_at=now,
        started_at=now if status == RunStatus.RUNNING else None,
    )


def save_run(run: Run) -> None:
    """Begin a new run; one that has begun stays as it is."""
    if run._state.adding:
        with open_door(Door.CONTENT):
            run.save(force_insert=True)
        _noted[run.pk] = time.monotonic()


def finish_run(
    run: Run, outcomes: Iterable[RunOutcome], *, counts: Mapping[str, int] | None = None, commit: str = ""
) -> None:
    """Record what became of each file, in the caller's transaction, and that the run is done.

    How many files had each outcome is counted here; ``counts`` are further figures (``conflicts``, ``claimed``).
    """
    save_run(run)
    files = list(outcomes)
    prepare = RunFile._meta.get_field("details").get_db_prep_save
    connection = connections[router.db_for_write(RunFile)]
    nothing = prepare({}, connection)
    rows = (
        (
            run.pk,
            _storable(path),
            policy_pk,
            _storable(name),
            str(outcome),
            _storable(reason),
            prepare(dict(details), connection) if details else nothing,
        )
        for path, policy_pk, name, outcome, reason, details in files
    )
    with open_door(Door.CONTENT):
        insert_values(RunFile, _COLUMNS, rows)
    counted = {**Counter(str(item.outcome) for item in files), **(counts or {})}
    _end(run, RunStatus.DONE, counts=counted, commit=commit, upload=None)


def fail_run(run: Run, why: str) -> None:
    """Record that the run failed as a whole, and why; what was uploaded is kept, to be tried again."""
    save_run(run)
    _end(run, RunStatus.FAILED, error=_storable(why))


@contextmanager
def noting_failure(run: Run) -> Iterator[None]:
    """Record the run as failed where the block raises; the error goes on."""
    try:
        yield
    except Exception as error:
        with suppress(DatabaseError):  # which may be what failed: then nothing is heard of the run any more
            fail_run(run, _tell(error))
        raise


def _tell(error: Exception) -> str:
    if isinstance(error, RefusedError):
        return str(error)
    if isinstance(error, DatabaseError):
        said = _("The database refused: %(error)s. Once it answers again, the next run completes the rest.")
        return said % {"error": str(error).strip()}
    said = _("PolicyHub failed, which is a fault of its own (%(error)s): the log says where.")
    return said % {"error": f"{type(error).__name__}: {error}"}


def start_run(run: Run) -> bool:
    """Begin a run that waits; return whether it did: not where another worker has it, or somebody took it back."""
    started = {"status": RunStatus.RUNNING, "started_at": timezone.now()}
    with open_door(Door.CONTENT):
        return bool(Run.objects.filter(pk=run.pk, status=RunStatus.WAITING).update(**started))


def run_language(run: Run) -> AbstractContextManager[None]:
    """Speak the language of whoever started the run, for the time of the block."""
    return override(run.options["language"])


def _end(run: Run, status: RunStatus, **fields: Any) -> None:
    ended = {"status": status, "finished_at": timezone.now(), **fields}
    for name, value in ended.items():
        setattr(run, name, value)
    with open_door(Door.CONTENT):
        Run.objects.filter(pk=run.pk).update(**ended)
    _noted.pop(run.pk, None)


def report_progress(run: Run, done: int, total: int) -> None:
    """Say how far a run is, for those who watch it; asked more often than twice a second, it costs next to nothing.

    Where the cache does not take the note, it is lost, and the run goes on.
    """
    now = time.monotonic()
    if run._state.adding or now - _noted.get(run.pk, 0) < _PAUSE:
        return
    _noted[run.pk] = now
    try:
        cache.set(_key(run), (done, total, timezone.now()), _KEPT)
    except Exception:  # noqa: BLE001 - each kind of cache fails in its own way
        _log.warning("How far run %s is could not be noted.", run.pk, exc_info=True)


def read_progress(run: Run) -> tuple[int, int] | None:
    """Return how many of how many files are done, where a run that is under way has said so."""
    note = _note(run)
    return note[:2] if note else None


def is_interrupted(run: Run) -> bool:
    """Whether a run that never ended has been silent for so long that its process must be gone."""
    if run.status != RunStatus.RUNNING:
        return False
    note = _note(run)
    heard = max(filter(None, (run.started_at, note and note[2])), default=run.created_at)
    return timezone.now() - heard > SILENCE


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What was forgotten: how many rows of files, and how many uploads that nobody confirmed or tried again."""

    files: int
    uploads: int


def prune_runs(days: int) -> PruneReport:
    """Forget what became of each file in runs that began so many days ago, and what was uploaded for them.

    The runs themselves stay, with who, when and the counts; a plan that still waited is cancelled.
    """
    old = Run.objects.filter(created_at__lt=timezone.now() - dt.timedelta(days=days))
    with transaction.atomic(), open_door(Door.CONTENT):
        files, _by_model = RunFile.objects.filter(run__in=old.values("pk")).delete()
        old.filter(status=RunStatus.PLANNED).update(status=RunStatus.CANCELLED, finished_at=timezone.now())
        uploads = old.exclude(upload=None).update(upload=None)
    return PruneReport(files, uploads)


def _note(run: Run) -> tuple[int, int, dt.datetime] | None:
    note: tuple[int, int, dt.datetime] | None = cache.get(_key(run))
    return note


def _key(run: Run) -> str:
    return f"run-{run.pk}-{run.created_at.timestamp()}"  # another database may have had a run of this number


def _storable(text: str) -> str:
    """Return a text that every database takes: what comes from outside may hold NUL or half a surrogate pair."""
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\0")
