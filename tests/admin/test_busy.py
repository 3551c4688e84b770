"""When somebody else holds the database: the page comes back with all that was typed, and says to send it again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from reviews.models import Assignment, Hold, Policy
from tests.admin.html import read_form, read_text
from tests.factories import get_policy
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

BUSY = (
    "Nothing was saved; all that you typed is below "
    "The database is busy; nothing was written and nothing you typed is lost. Send it again."
)
SHORT, USUAL = {
    "sqlite": ("PRAGMA busy_timeout = 100", "PRAGMA busy_timeout = 20000"),
    "postgresql": ("SET lock_timeout = 100", "RESET lock_timeout"),
}[connection.vendor]


@contextmanager
def held_database() -> Iterator[None]:
    """Another connection holds the write lock meanwhile, and this one does not wait long for it."""
    is_held, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():  # on SQLite that alone takes the lock
            if connection.vendor == "postgresql":
                connection.cursor().execute(
                    "LOCK TABLE reviews_policy, reviews_preferences IN EXCLUSIVE MODE"
                )
            is_held.set()
            is_over.wait(60)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert is_held.wait(60)
    connection.cursor().execute(SHORT)
    try:
        yield
    finally:
        is_over.set()
        holder.join()
        connection.cursor().execute(USUAL)


def sent(page: Any, form: str, **typed: str) -> dict[str, str]:
    """What a browser sends when this is typed on the page; `title` is a control."""
    return read_form(page, form) | {name.replace("__", "-"): text for name, text in typed.items()}


@pytest.mark.parametrize("act", ["save", "verify"])
def test_review_page_comes_back(act: str, imported: Policy, reviewer: User, client: Client) -> None:
    client.force_login(reviewer)
    address = reverse("admin:reviews_policy_review", args=[imported.pk])
    typed = {
        "0__note": "Read section 4.",
        "0__kind": "accepted",
        "1__note": "Read too.",
        "1__kind": "corrected",
    }
    form = sent(client.get(address), "review", **typed, reason="Checked at the library.", act=act)
    before = count_rows()

    with held_database():
        page = client.post(address, form)
    again = read_form(page, "review")

    assert (page.status_code, count_rows()) == (503, before)
    assert read_text(page, "notice-danger") == [BUSY]
    assert {name: again[name] for name in form if name in again and name != "csrfmiddlewaretoken"} == {
        name: text for name, text in form.items() if name not in ("csrfmiddlewaretoken", "act")
    }
    assert client.post(address, again | {"act": act}).status_code == 302
    assert get_policy().state == ("verified" if act == "verify" else "in_review")
    assert [item.audit_note for item in get_policy().dimensions.all()] == ["Read section 4.", "Read too."]


def test_record_is_shown_though_it_cannot_be_held(imported: Policy, reviewer: User, client: Client) -> None:
    client.force_login(reviewer)
    address = reverse("admin:reviews_policy_review", args=[imported.pk])

    with held_database():
        start = client.get("/admin/reviews/policy/queue/next/")
        page = client.get(address)
        ping = client.post(f"/admin/reviews/policy/{imported.pk}/hold/")

    assert (start.headers["Location"], page.status_code, ping.status_code) == (address, 200, 503)
    assert Hold.objects.count() == 0
    client.get(address)
    assert Hold.objects.get().person == reviewer


def test_assigning_comes_back(imported: Policy, reviewer: User, client: Client) -> None:
    client.force_login(reviewer)
    form = {"selection": str(imported.pk), "to": f"person-{reviewer.pk}", "act": "assign"}

    with held_database():
        page = client.post("/admin/reviews/policy/assign/", form)

    assert read_text(page, "notice-danger") == [
        BUSY.removeprefix("Nothing was saved; all that you typed is below ")
    ]
    assert Assignment.objects.count() == 0
    assert client.post("/admin/reviews/policy/assign/", form).status_code == 302
    assert Assignment.objects.get().assignee == reviewer


def test_edit_page_comes_back(imported: Policy, editor: User, client: Client) -> None:
    client.force_login(editor)
    address = reverse("admin:reviews_policy_change", args=[imported.pk])
    form = sent(
        client.get(address), "edit", title="My Act", analysis__0__label="Mine", reason="The gazette says so"
    )
    before = count_rows()

    with held_database():
        page = client.post(address, form)
    again = read_form(page, "edit")

    assert (page.status_code, count_rows()) == (503, before)
    assert read_text(page, "summary") == [BUSY]
    assert (again["title"], again["analysis-0-label"], again["reason"], again["version"]) == (
        "My Act", "Mine", "The gazette says so", "1",
    )  # fmt: skip
    assert client.post(address, again).status_code == 302
    assert get_policy().title == "My Act"


def test_add_page_comes_back(editor: User, client: Client) -> None:
    client.force_login(editor)
    address = reverse("admin:reviews_policy_add")
    form = sent(client.get(address), "edit", policy_id="new", language="en", title="New", body="Text.\n")

    with held_database():
        page = client.post(address, form)
    again = read_form(page, "edit")

    assert (page.status_code, Policy.objects.count()) == (503, 0)
    assert read_text(page, "summary") == [BUSY]
    assert (again["policy_id"], again["title"], again["body"]) == ("new", "New", "Text.\n")
    assert client.post(address, again).status_code == 302
    assert get_policy("new").title == "New"


def test_restoring_comes_back(imported: Policy, editor: User, client: Client) -> None:
    edit(editor, title="Act")
    client.force_login(editor)
    address = reverse("admin:reviews_policy_restore", args=[imported.pk, 1])
    form = sent(client.get(address), "restore", reason="Wrong record")

    with held_database():
        page = client.post(address, form)

    assert (get_policy().title, read_form(page, "restore")["reason"]) == ("Act", "Wrong record")
    assert read_text(page, "messagelist") == [
        BUSY.removeprefix("Nothing was saved; all that you typed is below ")
    ]
    assert client.post(address, form).status_code == 302
    assert get_policy().title == "Storage Act"


def test_preferences_and_language_come_back(reviewer: User, client: Client) -> None:
    client.force_login(reviewer)
    form = {"mails_mentioned": "on"}
    said = BUSY.removeprefix("Nothing was saved; all that you typed is below ")

    with held_database():
        page = client.post("/admin/preferences/", form)
        answer = client.post("/admin/language/", {"language": "zh-hans"}, follow=True)

    assert (page.status_code, read_text(page, "errorlist")) == (503, [said])
    assert {name for name in read_form(page, "preferences") if name.startswith("mails")} == set(form)
    assert (read_text(answer, "messagelist"), settings.LANGUAGE_COOKIE_NAME in client.cookies) == (
        [said],
        False,
    )
    assert client.post("/admin/preferences/", form).status_code == 302
