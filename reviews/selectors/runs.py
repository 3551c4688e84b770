"""Runs as their pages read them: without what was uploaded, and the first files of each outcome."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from reviews.models import Run, RunFile


def runs() -> QuerySet[Run]:
    """Return all runs, without the files that some of them hold."""
    return Run.objects.defer("upload")


def first_files(run: Run, limit: int) -> QuerySet[RunFile]:
    """Return the first files of each outcome, in one query."""
    number = Window(RowNumber(), partition_by="outcome", order_by=F("pk").asc())
    return run.files.annotate(number=number).filter(number__lte=limit).order_by("pk")


def count_reasons(run: Run) -> list[tuple[str, str, int]]:
    """Return why records did not go out: outcome, reason (a value of ``ExportStatus``) and how many, most first."""
    rows = run.files.filter(details__has_key="why").order_by().values_list("outcome", "details__why")
    return sorted(rows.annotate(count=Count("pk")), key=lambda row: (-row[2], row[1]))


def files_with(run: Run, outcomes: Collection[str]) -> QuerySet[RunFile]:
    """Return the files that had one of these outcomes."""
    return run.files.filter(outcome__in=outcomes).order_by("pk")
