"""Four eyes: nobody judges or verifies what they wrote, unless a setting waives it, and then it is recorded."""

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from reviews.models import Policy, Verdict
from reviews.services.errors import RefusedError
from reviews.services.workflow import judge_dimensions
from tests.factories import (
    decide,
    get_policy,
    judge_all,
    judgement,
    verify,
)
from tests.services.counts import EDITS, edit

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("what", EDITS)
def test_nobody_verifies_what_they_changed(imported: Policy, reviewer: User, both: User, what: str) -> None:
    edit(both, **EDITS[what])
    judge_all(get_policy(), reviewer)

    with pytest.raises(RefusedError) as error:
        decide(imported, "verify", both)
    assert str(error.value) == "You last changed this content: someone else has to verify it (four eyes)."

    decide(imported, "verify", reviewer)
    assert get_policy().standing == "verified"


def test_nobody_judges_the_claim_that_they_changed(imported: Policy, both: User) -> None:
    edit(both, **EDITS["a claim"])
    policy = get_policy()

    with pytest.raises(RefusedError) as error:
        judge_dimensions(policy.pk, [judgement(policy, "market", "Good.")], actor=both)
    assert str(error.value) == "You last changed “market”: someone else has to judge it (four eyes)."

    judge_dimensions(policy.pk, [judgement(policy, "mrv", "Good.")], actor=both)
    assert set(get_policy().current_verdicts()) == {"mrv"}


def test_waiver_of_four_eyes_is_recorded(imported: Policy, both: User, settings: LazySettings) -> None:
    settings.POLICYHUB_FOUR_EYES = False
    edit(both, **EDITS["a claim"])

    decision = verify(get_policy(), both)

    assert decision.is_four_eyes_waived is True
    assert {item.dimension_key: item.is_four_eyes_waived for item in Verdict.objects.all()} == {
        "market": True,
        "mrv": False,
    }


def test_waiver_that_nobody_needed_is_not_recorded(
    imported: Policy, reviewer: User, settings: LazySettings
) -> None:
    settings.POLICYHUB_FOUR_EYES = False

    assert verify(imported, reviewer).is_four_eyes_waived is False
