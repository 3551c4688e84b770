"""The front page: where the hub stands, in pictures and numbers, each number a link to the list that it counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reviews.admin.charts import Columns, columns, percentage
from reviews.admin.decision_filters import name_week
from reviews.admin.filters import NONE_GIVEN
from reviews.admin.links import count, decisions, kept, policies, verdicts
from reviews.admin.my_work import tiles_of
from reviews.quality import Severity
from reviews.selectors import dashboard as figures
from reviews.selectors.comments import open_mention_keys
from reviews.selectors.coverage import Cell, Coverage, coverage
from reviews.selectors.dashboard import Progress
from reviews.selectors.findings import count_findings
from reviews.selectors.people import Workload, workloads
from reviews.selectors.periods import Period, last_half_year, last_month
from reviews.states import EXPORT, REVIEW, Standing

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

COUNTRIES, DIMENSIONS = 12, 9  # of the map, unless all are asked for
PEOPLE = 12
CHECKS = 9


@dataclass(frozen=True, slots=True)
class Stage:
    """One bar of the way from a claim to the file, its length in percent of all records."""

    label: str
    number: SafeString
    length: float
    is_claim: bool = False


@dataclass(frozen=True, slots=True)
class Week:
    """One row of the table behind the sign-offs; ``month`` is written where one begins."""

    name: str
    number: SafeString
    url: str
    month: str


@dataclass(frozen=True, slots=True)
class MapRow:
    """One country of the map: of each cell its share in steps from 0 to 5, none where there is nothing."""

    country: str
    cells: tuple[tuple[int | None, SafeString], ...]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check that found something, its number of policies, and its bar in percent of the longest."""

    message: StrOrPromise
    number: SafeString
    length: float
    is_blocking: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One reviewer's numbers, and how long the bars are, in percent of the longest."""

    name: str
    is_me: bool
    assigned: SafeString
    overdue: SafeString
    held: SafeString
    judged: SafeString
    signed: SafeString
    length: float
    late_length: float


def describe_dashboard(request: HttpRequest) -> dict[str, Any]:
    """Return what the front page shows to this person, who may look at policies."""
    person = cast("User", request.user)
    done = figures.progress(person)
    if not done.policies:
        return {"is_new": True}
    asked = (REVIEW, EXPORT, "change_policy", "view_decision", "view_verdict", "view_comment")
    may = {name: person.has_perm(f"reviews.{name}") for name in asked}
    sees_decisions = may["view_decision"] and may["view_verdict"]
    loads = workloads()
    mine = next((load for load in loads if load.pk == person.pk), Workload(person.pk, ""))
    weeks = figures.signoffs_by_week()
    chart = columns([number for _week, number in weeks])
    language = request.GET.get("language") or (get_language() or "").partition("-")[0]
    is_whole = request.GET.get("countries") == "all"
    waiting = figures.count_waiting(person)
    mentions = len(open_mention_keys(person)) if may["view_comment"] else 0
    queue = reverse("admin:reviews_policy_queue")
    checks = _checks()
    return {
        "progress": done,
        "sees_decisions": sees_decisions,
        "tiles": [*tiles_of(may, done, mine, waiting, mentions)],
        "is_any_signable": waiting.signable > 0,
        "all_policies": count(done.policies, kept()),
        "stages": _stages(done),
        "weeks": [*_weeks(weeks)],
        "chart": chart,
        "bars": _bars(chart, weeks),
        "signed_lately": count(
            sum(number for _week, number in weeks),
            decisions(transition__exact="verify", when=last_half_year().key),
        ),
        "map": _map(coverage(language), is_whole=is_whole),
        "checks": checks[:CHECKS],
        "more_checks": checks[CHECKS:],
        "people": [*_people(loads, person)] if may[REVIEW] and sees_decisions else [],
        "late": count(sum(load.overdue for load in loads), policies(past="assignment")),
        "late_assignments": figures.overdue_assignments(),
        "due": count(waiting.due, f"{queue}?part=due"),
        "due_policies": figures.due_policies(),
        "latest": figures.latest_decisions(),
    }


