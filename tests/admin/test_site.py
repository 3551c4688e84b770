"""The frame of every page: the front page, the ways from it, the login, and what refusals look like."""

import re

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client

from reviews.models import Policy
from tests.admin.html import read_text


def test_account_without_a_role_is_told_whom_to_ask(nobody: User, imported: Policy, client: Client) -> None:
    client.force_login(nobody)

    page = client.get("/admin/")

    assert read_text(page, "empty") == [
        "Your account has no role yet Ask an administrator to make you an editor, a reviewer or a publisher."
    ]
    assert read_text(page, "board") == []


@pytest.mark.parametrize(
    ("who", "ways"),
    [
        ("editor", "Queue Policies Conflicts Runs Decisions Verdicts Comments"),
        ("reviewer", "Queue Policies Conflicts Runs Decisions Verdicts Comments"),
        ("publisher", "Queue Policies Conflicts Export Runs Decisions Verdicts Comments"),
        ("superuser", "Queue Policies Conflicts Export Runs Decisions Verdicts Comments Users Groups"),
        ("nobody", ""),
    ],
)
def test_header_leads_to_what_the_role_may_open(
    who: str, ways: str, client: Client, db: None, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    page = client.get("/admin/")

    assert read_text(page, "site-nav") == [ways]
    nav = re.findall(r'<nav class="site-nav".*?</nav>', page.content.decode(), re.DOTALL)[0]
    for address in re.findall(r'href="([^"]+)"', nav):
        there = client.get(address)
        assert there.status_code == 200
        assert re.findall(r'<a href="([^"]+)" aria-current="page">', there.content.decode())[:1] == [address]


@pytest.mark.parametrize("path", ["/admin/reviews/", "/admin/auth/"])
def test_lists_of_models_lead_to_the_front_page(path: str, superuser: User, client: Client) -> None:
    client.force_login(superuser)

    assert client.get(path).headers["Location"] == "/admin/"


def test_login_says_what_was_wrong(db: None, client: Client) -> None:
    page = client.post("/admin/login/", {"username": "nobody", "password": "wrong"})

    assert read_text(page, "notice-danger") == [
        (
            "Please enter the correct username and password for a staff account. "
            "Note that both fields may be case-sensitive."
        )
    ]


@pytest.mark.parametrize("following", ["https://example.org/", "//example.org", "javascript:alert(1)"])
def test_login_leads_to_no_other_site(following: str, editor: User, client: Client) -> None:
    editor.set_password("a password for tests")
    editor.save()

    answer = client.post(
        "/admin/login/", {"username": "editor", "password": "a password for tests", "next": following}
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")


def test_logout_leads_back_to_the_login(editor: User, client: Client) -> None:
    client.force_login(editor)

    page = client.post("/admin/logout/")

    assert read_text(page, "lede") == ["What you signed stays signed."]
    assert read_text(page, "button-primary") == ["Log in again"]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        (
            "/admin/reviews/policy/outbox/",
            403,
            (
                "Not with your role Your account may not do this. "
                "An administrator can give it the role that may. To the overview"
            ),
        ),
        (
            "/admin/nowhere/",
            404,
            "Nothing is here The address leads nowhere. What it led to may have another number. To the overview",
        ),
        (
            "/admin/reviews/policy/4711/review/",
            404,
            "Nothing is here There is no policy with the number 4711. To the overview",
        ),
    ],
)
def test_refusals_say_what_to_do(path: str, status: int, said: str, editor: User, client: Client) -> None:
    client.force_login(editor)

    page = client.get(path)

    assert page.status_code == status
    assert read_text(page, "error-page") == [said]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "password_change/",
        "reviews/policy/",
        "reviews/policy/queue/",
        "reviews/policy/outbox/",
        "reviews/policy/export/",
        "reviews/decision/",
        "reviews/verdict/",
        "auth/user/",
        "auth/user/add/",
        "auth/group/",
        "auth/group/add/",
        "nowhere/",
    ],
)
def test_pages_hold_no_inline_script_and_no_inline_style(
    path: str, signed: Policy, superuser: User, client: Client
) -> None:
    client.force_login(superuser)
    html = client.get(f"/admin/{path}").content.decode()

    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html) == []


def test_messages_keep_the_small_letter_of_an_id() -> None:
    page = render_to_string("admin/base_site.html", {"messages": ["no-storage-act (en) is submitted."]})

    assert '<ul class="messagelist"><li>no-storage-act (en) is submitted.</li></ul>' in page
