"""What was judged before: the text of the newest verdict, and what changed since."""

from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from reviews.models import Policy
from reviews.schema import Change
from reviews.selectors.judged import JudgedBefore, judged_before
from tests.factories import claim, front_matter, get_policy, judge_all
from tests.services.counts import edit

MRV = front_matter()["analysis"]["mrv"]


def before() -> dict[str, JudgedBefore]:
    policy = get_policy()
    return judged_before(policy, policy.current_verdicts())


def test_nothing_was_judged_before_or_all_is_current(
    imported: Policy, reviewer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(2):
        policy = get_policy()
        current = policy.current_verdicts()
        with django_assert_num_queries(0):
            assert judged_before(policy, current) == {}
        judge_all(imported, reviewer)


def test_changes_are_those_since_the_newest_verdict_in_one_query(
    imported: Policy, reviewer: User, editor: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    judge_all(imported, reviewer)
    edit(editor, analysis={"market": claim(score=71), "mrv": MRV})
    judge_all(get_policy(), reviewer)
    edit(editor, analysis={"market": claim(score=72, currency="EUR"), "mrv": MRV | {"label": "Monthly"}})
    policy = get_policy()
    current = policy.current_verdicts()

    with django_assert_num_queries(1):
        found = judged_before(policy, current)

    assert {key: (item.verdict.actor, item.changes) for key, item in found.items()} == {
        "market": (
            reviewer,
            (
                Change(("analysis", "market", "score"), 71.0, 72.0),
                Change(("analysis", "market", "extra"), {}, {"currency": "EUR"}),
            ),
        ),
        "mrv": (reviewer, (Change(("analysis", "mrv", "label"), "Yearly", "Monthly"),)),
    }


def test_restored_text_is_judged_again(imported: Policy, reviewer: User, editor: User) -> None:
    judge_all(imported, reviewer)
    edit(editor, analysis={"market": claim(score=71), "mrv": MRV})
    assert list(before()) == ["market"]

    edit(editor, analysis={"market": claim(), "mrv": MRV})

    assert before() == {}
