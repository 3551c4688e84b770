"""The list in a real browser: filters that apply at once, a selection that is exported, and both themes."""

import zipfile
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.factories import Folder, get_policy, verify

LIST = "/admin/reviews/policy/"


@pytest.fixture
def shelf(transactional_db: None, folder: Folder, reviewer: User) -> None:
    folder.import_policy("norway")
    folder.import_policy("sweden", country="Sweden")
    verify(get_policy("norway"), reviewer)
    verify(get_policy("sweden"), reviewer)
    folder.import_policy("claimed", country="Sweden")


def test_filter_applies_at_once_and_the_address_names_only_what_is_chosen(
    page: Page, shelf: None, login: Callable[[str], User], live_server: object
) -> None:
    login("publisher")
    page.goto(LIST)

    page.get_by_label("Country").select_option("Sweden")
    page.wait_for_url("**/policy/?country=Sweden")
    page.get_by_label("Standing").select_option("Verified")
    page.wait_for_url("**/policy/?standing=verified&country=Sweden")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)

    page.go_back()
    expect(page.get_by_label("Country")).to_have_value("Sweden")
    expect(page.get_by_label("Standing")).to_have_value("")
    expect(page.get_by_label("Standing")).to_be_enabled()


def test_selection_is_previewed_and_downloaded(page: Page, shelf: None, login: Callable[[str], User]) -> None:
    login("publisher")
    page.goto(f"{LIST}?country=Sweden")

    page.locator("#action-toggle").check()
    expect(page.locator(".action-counter")).to_have_text("2 of 2 selected")
    page.get_by_role("button", name="Export selected…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Export the selection")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download ZIP").click()

    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["policies/en/sweden.md", "SIGNOFFS.jsonl"]


def test_theme_follows_the_system_until_somebody_chooses(
    page: Page, transactional_db: None, login: Callable[[str], User]
) -> None:
    def ground() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    login("reviewer")
    page.goto("/admin/")
    light = ground()
    page.emulate_media(color_scheme="dark")
    dark = ground()
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Toggle theme").click()

    assert (light, dark, ground()) == ("rgb(245, 246, 243)", "rgb(15, 19, 17)", dark)
    page.goto(LIST)
    assert ground() == dark
