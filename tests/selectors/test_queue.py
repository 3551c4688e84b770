"""The queue: in which order each person is offered what waits, and what they are never offered."""

import datetime as dt
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group, User
from django.utils.timezone import localdate
from pytest_django import DjangoAssertNumQueries

from reviews.models import Hold, Policy
from reviews.models.door import Door, open_door
from reviews.selectors.queue import (
    count_parts,
    describe_waiting,
    next_to_review,
    queue,
    reviewers,
    why_not_signing,
)
from reviews.services.assigning import assign_policies
from reviews.services.holding import hold_policy
from reviews.services.queueing import skip_policy
from reviews.services.workflow import judge_dimensions
from tests.factories import (
    Folder,
    claim,
    decide,
    get_policy,
    judge_all,
    judgement,
    let_fall_due,
    make_user,
    verify,
)
from tests.services.counts import edit


def judge_one(policy: Policy, actor: User) -> None:
    judge_dimensions(policy.pk, [judgement(policy, "market", "Read.")], actor=actor)


def round_of(actor: User) -> list[str]:
    """The ids of all that the person is offered, one after the other: each is skipped, until the first comes again."""
    offered: list[str] = []
    while (policy := next_to_review(actor)) and policy.policy_id not in offered:
        offered.append(policy.policy_id)
        skip_policy(policy.pk, actor=actor)
    return offered


@pytest.fixture
def shelf(folder: Folder, editor: User, reviewer: User, second_reviewer: User) -> None:
    """Every kind of record twice and more, imported in another order than that of the queue."""
    verify(folder.import_policy("due-begun"), second_reviewer)
    verify(folder.import_policy("due"), second_reviewer)
    folder.import_policy("open", reviewStatus="in_review")
    judge_one(folder.import_policy("open-judged", reviewStatus="in_review"), second_reviewer)
    folder.import_policy("open-later", reviewStatus="in_review")
    folder.import_policy("claimed")
    folder.import_policy("no-claims", analysis=None)
    judge_one(folder.import_policy("claimed-judged"), second_reviewer)
    verify(folder.import_policy(), second_reviewer)
    edit(editor, country="Sweden")  # it was signed, so it is stale now
    folder.import_policy("draft", reviewStatus="draft")
    verify(folder.import_policy("signed"), second_reviewer)
    decide(folder.import_policy("sent-back"), "request_changes", second_reviewer, "Cite the act.")
    for policy_id in ("due", "due-begun"):
        let_fall_due(get_policy(policy_id))
    judge_one(get_policy("due-begun"), second_reviewer)


IN_ORDER = [
    "no-storage-act",  # stale
    "claimed",
    "no-claims",  # nothing is judged where there is nothing to judge: it stands where its age puts it
    "claimed-judged",
    "open",
    "open-later",
    "open-judged",
    "due",
    "due-begun",  # older than the other, but one verdict was given since it fell due
]


def test_queue_is_stale_claimed_open_due_each_by_fewest_verdicts_then_age(
    shelf: None, reviewer: User
) -> None:
    assert [policy.policy_id for policy in queue(reviewer)] == IN_ORDER
    assert [get_policy(name).judged for name in ("claimed", "claimed-judged", "due", "due-begun", "signed")] == [
        0, 1, 0, 1, 0,
    ]  # fmt: skip


def test_next_goes_through_the_queue_in_its_order_and_what_was_skipped_comes_back_in_that_of_skipping(
    shelf: None, reviewer: User
) -> None:
    for policy_id in ("open", "claimed"):
        skip_policy(get_policy(policy_id).pk, actor=reviewer)

    rest = [name for name in IN_ORDER if name not in ("open", "claimed")]
    assert [policy.policy_id for policy in queue(reviewer)] == [*rest, "open", "claimed"]
    assert round_of(reviewer) == [*rest, "open", "claimed"]
    assert str(next_to_review(reviewer)) == "no-storage-act (en)"  # the next round


