"""What becomes of the files of an import: the plan of a dry run, and the report of one that was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from reviews.services.runs import RunOutcome
from reviews.services.telling import value_details

if TYPE_CHECKING:
    from pathlib import Path

    from reviews.merge import MergedValue


class Outcome(StrEnum):
    """What becomes of one file."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    ASKED = "asked"  # a person has to say what it is; nothing of it went in
    IGNORED = "ignored"  # it is no policy, or a person said that it stays out
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What becomes of one file, and why.

    ``warnings`` are sentences; ``reason`` is set where it was refused, is no policy, or a person is asked. ``values``
    are those that a side changed since the file was last seen, ``conflicts`` how many of them both did. ``policy_pk``
    is the record's; one that a dry run would create has none yet.
    """

    path: str
    outcome: Outcome
    policy: str = ""
    is_claimed: bool = False
    warnings: tuple[str, ...] = ()
    reason: str = ""
    values: tuple[MergedValue, ...] = ()
    conflicts: int = 0
    policy_pk: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of each file, in order; files that are gone come last. ``source`` says where they came from."""

    source: str
    root: Path
    files: tuple[FilePlan, ...]
    is_dry_run: bool
    run_pk: int | None = None

    def count(self, outcome: Outcome) -> int:
        """Return how many files had this outcome."""
        return sum(item.outcome is outcome for item in self.files)

    @property
    def claimed(self) -> int:
        """How many records say ``verified`` with no decision to back it."""
        return sum(item.is_claimed for item in self.files)

    @property
    def warnings(self) -> int:
        """How many values did not fit their field, or were kept out of a record that somebody signed."""
        return sum(len(item.warnings) for item in self.files)

    @property
    def conflicts(self) -> int:
        """How many values changed on both sides, and wait for a person."""
        return sum(item.conflicts for item in self.files)

    @property
    def refused(self) -> tuple[FilePlan, ...]:
        """The files that did not go in."""
        return tuple(item for item in self.files if item.outcome is Outcome.REFUSED)


def outcome_of(file: FilePlan) -> RunOutcome:
    """Return what a run keeps of a file."""
    details: dict[str, object] = {}
    if file.warnings:
        details["warnings"] = file.warnings
    if file.is_claimed:
        details["is_claimed"] = True
    if file.values:
        details["values"] = [value_details(value) for value in file.values]
    return RunOutcome(file.path, file.policy_pk, file.policy, file.outcome, file.reason, details)
