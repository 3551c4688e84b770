"""The Review tab: what it saves, and what it decides."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate

from reviews.models import Decision, Policy, Verdict
from reviews.services.workflow import judge_dimensions
from reviews.states import VerdictKind
from tests.admin.html import read_form, read_text
from tests.admin.review.page import said, send, url
from tests.factories import Folder, claim, front_matter, get_policy, judge_all, judgement
from tests.services.counts import count_rows, edit

# -- saving -----------------------------------------------------------------------------------------------


def test_notes_and_verdicts_are_saved_together(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)
    before = count_rows()

    response = send(
        client,
        page,
        imported,
        **{"0_note": "Read\r\nsection 4.", "0_kind": "accepted", "1_note": "Not in the act."},
    )

    assert (response.status_code, response["Location"]) == (302, url(imported))
    assert said(response) == ["Saved 2 notes and 1 verdict."]
    assert count_rows() - before == {"Verdict": 1, "Policy history": 1, "DimensionAnalysis history": 2}
    assert [(item.key, item.audit_note) for item in get_policy().dimensions.all()] == [
        ("market", "Read\nsection 4."),
        ("mrv", "Not in the act."),
    ]
    (verdict,) = Verdict.objects.all()
    assert (verdict.dimension_key, verdict.kind, verdict.actor) == ("market", "accepted", reviewer)


def test_saving_nothing_new_writes_nothing_and_says_so(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    judge_dimensions(imported.pk, [judgement(imported, "market", "Two\n\nlines.")], actor=reviewer)
    page = open_page(reviewer, imported)
    before = count_rows()

    response = send(client, page, imported)

    assert said(response) == ["Nothing new in notes and verdicts, so nothing was written."]
    assert count_rows() == before


def test_no_verdict_is_chosen_beforehand(
    imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    judge_all(imported, reviewer)

    page = open_page(reviewer, imported)

    assert [name for name in read_form(page, "review") if name.endswith("-kind")] == []
    assert (
        read_text(page, "verdict-options") == ["Accepted as is 1 Corrected 2 Rejected 3 Cannot verify 4"] * 2
    )


def test_current_and_earlier_verdicts_are_told_apart(
    imported: Policy, reviewer: User, second_reviewer: User, editor: User, open_page: Callable[..., Any]
) -> None:
    judge_all(imported, reviewer)
    judge_dimensions(
        imported.pk,
        [judgement(imported, "mrv", "No such duty.", VerdictKind.REJECTED)],
        actor=second_reviewer,
    )
    edit(editor, analysis={"market": claim(score=71), "mrv": front_matter()["analysis"]["mrv"]})

    page = open_page(reviewer, imported)

    assert read_text(page, "place-state") == ["Open again", "Rejected"]
    (line,) = read_text(page, "verdict-line")
    assert line.startswith("Rejected by 伟 张, ")
    day = date_format(localdate(), "DATE_FORMAT")
    assert read_text(page, "since") == [
        (f"Open again. Rosa Lindqvist judged it on {day} (Accepted as is). Changed since: score 7071")
    ]
    earlier = read_text(page, "earlier")
    assert earlier[0].startswith("1 earlier verdict Accepted as is by Rosa Lindqvist, ")
    assert earlier[0].endswith(": judged an earlier text. Read the source on market.")
    assert earlier[1].endswith(": replaced since. Read the source on mrv.")
    assert page.content.count(b"<s>Accepted as is</s>") == 2


def test_verdict_covers_a_translation_where_the_reviewer_wants_it(
    client: Client, imported: Policy, folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    analysis = {"market": claim(evidence="许可证对所有人开放。"), "mrv": front_matter()["analysis"]["mrv"]}
    chinese = folder.import_policy(language="zh", title="封存法", analysis=analysis)
    page = open_page(reviewer, imported)
    assert read_text(page, "covers") == ["also covers: zh, where this claim is the very same"]
    assert f'<a href="{url(chinese)}" hreflang="zh" title="封存法">'.encode() in page.content

    response = send(client, page, imported, **{"1_note": "Read.", "1_kind": "accepted", "1_covers": "on"})

    assert said(response) == [
        "Saved 1 note and 1 verdict.",
        "no-storage-act (zh): “mrv” is covered by the same verdict.",
    ]
    assert "(covers a translation)" in read_text(open_page(reviewer, chinese), "verdict-line")[0]


# -- deciding ---------------------------------------------------------------------------------------------


JUDGED = {"0_note": "Read.", "0_kind": "accepted", "1_note": "Read too.", "1_kind": "corrected"}


def test_save_and_verify_in_one_go(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)

    response = send(client, page, imported, "verify", **JUDGED)

    day = localdate()
    assert response.status_code == 302
    assert said(response) == [
        f'Verified by Rosa Lindqvist on {day.day} {day:%B %Y}. <a href="{url(imported)}">Storage Act</a>',
        "Saved 2 notes and 2 verdicts.",
    ]
    policy = get_policy()
    assert (policy.state, policy.standing, policy.reviewer, policy.last_audit_date) == (
        "verified", "verified", "Rosa Lindqvist", day,
    )  # fmt: skip
    assert read_text(client.get(url(policy)), "notice")[0].startswith("Signed by Rosa Lindqvist on ")


LEADS_ON = {
    "save": False,
    "save_next": True,
    "skip": True,
    "verify": True,
    "request_changes": True,
    "abstain": True,
}


@pytest.mark.parametrize("act", LEADS_ON)
def test_what_ends_the_work_leads_on_to_the_next_record(
    client: Client, imported: Policy, folder: Folder, reviewer: User, open_page: Callable[..., Any], act: str
) -> None:
    other = folder.import_policy("other", title="Other act")
    page = open_page(reviewer, imported)

    response = send(client, page, imported, act, reason="Because.", **JUDGED)

    assert response["Location"] == url(other if LEADS_ON[act] else imported)
    assert "Saved 2 notes and 2 verdicts." in said(response)


def test_after_the_last_record_comes_the_queue(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    response = send(client, open_page(reviewer, imported), imported, "verify", **JUDGED)

    assert response["Location"] == reverse("admin:reviews_policy_queue")


def test_refused_decision_keeps_the_notes_that_were_saved(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)

    response = send(
        client,
        page,
        imported,
        "verify",
        reason="Checked at the library.",
        **{"0_note": "Read.", "0_kind": "accepted"},
    )

    assert response.status_code == 200
    assert read_text(response, "notice-danger") == [
        "Your notes and verdicts are saved; the decision was refused “mrv” needs a verdict and an audit note."
    ]
    policy = get_policy()
    assert (policy.state, policy.missing_notes, Verdict.objects.count(), Decision.objects.count()) == (
        "in_review", 1, 1, 0,
    )  # fmt: skip
    assert read_form(response, "review")["reason"] == "Checked at the library."
    # Sending the rest from the page as it came back is enough.
    send(client, response, policy, "verify", **{"1_note": "Read too.", "1_kind": "accepted"})
    assert get_policy().state == "verified"


@pytest.mark.parametrize(
    ("transition", "label"), [("request_changes", "Request changes"), ("reopen", "Reopen review")]
)
def test_going_back_needs_a_reason(
    client: Client, signed: Policy, reviewer: User, open_page: Callable[..., Any], transition: str, label: str
) -> None:
    page = open_page(reviewer, signed)

    response = send(client, page, signed, transition, reason=" \r\n ")

    assert read_text(response, "notice-danger") == [
        (
            "Nothing was saved; all that you typed is below "
            f"{label} needs a reason: say what has to change, or why."
        )
    ]
    assert get_policy().state == "verified"
    send(client, response, signed, transition, reason="The act was\r\namended.")
    decision = Decision.objects.latest("pk")
    assert (decision.transition, decision.reason) == (transition, "The act was\namended.")


def test_editor_submits(client: Client, folder: Folder, editor: User, open_page: Callable[..., Any]) -> None:
    policy = folder.import_policy(reviewStatus="draft")
    page = open_page(editor, policy)

    response = send(client, page, policy, "submit")

    assert said(response)[0].startswith("Submitted for review by Elena Ortiz on ")
    assert get_policy().state == "in_review"
    assert read_text(client.get(url(policy)), "decision-list")[0].startswith(
        "Submit for review Draft → In review Elena Ortiz, "
    )
