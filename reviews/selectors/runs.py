"""Runs as their pages read them: without what was uploaded, and the first files of each outcome."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from reviews.models import Run, RunFile


def runs() -> QuerySet[Run]:
    """Return all runs, without the files that some of them hold."""
    return Run.objects.defer("upload")


def first_files(run: Run, limit: int) -> QuerySet[RunFile]:
    """Return the first files of each outcome, in one query."""
    number = Window(RowNumber(), partition_by="outcome", order_by=F("pk").asc())
    return run.files.annotate(number=number).filter(number__lte=limit).order_by("pk")


def files_with(run: Run, outcomes: Collection[str]) -> QuerySet[RunFile]:
    """Return the files that had one of these outcomes."""
    return run.files.filter(outcome__in=outcomes).order_by("pk")