def test_what_is_assigned_to_me_comes_first_and_what_is_assigned_to_others_not_at_all(
    shelf: None, reviewer: User, second_reviewer: User
) -> None:
    third = make_user("third", "Tomás", "Ferreira", "Reviewers")
    mine = [get_policy(name).pk for name in ("due", "open-judged")]
    assign_policies(mine, assignee=third, actor=reviewer)
    assign_policies([get_policy("claimed").pk], assignee=reviewer, actor=reviewer)

    others = [name for name in IN_ORDER if name not in ("due", "open-judged", "claimed")]
    assert round_of(third) == ["open-judged", "due", *others]
    assert round_of(reviewer) == ["claimed", *others]


def test_next_passes_over_the_record_that_is_left(folder: Folder, reviewer: User) -> None:
    first = folder.import_policy("a")
    folder.import_policy("b")

    assert str(next_to_review(reviewer)) == "a (en)"
    assert str(next_to_review(reviewer, except_pk=first.pk)) == "b (en)"


@pytest.mark.parametrize(
    "changes",
    [{"country": "Sweden"}, {"analysis": {"market": claim(label="Closed")}}],
    ids=["facts", "one claim"],
)
def test_next_is_never_own_work(
    folder: Folder, editor: User, reviewer: User, settings: LazySettings, changes: dict[str, Any]
) -> None:
    editor.groups.add(Group.objects.get(name="Reviewers"))
    folder.import_policy()
    folder.import_policy("somebody-elses")
    edit(editor, **changes)

    assert round_of(editor) == ["somebody-elses"]
    assert round_of(reviewer) == ["somebody-elses", "no-storage-act"]
    settings.POLICYHUB_FOUR_EYES = False
    assert str(next_to_review(editor)) == "no-storage-act (en)"


def test_next_is_never_what_the_person_abstained_from(
    folder: Folder, reviewer: User, second_reviewer: User
) -> None:
    policy = folder.import_policy()
    decide(policy, "abstain", reviewer, "I advised the ministry.")

    assert next_to_review(reviewer) is None
    assert next_to_review(second_reviewer) == policy


