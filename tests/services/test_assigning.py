"""Assignments: by hand, in bulk and evenly; only to who may sign the record; ended by the decision, with history."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group, User
from django.core import mail
from django.utils.timezone import localdate
from pytest_django import DjangoAssertNumQueries

from reviews.models import Assignment, Policy
from reviews.services.assigning import (
    assign_evenly,
    assign_policies,
    plan_assignments,
    unassign_policies,
)
from reviews.services.errors import ForbiddenError, MeanwhileChangedError, RefusedError
from reviews.services.workflow import make_decision
from tests.factories import Folder, claim, decide, get_policy, judge_all, make_user, verify
from tests.services.counts import edit
from tests.services.test_concurrency import at_once

pytestmark = pytest.mark.django_db
TODAY = localdate()


@pytest.fixture
def team(db: None, reviewer: User, second_reviewer: User) -> Group:
    """Rosa and 伟 of the group Reviewers, and in it too: one who cannot sign for want of a name, and one who left."""
    make_user("nameless", "Only", "", "Reviewers")
    make_user("gone", "Ines", "Alt", "Reviewers", is_active=False)
    return Group.objects.get(name="Reviewers")


def import_many(folder: Folder, count: int, prefix: str = "policy") -> list[int]:
    """So many records that wait; their keys in the order of the queue."""
    return [folder.import_policy(f"{prefix}-{number}").pk for number in range(count)]


def who_has_what() -> dict[str, tuple[str, dt.date | None]]:
    rows = Assignment.objects.select_related("policy", "assignee").order_by("policy__policy_id")
    return {row.policy.policy_id: (row.assignee.first_name, row.due_on) for row in rows}


def history() -> list[tuple[str, str, str, str]]:
    """Every history row of assignments: what, who, of whom, why."""
    rows = Assignment.history.select_related("history_user", "assignee").order_by("history_id")
    return [
        (row.history_type, row.history_user.first_name, row.assignee.first_name, row.history_change_reason)
        for row in rows
    ]


def test_assigning_changing_and_taking_back_each_leaves_a_history_row_with_actor_and_reason(
    folder: Folder, reviewer: User, second_reviewer: User
) -> None:
    pks = import_many(folder, 2)
    day = TODAY + dt.timedelta(days=3)

    first = assign_policies(pks, assignee=second_reviewer, actor=reviewer)
    again = assign_policies(pks, assignee=second_reviewer, actor=reviewer)
    moved = assign_policies(pks[:1], assignee=reviewer, due_on=day, actor=second_reviewer)
    for row in Assignment.objects.all():
        last = row.history.latest("history_id")
        names = [field.attname for field in Assignment._meta.concrete_fields]
        assert [getattr(last, name) for name in names] == [getattr(row, name) for name in names]
    taken = unassign_policies([*pks, 999_999], actor=reviewer)

    assert [(len(report.assignments), report.unchanged) for report in (first, again, moved)] == [
        (2, 0), (0, 2), (1, 0),
    ]  # fmt: skip
    assert (taken, who_has_what()) == (2, {})
    assert history() == [
        ("+", "Rosa", "伟", "Assigned to 伟 张"),
        ("+", "Rosa", "伟", "Assigned to 伟 张"),
        ("~", "伟", "Rosa", f"Assigned to Rosa Lindqvist, due {day.isoformat()}"),
        ("-", "Rosa", "Rosa", "Taken back"),
        ("-", "Rosa", "伟", "Taken back"),
    ]


def test_assignment_says_who_asked_whom_when_and_by_when(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    (item,) = assign_policies(
        [imported.pk], assignee=second_reviewer, due_on=TODAY, actor=reviewer
    ).assignments

    stored = Assignment.objects.get()
    assert (stored.pk, stored.policy, stored.assignee, stored.assigned_by, stored.due_on) == (
        item.pk, imported, second_reviewer, reviewer, TODAY,
    )  # fmt: skip
    assert (stored.assigned_at, stored.is_overdue) == (item.assigned_at, False)
    stored.due_on = TODAY - dt.timedelta(days=1)
    assert stored.is_overdue


def test_evenly_is_by_what_each_has_to_do_already_and_the_same_each_time(
    folder: Folder, team: Group, reviewer: User
) -> None:
    assign_policies(import_many(folder, 3, "had"), assignee=reviewer, actor=reviewer)
    pks = import_many(folder, 5)

    plans = [plan_assignments(pks, people) for people in (list(_able(team)), list(_able(team))[::-1])]
    assign_evenly(pks, group=team, due_on=TODAY, actor=reviewer)

    assert plans[0].digest == plans[1].digest
    assert [row.assignee.first_name for row in plans[0].rows] == ["伟", "伟", "伟", "Rosa", "伟"]
    assert (dict(plans[0].loads), dict(plans[0].shares)) == (
        {person.pk: (3 if person == reviewer else 0) for person in _able(team)},
        {person.pk: (1 if person == reviewer else 4) for person in _able(team)},
    )
    assert [name for name, day in who_has_what().values() if day] == ["伟", "伟", "伟", "Rosa", "伟"]


def _able(group: Group) -> Any:
    return group.user_set.filter(username__in=("reviewer", "second_reviewer")).order_by("pk")


def test_evenly_gives_first_what_few_may_sign(
    folder: Folder, team: Group, second_reviewer: User, reviewer: User
) -> None:
    second_reviewer.groups.add(Group.objects.get(name="Editors"))
    pks = [folder.import_policy("a").pk, folder.import_policy().pk]
    edit(second_reviewer, country="Sweden")  # so only Rosa may sign it

    assign_evenly(pks, group=team, actor=reviewer)

    assert who_has_what() == {"a": ("伟", None), "no-storage-act": ("Rosa", None)}


def test_nobody_is_asked_for_what_they_wrote_or_abstained_from_or_what_does_not_wait(
    folder: Folder, team: Group, reviewer: User, second_reviewer: User, settings: LazySettings
) -> None:
    reviewer.groups.add(Group.objects.get(name="Editors"))
    own, other, draft = (
        folder.import_policy(),
        folder.import_policy("other"),
        folder.import_policy("draft", reviewStatus="draft"),
    )
    edit(reviewer, analysis={"market": claim(label="Closed")})
    decide(other, "abstain", reviewer, "I advised the ministry.")
    pks = [own.pk, other.pk, draft.pk]

    report = assign_policies(pks, assignee=reviewer, actor=second_reviewer)

    assert {row.policy.policy_id: row.why_not for row in report.refused} == {
        "no-storage-act": "Rosa Lindqvist last changed it, so somebody else has to sign it (four eyes).",
        "other": "Rosa Lindqvist abstained from it.",
        "draft": "It does not wait for a reviewer.",
    }
    assert who_has_what() == {}
    assign_evenly(pks, group=team, actor=reviewer)
    assert who_has_what() == {"no-storage-act": ("伟", None), "other": ("伟", None)}
    decide(other, "abstain", second_reviewer, "I advised them too.")
    (row,) = plan_assignments([other.pk], [reviewer, second_reviewer]).rows
    assert row.why_not == "Rosa Lindqvist abstained from it. 伟 张 abstained from it."
    settings.POLICYHUB_FOUR_EYES = False
    assert plan_assignments([own.pk], [reviewer]).rows[0].assignee == reviewer


REFUSED: dict[str, tuple[Callable[[list[int], User, Group], Any], str]] = {
    "to an editor": (
        lambda pks, actor, team: assign_policies(pks, assignee=make_user("e", "Elena", "Ortiz"), actor=actor),
        "Elena Ortiz cannot sign records: that takes an active account with the role and a full name.",
    ),
    "to a closed account": (
        lambda pks, actor, team: assign_policies(pks, assignee=User.objects.get(username="gone"), actor=actor),
        "Ines Alt cannot sign records: that takes an active account with the role and a full name.",
    ),
    "to one without a name": (
        lambda pks, actor, team: assign_policies(pks, assignee=User.objects.get(username="nameless"), actor=actor),
        "Only cannot sign records: that takes an active account with the role and a full name.",
    ),
    "to a group of nobody": (
        lambda pks, actor, team: assign_evenly(pks, group=Group.objects.get(name="Publishers"), actor=actor),
        "Nobody in this group can sign records: choose another, or a person.",
    ),
    "by a day that is past": (
        lambda pks, actor, team: assign_evenly(pks, group=team, due_on=TODAY - dt.timedelta(days=1), actor=actor),
        "The due day is past: choose today or a later one, or none.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_assigning_is_refused_and_writes_nothing(
    imported: Policy, team: Group, reviewer: User, what: str
) -> None:
    act, message = REFUSED[what]

    with pytest.raises(RefusedError) as error:
        act([imported.pk], reviewer, team)

    assert str(error.value) == message
    assert (who_has_what(), history()) == ({}, [])


@pytest.mark.parametrize("who", ["editor", "publisher", "nobody"])
def test_only_who_reviews_assigns(
    who: str, imported: Policy, reviewer: User, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)
    for act in (
        lambda: assign_policies([imported.pk], assignee=reviewer, actor=actor),
        lambda: assign_evenly([imported.pk], group=Group.objects.get(name="Reviewers"), actor=actor),
        lambda: unassign_policies([imported.pk], actor=actor),
    ):
        with pytest.raises(ForbiddenError) as error:
            act()
        assert (
            str(error.value)
            == "Assigning needs the permission “review_policy”: ask an administrator for the role."
        )


def test_plan_that_is_another_by_now_is_shown_again_and_not_done(
    folder: Folder, team: Group, reviewer: User, second_reviewer: User
) -> None:
    pks = import_many(folder, 2)
    seen = plan_assignments(pks, [reviewer, second_reviewer]).digest
    assign_policies(import_many(folder, 3, "since"), assignee=reviewer, actor=second_reviewer)

    with pytest.raises(MeanwhileChangedError) as error:
        assign_evenly(pks, group=team, actor=reviewer, seen=seen)

    assert str(error.value) == (
        "Somebody changed these records or assignments meanwhile: look at the new plan, then assign again."
    )
    assert set(who_has_what()) == {"since-0", "since-1", "since-2"}


def test_assignment_made_meanwhile_is_never_taken_away_unseen(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    third = make_user("third", "Tomás", "Ferreira", "Reviewers")
    for assignee, due_on in ((third, None), (third, TODAY), (reviewer, TODAY)):
        seen = plan_assignments([imported.pk], [second_reviewer]).digest
        assign_policies([imported.pk], assignee=assignee, due_on=due_on, actor=reviewer)
        with pytest.raises(MeanwhileChangedError):
            assign_policies([imported.pk], assignee=second_reviewer, actor=reviewer, seen=seen)
        assert who_has_what() == {imported.policy_id: (assignee.first_name, due_on)}

    seen = plan_assignments([imported.pk], [second_reviewer]).digest
    assign_policies([imported.pk], assignee=second_reviewer, actor=reviewer, seen=seen)
    assert who_has_what() == {imported.policy_id: (second_reviewer.first_name, None)}


def test_assignee_gets_one_mail_for_all_after_commit(
    folder: Folder,
    reviewer: User,
    second_reviewer: User,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    User.objects.update(email="somebody@example.org")
    pks = import_many(folder, 3)

    with django_capture_on_commit_callbacks(execute=True):
        assign_policies(pks, assignee=second_reviewer, actor=reviewer)
        assert mail.outbox == []
    assert len(mail.outbox) == 1

    with django_capture_on_commit_callbacks(execute=True):
        assign_policies(pks, assignee=reviewer, actor=reviewer)
        assign_policies(pks, assignee=reviewer, actor=reviewer)
    assert len(mail.outbox) == 1  # nobody is told of what they did themselves


def test_assigning_asks_the_same_number_of_queries_however_many_records(
    folder: Folder, team: Group, reviewer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    few, many = import_many(folder, 2, "few"), import_many(folder, 12, "many")
    reviewer.has_perm("reviews.review_policy")
    for pks in (few, many):
        # members, who of them can sign; savepoint, lock, records, abstentions, loads, rows, history, savepoint
        with django_assert_num_queries(10):
            assign_evenly(pks, group=team, actor=reviewer)


# -- the end of an assignment -----------------------------------------------------------------------------

ENDS: dict[str, tuple[Callable[[Policy, User], Any], str]] = {
    "verify": (verify, "Verify"),
    "request changes": (
        lambda policy, actor: decide(policy, "request_changes", actor, "Cite the act."),
        "Request changes: Cite the act.",
    ),
    "abstain": (
        lambda policy, actor: decide(policy, "abstain", actor, "I advised them."),
        "Abstain: I advised them.",
    ),
}


@pytest.mark.parametrize("act", ENDS)
def test_assignment_ends_with_the_decision_of_who_was_asked(
    imported: Policy, reviewer: User, second_reviewer: User, act: str
) -> None:
    assign_policies([imported.pk], assignee=reviewer, actor=second_reviewer)
    decision, reason = ENDS[act]

    decision(imported, reviewer)

    assert who_has_what() == {}
    assert history()[-1] == ("-", "Rosa", "Rosa", reason)


def test_assignment_ends_when_somebody_else_verifies_and_stays_when_somebody_else_abstains_or_judges(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    assign_policies([imported.pk], assignee=reviewer, actor=reviewer)

    decide(imported, "abstain", second_reviewer, "I advised the ministry.")
    judge_all(imported, second_reviewer)
    assert who_has_what() == {"no-storage-act": ("Rosa", None)}
    decide(imported, "verify", second_reviewer)
    assert who_has_what() == {}


def test_assignment_ends_when_an_edit_restores_the_signed_content(
    signed: Policy, editor: User, second_reviewer: User
) -> None:
    edit(editor, country="Sweden")
    assign_policies([signed.pk], assignee=second_reviewer, actor=second_reviewer)

    edit(editor, country="Norway")

    assert get_policy().standing == "verified"
    assert history()[-1] == ("-", "Elena", "伟", "Edited")


# -- in the same moment -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("attempt", range(2))
def test_two_who_assign_the_same_records_at_once_and_each_record_has_one_assignment_of_one_of_them(
    folder: Folder, reviewer: User, second_reviewer: User, attempt: int
) -> None:
    pks = import_many(folder, 4)

    reports = at_once(
        lambda: assign_policies(pks, assignee=reviewer, actor=second_reviewer),
        lambda: assign_policies(pks[::-1], assignee=second_reviewer, actor=reviewer),
    )

    assert [len(report.assignments) for report in reports] == [4, 4]
    assert len({name for name, _ in who_has_what().values()}) == 1  # the later one's
    assert [row[0] for row in history()] == ["+"] * 4 + ["~"] * 4


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_verify_and_assign_at_once_and_no_signed_record_stays_assigned(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    judge_all(imported, reviewer)
    digest = imported.content_digest

    at_once(
        lambda: make_decision(imported.pk, "verify", actor=reviewer, seen_digest=digest),
        lambda: assign_policies([imported.pk], assignee=second_reviewer, actor=reviewer),
    )

    assert (get_policy().state, who_has_what()) == ("verified", {})
