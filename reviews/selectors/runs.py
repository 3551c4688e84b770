"""Runs as their pages read them: without what was uploaded, and the first files of each outcome."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, F, Q, QuerySet, TextField, Window
from django.db.models.functions import Cast, RowNumber

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


# What the details of a file hold that a further figure of its run counts. Those of values are asked as text: not
# every database finds a mapping in a list, and in texts of people each quote has a backslash before it.
_NOTED = {
    "conflicts": Q(said__contains='"side": "conflict"'),
    "claimed": Q(details__has_key="is_claimed"),
    "warnings": Q(details__has_key="warnings"),
}


def files_noting(run: Run, figure: str) -> QuerySet[RunFile]:
    """Return the files with conflicts, claims or warnings, as ``figure`` says."""
    said = Cast("details", TextField())
    return run.files.alias(said=said).filter(_NOTED[figure]).order_by("pk")


def files_with(run: Run, outcomes: Collection[str]) -> QuerySet[RunFile]:
    """Return the files that had one of these outcomes."""
    return run.files.filter(outcome__in=outcomes).order_by("pk")
