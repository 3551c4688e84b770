"""Comments on the review page with a browser: written by keyboard, while all else that is typed stays."""

from collections.abc import Callable

from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from reviews.models import Comment
from reviews.services.commenting import add_comment
from tests.browser.looks import faults
from tests.factories import Folder


def test_comment_is_sent_answered_and_resolved_while_a_note_is_being_written(
    page: Page, login: Callable[[str], User], account: Callable[[str], User], folder: Folder
) -> None:
    policy = folder.import_policy()
    asked = add_comment(policy.pk, "@reviewer, which section?", actor=account("editor"), dimension_key="mrv")
    login("reviewer")
    page.goto(f"/admin/reviews/policy/{policy.pk}/review/#comment-{asked.pk}")
    claim = page.get_by_role("article", name="mrv")
    place = claim.locator(".comments")

    # The link leads to the dimension that it stands on.
    expect(page.locator(f"#comment-{asked.pk}")).to_be_focused()
    claim.get_by_label("Audit note").fill("Half a note")
    page.locator(f"#comment-{asked.pk}").focus()

    page.keyboard.press("c")
    page.keyboard.press("Control+Enter")
    expect(place.get_by_role("alert")).to_have_text(
        "The comment says nothing: write something, then send it."
    )
    expect(place.get_by_label("Your comment")).to_be_focused()
    assert faults(page) == []
    page.keyboard.type("Kept meanwhile")

    place.get_by_text("Reply", exact=True).click()
    place.get_by_label("Your reply").fill("Section 4,\nparagraph <2>.")
    page.keyboard.press("Control+Enter")
    expect(place.get_by_role("article")).to_have_count(2)
    expect(place.get_by_role("article").last).to_be_focused()
    expect(place.get_by_label("Your comment")).to_have_value("Kept meanwhile")

    place.get_by_role("button", name="Resolve").click()
    expect(place.get_by_text("Resolved by Rosa Lindqvist")).to_be_visible()
    expect(place.get_by_label("Your comment")).to_have_value("Kept meanwhile")
    expect(claim.get_by_label("Audit note")).to_have_value("Half a note")

    asked.refresh_from_db()
    assert asked.resolved_by_name == "Rosa Lindqvist"
    assert Comment.objects.get(thread=asked).text == "Section 4,\nparagraph <2>."


def test_person_is_chosen_by_keyboard_or_mouse_after_an_at_sign(
    page: Page, login: Callable[[str], User], account: Callable[[str], User], folder: Folder
) -> None:
    policy = folder.import_policy()
    account("editor")
    account("publisher")
    login("reviewer")
    page.goto(f"/admin/reviews/policy/{policy.pk}/review/")
    field = page.get_by_role("article", name="market").get_by_label("Your comment")
    people = page.get_by_role("listbox", name="People").get_by_role("option")
    page.keyboard.press("c")

    page.keyboard.type("Ask rosa@")
    expect(people).to_have_count(0)  # an address
    page.keyboard.type(" @")
    expect(people).to_have_text(
        ["Elena Ortiz @editor", "Paul Nakamura @publisher", "Rosa Lindqvist @reviewer"]
    )
    assert faults(page) == []
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Ask rosa@ @reviewer ")
    expect(people).to_have_count(0)

    page.keyboard.type("or @nak")
    expect(people).to_have_text(["Paul Nakamura @publisher"])
    people.click()
    page.keyboard.type("or @e")
    expect(people).to_have_count(1)
    page.keyboard.press("Escape")
    expect(people).to_have_count(0)
    expect(field).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment-text")).to_have_text("Ask rosa@ @reviewer or @publisher or @e")
    expect(page.locator(".mention")).to_have_text(["@reviewer", "@publisher"])


def test_comment_that_cannot_be_sent_stays(
    page: Page, login: Callable[[str], User], folder: Folder, problems: list[str]
) -> None:
    policy = folder.import_policy()
    login("reviewer")
    page.goto(f"/admin/reviews/policy/{policy.pk}/review/")
    place = page.get_by_role("article", name="market").locator(".comments")
    page.keyboard.press("c")
    page.keyboard.type("Which section?")
    page.context.clear_cookies()  # logged out elsewhere

    place.get_by_role("button", name="Send comment").click()

    expect(place.get_by_role("alert")).to_have_text(
        "Not sent, and what you typed is still here: see whether you are connected and logged in, then send it again."
    )
    expect(place.get_by_label("Your comment")).to_have_value("Which section?")
    assert problems == [
        "console: Failed to load resource: the server responded with a status of 403 (Forbidden)"
    ]
    problems.clear()
    assert not Comment.objects.exists()
