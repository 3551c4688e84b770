"""``manage.py verify_audit_trail``: find what was done to verdicts and decisions behind the application's back."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from reviews.selectors.trail import Fault, TrailReport, check_trail
from reviews.signoffs import NAME, BrokenManifestError, Manifest

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Read the whole audit trail and name every verdict and decision that was changed, removed, put in or put "
        "elsewhere behind the application's back, the first one first; also verified records that their sign-off does "
        "not back, and triggers that are missing. The exit code is 1 when there was anything to name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--signoffs",
            type=Path,
            metavar="DIR",
            help=f"also hold the lines of {NAME} in this folder against the trail",
        )
        parser.add_argument(
            "--format",
            choices=("text", "json"),
            default="text",
            help="text for people, json for programs (default: %(default)s)",
        )

    def handle(self, *, signoffs: Path | None, format: str, **options: Any) -> None:  # noqa: A002 - the option's name
        manifest, broken = read_manifest(signoffs) if signoffs else (Manifest(), None)
        try:
            report = check_trail(manifest.entries)
        except DatabaseError as error:
            raise CommandError(f"The database refused: {str(error).strip()}. Migrate it first.") from error
        faults = [*report.faults, *([broken] if broken else [])]
        if format == "json":
            answer = {**asdict(report), "faults": [asdict(fault) for fault in faults]}
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False, default=str))
        elif options["verbosity"]:
            self._show(report, faults)
        if faults:
            raise SystemExit(1)

    def _show(self, report: TrailReport, faults: list[Fault]) -> None:
        for fault in faults:
            entry = f"{fault.kind} {fault.number}" if fault.number is not None else fault.kind
            at = fault.at.isoformat(timespec="seconds") if fault.at else ""
            place = ", ".join(part for part in (entry, fault.record, fault.person, at) if part)
            self.stdout.write(f"{place}: {fault.what}")
        self.stdout.write(f"Audit trail of {report.number} entries, up to {report.hash}")
        for name, count in (
            ("signed records", report.signed),
            ("of them stale", report.stale),
            ("sign-off lines", report.lines),
            ("faults", len(faults)),
        ):
            self.stdout.write(f"  {name:<16} {count:>6}")


def read_manifest(folder: Path) -> tuple[Manifest, Fault | None]:
    """Return the manifest of a folder, and the fault where it is broken: then it is what stands before that."""
    try:
        text = (folder / NAME).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(
            f"{folder / NAME} cannot be read: {error}. Name the folder of an export."
        ) from error
    try:
        return Manifest.parse(text), None
    except BrokenManifestError as error:
        return error.before, Fault("line", str(error))
