"""The timeline: revisions, decisions and verdicts in one order, and what changed since a version."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from reviews.models import Policy
from reviews.schema import Change
from reviews.selectors.timeline import Entry, changed_since, entries_of, moments_of
from reviews.services.commenting import add_comment
from reviews.services.workflow import judge_dimensions
from tests.factories import Folder, claim, decide, get_policy, judge_all, judgement, verify
from tests.services.counts import edit


def timeline(policy: Policy) -> list[Entry]:
    return entries_of(policy, moments_of(policy))


def told(entry: Entry) -> tuple[Any, ...]:
    """An entry as one line."""
    return (
        entry.version.number if entry.version else None,
        entry.decision.transition if entry.decision else None,
        str(entry.verdict) if entry.verdict else None,
        [change.at for change in entry.changes],
    )


def test_timeline_tells_all_that_happened_newest_first(
    imported: Policy, editor: User, reviewer: User
) -> None:
    edit(editor, title="Act")
    verify(imported, reviewer)
    edit(editor, title="Act", year=2025)
    policy = get_policy()

    assert [told(entry) for entry in timeline(policy)][:-1] == [
        (5, None, None, [("year",)]),
        (4, "verify", None, [("reviewer",), ("last_audit_date",)]),
        (3, None, None, [("analysis", "market", "audit_note"), ("analysis", "mrv", "audit_note")]),
        (None, None, "mrv: Accepted as is", []),
        (None, None, "market: Accepted as is", []),
        (2, None, None, [("title",)]),
    ]
    assert [entry.at for entry in timeline(policy)] == sorted(
        (entry.at for entry in timeline(policy)), reverse=True
    )


def test_abstention_stands_by_itself_because_it_made_no_revision(
    imported: Policy, editor: User, reviewer: User
) -> None:
    decide(imported, "abstain", reviewer, "I drafted this act.")
    edit(editor, title="Act")
    decide(imported, "request_changes", reviewer, "Name the section.")

    assert [told(entry) for entry in timeline(get_policy())][:-1] == [
        (3, "request_changes", None, []),
        (2, None, None, [("title",)]),
        (None, "abstain", None, []),
    ]


def test_first_version_tells_all_that_it_came_with(imported: Policy) -> None:
    (entry,) = timeline(imported)
    changes = {change.at: (change.old, change.new) for change in entry.changes}

    assert changes["title",] == ("", "Storage Act")
    assert changes["analysis", "market", "score"][1] == 70.0
    assert ("superseded_by",) not in changes


def test_decisions_of_one_record_belong_each_to_its_own_revision(
    imported: Policy, editor: User, reviewer: User
) -> None:
    decide(imported, "request_changes", reviewer, "First.")
    decide(imported, "submit", editor)
    decide(imported, "request_changes", reviewer, "Second.")
    pairs = [
        (entry.version.number, entry.decision.reason, entry.version.reason)
        for entry in timeline(get_policy())
        if entry.decision and entry.version
    ]

    assert pairs == [
        (4, "Second.", "Request changes: Second."),
        (3, "", "Submit for review"),
        (2, "First.", "Request changes: First."),
    ]


def test_verdict_that_covers_a_translation_names_where_it_was_given(folder: Folder, reviewer: User) -> None:
    english = folder.import_policy(analysis={"market": claim()})
    chinese = folder.import_policy(language="zh", analysis={"market": claim()})
    judge_dimensions(
        english.pk, [judgement(english, "market", "Read.", is_covering_translations=True)], actor=reviewer
    )
    verdicts = [entry.verdict for entry in timeline(chinese) if entry.verdict]

    assert [str(item.covered_by.policy) for item in verdicts if item.covered_by] == ["no-storage-act (en)"]


def test_any_part_of_the_timeline_says_the_same(signed: Policy, editor: User) -> None:
    edit(editor, title="Act")
    moments = moments_of(signed)
    whole = [told(entry) for entry in timeline(signed)]

    assert len(whole) == 6
    for start in range(6):
        for stop in range(start, 7):
            assert [told(entry) for entry in entries_of(signed, moments[start:stop])] == whole[start:stop]


def test_query_counts_are_the_same_at_one_and_at_three_revisions(
    folder: Folder, editor: User, reviewer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one = folder.import_policy("one", analysis={"market": claim()})
    three = folder.import_policy("three", analysis={key: claim() for key in ("market", "mrv", "liability")})
    judge_all(one, reviewer)
    judge_all(three, reviewer)
    decide(one, "verify", reviewer)
    for transition in ("verify", "reopen", "request_changes"):
        decide(three, transition, reviewer, "Look again.")
        add_comment(three.pk, f"{transition}?", actor=editor)
    add_comment(one.pk, "verify?", actor=editor)

    for policy, rows in ((one, 1), (three, 3)):
        with django_assert_num_queries(4):
            moments = moments_of(policy)
        with django_assert_num_queries(5):
            entries = entries_of(policy, moments)
        assert sum(bool(entry.decision) for entry in entries) == rows
        assert sum(bool(entry.verdict) for entry in entries) == rows
        assert sum(bool(entry.comment) for entry in entries) == rows


# -- changed since ----------------------------------------------------------------------------------------


def test_changed_since_tells_each_value_and_who_changed_it_last(
    imported: Policy, editor: User, superuser: User
) -> None:
    edit(editor, title="One", country="Sweden")
    edit(superuser, title="Two", country="Sweden")

    assert [
        (item.change, item.version.number, item.version.actor) for item in changed_since(imported, 1)
    ] == [
        (Change(("title",), "Storage Act", "Two"), 3, "Ada Okafor"),
        (Change(("country",), "Norway", "Sweden"), 2, "Elena Ortiz"),
    ]


def test_what_was_changed_and_changed_back_is_no_change(imported: Policy, editor: User) -> None:
    edit(editor, title="One")
    edit(editor, title="Storage Act")

    assert changed_since(imported, 1) == []
    assert [item.change.new for item in changed_since(imported, 1, until=2)] == ["One"]


def test_notes_and_decisions_are_no_changes_of_content(signed: Policy) -> None:
    assert changed_since(signed, 1) == []


@pytest.mark.parametrize(("version", "until"), [(1, 1), (2, 1), (9, None)])
def test_nothing_changed_since_the_newest_version(version: int, until: int | None, imported: Policy) -> None:
    assert changed_since(imported, version, until=until) == []
