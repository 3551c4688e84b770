"""The Review tab: evidence corrected in place, and what that means for who judges."""

from collections.abc import Callable
from typing import Any

from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import DimensionAnalysis, Policy, Verdict
from tests.admin.html import read_form, read_text
from tests.admin.review.page import said, send
from tests.factories import claim, front_matter, get_policy, make_user, verify
from tests.services.counts import count_rows, edit

BETTER = "Permits are open to all who pay."


def test_correction_is_an_edit_and_the_rest_is_saved_with_it(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)
    typed = {
        "0_evidence": BETTER, "0_note": "The act says so in section 4.", "0_kind": "corrected",
        "1_note": "Read.", "1_kind": "accepted",
    }  # fmt: skip

    response = send(client, page, imported, **typed)

    assert said(response) == [
        "Saved 1 note and 1 verdict.",
        "You corrected the evidence of “market”: someone else has to judge it now.",
    ]
    market, mrv = get_policy().dimensions.all()
    assert (market.evidence, market.audit_note, market.authors, market.edited_by) == (
        BETTER, "", {"evidence": reviewer.pk}, reviewer,
    )  # fmt: skip
    assert (mrv.audit_note, [verdict.dimension_key for verdict in Verdict.objects.all()]) == (
        "Read.",
        ["mrv"],
    )
    change = DimensionAnalysis.history.filter(key="market").latest("pk")
    assert (change.evidence, change.history_user, change.history_change_reason) == (
        BETTER, reviewer, "The act says so in section 4.",
    )  # fmt: skip


def test_corrector_judges_the_others_and_leaves_this_one(
    client: Client,
    imported: Policy,
    reviewer: User,
    second_reviewer: User,
    open_page: Callable[..., Any],
) -> None:
    send(client, open_page(reviewer, imported), imported, **{"0_evidence": BETTER})

    mine = open_page(reviewer, imported)
    theirs = open_page(second_reviewer, imported)

    assert [name for name in read_form(mine, "review") if name.endswith("-note")] == ["1-note"]
    assert read_text(mine, "notice-info") == [
        "You corrected this: somebody else has to judge it (four eyes)."
    ]
    assert read_text(mine, "place-state") == ["For others", "Open"]
    assert [name for name in read_form(theirs, "review") if name.endswith("-note")] == ["0-note", "1-note"]
    # What stands after a claim that is not mine to judge is taken all the same.
    client.force_login(reviewer)
    send(client, mine, imported, **{"1_note": "Read.", "1_kind": "accepted"})
    assert {key: verdict.actor for key, verdict in get_policy().current_verdicts().items()} == {
        "mrv": reviewer
    }


def test_where_four_eyes_are_waived_the_corrector_judges_too(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any], settings: LazySettings
) -> None:
    settings.POLICYHUB_FOUR_EYES = False
    page = open_page(reviewer, imported)
    judged = {"0_note": "Read.", "0_kind": "corrected", "1_note": "Read.", "1_kind": "accepted"}

    send(client, page, imported, "verify", **{"0_evidence": BETTER}, **judged)

    policy = get_policy()
    assert policy.state == "verified"
    assert [(item.kind, item.is_four_eyes_waived) for item in Verdict.objects.all()] == [
        ("corrected", True),
        ("accepted", False),
    ]


def test_correction_of_what_changed_meanwhile_is_refused_and_kept(
    client: Client, imported: Policy, reviewer: User, editor: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)
    theirs = {"market": claim(evidence="Theirs."), "mrv": front_matter()["analysis"]["mrv"]}
    edit(editor, analysis=theirs)
    before = count_rows()

    response = send(client, page, imported, **{"0_evidence": BETTER, "1_note": "Read.", "1_kind": "accepted"})

    assert read_text(response, "notice-danger") == [
        (
            "Nothing was saved; all that you typed is below Somebody changed market while you were writing. "
            "Nothing you typed is lost: compare the two below and save again."
        )
    ]
    assert count_rows() == before
    form = read_form(response, "review")
    assert (form["0-evidence"], form["0-seen_evidence"], form["1-note"], form["1-kind"]) == (
        BETTER, "Theirs.", "Read.", "accepted",
    )  # fmt: skip


def test_who_may_only_read_is_offered_no_correction(
    client: Client, imported: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, imported)
    form = read_form(page, "review")
    crafted = {"0-key": "market", "0-seen_digest": "x", "0-seen_evidence": "x", "0-evidence": "Mine."}
    before = count_rows()

    response = client.post(page.request["PATH_INFO"], {**form, **crafted, "act": "save"})

    assert read_text(page, "correct") == []
    assert response.status_code == 403
    assert count_rows() == before


def test_reviewer_corrects_only_what_is_in_review(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)
    send(client, page, imported, "request_changes", reason="Too vague.")

    response = send(client, page, imported, **{"0_evidence": BETTER})

    assert read_text(response, "notice-danger") == [
        (
            "Nothing was saved; all that you typed is below "
            "The record is “Changes requested”, not in review: an editor submits it again first."
        )
    ]


def test_correction_carries_no_verdict_over_to_a_score_that_changed_unseen(
    client: Client,
    imported: Policy,
    reviewer: User,
    editor: User,
    open_page: Callable[..., Any],
    settings: LazySettings,
) -> None:
    settings.POLICYHUB_FOUR_EYES = False
    page = open_page(reviewer, imported)
    edit(editor, analysis={"market": claim(score=5), "mrv": front_matter()["analysis"]["mrv"]})
    typed = {"0_evidence": BETTER, "0_note": "70 is right.", "0_kind": "accepted"}
    before = count_rows()

    response = send(client, page, imported, **typed)

    assert read_text(response, "meanwhile")[0].startswith("market · score 705 Elena Ortiz, ")
    assert count_rows() == before
    send(client, response, imported, **typed)  # having read it
    assert get_policy().current_verdicts()["market"].note == "70 is right."


def test_correction_undoes_no_signature_that_the_page_did_not_show(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    both = make_user("both", "Bo", "Thiessen", "Editors", "Reviewers")
    page = open_page(both, imported)
    verify(imported, reviewer)

    response = send(client, page, imported, **{"0_evidence": BETTER})

    assert read_text(response, "notice-danger") == [
        (
            "Nothing was saved; all that you typed is below Rosa Lindqvist verified no-storage-act (en) while you "
            "were writing, and an edit reopens its review. Nothing you typed is lost: save again if it has to "
            "change all the same."
        )
    ]
    assert get_policy().standing == "verified"
    assert read_form(response, "review")["0-evidence"] == BETTER
    send(client, response, imported)
    assert (get_policy().standing, get_policy().dimensions.get(key="market").evidence) == ("stale", BETTER)
