"""Holds: who opened a record has it for a while, renewed by work, and two who open it at once do not both get it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reviews.models import Hold, Policy
from reviews.models.door import Door, open_door
from reviews.selectors.queue import next_to_review
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.holding import hold_policy, release_policy, take_over_policy
from reviews.services.queueing import take_next
from reviews.services.workflow import judge_dimensions
from tests.factories import Folder, decide, get_policy, judgement, verify
from tests.services.counts import edit
from tests.services.test_concurrency import at_once

pytestmark = pytest.mark.django_db


def minutes_ago(minutes: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(minutes=minutes)


def set_hold(**times: dt.datetime) -> None:
    """Put the one hold into the past."""
    with open_door(Door.CONTENT):
        Hold.objects.update(**times)


def holder() -> User | None:
    """Who has the record now."""
    hold = Hold.objects.filter(until__gt=timezone.now()).select_related("person").first()
    return hold.person if hold else None


def test_who_opens_a_record_holds_it_for_the_minutes_of_the_setting(
    imported: Policy,
    reviewer: User,
    settings: LazySettings,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.POLICYHUB_HOLD_MINUTES = 7
    reviewer.has_perm("reviews.review_policy")  # asked once
    before = timezone.now()

    with django_assert_num_queries(1):
        hold = hold_policy(imported, actor=reviewer)

    assert hold is not None
    assert imported.hold is hold
    assert (hold.person, hold.policy) == (reviewer, imported)
    assert before <= hold.since <= timezone.now()
    assert hold.until - hold.since == dt.timedelta(minutes=7)
    assert Hold.objects.values_list("pk", "since", "until").get() == (hold.pk, hold.since, hold.until)


def test_working_on_renews_the_hold_and_it_is_the_same(imported: Policy, reviewer: User) -> None:
    first = hold_policy(imported, actor=reviewer)
    since = minutes_ago(20)
    set_hold(since=since, until=timezone.now() + dt.timedelta(minutes=10))

    again = hold_policy(get_policy(), actor=reviewer)

    assert (again.pk, again.since, again.until > first.until) == (first.pk, since, True)


def test_saving_renews_the_hold_of_who_saves(imported: Policy, reviewer: User, second_reviewer: User) -> None:
    hold_policy(imported, actor=reviewer)
    short = timezone.now() + dt.timedelta(minutes=1)
    set_hold(until=short)

    judge_dimensions(imported.pk, [judgement(imported, "mrv", "Theirs.")], actor=second_reviewer)
    assert Hold.objects.get().until == short  # somebody else's save

    judge_dimensions(imported.pk, [judgement(imported, "market", "Mine.")], actor=reviewer)
    assert Hold.objects.get().until > short


def test_second_reviewer_gets_nothing_sees_who_has_it_and_may_save_all_the_same(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    hold_policy(imported, actor=reviewer)
    policy = get_policy()

    assert hold_policy(policy, actor=second_reviewer) is None

    assert (policy.hold.person, policy.hold.is_live) == (reviewer, True)
    judge_dimensions(policy.pk, [judgement(policy, "market", "Theirs.")], actor=second_reviewer)
    assert get_policy().dimensions.get(key="market").audit_note == "Theirs."


def test_who_was_slower_by_a_moment_learns_who_has_it(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    seen_before = get_policy()
    hold_policy(imported, actor=reviewer)

    assert hold_policy(seen_before, actor=second_reviewer) is None
    assert seen_before.hold.person == reviewer


def test_hold_that_ran_out_is_anybodys(imported: Policy, reviewer: User, second_reviewer: User) -> None:
    hold_policy(imported, actor=reviewer)
    set_hold(since=minutes_ago(40), until=minutes_ago(10))
    assert next_to_review(second_reviewer) == imported

    hold = hold_policy(get_policy(), actor=second_reviewer)

    assert (hold.person, hold.since > minutes_ago(1)) == (second_reviewer, True)
    assert hold_policy(get_policy(), actor=reviewer) is None


def test_take_over_is_knowing_and_who_lost_it_sees_it_and_still_saves(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    hold_policy(imported, actor=reviewer)

    hold = take_over_policy(imported.pk, actor=second_reviewer)

    assert (hold.person, holder()) == (second_reviewer, second_reviewer)
    policy = get_policy()
    assert hold_policy(policy, actor=reviewer) is None  # the next renewal of who lost it
    judge_dimensions(policy.pk, [judgement(policy, "market", "Typed before.")], actor=reviewer)
    assert (holder(), get_policy().judged) == (second_reviewer, 1)


def test_release_lets_go_of_ones_own_hold_alone(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    hold_policy(imported, actor=reviewer)

    release_policy(imported.pk, actor=second_reviewer)
    assert holder() == reviewer
    release_policy(imported.pk, actor=reviewer)
    assert Hold.objects.count() == 0


def abstain(policy: Policy, actor: User) -> None:
    decide(policy, "abstain", actor, "I advised the ministry.")


ENDS: dict[str, Callable[[Policy, User], Any]] = {
    "verify": verify,
    "request changes": lambda policy, actor: decide(policy, "request_changes", actor, "Cite the act."),
    "abstain": abstain,
}


@pytest.mark.parametrize("act", ENDS)
def test_decision_ends_the_hold_of_who_decides(imported: Policy, reviewer: User, act: str) -> None:
    hold_policy(imported, actor=reviewer)

    ENDS[act](imported, reviewer)

    assert Hold.objects.count() == 0


def test_decision_that_leaves_nothing_to_do_ends_everybodys_hold_and_abstaining_ones_own(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    hold_policy(imported, actor=reviewer)

    abstain(imported, second_reviewer)
    assert holder() == reviewer
    verify(imported, second_reviewer)
    assert holder() is None


def test_edit_that_restores_the_signed_content_ends_the_hold(
    signed: Policy, editor: User, second_reviewer: User
) -> None:
    edit(editor, country="Sweden")
    hold_policy(get_policy(), actor=second_reviewer)

    edit(editor, country="Norway")

    assert (get_policy().standing, Hold.objects.count()) == ("verified", 0)


def test_only_reviewers_hold_and_only_what_waits(imported: Policy, editor: User, reviewer: User) -> None:
    with pytest.raises(ForbiddenError) as refusal:
        hold_policy(imported, actor=editor)
    assert (
        str(refusal.value)
        == "Reviewing needs the permission “review_policy”: ask an administrator for the role."
    )
    with pytest.raises(ForbiddenError):
        take_over_policy(imported.pk, actor=editor)

    verify(imported, reviewer)

    with pytest.raises(RefusedError) as error:
        hold_policy(get_policy(), actor=reviewer)
    assert str(error.value) == "no-storage-act (en) does not wait for a reviewer."
    with pytest.raises(RefusedError) as error:
        take_over_policy(imported.pk, actor=reviewer)
    assert str(error.value) == (
        "The record does not wait for a reviewer any more: there is nothing to take over."
    )
    assert Hold.objects.count() == 0


# -- in the same moment -----------------------------------------------------------------------------------

at_the_same_moment = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@at_the_same_moment
@pytest.mark.parametrize("attempt", range(3))
@pytest.mark.parametrize("is_expired", [False, True])
def test_two_who_open_a_record_at_once_and_one_gets_it(
    imported: Policy, reviewer: User, second_reviewer: User, superuser: User, is_expired: bool, attempt: int
) -> None:
    if is_expired:
        hold_policy(imported, actor=superuser)
        set_hold(since=minutes_ago(40), until=minutes_ago(10))
    pages = {person: get_policy() for person in (reviewer, second_reviewer)}

    holds = at_once(
        *[lambda person=person, page=page: hold_policy(page, actor=person) for person, page in pages.items()]
    )

    (hold,) = [item for item in holds if item]
    assert holder() == hold.person
    assert {page.hold.person for page in pages.values()} == {hold.person}


@at_the_same_moment
def test_reviewers_who_start_at_once_each_get_a_record_of_their_own(
    folder: Folder, reviewer: User, second_reviewer: User, superuser: User
) -> None:
    for number in range(4):
        folder.import_policy(f"policy-{number}")

    def start(person: User) -> Callable[[], Policy | None]:
        return lambda: take_next(actor=person)

    taken = at_once(*[start(person) for person in (reviewer, second_reviewer, superuser)])

    assert {str(policy) for policy in taken} == {f"policy-{number} (en)" for number in range(3)}
    assert Hold.objects.count() == 3


@at_the_same_moment
def test_save_and_take_over_at_once_and_nothing_is_lost(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    hold_policy(imported, actor=reviewer)
    said = judgement(imported, "market", "Read.")

    at_once(
        lambda: judge_dimensions(imported.pk, [said], actor=reviewer),
        lambda: take_over_policy(imported.pk, actor=second_reviewer),
    )

    assert (holder(), get_policy().judged) == (second_reviewer, 1)
