"""The figures of the front page: weeks of the place, how far records are, the map's order, and who does how much."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate
from pytest_django import DjangoAssertNumQueries

from reviews.models import Decision, Policy
from reviews.selectors.coverage import Cell, CountryRow, coverage
from reviews.selectors.dashboard import progress, signoffs_by_week
from reviews.selectors.people import Workload, workloads
from reviews.selectors.periods import find_period, last_half_year, last_month, last_weeks, week_of
from reviews.selectors.progress import (
    IS_BEGUN,
    IS_CALLED_VERIFIED,
    IS_JUDGED,
    IS_SIGNED,
    IS_UNWRITTEN,
    IS_WRITTEN,
)
from reviews.services.exporting import export_policies
from reviews.services.workflow import judge_dimensions
from tests.factories import Folder, claim, decide, get_policy, judge_all, judgement, make_user, verify
from tests.services.counts import edit
from tests.trail import behind_the_back

# -- periods ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "key", "first", "last"),
    [
        ("2026-11-22", "2026-W47", "2026-11-16", "2026-11-22"),
        ("2026-11-16", "2026-W47", "2026-11-16", "2026-11-22"),
        ("2027-01-01", "2026-W53", "2026-12-28", "2027-01-03"),
        ("2025-12-29", "2026-W01", "2025-12-29", "2026-01-04"),
    ],
)
def test_week_goes_from_monday_to_sunday(day: str, key: str, first: str, last: str) -> None:
    week = week_of(dt.date.fromisoformat(day))

    assert (week.key, str(week.first), str(week.last)) == (key, first, last)
    assert find_period(key) == week


def test_week_begins_at_midnight_of_the_place(settings: LazySettings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    week = week_of(dt.date(2026, 10, 25))  # the clocks go back on its last day

    assert (week.start.isoformat(), week.end.isoformat()) == (
        "2026-10-19T00:00:00+02:00",
        "2026-10-26T00:00:00+01:00",
    )


@pytest.mark.parametrize(
    "key",
    [
        "",
        "2026",
        "2026-W00",
        "2026-W54",
        "2025-W53",
        "2026-W1",
        "2026-W7x",
        "0000-W01",
        "9999-W53",
        "x" * 10_000,
        "\x00",
    ],
)
def test_key_of_no_period_is_none(key: str) -> None:
    assert find_period(key) is None


def test_periods_end_today(settings: LazySettings) -> None:
    today = localdate()
    weeks = last_weeks(26)

    assert (last_month().last - last_month().first).days == 29
    assert last_month().last == today
    assert weeks[-1].first <= today <= weeks[-1].last
    assert {after.first - before.last for before, after in pairwise(weeks)} == {dt.timedelta(days=1)}
    assert (last_half_year().first, last_half_year().last) == (weeks[0].first, weeks[-1].last)
    assert find_period("month") == last_month()
    assert find_period("half-year") == last_half_year()


def test_signoff_counts_in_the_week_of_the_place(
    imported: Policy,
    reviewer: User,
    settings: LazySettings,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    decision = verify(imported, reviewer)
    monday = last_weeks(2)[-1].first
    start = dt.datetime.combine(monday, dt.time(), ZoneInfo("Asia/Shanghai"))
    rows: QuerySet[Decision] = QuerySet(Decision)

    counts = []
    for at in (start, start - dt.timedelta(microseconds=1), start - dt.timedelta(weeks=26)):
        with behind_the_back():  # time itself is moved here
            rows.filter(pk=decision.pk).update(created_at=at)
        with django_assert_num_queries(1):
            counts.append([number for _week, number in signoffs_by_week()])

    assert counts == [[0] * 25 + [1], [0] * 24 + [1, 0], [0] * 26]


# -- records ------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(folder: Folder, editor: User, reviewer: User, publisher: User) -> None:
    """One record at each stage, named after it."""
    verify(folder.import_policy("written"), reviewer)
    export_policies(actor=publisher)
    verify(folder.import_policy("signed"), reviewer)
    verify(folder.import_policy("stale"), reviewer)
    edit(editor, policy_id="stale", analysis={"mrv": claim(), "market": claim(score=1)})
    judge_all(folder.import_policy("judged"), reviewer)
    begun = folder.import_policy("begun")
    judge_dimensions(begun.pk, [judgement(begun, "mrv", "Read.")], actor=reviewer)
    folder.import_policy("claimed")
    folder.import_policy("bare", analysis={})
    folder.import_policy("draft", reviewStatus="draft")
    edit(editor, policy_id="draft", year=1999)
    decide(folder.import_policy("sent-back"), "request_changes", reviewer, "Cite the act.")


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (IS_CALLED_VERIFIED, "bare begun claimed judged sent-back signed stale written"),
        (IS_BEGUN, "begun judged signed written"),
        (IS_JUDGED, "judged signed written"),
        (IS_SIGNED, "signed written"),
        (IS_WRITTEN, "written"),
        (IS_UNWRITTEN, "signed"),
    ],
)
def test_condition_holds_of_the_records_that_came_so_far(condition: Q, names: str, shelf: None) -> None:
    assert list(Policy.objects.filter(condition).values_list("policy_id", flat=True)) == names.split()


def test_progress_counts_every_stage_and_a_persons_own_work(
    shelf: None, editor: User, reviewer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        done = progress(editor)

    assert (done.policies, done.called_verified, done.begun, done.judged, done.signed, done.written) == (
        9, 8, 4, 3, 2, 1,
    )  # fmt: skip
    assert (done.drafts, done.my_drafts, done.changes_requested, done.my_changes_requested) == (1, 1, 1, 0)
    assert (done.unwritten, progress(reviewer).my_drafts) == (1, 0)


def test_file_that_moved_on_is_no_longer_written(
    shelf: None, folder: Folder, reviewer: User, publisher: User
) -> None:
    folder.policy("written", title="Another")
    folder.import_policy("written", title="Another")

    assert not Policy.objects.filter(IS_WRITTEN).exists()


def test_coverage_orders_countries_by_claims_and_dimensions_as_known(
    folder: Folder, reviewer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def dimensions(*keys: str) -> dict[str, object]:
        return {key: claim(auditNote="Read.") for key in keys}

    folder.import_policy("a", country="Chad", analysis=dimensions("zeta", "mrv", "alpha"))
    folder.import_policy("b", country="Peru", analysis=dimensions("zeta", "mrv", "incentive"))
    verify(folder.import_policy("c", country="Peru", analysis=dimensions("mrv")), reviewer)
    folder.import_policy("d", country=None, analysis=dimensions("alpha", "zeta"))
    folder.import_policy("a", language="zh", country="乍得", analysis=dimensions("mrv"))

    with django_assert_num_queries(2):
        found = coverage("en")

    assert found.languages == (("en", 4), ("zh", 1))
    assert found.dimensions == ("incentive", "mrv", "zeta", "alpha")
    assert found.rows == (
        CountryRow(
            "Peru", (Cell("incentive", 1, 0), Cell("mrv", 2, 1), Cell("zeta", 1, 0), Cell("alpha", 0, 0))
        ),
        CountryRow(
            "Chad", (Cell("incentive", 0, 0), Cell("mrv", 1, 0), Cell("zeta", 1, 0), Cell("alpha", 1, 0))
        ),
        CountryRow("", (Cell("incentive", 0, 0), Cell("mrv", 0, 0), Cell("zeta", 1, 0), Cell("alpha", 1, 0))),
    )
    assert coverage("zh").rows == (CountryRow("乍得", (Cell("mrv", 1, 0),)),)
    assert coverage("fr").language == "en"


def test_coverage_of_nothing_is_empty(db: None) -> None:
    found = coverage("en")

    assert (found.language, found.languages, found.dimensions, found.rows) == ("en", (), (), ())


# -- people -------------------------------------------------------------------------------------------------


def test_workload_has_who_may_review_and_whoever_did(
    imported: Policy, reviewer: User, editor: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    left = make_user("left", "Lena", "Falk", "Reviewers")
    verify(imported, left)
    left.groups.clear()
    make_user("gone", "Greta", "Holm", "Reviewers", is_active=False)
    rows: QuerySet[Decision] = QuerySet(Decision)
    with behind_the_back():
        rows.update(created_at=last_month().start - dt.timedelta(microseconds=1))

    with django_assert_num_queries(5):
        loads = workloads()

    assert loads == [
        Workload(
            left.pk, "Lena Falk", judged=2, judged_this_week=2, judged_this_month=2,
            signed=1, signed_this_week=0, signed_this_month=0,
        ),
        Workload(reviewer.pk, "Rosa Lindqvist"),
    ]  # fmt: skip
    assert get_policy().standing == "verified"
