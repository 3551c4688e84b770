"""The Review tab: what it shows to whom, what it saves, and what it says when it cannot."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate
from pytest_django import DjangoAssertNumQueries

from reviews.models import Decision, Policy, Verdict
from reviews.services.workflow import judge_dimensions
from reviews.states import VerdictKind
from tests.admin.html import read_buttons, read_form, read_text
from tests.factories import Folder, claim, decide, front_matter, get_policy, judge_all, judgement, verify
from tests.services.counts import count_rows, edit

# Session, person, permissions (2), record, dimensions, their authors, verdicts, their authors, translations,
# their dimensions, decisions.
QUERIES = 12


def url(policy: Policy) -> str:
    return reverse("admin:reviews_policy_review", args=[policy.pk])


@pytest.fixture
def open_page(client: Client) -> Callable[[User, Policy], Any]:
    """`open_page(user, policy)` signs the person in and shows the page."""

    def open_page(user: User, policy: Policy) -> Any:
        client.force_login(user)
        return client.get(url(policy))

    return open_page


def send(client: Client, page: Any, policy: Policy, act: str = "save", **typed: str) -> Any:
    """Press a button on the page as it stands, with this typed into fields; `n_note` is the field of claim n."""
    fields = {name.replace("_", "-", 1) if name[0].isdigit() else name: text for name, text in typed.items()}
    return client.post(url(policy), {**read_form(page, "review"), **fields, "act": act})


def said(response: Any) -> list[str]:
    """The messages that the next page shows, links and all."""
    return [str(message) for message in get_messages(response.wsgi_request)]


# -- what it shows ----------------------------------------------------------------------------------------


def test_page_shows_the_record_and_each_claim(
    imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)

    assert page.status_code == 200
    assert read_text(page, "record-lede") == [imported.description]
    assert read_text(page, "record-facts") == [
        (
            "Open the source in a new tab ↗ Source Ministry of Energy Country Norway Category Regulatory "
            "Legal status Active Legal weight Primary Legislation Year 2024 Published 1 May 2024 "
            "Last reviewer Human Audit Pending No person Last audit 8 February 2026"
        )
    ]
    assert read_text(page, "claim-head") == ["market Open access Score 70", "mrv Yearly Score 62.5"]
    assert read_text(page, "evidence") == [
        "[AI-Generated] Permits are open to all who can pay for monitoring.",
        "Reports are due every year.",
    ]
    assert read_text(page, "claim-badges") == ["Marked AI-generated Not judged", "Not judged"]
    assert (
        read_text(page, "claim-facts")
        == [
            "Citation Act 12 of 2024, section 4 Source Ministry of Energy in a new tab ↗ Last author the file"
        ]
        * 2
    )
    assert read_text(page, "notice") == [
        (
            "The file says verified, reviewer “Human Audit Pending”, but nobody signed it here: "
            "it is a claim until somebody checks it."
        )
    ]


def test_page_shows_all_else_that_a_signature_covers(
    folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    policy = folder.import_policy(
        tags=["x", "y"], deep={"inner": {"one": 1, "none": ""}}, body="\nBody <b>text</b>.\n"
    )

    page = open_page(reviewer, policy)

    assert read_text(page, "fold") == [
        "Body text Body <b>text</b>.",
        (
            "Further values 7 Sectors storage · transport Supersedes no-storage-act-1985 "
            "Regulatory liability_period: 20 years Impact analysis economic: Costs fall. "
            "Author Gemini Intelligence Deep inner: one: 1 Tags x · y"
        ),
    ]
    assert b"<b>text</b>" not in page.content


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://example.org/a?b=1&c=2", "https://example.org/a?b=1&amp;c=2"),
        ("http://example.org", "http://example.org"),
        ("javascript:alert(1)", None),
        ("data:text/html,<script>alert(1)</script>", None),
        ("//example.org", None),
        ("ftp://example.org", None),
        ("", None),
    ],
)
def test_only_web_addresses_are_links(
    folder: Folder, reviewer: User, open_page: Callable[..., Any], address: str, link: str | None
) -> None:
    page = open_page(reviewer, folder.import_policy(url=address))

    content = page.content.decode()
    if link:
        assert (
            content.count(
                f'<a class="button source-button" href="{link}" target="_blank" rel="noopener noreferrer">'
            )
            == 1
        )
        assert (
            content.count(f'<a href="{link}" target="_blank" rel="noopener noreferrer">') == 2
        )  # one a claim
    else:
        assert content.count('target="_blank"') == 0
        assert [text for text in read_text(page, "notice") if "source link" in text.lower()] == [
            f"The source link is no web address: {address}" if address else "No source link."
        ]


def test_unreadable_values_are_warned_of(
    folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    policy = folder.import_policy(pubDate="2024-13-45", analysis={"market": claim(score="high")})

    page = open_page(reviewer, policy)

    assert read_text(page, "notice")[1] == (
        "2 values of the file could not be read "
        'pubDate: "2024-13-45" is no day of the calendar; the file keeps it as it is, the field stays empty. '
        'analysis.market.score: "high" is no number; the file keeps it as it is, the field stays empty.'
    )
    assert read_text(page, "claim-score") == ["no score"]


def test_text_from_outside_stays_text(folder: Folder, reviewer: User, open_page: Callable[..., Any]) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    policy = folder.import_policy(
        title=evil, description=evil, source=evil, body=evil, tags=[evil],
        analysis={evil: claim(evidence=evil, label=evil, citation=evil, auditNote=evil)},
    )  # fmt: skip

    page = open_page(reviewer, policy)

    assert page.content.count(b"<script>alert") == 0
    assert page.content.count(b"<img src=x") == 0
    assert read_text(page, "evidence") == [evil]


# -- who sees what ----------------------------------------------------------------------------------------

MOVES = {
    # state, role: buttons of the role by name (whether they can be pressed), of the whole form
    ("in_review", "editor"): {"submit": False},
    ("in_review", "reviewer"): {"save": True, "request_changes": True, "verify": True, "reopen": False},
    ("in_review", "publisher"): {},
    ("in_review", "superuser"): {
        "save": True, "request_changes": True, "verify": True, "submit": False, "reopen": False,
    },
    ("changes_requested", "editor"): {"submit": True},
    ("changes_requested", "reviewer"): {"request_changes": False, "verify": False, "reopen": False},
    ("verified", "editor"): {"submit": False},
    ("verified", "reviewer"): {"request_changes": True, "reopen": True, "verify": False},
    ("draft", "editor"): {"submit": True},
    ("draft", "reviewer"): {"request_changes": False, "verify": False, "reopen": False},
}  # fmt: skip


@pytest.mark.parametrize(("state", "role"), MOVES)
def test_buttons_follow_the_workflow(
    folder: Folder,
    reviewer: User,
    request: pytest.FixtureRequest,
    open_page: Callable[..., Any],
    state: str,
    role: str,
) -> None:
    policy = folder.import_policy(reviewStatus="draft" if state == "draft" else "verified")
    if state == "verified":
        verify(policy, reviewer)
    elif state == "changes_requested":
        decide(policy, "request_changes", reviewer, "Too vague.")

    page = open_page(request.getfixturevalue(role), policy)

    assert get_policy().state == state
    assert list(read_buttons(page, "review").items()) == list(MOVES[state, role].items())


def test_denied_move_says_why(folder: Folder, reviewer: User, open_page: Callable[..., Any]) -> None:
    page = open_page(reviewer, folder.import_policy(reviewStatus="draft"))

    assert read_text(page, "move")[1] == (
        "Verify Verify needs a record that is “In review”; this one is “Draft”."
    )


def test_what_the_page_itself_can_give_does_not_close_the_button(
    imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)

    assert read_text(page, "move")[1] == (
        "Save and verify Still needed: “market” needs a verdict and an audit note. "
        "“mrv” needs a verdict and an audit note."
    )


def test_own_work_is_closed_to_its_author(
    imported: Policy, superuser: User, open_page: Callable[..., Any]
) -> None:
    edit(superuser, analysis={"market": claim(evidence="Mine."), "mrv": front_matter()["analysis"]["mrv"]})

    page = open_page(superuser, get_policy())

    assert [name for name in read_form(page, "review") if name.endswith("-note")] == ["1-note"]
    assert read_buttons(page, "review")["verify"] is False
    assert read_text(page, "claim-review")[0] == (
        "Audit note None yet. You last changed “market”: someone else has to judge it (four eyes)."
    )
    assert (
        "You last changed this content: someone else has to verify it (four eyes)."
        in read_text(page, "move")[2]
    )


@pytest.mark.parametrize("role", ["editor", "publisher"])
def test_others_read_and_write_nothing(
    imported: Policy, reviewer: User, request: pytest.FixtureRequest, open_page: Callable[..., Any], role: str
) -> None:
    judge_dimensions(imported.pk, [judgement(imported, "market", "Read section 4.")], actor=reviewer)

    page = open_page(request.getfixturevalue(role), imported)

    assert sorted(read_form(page, "review")) == ["csrfmiddlewaretoken", "seen_digest", "seen_version"]
    assert read_text(page, "note") == ["Read section 4.", "None yet."]
    assert read_text(page, "claim-badges") == ["Marked AI-generated Accepted as is", "Not judged"]


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
    assert read_text(page, "verdict-options") == ["Accepted as is Corrected Rejected Cannot verify"] * 2


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

    assert read_text(page, "claim-badges") == ["Marked AI-generated Open again", "Rejected"]
    lines = read_text(page, "verdict-line")
    assert lines[0] == "Open again: the content changed since Rosa Lindqvist judged it."
    assert lines[1].startswith("Rejected by 伟 张, ")
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
    assert f'<a href="{url(chinese)}" hreflang="zh">'.encode() in page.content

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
        f"Verified by Rosa Lindqvist on {day.day} {day:%B %Y}.",
        "Saved 2 notes and 2 verdicts.",
    ]
    policy = get_policy()
    assert (policy.state, policy.standing, policy.reviewer, policy.last_audit_date) == (
        "verified", "verified", "Rosa Lindqvist", day,
    )  # fmt: skip
    assert read_text(client.get(url(policy)), "notice")[0].startswith("Signed by Rosa Lindqvist on ")


def test_verifying_leads_on_to_the_next_in_the_queue(
    client: Client, imported: Policy, folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    other = folder.import_policy("other", title="Other & <b>act</b>")
    page = open_page(reviewer, imported)

    response = send(client, page, imported, "verify", **JUDGED)

    assert said(response)[0].endswith(
        f'. <a href="{url(other)}">Next in the queue: Other &amp; &lt;b&gt;act&lt;/b&gt;</a>'
    )


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


# -- when it cannot be saved ------------------------------------------------------------------------------


def test_refusal_loses_nothing_that_was_typed(
    client: Client, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)
    before = count_rows()
    typed = {"0_note": "Half-way\r\ndone.", "1_note": "", "1_kind": "rejected", "reason": "Because."}

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


# -- cost -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow_with_the_rows(
    client: Client,
    folder: Folder,
    reviewer: User,
    editor: User,
    settings: LazySettings,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    settings.POLICYHUB_FOUR_EYES = False
    analysis = {f"dimension-{n}": claim(evidence=f"Evidence {n}.") for n in range(rows)}
    policy = folder.import_policy(analysis=analysis)
    for language in ("zh", "fr", "pt-BR")[:rows]:
        folder.import_policy(language=language, analysis=analysis)
    edit(editor, analysis={key: value | {"score": 1} for key, value in analysis.items()})
    for _ in range(rows):
        judge_all(policy, reviewer)
        decide(policy, "request_changes", reviewer, "Once more.")
        decide(policy, "submit", editor)
    client.force_login(reviewer)
    client.get(url(policy))

    with django_assert_num_queries(QUERIES):
        page = client.get(url(policy))

    assert len(read_text(page, "claim-head")) == rows
