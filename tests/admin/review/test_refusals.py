"""The Review tab: what it says when it cannot save, and that nothing typed is lost."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Policy, Verdict
from reviews.services.workflow import judge_dimensions
from tests.admin.html import read_form, read_text
from tests.admin.review.page import said, send, url
from tests.factories import claim, front_matter, get_policy, judge_all, judgement
from tests.services.counts import count_rows, edit


def test_refusal_loses_nothing_that_was_typed(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)
    before = count_rows()
    typed = {"0_note": "Half-way\r\ndone.\0", "1_note": "", "1_kind": "rejected", "reason": "Because.\0"}

    response = send(client, page, imported, "request_changes", **typed)

    assert read_text(response, "notice-danger") == [
        "Nothing was saved; all that you typed is below “mrv”: rejected needs a note that says why."
    ]
    form = read_form(response, "review")
    assert {name: form[name] for name in ("0-note", "1-note", "1-kind", "reason")} == {
        "0-note": "Half-way\ndone.", "1-note": "", "1-kind": "rejected", "reason": "Because.",
    }  # fmt: skip
    assert count_rows() == before


def test_page_shows_what_somebody_else_changed_meanwhile(
    client: Client,
    imported: Policy,
    reviewer: User,
    second_reviewer: User,
    editor: User,
    open_page: Callable[..., Any],
) -> None:
    page = open_page(reviewer, imported)
    judge_dimensions(
        imported.pk, [judgement(imported, "market", "Their reading.", None)], actor=second_reviewer
    )
    mrv = front_matter()["analysis"]["mrv"] | {"evidence": "Reports are due every month."}
    edit(editor, title="Storage Act 2024", analysis={"market": claim(), "mrv": mrv})
    before = count_rows()

    response = send(
        client,
        page,
        imported,
        **{"0_note": "My reading.", "0_kind": "accepted", "1_note": "Mine.", "1_kind": "accepted"},
    )

    assert read_text(response, "notice-danger") == [
        (
            "Nothing was saved; all that you typed is below Somebody changed market, mrv while you were writing. "
            "Nothing you typed is lost: compare the two below and save again."
        )
    ]
    assert [re.sub(r", \d.*", "", text) for text in read_text(response, "meanwhile")] == [
        "title Storage Act 2024 Elena Ortiz",
        "market · audit note Their reading. 伟 张",
        "mrv · evidence Reports are due every yearmonth. Elena Ortiz",
    ]
    assert count_rows() == before
    form = read_form(response, "review")
    assert (form["0-note"], form["0-seen_note"], form["1-note"], form["1-kind"]) == (
        "My reading.", "Their reading.", "Mine.", "accepted",
    )  # fmt: skip

    again = send(client, response, imported)  # knowingly

    assert said(again) == ["Saved 2 notes and 2 verdicts."]
    assert [item.audit_note for item in get_policy().dimensions.all()] == ["My reading.", "Mine."]


def test_nobody_judges_a_further_key_that_changed_behind_the_page(
    client: Client, imported: Policy, reviewer: User, editor: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)
    edit(editor, analysis={"market": claim(currency="EUR"), "mrv": front_matter()["analysis"]["mrv"]})

    response = send(client, page, imported, **{"0_kind": "accepted", "0_note": "Read."})

    assert Verdict.objects.count() == 0
    assert read_text(response, "meanwhile")[0].startswith("market · currency EUR Elena Ortiz, ")


def test_nobody_verifies_what_changed_behind_the_page(
    client: Client, imported: Policy, reviewer: User, editor: User, open_page: Callable[..., Any]
) -> None:
    judge_all(imported, reviewer)
    page = open_page(reviewer, imported)
    edit(editor, country="Sweden")

    response = send(client, page, imported, "verify")

    assert read_text(response, "notice-danger") == [
        (
            "Nothing was saved; all that you typed is below no-storage-act (en) was changed while you were looking "
            "at it: read what changed, then decide again."
        )
    ]
    assert read_text(response, "meanwhile")[0].startswith("country NorwaySweden Elena Ortiz, ")
    assert get_policy().state == "in_review"
    send(client, response, imported, "verify")
    assert get_policy().state == "verified"


def test_note_on_a_dimension_that_went_away_is_shown(
    client: Client, imported: Policy, reviewer: User, editor: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)
    edit(editor, analysis={"market": claim()})

    response = send(client, page, imported, **{"1_note": "An hour of work."})

    assert read_text(response, "notice-danger") == [
        (
            "Nothing was saved; all that you typed is below no-storage-act (en) has no dimension “mrv” any more: "
            "reload the page."
        ),
        "“mrv” is no part of the record any more You typed: An hour of work.",
    ]


@pytest.mark.parametrize(
    "crafted",
    [
        {"act": "delete"},
        {"act": ""},
        {"act": "save", "seen_version": "none"},
        {"act": "save", "seen_digest": ""},
    ],
)
def test_what_is_no_form_of_this_page_is_refused(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any], crafted: dict[str, str]
) -> None:
    form = read_form(open_page(reviewer, imported), "review")
    before = count_rows()

    response = client.post(url(imported), {**form, "0-kind": "accepted", **crafted})

    assert response.status_code == 400
    assert count_rows() == before


def test_unknown_verdict_is_refused(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)
    before = count_rows()

    response = send(client, page, imported, **{"0_kind": "superb", "0_note": "Kept."})

    assert read_text(response, "notice-danger") == [
        (
            "Nothing was saved; all that you typed is below "
            "“market”: Select a valid choice. superb is not one of the available choices."
        )
    ]
    assert read_form(response, "review")["0-note"] == "Kept."
    assert count_rows() == before


def test_claim_that_is_sent_twice_is_refused(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)
    form = read_form(page, "review")
    twin = {name.replace("0-", "2_"): text for name, text in form.items() if name.startswith("0-")}
    before = count_rows()

    response = send(client, page, imported, **{**twin, "0_note": "Mine.", "2_note": "Mine too."})

    assert read_text(response, "notice-danger") == [
        (
            "Nothing was saved; all that you typed is below "
            "“market” was sent twice, and only one can be meant: reload the page."
        )
    ]
    assert count_rows() == before
