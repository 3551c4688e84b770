"""The File tab: exactly what an export would write now, or why nothing goes out and what a signature would change."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from reviews.models import Policy
from reviews.services.editing import add_policy, edit_policy, empty_values
from reviews.services.exporting import export_policies
from reviews.services.workflow import judge_dimensions
from tests.admin.html import read_text
from tests.factories import Folder, claim, decide, get_policy, judgement, verify
from tests.services.counts import edit

PATH = "policies/en/no-storage-act.md"


@pytest.fixture
def open_page(client: Client) -> Callable[[User, Policy], Any]:
    """`open_page(user, policy)` signs the person in and shows the page."""

    def open_page(user: User, policy: Policy) -> Any:
        client.force_login(user)
        return client.get(reverse("admin:reviews_policy_file", args=[policy.pk]))

    return open_page


def changed_lines(page: Any) -> list[str]:
    """The added and removed lines, as the page shows them without the numbers."""
    rows = (re.fullmatch(r"\d+([+-]) (added|removed) ?(.*)", row) for row in read_text(page, "diff-row"))
    return [f"{row[1]} {row[3]}" for row in rows if row]


def test_signed_record_shows_the_very_lines_that_an_export_changes(
    folder: Folder, reviewer: User, publisher: User, open_page: Callable[..., Any]
) -> None:
    policy = folder.import_policy(
        style="json", provenance={"author": "", "lastAuditDate": "", "reviewer": ""}
    )
    verify(policy, reviewer)
    before = folder.read(PATH).splitlines()

    page = open_page(publisher, policy)

    day = get_policy().last_audit_date
    assert read_text(page, "notice-success")[0].endswith(
        f"An export writes the lines marked below into {PATH} and leaves every other byte as it is."
    )
    assert changed_lines(page) == [
        '- "auditNote": "",',
        '+ "auditNote": "Read the source on market.",',
        '+ "auditNote": "Read the source on mrv.",',
        '- "lastAuditDate": "",',
        '- "reviewer": ""',
        f'+ "lastAuditDate": "{day}",',
        '+ "reviewer": "Rosa Lindqvist"',
    ]
    # What was shown is what happens.
    export_policies(actor=publisher)
    after = folder.read(PATH).splitlines()
    assert [line.strip() for line in after if line not in before] == [
        line.removeprefix("+ ") for line in changed_lines(page) if line.startswith("+")
    ]
    assert read_text(open_page(publisher, policy), "empty")[0].startswith(
        "Nothing: the file is as it was signed Rosa Lindqvist signed it on "
    )


def test_words_that_differ_within_a_line_are_marked(
    folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    policy = folder.import_policy(analysis={"market": claim(auditNote="Read section 4 of the act.")})
    judge_dimensions(
        policy.pk, [judgement(policy, "market", "Read section 5 of the act.", None)], actor=reviewer
    )

    page = open_page(reviewer, policy)

    content = page.content.decode()
    assert content.count("<mark>4</mark>") == 1
    assert content.count("<mark>5</mark>") == 1
    assert content.count("<mark>") == 2


@pytest.mark.parametrize(
    ("bring", "reason"),
    [
        (lambda policy, reviewer, editor: None,
         "The file says verified, but no sign-off backs it; it waits for a reviewer. 2 audit notes missing."),
        (lambda policy, reviewer, editor: decide(policy, "request_changes", reviewer, "Vague."),
         "A reviewer requested changes; an editor has to submit it again. 2 audit notes missing."),
        (lambda policy, reviewer, editor: (verify(policy, reviewer), edit(editor, country="Sweden")),
         "Changed since Rosa Lindqvist signed it; it waits for a new sign-off."),
    ],
    ids=["claimed", "changes requested", "stale"],
)  # fmt: skip
def test_record_that_is_not_signed_says_why_nothing_goes_out(
    imported: Policy,
    reviewer: User,
    editor: User,
    open_page: Callable[..., Any],
    bring: Callable[..., Any],
    reason: str,
) -> None:
    bring(imported, reviewer, editor)

    page = open_page(reviewer, imported)

    assert read_text(page, "notice-warning") == [f"Nothing goes out {reason}"]


def test_pending_difference_is_shown_as_not_yet_going_out(
    folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    policy = folder.import_policy(reviewStatus="draft", analysis={"market": claim()})
    before = folder.content()

    assert changed_lines(open_page(reviewer, policy)) == [
        "- 'reviewStatus': 'draft',",
        "+ 'reviewStatus': 'verified',",
    ]
    assert read_text(open_page(reviewer, policy), "lede") == [
        (
            "The record against the file as last seen. Reviewer and date become the signer's; notes and edits so far "
            "are in it already."
        )
    ]
    assert folder.content() == before


def test_claim_that_a_signature_would_not_change_says_so(
    imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    assert read_text(open_page(reviewer, imported), "empty") == [
        "Nothing yet The record says what the file says. A signature would only name its reviewer and the day."
    ]


def test_record_without_a_file_is_shown_whole(
    editor: User, reviewer: User, folder: Folder, open_page: Callable[..., Any]
) -> None:
    wanted = empty_values()
    policy = add_policy(
        "new-act",
        "en",
        replace(wanted, fields={**wanted.fields, "title": "New act"}, body="Text."),
        actor=editor,
    )

    page = open_page(reviewer, policy)

    lines = changed_lines(page)
    assert [line for line in lines if "title" in line or "reviewStatus" in line or "Text." in line] == [
        '+ "reviewStatus": "verified",',
        '+ "title": "New act",',
        "+ Text.",
    ]
    assert all(line.startswith("+") for line in lines)
    assert "Never: the record was added here, an export creates the file." in read_text(page, "facts")[0]


def test_file_that_moved_on_is_held_back(
    folder: Folder, signed: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    folder.write(PATH, folder.read(PATH).replace("Norway", "Sweden"))

    page = open_page(publisher, signed)

    assert read_text(page, "notice-danger") == [
        (
            "Signed, but held back The file changed on disk since Rosa Lindqvist signed it, so it was left as it is: "
            "import it, review what changed, and sign it again."
        )
    ]
    assert changed_lines(page) == []


def test_line_ends_of_other_kinds_are_no_lines(
    folder: Folder, editor: User, open_page: Callable[..., Any]
) -> None:
    policy = folder.import_policy(style="json", body="one\u2028two\x0cthree\x85four\n")
    edit_body(policy, editor, "one\u2028two\x0cthree\x85five\n")

    page = open_page(editor, policy)

    assert read_text(page, "diff-mark") == []
    assert changed_lines(page) == ["- one two three four", "+ one two three five"]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_file_without_a_last_line_end_is_shown_as_such(
    folder: Folder, reviewer: User, editor: User, open_page: Callable[..., Any], end: str
) -> None:
    policy = folder.import_policy(style="json", body=f"one{end}two")
    edit_body(policy, editor, "one\nthree")

    page = open_page(reviewer, policy)

    assert changed_lines(page)[-2:] == ["- two", "+ three"]
    assert read_text(page, "diff-mark") == ["\\ No newline at end of file"] * 2


def edit_body(policy: Policy, actor: User, body: str) -> None:
    seen = policy.to_values()
    edit_policy(policy.pk, seen=seen, wanted=replace(seen, body=body), actor=actor)


def test_text_from_outside_stays_text(folder: Folder, editor: User, open_page: Callable[..., Any]) -> None:
    evil = "<script>alert(1)</script>"
    policy = folder.import_policy(description=evil, body=evil)
    edit_body(policy, editor, f"{evil}{evil}")

    page = open_page(editor, policy)

    assert page.content.count(b"<script>alert") == 0
    assert evil in changed_lines(page)[0]


def test_page_tells_who_wrote_the_file_last(
    imported: Policy, reviewer: User, publisher: User, open_page: Callable[..., Any]
) -> None:
    came_in = read_text(open_page(publisher, imported), "last-seen")
    verify(imported, reviewer)
    export_policies(actor=publisher)
    at = date_format(localtime(get_policy().source_file.seen_at), "j F Y, H:i")

    assert [text.partition(": ")[2] for text in came_in] == [f"Imported from {PATH}"]
    assert read_text(open_page(publisher, imported), "last-seen") == [
        f"{at}: Exported to {PATH}, by Paul Nakamura"
    ]
