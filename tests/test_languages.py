"""The languages of the interface: every text is translated, and a page in Chinese holds no English word."""

import re
from http.cookies import Morsel

import pytest
from babel.messages.catalog import Catalog
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Preferences
from tests.messages import LOCALE, PROJECT, as_mo, as_po, catalogue, strings_of, texts, untranslated

CHINESE = LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\}|<[^>]*>")


def marks(text: str) -> list[str]:
    """What a translation has to keep."""
    return sorted(PLACEHOLDER.findall(text))


# -- the catalogue ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    """The catalogue as a run of `python -m tests.messages` would write it."""
    return catalogue(CHINESE)


def test_catalogue_holds_the_texts_of_the_sources(chinese: Catalog) -> None:
    """Else run `python -m tests.messages`, and translate what it names."""
    assert CHINESE.read_text(encoding="utf-8") == as_po(chinese)


def test_catalogue_is_compiled(chinese: Catalog) -> None:
    assert CHINESE.with_suffix(".mo").read_bytes() == as_mo(chinese)


def test_every_text_is_translated(chinese: Catalog) -> None:
    assert untranslated(chinese) == []


def test_translations_have_the_placeholders_and_tags_of_their_texts(chinese: Catalog) -> None:
    pairs = [
        (message.id if isinstance(message.id, str) else message.id[-1], string)
        for message in chinese
        for string in strings_of(message)
        if message.id and string
    ]

    assert [(said, chinese) for said, chinese in pairs if marks(said) != marks(chinese)] == []


def test_no_text_is_both_a_singular_and_without_a_number() -> None:
    """Gettext would show the form with the number for both."""
    found = [(said, context) for _, said, context in texts()]
    alone = {(said, context) for said, context in found if isinstance(said, str)}

    assert [item for item in found if not isinstance(item[0], str) and (item[0][0], item[1]) in alone] == []


def test_scripts_and_styles_hold_no_words() -> None:
    """They take them from attributes and templates that the server rendered."""
    assigned = r"""\b(?:textContent|innerText|ariaLabel|title|placeholder) = ["'`][^"'`]*[A-Za-z]{2}"""
    words = re.compile(rf"""content: *"[^"]*[A-Za-z]|{assigned}|\b(?:alert|confirm)\(""")
    files = sorted((PROJECT / "reviews" / "static").rglob("*.[cj]s*"))

    assert [
        (file.name, found[0]) for file in files for found in words.finditer(file.read_text("utf-8"))
    ] == []


# -- the choice -------------------------------------------------------------------------------------------


def spoken(client: Client, **headers: str) -> str:
    """The language of the login page, or of the front page."""
    page = client.get("/admin/login/", headers=headers, follow=True).content.decode()
    found = re.search(r'<html lang="([^"]+)"', page)
    assert found
    return found[1]


def choose(client: Client, language: str, place: str = "/admin/") -> Morsel:
    """Choose a language; the cookie that keeps it."""
    answer = client.post("/admin/language/", {"language": language, "next": place})
    assert (answer.status_code, answer.headers["Location"]) == (302, place)
    return answer.cookies["django_language"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de-DE,de;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-hans"),
        ("zh-TW", "zh-hans"),
        ("en-GB,zh;q=0.5", "en"),
    ],
)
def test_browser_says_the_language_where_nobody_chose(
    db: None, client: Client, accepted: str, language: str
) -> None:
    assert spoken(client, accept_language=accepted) == language


def test_pages_vary_with_the_language_of_the_browser(db: None, client: Client) -> None:
    answer = client.get("/admin/login/", headers={"accept-language": "zh"})

    assert (answer.headers["Content-Language"], "Accept-Language" in answer.headers["Vary"]) == (
        "zh-hans",
        True,
    )


def test_chosen_language_stays_in_a_cookie_that_no_script_reads(db: None, client: Client) -> None:
    cookie = choose(client, "zh-hans", "/admin/login/")

    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
        "zh-hans", True, "Lax", 365 * 24 * 60 * 60,
    )  # fmt: skip
    assert spoken(client, accept_language="en") == "zh-hans"


def test_chosen_language_follows_a_person_to_another_browser(client: Client, reviewer: User) -> None:
    reviewer.set_password("a good secret")
    reviewer.save()
    client.force_login(reviewer)
    choose(client, "zh-hans")

    assert Preferences.objects.get(user=reviewer).language == "zh-hans"
    other = Client()
    assert spoken(other) == "en"
    other.post("/admin/login/", {"username": "reviewer", "password": "a good secret", "next": "/admin/"})
    assert spoken(other) == "zh-hans"


def test_who_never_chose_keeps_the_language_of_the_browser_at_login(client: Client, reviewer: User) -> None:
    reviewer.set_password("a good secret")
    reviewer.save()

    answer = client.post("/admin/login/", {"username": "reviewer", "password": "a good secret"})

    assert "django_language" not in answer.cookies


def test_choice_leads_back(client: Client, editor: User) -> None:
    """From a page to itself; from what answers a form, which may have no address of its own, to the form."""
    client.force_login(editor)
    page = "/admin/reviews/policy/?q=a"
    form = "http://testserver/admin/reviews/policy/add/?x=1"
    answer = client.post("/admin/reviews/policy/add/", {"title": ""}, headers={"referer": form})

    assert re.findall('name="next" value="([^"]*)"', client.get(page).content.decode()) == [page]
    assert re.findall('name="next" value="([^"]*)"', answer.content.decode()) == [form]
    choose(client, "zh-hans", form)


@pytest.mark.parametrize(
    "place", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""]
)
def test_choice_leads_nowhere_else(db: None, client: Client, place: str) -> None:
    answer = client.post("/admin/language/", {"language": "zh-hans", "next": place})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("language", ["", "tlh", "../zh-hans", "zh"])
def test_unknown_language_is_refused(db: None, client: Client, language: str) -> None:
    answer = client.post("/admin/language/", {"language": language})

    assert (answer.status_code, "django_language" in answer.cookies) == (400, False)


def test_choice_takes_a_token_and_a_post(db: None, settings: LazySettings) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.get("/admin/language/").status_code == 405
    assert strict.post("/admin/language/", {"language": "zh-hans"}).status_code == 403
