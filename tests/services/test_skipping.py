"""Skipping: a record goes to the end of one's own round, until one judges it or decides on it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from reviews.models import Policy, Skip
from reviews.selectors.queue import next_to_review
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.holding import hold_policy
from reviews.services.queueing import skip_policy, take_next
from reviews.services.workflow import judge_dimensions
from tests.factories import Folder, decide, get_policy, judgement, verify

pytestmark = pytest.mark.django_db


def test_skip_is_ones_own_lets_go_of_the_record_and_moves_to_the_end_each_time(
    folder: Folder, reviewer: User, second_reviewer: User
) -> None:
    first, second = folder.import_policy("a"), folder.import_policy("b")
    hold_policy(first, actor=reviewer)

    skip_policy(first.pk, actor=reviewer)
    assert [str(next_to_review(person)) for person in (reviewer, second_reviewer)] == ["b (en)", "a (en)"]

    skip_policy(second.pk, actor=reviewer)
    assert str(next_to_review(reviewer)) == "a (en)"

    skip_policy(first.pk, actor=reviewer)
    assert str(next_to_review(reviewer)) == "b (en)"
    assert Skip.objects.count() == 2


def judge(policy: Policy, actor: User) -> None:
    judge_dimensions(policy.pk, [judgement(policy, "market", "Read.")], actor=actor)


FORGOTTEN: dict[str, tuple[Callable[[Policy, User], Any], set[str]]] = {
    "judging": (judge, {"second_reviewer"}),
    "abstaining": (lambda policy, actor: decide(policy, "abstain", actor, "Why."), {"second_reviewer"}),
    "verifying": (verify, set()),
    "requesting changes": (lambda policy, actor: decide(policy, "request_changes", actor, "Why."), set()),
}


@pytest.mark.parametrize("what", FORGOTTEN)
def test_skip_is_gone_once_that_person_judges_or_decides_and_everybodys_where_the_record_moves(
    imported: Policy, reviewer: User, second_reviewer: User, what: str
) -> None:
    act, left = FORGOTTEN[what]
    for person in (reviewer, second_reviewer):
        skip_policy(imported.pk, actor=person)

    act(imported, reviewer)

    assert set(Skip.objects.values_list("person__username", flat=True)) == left


def test_note_without_a_verdict_leaves_the_skip(imported: Policy, reviewer: User) -> None:
    skip_policy(imported.pk, actor=reviewer)

    judge_dimensions(imported.pk, [judgement(imported, "market", "To be read.", None)], actor=reviewer)

    assert Skip.objects.count() == 1


def test_only_reviewers_skip_and_only_what_waits(imported: Policy, editor: User, reviewer: User) -> None:
    with pytest.raises(ForbiddenError) as error:
        skip_policy(imported.pk, actor=editor)
    assert (
        str(error.value)
        == "Skipping needs the permission “review_policy”: ask an administrator for the role."
    )

    verify(imported, reviewer)

    with pytest.raises(RefusedError) as refusal:
        skip_policy(imported.pk, actor=reviewer)
    assert str(refusal.value) == "The record does not wait for a reviewer, so there is nothing to skip."
    assert Skip.objects.count() == 0


def test_next_is_held_by_who_takes_it_and_nobody_else_is_offered_it(
    folder: Folder, reviewer: User, second_reviewer: User
) -> None:
    for name in ("a", "b"):
        folder.import_policy(name)

    taken = [take_next(actor=person) for person in (reviewer, second_reviewer)]

    assert [str(policy) for policy in taken] == ["a (en)", "b (en)"]
    assert [get_policy(name).hold.person for name in ("a", "b")] == [reviewer, second_reviewer]
    assert str(take_next(actor=reviewer)) == "a (en)"  # still theirs
    assert take_next(actor=reviewer, except_pk=taken[0].pk) is None
