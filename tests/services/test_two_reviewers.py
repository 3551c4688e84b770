"""Two reviewers with the same page open: the second sees what the first one did, and overwrites nothing unseen."""

import pytest
from django.contrib.auth.models import User

from reviews.models import Decision, Policy
from reviews.services.errors import MeanwhileChangedError, RefusedError
from reviews.services.workflow import Judgement, judge_dimensions, make_decision
from reviews.states import VerdictKind
from tests.factories import Folder, front_matter, get_policy, judge_all, judgement

pytestmark = pytest.mark.django_db

CHANGED = (
    "Somebody changed market while you were writing. Nothing you typed is lost: "
    "compare the two below and save again."
)


def page(policy: Policy) -> dict[str, Judgement]:
    """What the page would send as it was loaded, nothing typed and no verdict chosen."""
    verdicts = policy.current_verdicts()
    return {
        item.key: Judgement(
            item.key,
            item.audit_note,
            None,
            item.content_digest,
            item.audit_note,
            seen_verdict=verdicts[item.key].pk if item.key in verdicts else 0,
        )
        for item in policy.dimensions.all()
    }


def test_untouched_note_keeps_what_another_reviewer_wrote(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    stale = page(imported)
    judge_dimensions(imported.pk, [judgement(imported, "market", "Section 4 was repealed.")], actor=reviewer)
    typed = Judgement("mrv", "Read.", None, stale["mrv"].seen_digest, "")

    report = judge_dimensions(imported.pk, [stale["market"], typed], actor=second_reviewer)

    assert report.noted == ("mrv",)
    notes = {item.key: item.audit_note for item in get_policy().dimensions.all()}
    assert notes == {"market": "Section 4 was repealed.", "mrv": "Read."}


@pytest.mark.parametrize("kind", VerdictKind)
def test_verdict_meets_a_note_that_changed_unseen(
    imported: Policy, reviewer: User, second_reviewer: User, kind: VerdictKind
) -> None:
    stale = page(imported)
    judge_dimensions(
        imported.pk, [judgement(imported, "market", "Section 4 was repealed.", None)], actor=reviewer
    )
    seen = stale["market"]

    with pytest.raises(MeanwhileChangedError) as refused:
        judge_dimensions(
            imported.pk,
            [Judgement("market", "", kind, seen.seen_digest, "", seen_verdict=0)],
            actor=second_reviewer,
        )

    assert str(refused.value) == CHANGED
    assert [(item.at, item.old, item.new) for item in refused.value.changes] == [
        (("analysis", "market", "audit_note"), "", "Section 4 was repealed.")
    ]


def test_verdict_meets_a_verdict_that_was_given_unseen(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    judge_all(imported, reviewer)
    stale = page(get_policy())["market"]
    note = stale.note
    rejected = Judgement("market", note, VerdictKind.REJECTED, stale.seen_digest, note)
    judge_dimensions(imported.pk, [rejected], actor=reviewer)

    with pytest.raises(MeanwhileChangedError) as refused:
        judge_dimensions(
            imported.pk,
            [
                Judgement(
                    "market", note, VerdictKind.ACCEPTED, stale.seen_digest, note, False, stale.seen_verdict
                )
            ],
            actor=second_reviewer,
        )

    assert [(item.at, item.old, item.new) for item in refused.value.changes] == [
        (("analysis", "market", "verdict"), "Accepted as is", "Rejected")
    ]
    assert get_policy().current_verdicts()["market"].kind == "rejected"


def test_one_dimension_sent_twice_is_refused(imported: Policy, reviewer: User) -> None:
    twice = [
        judgement(imported, "market", "Yes."),
        judgement(imported, "market", "No.", VerdictKind.REJECTED),
    ]
    with pytest.raises(RefusedError) as refused:
        judge_dimensions(imported.pk, twice, actor=reviewer)
    assert str(refused.value) == "“market” was sent twice, and only one can be meant: reload the page."
    assert get_policy().current_verdicts() == {}


def test_untouched_page_signs_no_note_that_changed_unseen(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    judge_all(imported, reviewer)
    stale = page(get_policy())
    judge_dimensions(
        imported.pk, [judgement(imported, "market", "Not what it seems.")], actor=second_reviewer
    )
    judge_dimensions(imported.pk, list(stale.values()), actor=reviewer)

    with pytest.raises(RefusedError) as refused:
        make_decision(
            imported.pk,
            "verify",
            actor=reviewer,
            seen_digest=imported.content_digest,
            seen=list(stale.values()),
        )
    assert refused.value.reasons == (
        (
            "Somebody changed the audit note on market while you were reading: your signature would cover it, "
            "so read it, then verify again."
        ),
    )


def test_translation_with_a_verdict_of_its_own_is_not_covered(
    folder: Folder, imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    folder.policy(language="zh", title="封存法", analysis=front_matter()["analysis"])
    other = folder.import_policy(language="zh", title="封存法")
    judge_dimensions(
        other.pk, [judgement(other, "market", "数据不符。", VerdictKind.REJECTED)], actor=second_reviewer
    )

    report = judge_dimensions(
        imported.pk,
        [judgement(imported, "market", "Fine.", is_covering_translations=True)],
        actor=reviewer,
    )

    assert report.not_covered == (
        "no-storage-act (zh): “market” has a note or a verdict of its own, so judge it there.",
    )
    kept = get_policy(language="zh")
    assert (kept.current_verdicts()["market"].kind, kept.dimensions.get(key="market").audit_note) == (
        "rejected",
        "数据不符。",
    )


def test_signature_rests_on_no_verdict_that_was_given_unseen(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    """The note is the same, so only the verdict tells."""
    judge_all(imported, second_reviewer)
    stale = list(page(get_policy()).values())
    other = judgement(get_policy(), "market", kind=VerdictKind.CORRECTED)
    judge_dimensions(imported.pk, [other], actor=second_reviewer)

    def sign(seen: list[Judgement]) -> Decision:
        digest = imported.content_digest
        return make_decision(imported.pk, "verify", actor=reviewer, seen_digest=digest, seen=seen)

    with pytest.raises(RefusedError) as refused:
        sign(stale)
    assert str(refused.value) == (
        "Somebody gave another verdict on market while you were reading: your signature would rest on it, "
        "so read it, then verify again."
    )
    with pytest.raises(RefusedError) as refused:
        sign([])
    assert str(refused.value) == (
        "The page that you sent did not show market, mrv: your signature would cover it, so reload the page, "
        "read it, then verify again."
    )
    assert sign(list(page(get_policy()).values())).transition == "verify"


def test_covering_overwrites_nobody_elses_note_unseen(
    folder: Folder, imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    """Though the verdict there is the actor's own."""
    other = folder.import_policy(language="zh")
    for key in ("market", "mrv"):
        judge_dimensions(other.pk, [judgement(other, key, "Mine.")], actor=reviewer)
    theirs = judgement(get_policy(language="zh"), "market", "Theirs.", None)
    judge_dimensions(other.pk, [theirs], actor=second_reviewer)

    covering = [judgement(imported, key, "Fine.", is_covering_translations=True) for key in ("market", "mrv")]
    report = judge_dimensions(imported.pk, covering, actor=reviewer)

    assert report.not_covered == (
        "no-storage-act (zh): “market” has a note or a verdict of its own, so judge it there.",
    )
    assert report.covered == ("no-storage-act (zh): “mrv” is covered by the same verdict.",)
    notes = {item.key: item.audit_note for item in get_policy(language="zh").dimensions.all()}
    assert notes == {"market": "Theirs.", "mrv": "Fine."}
