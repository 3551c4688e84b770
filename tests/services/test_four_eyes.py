"""Four eyes: nobody judges or verifies what they wrote, unless a setting waives it, and then it is recorded."""

from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group, User

from reviews.models import Policy, Verdict
from reviews.selectors.queue import next_to_review
from reviews.services.editing import add_policy, edit_policy, restore_version
from reviews.services.errors import RefusedError
from reviews.services.importing import import_policies
from reviews.services.workflow import judge_dimensions
from tests.factories import (
    Folder,
    claim,
    decide,
    front_matter,
    get_policy,
    judge_all,
    judgement,
    verify,
)
from tests.services.counts import EDITS, edit

pytestmark = pytest.mark.django_db

MARKET, MRV = front_matter()["analysis"]["market"], front_matter()["analysis"]["mrv"]


def authors() -> dict[str, int]:
    """Whose each value of the record is, those of the dimensions by their full place."""
    policy = get_policy()
    claims = {
        f"analysis.{item.key}.{place}": pk
        for item in policy.dimensions.all()
        for place, pk in item.authors.items()
    }
    return {**policy.authors, **claims}


def own(actor: User) -> set[str]:
    """The places at which the actor's values stand."""
    return {place for place, pk in authors().items() if pk == actor.pk}


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


# -- whose a value is -------------------------------------------------------------------------------------


def test_author_of_each_value_is_who_changed_it_last(imported: Policy, editor: User, both: User) -> None:
    assert authors() == {}

    edit(both, title="Sea Act", regulatory={"liability_period": "9 years", "new": "x"}, tags=["x"], year=None)
    both_wrote = {"title", "regulatory.liability_period", "regulatory.pore_space_rights", "regulatory.new"}
    assert own(both) == both_wrote | {"extra.tags", "year"}

    edit(editor, tags=["y"], analysis={"market": claim(score=71, weight=1), "mrv": MRV})
    regulatory = {"regulatory.liability_period", "regulatory.pore_space_rights", "regulatory.new"}
    assert own(both) == {"title"}
    assert own(editor) == regulatory | {
        "extra.tags", "year", "analysis.market.score", "analysis.market.extra.weight",
    }  # fmt: skip


def test_trivial_edit_of_somebody_else_frees_nobody(
    imported: Policy, editor: User, reviewer: User, both: User
) -> None:
    edit(both, description="All mine.")
    edit(editor, description="All mine.", year=2025)
    judge_all(get_policy(), reviewer)

    assert (own(both), own(editor)) == ({"description"}, {"year"})
    with pytest.raises(RefusedError, match=r"someone else has to verify it \(four eyes\)\.$"):
        decide(imported, "verify", both)
    assert next_to_review(both) is None
    assert next_to_review(reviewer) == imported


def test_score_by_somebody_else_leaves_the_evidence_its_author(
    imported: Policy, editor: User, both: User
) -> None:
    edit(both, analysis={"market": claim(evidence="My own."), "mrv": MRV})
    edit(editor, analysis={"market": claim(evidence="My own.", score=71), "mrv": MRV})
    policy = get_policy()

    with pytest.raises(RefusedError) as error:
        judge_dimensions(policy.pk, [judgement(policy, "market", "Good.")], actor=both)
    assert str(error.value) == "You last changed “market”: someone else has to judge it (four eyes)."
    judge_dimensions(policy.pk, [judgement(policy, "mrv", "Good.")], actor=both)


def test_added_record_is_its_authors_whoever_adds_a_value(editor: User, both: User, imported: Policy) -> None:
    values = imported.to_values()
    policy = add_policy("mine", "en", values, actor=both)
    assert {"title", "analysis.market", "analysis.mrv"} <= set(policy.authors)
    assert "superseded_by" not in policy.authors  # empty: nobody wrote it
    assert set(policy.authors.values()) == {both.pk}
    decide(policy, "submit", both)

    fields = {**values.fields, "country": "Chile"}
    edit_policy(policy.pk, seen=values, wanted=replace(values, fields=fields), actor=editor)

    assert (get_policy("mine").authors["country"], get_policy("mine").authors["title"]) == (
        editor.pk,
        both.pk,
    )
    with pytest.raises(RefusedError, match="someone else has to verify it"):
        decide(policy, "verify", both)


def test_value_that_somebody_else_replaced_is_theirs(imported: Policy, editor: User, both: User) -> None:
    edit(both, title="Sea Act")
    edit(editor, title="Lake Act")

    assert authors() == {"title": editor.pk}
    assert verify(get_policy(), both).actor == both


