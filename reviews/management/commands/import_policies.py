"""``manage.py import_policies``: take front-matter files in, and tell what became of each."""

from __future__ import annotations

import gc
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.urls import reverse

from reviews.management.accounts import add_user_option, find_user
from reviews.merge import Side
from reviews.models import RunKind
from reviews.selectors.conflicts import count_values
from reviews.selectors.questions import count_questions
from reviews.services.errors import RefusedError
from reviews.services.git_source import GitSource
from reviews.services.import_plan import FilePlan, ImportReport, Outcome
from reviews.services.importing import import_policies
from reviews.services.runs import new_run, noting_failure
from reviews.services.telling import tell_value

if TYPE_CHECKING:
    from argparse import ArgumentParser

BAR = 32  # characters


class Command(BaseCommand):
    help = (
        "Import policies from front-matter files, all in one transaction. What changed in a file and in its record is "
        "merged value by value; what both changed is a conflict, which a person decides. A file that is gone, moved, "
        "has another id or is there twice is asked about. A refused file is named with its reason, the others still "
        "go in, and the exit code is 1. Nothing enters verified: a file that says so without a decision to back it is "
        "claimed, and waits in the queue."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths",
            nargs="*",
            type=Path,
            metavar="PATH",
            help="files or folders; without one, the folder that POLICYHUB_FOLDER names (seeds/), or with --git all "
            "of the repository",
        )
        parser.add_argument(
            "--root", type=Path, metavar="DIR", help="the folder that the files' paths are relative to"
        )
        parser.add_argument(
            "--git",
            type=Path,
            metavar="REPO",
            help="read what a commit of this git repository holds, and not what lies in a folder",
        )
        parser.add_argument(
            "--ref", metavar="REF", help="with --git: the branch, tag or commit to read; without it, the head"
        )
        parser.add_argument(
            "--adopt",
            action="store_true",
            help="take these files for those of the records from now on, where the records came from another folder "
            "or repository",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="print what would become of each file and of each value, write nothing",
        )
        add_user_option(parser)

    def handle(
        self,
        *,
        paths: list[Path],
        root: Path | None,
        git: Path | None,
        ref: str | None,
        adopt: bool,
        dry_run: bool,
        user: str | None,
        **options: Any,
    ) -> None:
        if git and root:
            raise CommandError("--git and --root name two roots: name one.")
        if ref and not git:
            raise CommandError("--ref says what to read of a repository: name it with --git.")
        gc.freeze()  # what is loaded by now stays: the collector need not walk through it for every portion
        try:
            actor = find_user(user)
            run = new_run(RunKind.IMPORT, actor=actor, source=f"git {git}") if git and not dry_run else None
            with noting_failure(run) if run else nullcontext():
                source = GitSource(git, ref or "HEAD", paths) if git else None
            report = import_policies(
                source or paths or [Path(settings.POLICYHUB_FOLDER)],
                actor=actor,
                root=root,
                is_dry_run=dry_run,
                adopts=adopt,
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
            if item.outcome is Outcome.ASKED:
                self.stdout.write(self.style.WARNING(f"{item.outcome:<9}  {item.path}: {item.reason}"))
            elif item.outcome is Outcome.IGNORED and item.reason:
                self.stdout.write(f"{item.outcome:<9}  {item.path}: {item.reason}")
            elif is_detailed and item.outcome is not Outcome.REFUSED:
                claim = ", claimed" if item.is_claimed else ""
                self.stdout.write(f"{item.outcome:<9}  {item.path}  {item.policy}{claim}")
            self._show_values(item, is_detailed=is_detailed)
            for warning in item.warnings:
                self.stdout.write(self.style.WARNING(f"warning    {item.path}: {warning}"))
        verb = "Planned" if report.is_dry_run else "Imported"
        self.stdout.write(f"{verb} {len(report.files)} files from {report.source}")
        rows = [(str(outcome), report.count(outcome)) for outcome in Outcome]
        rows[-1:-1] = [
            ("conflicts", report.conflicts),
            ("claimed", report.claimed),
            ("warnings", report.warnings),
        ]
        for name, count in rows:
            self.stdout.write(f"  {name:<9} {count:>6}")
        if not report.is_dry_run:
            self._show_what_waits()

    def _show_values(self, item: FilePlan, *, is_detailed: bool) -> None:
        """Print a line for each value that a side changed: of a run that is not verbose, for conflicts alone."""
        for value in item.values:
            said = tell_value(value)
            if value.side is Side.CONFLICT:
                where = "" if is_detailed else f"{item.path}: "
                self.stdout.write(self.style.WARNING(f"  {where}{said}"))
            elif is_detailed:
                self.stdout.write(f"  {said}")

    def _show_what_waits(self) -> None:
        """Print how much waits for a person in all, from earlier imports too, and where."""
        for count, what, name in (
            (count_values(), "Conflicts open in all", "conflicts"),
            (count_questions(), "Questions open in all", "questions"),
        ):
            if count:
                place = reverse(f"admin:reviews_policy_{name}")
                self.stdout.write(f"{what}: {count}, at {settings.POLICYHUB_URL}{place}")
