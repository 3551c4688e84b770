"""The Review tab: who has a record open, who takes it over, and what is put off."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.utils.formats import date_format
from django.utils.timezone import localtime

from reviews.models import Hold, Policy, Skip
from tests.admin.html import read_buttons, read_text
from tests.admin.review.page import said, send, url
from tests.factories import Folder, get_policy


def held() -> list[tuple[str, str]]:
    return list(Hold.objects.values_list("policy__policy_id", "person__username"))


def test_who_opens_a_record_has_it_and_others_are_told(
    imported: Policy,
    reviewer: User,
    second_reviewer: User,
    publisher: User,
    open_page: Callable[..., Any],
) -> None:
    open_page(publisher, imported)
    assert held() == []

    mine = open_page(reviewer, imported)
    theirs = open_page(second_reviewer, imported)

    assert held() == [("no-storage-act", "reviewer")]
    until = date_format(localtime(Hold.objects.get().until), "TIME_FORMAT")
    assert read_text(theirs, "notice-info") == [
        f"Rosa Lindqvist is reviewing this, until {until} Take over t"
    ]
    assert read_buttons(theirs, "review")["take_over"] is True
    assert "take_over" not in read_buttons(mine, "review")
    assert "take_over" not in read_buttons(open_page(publisher, imported), "review")


def test_taking_over_saves_what_was_typed_and_leaves_the_first_one_theirs(
    client: Client, imported: Policy, reviewer: User, second_reviewer: User, open_page: Callable[..., Any]
) -> None:
    first = open_page(reviewer, imported)
    page = open_page(second_reviewer, imported)

    response = send(client, page, imported, "take_over", **{"1_note": "Read."})

    assert response["Location"] == url(imported)
    assert said(response) == [
        "It is yours now; who had it keeps what they typed, and sees that you took it.",
        "Saved 1 note.",
    ]
    assert held() == [("no-storage-act", "second_reviewer")]
    client.force_login(reviewer)
    send(client, first, imported, **{"0_note": "Read too."})
    assert [item.audit_note for item in get_policy().dimensions.all()] == ["Read too.", "Read."]


def test_what_is_skipped_or_left_unfinished_comes_back_at_the_end_of_the_round(
    client: Client, imported: Policy, folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    other = folder.import_policy("other", title="Other act")

    skipped = send(client, open_page(reviewer, imported), imported, "skip")
    left = send(client, client.get(url(other)), other, "save_next", **{"0_note": "Half-way."})

    assert (skipped["Location"], left["Location"]) == (url(other), url(imported))
    assert said(skipped) == ["Skipped: it comes back at the end of your round."]
    assert list(Skip.objects.order_by("at").values_list("policy__policy_id", flat=True)) == [
        "no-storage-act",
        "other",
    ]
    assert held() == [("no-storage-act", "reviewer")]  # the next page was not opened yet, but is theirs