def _stages(done: Progress) -> list[Stage]:
    rows = (
        (_("The file says verified"), done.called_verified, kept(says="verified"), True),
        (_("Judged at least in part"), done.begun, kept(judged="some"), False),
        (_("Judged in full"), done.judged, kept(judged="all"), False),
        (_("Verified by a person"), done.signed, policies(standing=Standing.VERIFIED.value), False),
        (_("Signed text in the file"), done.written, policies(written="yes"), False),
    )
    return [
        Stage(label, count(number, url), percentage(number, done.policies), is_claim)
        for label, number, url, is_claim in rows
    ]


def _weeks(weeks: list[tuple[Period, int]]) -> Iterator[Week]:
    """Yield the rows of the table, a month's name where its first Monday is, unless the one before is too near."""
    last_named = -3
    for place, (week, number) in enumerate(weeks):
        is_first = week.first.day <= 7
        is_named = is_first and place - last_named >= 3
        last_named = place if is_named else last_named
        url = _signed_in(week)
        yield Week(name_week(week), count(number, url), url, date_format(week.first, "M") if is_named else "")


def _signed_in(week: Period) -> str:
    return decisions(transition__exact="verify", when=week.key)


def _bars(chart: Columns, weeks: list[tuple[Period, int]]) -> list[tuple[Any, str, str]]:
    """Return each column that is there, where it leads, and what it says under the pointer."""
    return [
        (column, _signed_in(week), f"{name_week(week)}: {number}")
        for column, (week, number) in zip(chart.columns, weeks, strict=True)
        if number
    ]


def _map(found: Coverage, *, is_whole: bool) -> dict[str, Any]:
    dimensions = found.dimensions if is_whole else found.dimensions[:DIMENSIONS]
    shown = found.rows if is_whole else found.rows[:COUNTRIES]
    return {
        "language": found.language,
        "languages": [
            (name, count(number, kept(language=name)), f"?{urlencode({'language': name})}#map")
            for name, number in found.languages
        ],
        "whole": f"?{urlencode({'language': found.language, 'countries': 'all'})}#map",
        "dimensions": dimensions,
        "rows": [
            MapRow(
                row.country,
                tuple(
                    (_step(cell), _cell(cell, found.language, row.country))
                    for cell in row.cells[: len(dimensions)]
                ),
            )
            for row in shown
        ],
        "countries": len(found.rows),
        "is_cut": len(shown) < len(found.rows) or len(dimensions) < len(found.dimensions),
        "steps": range(6),
    }


def _step(cell: Cell) -> int | None:
    if not cell.total:
        return None
    return 0 if not cell.signed else 1 + int(4 * cell.signed / cell.total)


def _cell(cell: Cell, language: str, country: str) -> SafeString:
    if not cell.total:
        return SafeString("")
    same = {"language": language, "country": country or NONE_GIVEN, "dimension": cell.dimension}
    return format_html(
        '{}<span class="of">/{}</span>',
        count(cell.signed, policies(**same, standing=Standing.VERIFIED.value)),
        count(cell.total, kept(**same)),
    )


def _checks() -> list[CheckRow]:
    found = count_findings()
    most = max((row.records for row in found), default=0)
    return [
        CheckRow(
            row.check.message,
            count(row.records, policies(check=row.check.id)),
            percentage(row.records, most),
            row.check.severity is Severity.BLOCKING,
        )
        for row in found
    ]


def _people(loads: list[Workload], person: User) -> Iterator[PersonRow]:
    most = max((load.assigned for load in loads), default=0)
    month = last_month().key
    for load in loads[:PEOPLE]:
        signed: dict[str, str | int] = {"transition__exact": "verify", "by": load.pk, "when": month}
        yield PersonRow(
            load.name,
            load.pk == person.pk,
            count(load.assigned, policies(assigned=load.pk)),
            count(load.overdue, policies(assigned=load.pk, past="assignment")),
            count(load.held, policies(holder=load.pk)),
            count(load.judged_this_month, verdicts(by=load.pk, when=month)),
            count(load.signed_this_month, decisions(**signed)),
            percentage(load.assigned, most),
            percentage(load.overdue, most),
        )
