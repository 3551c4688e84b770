"""``manage.py prune_runs``: forget the details of old imports and exports."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from reviews.services.runs import prune_runs

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Forget what became of each file in old imports and exports, and uploads that nobody confirmed. The runs "
        "themselves stay, with who ran them, when, and how many files had each outcome."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days",
            type=number_of_days,
            default=365,
            metavar="N",
            help="of runs that began more than so many days ago (default: 365)",
        )

    def handle(self, *, days: int, **options: Any) -> None:
        report = prune_runs(days)
        if options["verbosity"]:
            self.stdout.write(f"Forgot {report.files} outcomes of files and {report.uploads} uploads")


def number_of_days(text: str) -> int:
    """The number; none below one, which would forget what runs just now."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"“{text}” is no number of days from 1 up")
    return int(text)
