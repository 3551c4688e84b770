"""``manage.py check_policies``: run the quality checks on every record, store and print what they find."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from reviews.models import Policy
from reviews.quality import CHECKS, CHECKS_BY_ID, Severity
from reviews.selectors.findings import PlacedFinding, list_findings
from reviews.services.checking import check_all_policies

if TYPE_CHECKING:
    from argparse import ArgumentParser

NEVER = "never"
_WORKFLOW_COMMANDS = {Severity.BLOCKING: "error", Severity.WARNING: "warning", Severity.NOTICE: "notice"}


class Command(BaseCommand):
    help = (
        "Run the quality checks on every record, store what they find, and print it. Saving and importing check what "
        "they touch; run this daily for what time alone brings about, and after an update that changed checks. The "
        "exit code is 1 when something was found that is at least as severe as --fail-on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "policies", nargs="*", metavar="ID", help="print what was found in these policies alone"
        )
        parser.add_argument(
            "--check",
            action="append",
            choices=list(CHECKS_BY_ID),
            metavar="CHECK",
            help="print what this check found alone; may be given several times",
        )
        parser.add_argument(
            "--format",
            choices=("text", "json", "github"),
            default="text",
            help="text for people, json for programs, github for annotations in GitHub Actions (default: %(default)s)",
        )
        parser.add_argument(
            "--fail-on",
            choices=(*(severity.value for severity in Severity), NEVER),
            default=Severity.BLOCKING.value,
            help="the least severity that makes the exit code 1, or never (default: %(default)s)",
        )

    def handle(
        self,
        *,
        policies: list[str],
        check: list[str] | None,
        format: str,  # noqa: A002 - the option's name
        fail_on: str,
        **options: Any,
    ) -> None:
        known = Policy.objects.filter(policy_id__in=policies).values_list("policy_id", flat=True)
        if unknown := sorted(set(policies) - set(known)):
            raise CommandError(f"There is no policy “{unknown[0]}”: nothing was checked.")
        try:
            report = check_all_policies()
        except DatabaseError as error:
            raise CommandError(f"The database refused: {str(error).strip()}. Nothing was stored.") from error
        found = list_findings(
            check_ids=check or (),
            policy_ids=policies,
            with_lines=format != "text" and options["verbosity"] > 0,
        )
        if options["verbosity"]:
            show = {"text": self._show_text, "json": self._show_json, "github": self._show_github}[format]
            show(found, report.checked)
        if fail_on != NEVER and any(item.check.severity.rank <= Severity(fail_on).rank for item in found):
            raise SystemExit(1)

    def _show_text(self, found: Sequence[PlacedFinding], checked: int) -> None:
        for check, group in groupby(found, key=attrgetter("check")):
            items = list(group)
            records = len({item.name for item in items})
            self.stdout.write(
                f"{check.severity:<9} {check.id}: {check.message} ({len(items)}, records: {records})"
            )
            for item in items:
                shown = ": ".join(part for part in (item.dimension_key, item.detail) if part)
                self.stdout.write(f"  {item.name}  {shown}".rstrip())
        self.stdout.write(f"Checked {checked} records")
        for severity, count in _count(found).items():
            self.stdout.write(f"  {severity:<9} {count:>6}")

    def _show_json(self, found: Sequence[PlacedFinding], checked: int) -> None:
        counts = Counter(item.check.id for item in found)
        records = Counter(check_id for check_id, _ in {(item.check.id, item.name) for item in found})
        answer = {
            "checked": checked,
            "counts": _count(found),
            "checks": [
                {
                    "id": check.id,
                    "severity": check.severity.value,
                    "message": str(check.message),
                    "hint": str(check.hint),
                    "findings": counts[check.id],
                    "records": records[check.id],
                }
                for check in CHECKS
            ],
            "findings": [
                {
                    "check": item.check.id,
                    "severity": item.check.severity.value,
                    "policy": item.policy_id,
                    "language": item.language,
                    "dimension": item.dimension_key,
                    "detail": item.detail,
                    "file": item.path,
                    "line": item.line,
                }
                for item in found
            ],
        }
        self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))

    def _show_github(self, found: Sequence[PlacedFinding], checked: int) -> None:
        for item in found:
            check = item.check
            place = {"file": _seen_from(Path.cwd(), item), "line": str(item.line), "title": check.id}
            properties = ",".join(f"{name}={_escape(value, ':,')}" for name, value in place.items())
            where = f"{item.dimension_key}: " if item.dimension_key else ""
            what = f" ({item.detail})" if item.detail else ""
            said = _escape(f"{item.name} {where}{check.message}{what}. {check.hint}")
            self.stdout.write(f"::{_WORKFLOW_COMMANDS[check.severity]} {properties}::{said}")


def _count(found: Sequence[PlacedFinding]) -> dict[str, int]:
    counts = Counter(item.check.severity for item in found)
    return {severity.value: counts[severity] for severity in Severity}


def _seen_from(folder: Path, item: PlacedFinding) -> str:
    """Return the file's path as the checkout has it in which the command is run: GitHub wants that."""
    if item.location is None or not item.location.is_relative_to(folder):
        return item.path
    return item.location.relative_to(folder).as_posix()


def _escape(text: str, also: str = "") -> str:
    """Return a text as workflow commands take it, on one line; properties may hold no ``:`` or ``,`` either."""
    for letter in f"%\r\n{also}":  # the percent sign first: the others become one
        text = text.replace(letter, f"%{ord(letter):02X}")
    return text
