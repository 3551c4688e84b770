"""Import: files in, records out. Every file is planned, and all plans are applied in one transaction.

A refused file is named with its reason and the others still go in. What changed on both sides is a conflict, what only
a person can tell is asked. What an earlier import left unchanged costs no write but that of the run. Files are taken in
portions, so memory does not grow with the folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from reviews.models import Run, RunKind, SourceFile
from reviews.models.door import Door, open_door
from reviews.services.errors import RefusedError
from reviews.services.folders import FoundFile, find_root
from reviews.services.import_attempt import Attempt, DoubledError, Identity, Job, Progress
from reviews.services.import_plan import ImportReport, outcome_of
from reviews.services.runs import finish_run, new_run, noting_failure, report_progress, save_run
from reviews.services.sources import FolderSource, Source

# How PostgreSQL and SQLite name the rules that two imports at once may break: one record each, one path each.
_TAKEN = (
    "policy_unique_id_language",
    "reviews_policy.policy_id",
    "source_file_unique_path",
    "reviews_sourcefile.root",
)


def import_policies(
    paths: Sequence[Path] | Source,
    *,
    actor: User | None,
    root: Path | None = None,
    is_dry_run: bool = False,
    progress: Progress | None = None,
    run: Run | None = None,
    adopts: bool = False,
) -> ImportReport:
    """Import files and folders, all in one transaction, and return what became of each file.

    ``paths`` are files and folders, or another source of files. ``root`` is the folder that their paths are relative
    to; it is found where it is not given. ``actor`` is who ran it, for the history; running an import makes nobody an
    author. ``progress`` is called with the number of files done and in all. ``run`` is the row that records it: where
    none is given, one that goes in with the import; none for a dry run. ``adopts`` takes files of records that came
    from another root for theirs from now on. Raises ``RefusedError`` where the source itself cannot be used; nothing
    is written then.
    """
    is_recorded = run is not None
    if run is None and not is_dry_run:
        title = ", ".join(map(str, paths)) if isinstance(paths, Sequence) else paths.title
        run = new_run(RunKind.IMPORT, actor=actor, source=title)
    with noting_failure(run) if run else nullcontext():
        source = find_source(paths, root) if isinstance(paths, Sequence) else paths
        found = source.find()
        if run and not is_recorded:
            run.source = source.title
        job = Job(source, actor, is_dry_run, adopts, run)
        try:
            report = _attempt(job, found, {}, progress)
        except DoubledError as error:
            report = _attempt(job, found, error.doubled, progress)
        except IntegrityError as error:
            raise RefusedError(_tell(error)) from error
    return report


def _tell(error: IntegrityError) -> str:
    """Say what kept the rows from going in, and what to do."""
    why = str(error).strip().partition("\n")[0]
    if any(name in why for name in _TAKEN):
        return _(
            "Somebody else added the same records at the same moment, so nothing was imported: run it again."
        )
    said = _(
        "The database refused what the import was to write, so nothing was imported (%(why)s). Run it again; if that "
        "is refused as well, it is a fault of PolicyHub: report it with this message."
    )
    return said % {"why": why}


def find_source(paths: Sequence[Path], root: Path | None = None) -> FolderSource:
    """Return the source of files and folders; their root is found where it is not given."""
    known_roots = SourceFile.objects.order_by("root").values_list("root", flat=True).distinct()
    return FolderSource(paths, root or find_root(paths, [name for name in known_roots if name]))


def _attempt(
    job: Job, found: list[FoundFile], doubled: dict[Identity, list[str]], progress: Progress | None
) -> ImportReport:
    """Plan and apply all files. Raises ``DoubledError`` and leaves nothing behind; ``doubled`` stay out."""

    def tell(done: int, total: int) -> None:
        if progress:
            progress(done, total)
        if job.run:
            report_progress(job.run, done, total)

    with _forgetting(job.run), transaction.atomic(), open_door(Door.CONTENT):
        if job.run is not None:
            save_run(job.run)
        files = Attempt(job, found, doubled).take(tell)
        report = ImportReport(job.source.title, Path(job.source.root), tuple(files), job.is_dry_run)
        if job.run is not None and not job.is_dry_run:
            counts = {"conflicts": report.conflicts, "claimed": report.claimed, "warnings": report.warnings}
            finish_run(job.run, map(outcome_of, files), counts=counts, commit=job.source.commit)
            report = replace(report, run_pk=job.run.pk)
    return report


@contextmanager
def _forgetting(run: Run | None) -> Iterator[None]:
    """Let a run that begins in the import's own transaction be a new one again where that is rolled back."""
    is_new = run is not None and run._state.adding
    try:
        yield
    except BaseException:
        if run is not None and is_new:
            run.pk, run._state.adding = None, True
        raise
