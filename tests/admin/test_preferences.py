"""The preferences page: which mails a person gets, and that nobody but they set it."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Preferences
from reviews.services.language import choose_language
from tests.admin.html import read_form, read_text

pytestmark = pytest.mark.django_db
PAGE = "/admin/preferences/"
MAILS = ["mails_assigned", "mails_changes_requested", "mails_mentioned", "mails_digest"]


def test_everything_is_sent_until_a_person_says_otherwise(nobody: User, client: Client) -> None:
    client.force_login(nobody)

    shown = read_form(client.get(PAGE), "preferences")

    assert {name: shown.get(name) for name in MAILS} == dict.fromkeys(MAILS, "on")
    assert not Preferences.objects.exists()  # looking writes nothing


def test_preferences_are_kept_and_shown_again(reviewer: User, editor: User, client: Client) -> None:
    choose_language("en", actor=reviewer)
    client.force_login(reviewer)

    answer = client.post(PAGE, {"mails_mentioned": "on", "language": "zh-hans", "user": editor.pk})

    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    kept = Preferences.objects.get()
    assert (kept.user, kept.language) == (reviewer, "en")
    assert [name for name in MAILS if getattr(kept, name)] == ["mails_mentioned"]
    page = client.get(PAGE)
    assert [name for name in MAILS if name in read_form(page, "preferences")] == ["mails_mentioned"]
    assert read_text(page, "success") == ["Your preferences are saved."]


@pytest.mark.parametrize(
    ("email", "told"),
    [
        (
            "",
            "Your account has no e-mail address, so nothing can be sent to you: ask an administrator to add it.",
        ),
        (
            "rosa@example.org",
            "They go to rosa@example.org, in the language that you choose above for these pages: English.",
        ),
    ],
)
def test_page_says_where_the_mails_go(reviewer: User, client: Client, email: str, told: str) -> None:
    reviewer.email = email
    reviewer.save()
    client.force_login(reviewer)

    assert told in read_text(client.get(PAGE), "card")[0]
