"""The Review tab: what it shows to whom."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils.formats import date_format
from django.utils.timezone import localdate

from reviews.admin.keys import KEYS
from reviews.models import Policy
from reviews.services.workflow import judge_dimensions
from tests.admin.html import read_buttons, read_form, read_text
from tests.factories import (
    Folder,
    claim,
    decide,
    front_matter,
    get_policy,
    judgement,
    let_fall_due,
    verify,
)
from tests.services.counts import edit

# -- what it shows ----------------------------------------------------------------------------------------


def test_page_shows_the_record_and_each_claim(
    imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)

    assert page.status_code == 200
    assert read_text(page, "texts-lede") == [imported.description]
    assert read_text(page, "strip") == [
        (
            "Source Country Category Legal status Legal weight Year Publication date Last reviewer Source link "
            "Ministry of Energy Norway Regulatory Active Primary Legislation 2024 1 May 2024 "
            "Human Audit Pending No person 8 February 2026 Open the source in a new tab ↗ o"
        )
    ]
    assert read_text(page, "claim-head") == ["market Score 70", "mrv Score 62.5"]
    assert read_text(page, "said") == [
        (
            "Open access AI-generated Permits are open to all who can pay for monitoring. "
            "Citation Act 12 of 2024, section 4"
        ),
        "Yearly Reports are due every year. Citation Act 12 of 2024, section 4",
    ]
    assert read_text(page, "bench-list") == [
        (
            "Dimensions ↑Previous dimension k ↓Next dimension j "
            "market ⚑ 22 findings Open Score 70 mrv ⚑ 11 finding Open Score 62.5"
        )
    ]
    assert read_text(page, "claim-author") == ["As it came in with the file"] * 2
    assert read_text(page, "notice")[:1] == [
        (
            "The file says verified, reviewer “Human Audit Pending”, but no sign-off backs it: "
            "it is a claim until somebody verifies it."
        )
    ]


def test_page_shows_all_else_that_a_signature_covers(
    folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    policy = folder.import_policy(
        tags=["x", "y"], deep={"inner": {"one": 1, "none": ""}}, body="\nBody <b>text</b>.\n"
    )

    page = open_page(reviewer, policy)

    assert read_text(page, "texts-all") == [
        (
            f"Description {policy.description} Body text Body <b>text</b>. "
            "Further values Sectors storage · transport Supersedes no-storage-act-1985 "
            "Regulatory liability_period: 20 years Impact analysis economic: Costs fall. "
            "Author Gemini Intelligence Deep inner: one: 1 Tags x · y"
        )
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

    links = re.findall(
        r'<a class="source-link" href="([^"]*)" target="_blank" rel="noopener noreferrer"',
        page.content.decode(),
    )
    assert links == ([link] if link else [])
    assert read_text(page, "source-fault") == (
        [] if link else [f"The source link is no web address: {address}" if address else "No source link."]
    )


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
    assert page.content.count(b'<svg class="score-picture') == 0


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


REASONED = {"request_changes": True, "abstain": True}
SAVING = {"skip": True, "save": True, "save_next": True}
MOVES = {
    # state, role: buttons by act, and whether they can be pressed
    ("in_review", "editor"): {"retire": True},
    ("in_review", "reviewer"): {**REASONED, **SAVING, "verify": True},
    ("in_review", "publisher"): {},
    ("in_review", "superuser"): {**REASONED, "retire": True, **SAVING, "verify": True},
    ("changes_requested", "editor"): {"retire": True, "submit": True},
    ("changes_requested", "reviewer"): {"verify": False},
    ("verified", "editor"): {"retire": True},
    ("verified", "reviewer"): {"request_changes": True, "reopen": True},
    ("draft", "editor"): {"retire": True, "submit": True},
    ("draft", "reviewer"): {"verify": False},
    ("retired", "editor"): {"bring_back": True},
    ("retired", "reviewer"): {},
    ("retired", "superuser"): {"bring_back": True},
}


@pytest.mark.parametrize(("state", "role"), MOVES)
def test_buttons_follow_the_workflow(
    folder: Folder,
    editor: User,
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
    elif state == "retired":
        decide(policy, "retire", editor, "Repealed.")

    page = open_page(request.getfixturevalue(role), policy)

    assert get_policy().state == state
    assert list(read_buttons(page, "review").items()) == list(MOVES[state, role].items())


def test_denied_move_says_why(folder: Folder, reviewer: User, open_page: Callable[..., Any]) -> None:
    page = open_page(reviewer, folder.import_policy(reviewStatus="draft"))

    assert read_text(page, "acts-why") == [
        "Verify: Verify needs a record that is “In review”; this one is “Draft”."
    ]


def test_what_the_page_itself_can_give_does_not_close_the_button(
    imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, imported)

    assert read_buttons(page, "review")["verify"] is True
    assert read_text(page, "acts-why") == []


def test_own_work_is_closed_to_its_author(
    imported: Policy, superuser: User, open_page: Callable[..., Any]
) -> None:
    edit(superuser, analysis={"market": claim(evidence="Mine."), "mrv": front_matter()["analysis"]["mrv"]})

    page = open_page(superuser, get_policy())

    assert [name for name in read_form(page, "review") if name.endswith("-note")] == ["1-note"]
    assert read_buttons(page, "review")["verify"] is False
    assert read_text(page, "claim-review")[0] == (
        "Audit note None yet. You corrected this: somebody else has to judge it (four eyes)."
    )
    assert read_text(page, "claim-author") == ["Last changed by Ada Okafor", "As it came in with the file"]
    assert read_text(page, "acts-why")[0].startswith(
        "Verify: You last changed this content: someone else has to verify it (four eyes). “market” needs "
    )


@pytest.mark.parametrize(("role", "fields"), [("editor", ["reason"]), ("publisher", [])])  # to retire it
def test_others_read_and_judge_nothing(
    imported: Policy,
    reviewer: User,
    request: pytest.FixtureRequest,
    open_page: Callable[..., Any],
    role: str,
    fields: list[str],
) -> None:
    judge_dimensions(imported.pk, [judgement(imported, "market", "Read section 4.")], actor=reviewer)

    page = open_page(request.getfixturevalue(role), imported)

    assert sorted(read_form(page, "review")) == [
        "csrfmiddlewaretoken",
        *fields,
        "seen_digest",
        "seen_version",
    ]
    assert read_text(page, "note") == ["Read section 4.", "None yet."]
    assert read_text(page, "place-state") == ["Accepted as is", "Open"]


# -- what is to be judged again ---------------------------------------------------------------------------


def test_due_record_says_so_and_asks_for_every_verdict_anew(
    signed: Policy, second_reviewer: User, open_page: Callable[..., Any]
) -> None:
    let_fall_due(signed)

    page = open_page(second_reviewer, signed)

    assert read_text(page, "title-line")[0].startswith(
        "Storage Act no-storage-act · en Verified Marked AI-generated Due"
    )
    since = date_format(localdate() - timedelta(days=1), "DATE_FORMAT")
    assert read_text(page, "notice-warning")[0] == (
        f"Due for its next review since {since}: Rosa Lindqvist signed it, "
        "and verdicts given before that day do not count."
    )
    assert read_text(page, "place-state") == ["Open again", "Open again"]
    assert all(
        text.endswith("Not a word changed since; the record is due.") for text in read_text(page, "since")
    )
    assert read_buttons(page, "review")["verify"] is True

    decide(signed, "reopen", second_reviewer, "The act was repealed.")
    page = open_page(second_reviewer, signed)
    assert [text for text in read_text(page, "notice-warning") if since in text] == [
        f"Its next review is due since {since}: verdicts given before that day do not count."
    ]
    assert read_text(page, "place-state") == ["Open again", "Open again"]


def test_translation_stands_beside_and_what_should_be_the_same_is_marked(
    folder: Folder, imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    folder.import_policy(
        language="zh", title="封存法", country="挪威", year=2023, url="https://example.org/zh",
        analysis={"market": claim(evidence="2026年许可证开放。", score=60), "mrv": front_matter()["analysis"]["mrv"]},
    )  # fmt: skip

    page = open_page(reviewer, imported)

    assert read_text(page, "differs") == [
        "differs: 2023",
        "Another source in a new tab ↗",
        "differs: Score 60",
    ]
    assert read_text(page, "said-other") == [
        "zh Open access differs: Score 60 2026年许可证开放。 Citation Act 12 of 2024, section 4"
    ]
    assert read_text(page, "said-same") == ["zh word for word the same"]
    assert b'<p class="prose evidence" lang="zh"><mark>2026\xe5\xb9\xb4</mark>' in page.content


def test_scores_are_drawn_where_they_are_scores(
    folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    scores = {"market": 62.5, "mrv": 0, "technical": 140, "strategic": None}
    policy = folder.import_policy(analysis={key: claim(score=score) for key, score in scores.items()})

    page = open_page(reviewer, policy)

    assert read_text(page, "claim-score") == ["Score 62.5", "Score 0", "Score 140", "no score"]
    assert re.findall(r'class="score-value" width="([^"]+)"', page.content.decode()) == ["62.5", "0"] * 2


def test_every_key_of_the_table_is_on_the_page(
    imported: Policy, reviewer: User, second_reviewer: User, open_page: Callable[..., Any]
) -> None:
    open_page(second_reviewer, imported)  # who holds it, so that there is something to take over
    page = open_page(reviewer, imported).content.decode()

    attributes = re.findall(r'data-(?:keys|reason-for)="([^"]*)"', page)
    assert {press for value in attributes for press in value.split()} == {
        press for key in KEYS if key.name != "leave" for press in key.presses
    }
