"""``manage.py import_policies``: take front-matter files in, and tell what became of each."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from reviews.management.accounts import add_user_option, find_user
from reviews.services.errors import RefusedError
from reviews.services.import_plan import ImportReport, Outcome
from reviews.services.importing import import_policies

if TYPE_CHECKING:
    from argparse import ArgumentParser

BAR = 32  # characters


class Command(BaseCommand):
    help = (
        "Import policies from front-matter files, all in one transaction. A refused file is named with its "
        "reason, the others still go in, and the exit code is 1. Nothing enters verified: a file that says so "
        "without a decision to back it is claimed, and waits in the queue."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths",
            nargs="*",
            type=Path,
            metavar="PATH",
            help="files or folders; without one, the folder that POLICYHUB_FOLDER names (seeds/)",
        )
        parser.add_argument(
            "--root", type=Path, metavar="DIR", help="the folder that the files' paths are relative to"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="print what would become of each file, write nothing"
        )
        add_user_option(parser)

    def handle(
        self, *, paths: list[Path], root: Path | None, dry_run: bool, user: str | None, **options: Any
    ) -> None:
        gc.freeze()  # what is loaded by now stays: the collector need not walk through it for every portion
        try:
            report = import_policies(
                paths or [Path(settings.POLICYHUB_FOLDER)],
                actor=find_user(user),
                root=root,
                is_dry_run=dry_run,
                progress=self._show_progress if self.stderr.isatty() and options["verbosity"] else None,
            )
        except RefusedError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(
                f"The database refused: {str(error).strip()}. Nothing was imported."
            ) from error
        if options["verbosity"]:
            self._show(report, is_detailed=dry_run or options["verbosity"] > 1)
        for item in report.refused:
            self.stderr.write(self.style.ERROR(f"refused  {item.path}: {item.reason}"))
        if report.refused:
            raise SystemExit(1)

    def _show_progress(self, done: int, total: int) -> None:
        filled = BAR * done // total
        self.stderr.write(
            f"\r[{'#' * filled}{'.' * (BAR - filled)}] {done}/{total}", style_func=str, ending=""
        )
        if done == total:
            self.stderr.write("\r" + " " * (BAR + 20) + "\r", style_func=str, ending="")

    def _show(self, report: ImportReport, *, is_detailed: bool) -> None:
        for item in report.files:
            if is_detailed and item.outcome is not Outcome.REFUSED:
                claim = ", claimed" if item.is_claimed else ""
                self.stdout.write(f"{item.outcome:<9}  {item.path}  {item.policy}{claim}")
            for warning in item.warnings:
                self.stdout.write(self.style.WARNING(f"warning    {item.path}: {warning}"))
        verb = "Planned" if report.is_dry_run else "Imported"
        self.stdout.write(f"{verb} {len(report.files)} files from {report.root}")
        rows = [
            (str(outcome), report.count(outcome))
            for outcome in (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED)
        ]
        rows += [("claimed", report.claimed), ("warnings", report.warnings), ("refused", len(report.refused))]
        for name, count in rows:
            self.stdout.write(f"  {name:<9} {count:>6}")