def test_value_that_somebody_else_restored_is_theirs(imported: Policy, editor: User, both: User) -> None:
    edit(both, title="Sea Act", year=2025)
    restore_version(imported.pk, 1, actor=editor)

    assert authors() == {"title": editor.pk, "year": editor.pk}


def test_removing_a_dimension_makes_an_author_of_the_record(
    imported: Policy, editor: User, reviewer: User, both: User
) -> None:
    edit(both, analysis={"market": MARKET})
    judge_all(get_policy(), reviewer)

    assert authors() == {"analysis.mrv": both.pk}
    with pytest.raises(RefusedError, match="someone else has to verify it"):
        decide(imported, "verify", both)

    restore_version(imported.pk, 1, actor=editor)
    claim_fields = ("score", "label", "evidence", "citation")
    assert authors() == {"analysis.mrv": editor.pk} | {
        f"analysis.mrv.{name}": editor.pk for name in claim_fields
    }


def test_import_takes_the_author_of_what_it_changes_and_of_nothing_else(
    folder: Folder, imported: Policy, superuser: User, both: User
) -> None:
    mine: dict[str, Any] = {
        "title": "Sea Act",
        "analysis": {"market": claim(score=1, evidence="Mine."), "mrv": MRV},
    }
    edit(both, **mine)
    folder.policy(**mine)  # the disk says the same, so it may change again
    import_policies([folder.root], actor=superuser)
    everything = {"title", "analysis.market.score", "analysis.market.evidence"}
    assert own(both) == everything

    theirs: dict[str, Any] = {
        "year": 2025,
        "analysis": {"market": claim(score=2, evidence="Mine."), "mrv": MRV},
    }
    folder.policy(**mine | theirs)
    import_policies([folder.root], actor=superuser)
    assert authors() == dict.fromkeys(everything - {"analysis.market.score"}, both.pk)
    assert get_policy().edited_by is None  # the last change came from the file

    folder.policy(title="Lake Act", analysis={"market": claim(score=2, evidence="Theirs."), "mrv": MRV})
    import_policies([folder.root], actor=superuser)
    assert authors() == {}
    assert verify(get_policy(), both).actor == both


def test_dimension_that_came_and_went_on_disk_has_no_author(
    folder: Folder, imported: Policy, editor: User
) -> None:
    edit(editor, analysis={"market": MARKET})
    folder.policy(analysis={"market": MARKET})
    import_policies([folder.root], actor=None)
    assert authors() == {"analysis.mrv": editor.pk}

    folder.policy()
    import_policies([folder.root], actor=editor)
    assert authors() == {}


def test_authors_are_no_part_of_what_a_record_says(imported: Policy, editor: User, both: User) -> None:
    edit(editor, title="Sea Act")
    one = get_policy()
    edit(both, title="Lake Act")
    edit(both, title="Sea Act")
    other = get_policy()

    assert (one.authors, other.authors) == ({"title": editor.pk}, {"title": both.pk})
    assert (one.content_digest, one.to_values()) == (other.content_digest, other.to_values())
    assert [row.authors for row in other.history.order_by("version")] == [
        {}, {"title": editor.pk}, {"title": both.pk}, {"title": both.pk},
    ]  # fmt: skip


def test_authors_are_free_again_once_other_eyes_signed(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    reviewer.groups.add(Group.objects.get(name="Editors"))
    edit(get_user(reviewer), analysis={"market": claim(evidence="Mine."), "mrv": MRV})
    verify(get_policy(), second_reviewer)

    assert get_policy().contributors == ""
    decide(imported, "reopen", reviewer, "Once more.")
    decide(imported, "verify", reviewer)
    assert get_policy().state == "verified"


def test_waived_signature_frees_nobody(imported: Policy, reviewer: User, settings: LazySettings) -> None:
    settings.POLICYHUB_FOUR_EYES = False
    reviewer.groups.add(Group.objects.get(name="Editors"))
    edit(get_user(reviewer), title="Mine")
    verify(get_policy(), get_user(reviewer))

    assert get_policy().signoff.is_four_eyes_waived
    assert get_policy().contributors == f",{reviewer.pk},"


def test_decision_and_its_version_bear_one_moment(signed: Policy) -> None:
    assert signed.signoff.created_at == signed.updated_at == signed.history.latest().history_date


def get_user(user: User) -> User:
    """The person anew: permissions are remembered by the object."""
    return User.objects.get(pk=user.pk)
