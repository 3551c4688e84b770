"""Findings as pages and commands show them: those of one record, counted by check, and listed with their places."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path

from django.db.models import Count

from reviews.documents import Document, DocumentError, KeyPath
from reviews.models import Finding, Policy, SourceFile
from reviews.models.policy import default_path
from reviews.quality import CHECKS, CHECKS_BY_ID, Check

_PLACES = {check.id: place for place, check in enumerate(CHECKS)}
PORTION = 200  # files whose texts are in memory at a time


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """One finding with the check that says what it means; ``dimension_key`` is empty where it is of the record."""

    check: Check
    dimension_key: str
    detail: str


@dataclass(frozen=True, slots=True)
class CheckCount:
    """How often one check found something, and in how many records."""

    check: Check
    findings: int
    records: int


@dataclass(frozen=True, slots=True)
class PlacedFinding:
    """One finding of a run over all records: its record, and the file and line where its value stands."""

    check: Check
    policy_id: str
    language: str
    dimension_key: str
    detail: str
    path: str
    location: Path | None  # of the file on disk, where it has one
    line: int

    @property
    def name(self) -> str:
        """The record as people call it."""
        return f"{self.policy_id} ({self.language})"


def findings_of(policy: Policy) -> tuple[ShownFinding, ...]:
    """Return what is found in a record, the most severe first, in one query."""
    rows = policy.findings.values_list("check_id", "dimension_key", "detail")
    # A check that a newer release dropped may have left rows.
    known = {row for row in rows if row[0] in CHECKS_BY_ID}
    ordered = sorted(known, key=lambda row: (_PLACES[row[0]], *row[1:]))
    return tuple(ShownFinding(CHECKS_BY_ID[check_id], *rest) for check_id, *rest in ordered)


def group_findings(findings: Iterable[ShownFinding]) -> dict[str, tuple[ShownFinding, ...]]:
    """Return the findings by dimension, those of the record itself under ``""``."""
    ordered = sorted(findings, key=attrgetter("dimension_key"))
    return {key: tuple(group) for key, group in groupby(ordered, key=attrgetter("dimension_key"))}


def count_findings() -> list[CheckCount]:
    """Return the checks that found something, the most severe first, then those in most records; in one query."""
    rows = Finding.objects.order_by().values_list("check_id")
    counts = rows.annotate(findings=Count("pk"), records=Count("policy", distinct=True))
    found = [
        CheckCount(CHECKS_BY_ID[check_id], *rest) for check_id, *rest in counts if check_id in CHECKS_BY_ID
    ]
    return sorted(found, key=lambda row: (row.check.severity.rank, -row.records, _PLACES[row.check.id]))


def list_findings(
    *, check_ids: Collection[str] = (), policy_ids: Collection[str] = (), with_lines: bool = False
) -> list[PlacedFinding]:
    """Return what is found in all records, or by these checks and in these policies, in the order of the registry.

    ``with_lines`` also finds the lines, for which every file is parsed again; without it they are 1.
    """
    rows = Finding.objects.filter(check_id__in=check_ids or CHECKS_BY_ID)
    if policy_ids:
        rows = rows.filter(policy__policy_id__in=policy_ids)
    columns = rows.order_by("policy__policy_id", "policy__language", "pk").values_list(
        "policy_id", "check_id", "policy__policy_id", "policy__language", "dimension_key", "detail",
        "policy__source_file__path", "policy__source_file__root",
    )  # fmt: skip
    found = [
        (
            pk,
            PlacedFinding(
                CHECKS_BY_ID[check_id],
                policy_id,
                language,
                dimension_key,
                detail,
                path or default_path(policy_id, language),
                Path(root, path) if path else None,
                1,
            ),
        )
        for pk, check_id, policy_id, language, dimension_key, detail, path, root in columns.iterator()
    ]
    placed = _with_lines(found) if with_lines else [item for _, item in found]
    return sorted(placed, key=lambda item: _PLACES[item.check.id])


def _with_lines(found: list[tuple[int, PlacedFinding]]) -> list[PlacedFinding]:
    """Return the same findings with the lines of their values, as their files were last seen."""
    records = [(pk, [item for _, item in items]) for pk, items in groupby(found, key=itemgetter(0))]
    placed = []
    for start in range(0, len(records), PORTION):
        portion = records[start : start + PORTION]
        files = SourceFile.objects.filter(policy__in=[pk for pk, _ in portion])
        texts = dict(files.values_list("policy", "text"))
        for pk, items in portion:
            lines = _lines(texts.get(pk, ""), [_key_of(item) for item in items])
            placed += [replace(item, line=line) for item, line in zip(items, lines, strict=True)]
    return placed


def _key_of(item: PlacedFinding) -> KeyPath:
    return ("analysis", item.dimension_key, *item.check.at) if item.dimension_key else item.check.at


def _lines(text: str, keys: list[KeyPath]) -> list[int]:
    try:
        return Document.parse(text).lines_of(keys)
    except DocumentError:  # an import would have refused it
        return [1] * len(keys)
