"""Translations: one verdict covers the very same claim in another language, where the reviewer wants it."""

import pytest
from django.contrib.auth.models import User

from reviews.models import Policy
from reviews.services.workflow import judge_dimensions
from tests.factories import (
    Folder,
    claim,
    decide,
    front_matter,
    get_policy,
    judgement,
)
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db


@pytest.fixture
def chinese(imported: Policy, folder: Folder) -> Policy:
    """The translation of `imported`: `mrv` says the very same, `market` something else."""
    analysis = {"market": claim(evidence="许可证对所有人开放。"), "mrv": front_matter()["analysis"]["mrv"]}
    return folder.import_policy(language="zh", title="封存法", analysis=analysis)


def test_verdict_covers_the_same_claim_in_another_language(
    imported: Policy, chinese: Policy, reviewer: User
) -> None:
    before = count_rows()

    report = judge_dimensions(
        imported.pk, [judgement(imported, "mrv", "Read.", is_covering_translations=True)], actor=reviewer
    )

    assert report.covered == ("no-storage-act (zh): “mrv” is covered by the same verdict.",)
    assert report.not_covered == ()
    other = get_policy(language="zh")
    verdict = other.current_verdicts()["mrv"]
    assert (verdict.covered_by, verdict.actor, verdict.kind) == (report.verdicts[0], reviewer, "accepted")
    assert other.dimensions.get(key="mrv").audit_note == "Read."
    assert count_rows() - before == {"Verdict": 2, "Policy history": 2, "DimensionAnalysis history": 2}
    assert other.history.latest().history_change_reason == (
        "Audit note: mrv, covered by the verdict on no-storage-act (en)"
    )


def test_translation_is_left_alone_where_the_reviewer_does_not_want_it(
    imported: Policy, chinese: Policy, reviewer: User
) -> None:
    judge_dimensions(imported.pk, [judgement(imported, "mrv", "Read.")], actor=reviewer)

    assert get_policy(language="zh").current_verdicts() == {}
    assert get_policy(language="zh").version == 1


def test_translation_that_says_something_else_is_not_covered(
    imported: Policy, chinese: Policy, reviewer: User
) -> None:
    report = judge_dimensions(
        imported.pk, [judgement(imported, "market", "Read.", is_covering_translations=True)], actor=reviewer
    )

    assert (report.covered, report.not_covered) == (
        (),
        ("no-storage-act (zh): “market” says something else, so it needs its own verdict.",),
    )
    assert get_policy(language="zh").current_verdicts() == {}


def test_translation_that_is_not_in_review_is_not_covered(
    imported: Policy, chinese: Policy, reviewer: User
) -> None:
    decide(chinese, "request_changes", reviewer, "Translate the title.")

    report = judge_dimensions(
        imported.pk, [judgement(imported, "mrv", "Read.", is_covering_translations=True)], actor=reviewer
    )

    (reason,) = report.not_covered
    assert reason == (
        "no-storage-act (zh): "
        "The record is “Changes requested”, not in review: an editor submits it again first."
    )


def test_four_eyes_hold_for_the_translation_too(imported: Policy, chinese: Policy, both: User) -> None:
    edit(both, language="zh", analysis={"mrv": claim()})  # both write this claim in Chinese,
    edit(both, language="zh", analysis=front_matter()["analysis"])  # and as it stands in English

    report = judge_dimensions(
        imported.pk, [judgement(imported, "mrv", "Read.", is_covering_translations=True)], actor=both
    )

    assert len(report.verdicts) == 1
    assert report.not_covered == (
        "no-storage-act (zh): You last changed “mrv”: someone else has to judge it (four eyes).",
    )


def test_covered_translation_can_be_verified(imported: Policy, chinese: Policy, reviewer: User) -> None:
    judge_dimensions(
        imported.pk, [judgement(imported, "mrv", "Read.", is_covering_translations=True)], actor=reviewer
    )
    judge_dimensions(chinese.pk, [judgement(chinese, "market", "读过。")], actor=reviewer)

    decide(get_policy(language="zh"), "verify", reviewer)

    assert get_policy(language="zh").standing == "verified"


def test_covering_again_writes_nothing_where_all_is_covered(
    imported: Policy, chinese: Policy, reviewer: User
) -> None:
    judge_dimensions(imported.pk, [judgement(imported, "mrv", "Read.")], actor=reviewer)
    policy = get_policy()
    again = [judgement(policy, "mrv", is_covering_translations=True)]

    first = judge_dimensions(policy.pk, again, actor=reviewer)
    before = count_rows()
    second = judge_dimensions(policy.pk, again, actor=reviewer)

    assert first.covered == ("no-storage-act (zh): “mrv” is covered by the same verdict.",)
    assert (first.verdicts, first.is_empty) == ((), False)
    assert (second.is_empty, second.not_covered) == (True, ())
    assert count_rows() == before
