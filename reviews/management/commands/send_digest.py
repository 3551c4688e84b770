"""``manage.py send_digest``: tell each person by e-mail what is due for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from reviews.selectors.digest import Digest
from reviews.services.digests import DigestReport, Outcome, send_digests

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Tell each person by e-mail what is due for them: assignments due or overdue, signed records to review "
        "again, sign-offs of theirs that no longer count, and open comments that mention them. At most one mail a "
        "day each, and none where nothing is due. The exit code is 1 when a mail failed; the next run tries it again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="print who would get what, send nothing")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        report = send_digests(is_dry_run=dry_run)
        if options["verbosity"]:
            self._show(report, is_dry_run=dry_run)
        if report.count(Outcome.FAILED):
            raise SystemExit(1)

    def _show(self, report: DigestReport, *, is_dry_run: bool) -> None:
        for line in report.lines:
            if line.digest is None or line.outcome not in (Outcome.SENT, Outcome.FAILED):
                continue
            told = f"{line.person} <{line.person.email}>: {_describe(line.digest)}"
            if line.outcome is Outcome.FAILED:
                self.stderr.write(self.style.ERROR(f"failed  {told}; the log says why"))
            else:
                self.stdout.write(self.style.SUCCESS(f"{'would send' if is_dry_run else 'sent'}  {told}"))
        verb = "Would send" if is_dry_run else "Sent"
        self.stdout.write(f"{verb} {report.count(Outcome.SENT)} of {len(report.lines)} digests")
        for outcome in Outcome:
            self.stdout.write(f"  {outcome:<11} {report.count(outcome):>6}")


def _describe(digest: Digest) -> str:
    parts = {
        "assigned": digest.assigned,
        "to review again": digest.due,
        "stale": digest.stale,
        "to answer": digest.mentions,
    }
    return ", ".join(f"{part.total} {name}" for name, part in parts.items() if part.total)
