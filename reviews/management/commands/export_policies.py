"""``manage.py export_policies``: write the signed records back to their files, and say why others stay."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from reviews.management.accounts import add_user_option, find_user
from reviews.services.errors import RefusedError
from reviews.services.export_report import ExportOutcome, ExportReport
from reviews.services.exporting import export_policies
from reviews.services.git_exporting import export_to_git

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Export the signed records to front-matter files: to where they came from, below --to, or as commits to "
        "--git, one for each decision and by its reviewer. Only what a current sign-off backs goes out, as the very "
        "text that was signed; every other record says why not. "
        "The exit code is 1 when a file was held back or could not be written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to",
            type=named_folder,
            metavar="DIR",
            help="write below this folder instead of where each file came from",
        )
        parser.add_argument(
            "--git",
            type=named_folder,
            metavar="REPO",
            help="commit to this repository (its top, or a bare one) what belongs to it",
        )
        parser.add_argument(
            "--branch",
            metavar="NAME",
            help="with --git: the branch to commit to, a new one if need be; without it, the one that is checked out",
        )
        parser.add_argument(
            "--push",
            action="store_true",
            help="with --git: commit on top of what the remote has, and push, never by force",
        )
        parser.add_argument("--remote", metavar="NAME", help="with --push: the remote (default: origin)")
        parser.add_argument(
            "--dry-run", action="store_true", help="print the changes as diffs, write nothing"
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="write nothing; exit with 1 if an export would change something",
        )
        add_user_option(parser)

    def handle(
        self,
        *,
        to: Path | None,
        git: Path | None,
        branch: str | None,
        push: bool,
        remote: str | None,
        dry_run: bool,
        check: bool,
        user: str | None,
        **options: Any,
    ) -> None:
        if git and to:
            raise CommandError("--git and --to name two places: name one.")
        if not git and (branch or push or remote):
            raise CommandError(
                "--branch, --push and --remote say how to commit: name the repository with --git."
            )
        try:
            actor, is_dry_run = find_user(user), dry_run or check
            if git:
                report = export_to_git(
                    git,
                    branch=branch,
                    pushes=push,
                    remote=remote or "origin",
                    actor=actor,
                    is_dry_run=is_dry_run,
                )
            else:
                report = export_policies(to, actor=actor, is_dry_run=is_dry_run)
        except RefusedError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(
                f"The database refused: {str(error).strip()}. Each file is as it was or as it was signed; "
                "the next run completes the rest."
            ) from error
        if options["verbosity"]:
            self._show(report, is_with_diffs=dry_run)
        stuck = report.count(ExportOutcome.HELD_BACK) + report.count(ExportOutcome.FAILED)
        stuck += sum(bool(item.reason) for item in report.manifests)
        if stuck or (check and not report.is_clean):
            raise SystemExit(1)

    def _show(self, report: ExportReport, *, is_with_diffs: bool) -> None:
        for item in report.files:
            match item.outcome:
                case ExportOutcome.WRITTEN if is_with_diffs:
                    self.stdout.write(item.diff)
                case ExportOutcome.WRITTEN:
                    self.stdout.write(
                        self.style.SUCCESS(
                            f"{'would write' if report.is_dry_run else 'written'}  {item.path}"
                        )
                    )
                case ExportOutcome.HELD_BACK | ExportOutcome.FAILED:
                    self.stderr.write(self.style.ERROR(f"{item.outcome}  {item.path}: {item.reason}"))
                case ExportOutcome.NOT_SIGNED:
                    self.stdout.write(f"not signed  {item.path}: {item.reason}")
                case ExportOutcome.UNCHANGED:
                    pass
        for manifest in report.manifests:
            if manifest.reason:
                self.stderr.write(self.style.ERROR(f"failed  {manifest.place}: {manifest.reason}"))
            elif manifest.is_changed:
                verb = "would write" if report.is_dry_run else "written"
                lines = f"{manifest.added} new line{'' if manifest.added == 1 else 's'}"
                if not manifest.added:
                    lines = "signed anew"
                self.stdout.write(self.style.SUCCESS(f"{verb}  {manifest.place.name} ({lines})"))
        if report.is_to_push:
            self.stdout.write(self.style.SUCCESS("would push"))
        verb = "Would export" if report.is_dry_run else "Exported"
        self.stdout.write(f"{verb} {report.count(ExportOutcome.WRITTEN)} of {len(report.files)} records")
        for outcome in ExportOutcome:
            self.stdout.write(f"  {outcome:<10} {report.count(outcome):>6}")
        if reasons := report.count_reasons():
            self.stdout.write("Not exported, because:")
        for status, count in reasons.items():
            self.stdout.write(f"  {status.label}: {count}")
        if report.commit:
            self.stdout.write(f"The branch is at {report.commit[:12]}.")


def named_folder(text: str) -> Path:
    """The folder; an empty name (a shell variable that is not set) would stand for the one that we are in."""
    if not text.strip():
        raise ArgumentTypeError("it is empty: name the folder to write below")
    return Path(text)
