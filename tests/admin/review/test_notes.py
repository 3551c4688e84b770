"""The Review tab: audit notes that repeat are told, on the page, while one types, and after saving."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from reviews.models import Policy
from tests.admin.html import read_text
from tests.admin.review.page import said, send
from tests.factories import Folder, claim

ONE = "This note stands word for word on 1 other record."
TWO = "This note stands word for word on 2 other records."


@pytest.fixture
def pasted(db: None, folder: Folder) -> Policy:
    """A record whose first note stands on two others."""
    for name in ("first", "second"):
        folder.import_policy(name, analysis={"market": claim(auditNote="Looks fine.")})
    return folder.import_policy(
        analysis={
            "market": claim(auditNote="Looks fine."),
            "mrv": claim(auditNote="Section 4, second sentence."),
        }
    )


def ask(client: Client, policy: Policy, **query: str) -> Any:
    return client.get(reverse("admin:reviews_policy_notes", args=[policy.pk]), query)


def test_page_says_on_how_many_records_a_note_stands(
    pasted: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    assert read_text(open_page(reviewer, pasted), "repeats") == [TWO, ""]


def test_note_is_asked_about_while_it_is_typed(client: Client, pasted: Policy, publisher: User) -> None:
    client.force_login(publisher)

    answers = {
        note: ask(client, pasted, note=note).json() for note in ("Looks fine.", "Looks fine. ", "Looks", "")
    }

    assert answers == {
        "Looks fine.": {"text": TWO}, "Looks fine. ": {"text": TWO}, "Looks": {"text": ""}, "": {"text": ""},
    }  # fmt: skip
    assert ask(client, pasted).json() == {"text": ""}


def test_only_who_may_see_policies_may_ask(client: Client, pasted: Policy, nobody: User) -> None:
    client.force_login(nobody)

    assert ask(client, pasted, note="Looks fine.").status_code == 403


def test_repeated_note_is_told_after_saving(
    client: Client, imported: Policy, folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    folder.import_policy("first", analysis={"market": claim(auditNote="Looks fine.")})
    page = open_page(reviewer, imported)
    typed = {"0_note": "Looks fine.", "0_kind": "accepted", "1_note": "My own.", "1_kind": "accepted"}

    response = send(client, page, imported, **typed)

    assert said(response) == ["Saved 2 notes and 2 verdicts.", f"market: {ONE}"]