def test_next_is_never_what_somebody_else_has_open_also_where_it_is_assigned_to_the_person(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    assign_policies([imported.pk], assignee=reviewer, actor=reviewer)
    hold_policy(imported, actor=second_reviewer)
    assert next_to_review(reviewer) is None

    with open_door(Door.CONTENT):
        Hold.objects.update(until=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    assert next_to_review(reviewer) == imported


@pytest.mark.parametrize("change", [{"is_active": False}, {"last_name": ""}, {"groups": []}], ids=str)
def test_assignment_to_who_can_sign_nothing_any_more_counts_for_nothing(
    imported: Policy, reviewer: User, second_reviewer: User, change: dict[str, Any]
) -> None:
    assign_policies([imported.pk], assignee=second_reviewer, actor=reviewer)
    assert (next_to_review(reviewer), count_parts(reviewer)["taken"]) == (None, 1)

    if "groups" in change:
        second_reviewer.groups.clear()
    User.objects.filter(pk=second_reviewer.pk).update(**{k: v for k, v in change.items() if k != "groups"})

    assert (next_to_review(reviewer), count_parts(reviewer)["taken"]) == (imported, 0)


@pytest.mark.parametrize(
    ("fields", "groups", "why"),
    [
        (
            {"last_name": ""},
            ["Reviewers"],
            (
                "Your account names no person: ask an administrator to fill in your first and last name, because it "
                "becomes the record's reviewer."
            ),
        ),
        ({}, ["Editors"], "Verify needs the permission “review_policy”: ask an administrator for the role."),
        (
            {"is_active": False},
            ["Reviewers"],
            "Verify needs the permission “review_policy”: ask an administrator for the role.",
        ),
    ],
    ids=["no name", "no role", "not active"],
)
def test_who_can_sign_nothing_is_offered_nothing(
    imported: Policy, fields: dict[str, Any], groups: list[str], why: str
) -> None:
    person = make_user("somebody", **{"first_name": "Mei", "last_name": "Tanaka"} | fields)
    person.groups.set(Group.objects.filter(name__in=groups))

    assert next_to_review(person) is None
    assert why_not_signing(person) == (why,)
    assert list(reviewers()) == []


def test_who_can_sign_are_reviewers_and_superusers_with_a_name(
    reviewer: User, second_reviewer: User, superuser: User, editor: User, publisher: User
) -> None:
    assert set(reviewers()) == {reviewer, second_reviewer, superuser}


def test_parts_of_the_queue_are_counted_for_the_person_who_looks(
    shelf: None, reviewer: User, second_reviewer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assign_policies([get_policy("open").pk], assignee=reviewer, actor=reviewer)
    assign_policies([get_policy("open-later").pk], assignee=second_reviewer, actor=reviewer)
    hold_policy(get_policy("claimed"), actor=second_reviewer)
    skip_policy(get_policy("due").pk, actor=reviewer)
    skip_policy(get_policy("due-begun").pk, actor=second_reviewer)

    with django_assert_num_queries(1):
        counts = count_parts(reviewer)

    assert counts == {
        "all": 9, "mine": 1, "stale": 1, "claimed": 3, "open": 3, "due": 2, "skipped": 1, "taken": 2,
    }  # fmt: skip


def test_each_record_says_how_far_it_is_and_what_keeps_it_from_the_person(
    folder: Folder, reviewer: User, second_reviewer: User, editor: User
) -> None:
    editor.groups.add(Group.objects.get(name="Reviewers"))
    folder.import_policy()
    edit(editor, country="Sweden")
    judge_all(get_policy(), reviewer)
    decide(folder.import_policy("abstained"), "abstain", editor, "I advised the ministry.")
    held = folder.import_policy("held")
    hold_policy(held, actor=second_reviewer)
    assign_policies([held.pk], assignee=reviewer, due_on=localdate(), actor=reviewer)
    skip_policy(folder.import_policy("skipped", analysis=None).pk, actor=editor)

    assert [
        (item.policy.policy_id, item.policy.judged, item.total, item.is_judged, item.is_skipped, item.why_not_mine)
        for item in describe_waiting(queue(editor), editor)
    ] == [
        ("abstained", 0, 2, False, False, ("You abstained from it: somebody else takes it.",)),
        ("held", 0, 2, False, False, ()),
        (
            "no-storage-act", 2, 2, True, False,
            ("You last changed this content: someone else has to verify it (four eyes).",),
        ),
        ("skipped", 0, 0, True, True, ()),
    ]  # fmt: skip
    item = describe_waiting(queue(editor).filter(policy_id="held"), editor)[0]
    assert (item.hold.person, item.assignment.assignee, item.assignment.due_on) == (
        second_reviewer,
        reviewer,
        localdate(),
    )


@pytest.mark.parametrize("size", [1, 12])
def test_queue_asks_one_query_each_however_much_waits(
    folder: Folder,
    reviewer: User,
    second_reviewer: User,
    size: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(size):
        policy = folder.import_policy(f"policy-{number}")
        hold_policy(policy, actor=second_reviewer)
        assign_policies([policy.pk], assignee=second_reviewer, actor=reviewer)
        skip_policy(folder.import_policy(f"skipped-{number}").pk, actor=reviewer)
    why_not_signing(reviewer)  # what a person may do is asked once

    with django_assert_num_queries(1):
        assert str(next_to_review(reviewer)) == "skipped-0 (en)"
    with django_assert_num_queries(1):
        rows = describe_waiting(queue(reviewer), reviewer)
        assert len(
            [(row.hold and row.hold.person, row.assignment and row.assignment.assignee) for row in rows]
        ) == (2 * size)
