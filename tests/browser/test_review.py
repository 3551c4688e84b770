"""The Review page in a real browser: keys, mouse, no scripts at all, and nothing typed lost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from reviews.models import Decision, Policy, Verdict
from reviews.services.judging import judge_dimensions
from tests.factories import Folder, claim, get_policy, judgement, make_user
from tests.services.counts import edit

KEYS = ("incentive", "market", "mrv")


@pytest.fixture
def record(transactional_db: None, folder: Folder) -> Policy:
    """A record of three claims; its translation waits behind it."""
    analysis = {key: claim(evidence=f"Up to $85 for {key} since 2026.") for key in KEYS}
    folder.import_policy(language="zh", title="封存法", analysis=analysis | {"market": claim(score=71)})
    return folder.import_policy(analysis=analysis)


def address(policy: Policy) -> str:
    return f"/admin/reviews/policy/{policy.pk}/review/"


def focused(page: Page) -> Any:
    """What has the focus: the name of a field, the id of an element."""
    return page.evaluate("document.activeElement.name || document.activeElement.id")


def shown(page: Page) -> list[str | None]:
    """The claims that can be seen."""
    return [claim.get_attribute("id") for claim in page.get_by_role("article").all() if claim.is_visible()]


def typed(page: Page) -> list[str]:
    """The note on the market, what is corrected of mrv, the comment on it, on the record, and the reason."""
    fields = (
        "[name='1-note']",
        "[name='2-evidence']",
        "[name='text-on-mrv']",
        "[name='text-on-']",
        "#id_reason",
    )
    return [page.locator(field).input_value() for field in fields]


def test_record_is_judged_and_signed_with_keys_alone(
    page: Page, login: Callable[[str], User], record: Policy
) -> None:
    following = get_policy(language="zh")
    login("reviewer")
    page.goto(address(record))
    press, write = page.keyboard.press, page.keyboard.type

    # One dimension at a time; the first open one has the focus, and no verdict is chosen.
    assert (shown(page), focused(page)) == (["claim-1"], "claim-1")
    assert page.get_by_role("radio", checked=True).count() == 0
    # Letters move; in a field they are letters.
    press("j")
    press("ArrowDown")
    assert (shown(page), focused(page)) == (["claim-3"], "claim-3")
    press("k")
    press("n")
    write("kj12sv?")
    assert (focused(page), shown(page)) == ("1-note", ["claim-2"])
    press("Escape")
    assert focused(page) == "claim-2"
    press("k")
    # A number chooses and puts the cursor into the note; another one corrects the choice; 0 takes it back.
    press("3")
    press("Escape")
    press("1")
    assert (focused(page), page.get_by_role("radio", checked=True).count()) == ("0-note", 1)
    write("Section 1.")
    press("Control+Enter")
    assert focused(page) == "claim-2"
    press("2")
    page.keyboard.press("Control+a")
    write("Section 2.")
    press("Control+Enter")
    press("4")
    press("Escape")
    press("0")
    assert page.get_by_role("article", name="mrv").get_by_role("radio", checked=True).count() == 0
    press("1")
    write("Section 3.")
    expect(page.locator("#unsaved")).to_be_visible()
    expect(page.get_by_role("navigation", name="Dimensions").get_by_role("link")).to_contain_text(
        ["Accepted as is", "Corrected", "Accepted as is"]
    )
    # An input method that composes a word keeps its keys.
    page.evaluate(
        """document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {
            key: "Enter", ctrlKey: true, shiftKey: true, isComposing: true, bubbles: true, cancelable: true}))"""
    )
    press("Control+Shift+Enter")

    page.wait_for_url(f"**{address(following)}")
    expect(page.get_by_role("status").first).to_contain_text("Verified by Rosa Lindqvist on ")
    assert focused(page) == "claim-1"
    assert get_policy().state == "verified"
    assert list(Verdict.objects.order_by("pk").values_list("dimension_key", "kind", "note")) == [
        ("incentive", "accepted", "Section 1."),
        ("market", "corrected", "Section 2."),
        ("mrv", "accepted", "Section 3."),
    ]

    # Help lists the keys; a reason is written and sent without the mouse; skipping goes on.
    press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Ctrl+Shift+Enter")
    press("Escape")
    press("r")
    write("The source is gone.")
    press("Control+Enter")
    page.wait_for_url("**/queue/")
    decision = Decision.objects.latest("pk")
    assert (decision.policy, decision.transition, decision.reason) == (
        following, "request_changes", "The source is gone.",
    )  # fmt: skip


def test_refusal_has_the_focus_and_a_broken_session_loses_nothing(
    page: Page, login: Callable[[str], User], record: Policy
) -> None:
    login("reviewer")
    page.goto(address(record))
    press, write = page.keyboard.press, page.keyboard.type

    press("j")
    press("3")
    press("Control+s")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("“market”: rejected needs a note that says why.")
    assert (shown(page), page.get_by_role("radio", checked=True).count()) == (["claim-2"], 1)

    # Keys go on from the notice; evidence is corrected in place, and what else was typed is saved with it.
    press("n")
    write("No such section.")
    press("Escape")
    press("j")
    press("e")
    write(" Corrected.")
    press("Escape")
    press("c")
    write("Which section?")
    press("Escape")
    press("r")
    write("Somebody else, please.")
    press("Escape")
    page.context.clear_cookies(name="sessionid")
    press("Control+s")
    page.wait_for_url("**/admin/login/**")

    # Who logs in instead is shown nothing of it, and takes nothing away.
    login("admin")
    page.goto(address(record))
    assert typed(page) == ["", "Up to $85 for mrv since 2026.", "", "", ""]
    expect(page.locator("#unsaved")).to_be_hidden()

    # Who typed it finds the texts again. The verdict is given once more, by who signs it.
    page.context.clear_cookies(name="sessionid")
    login("reviewer")
    page.goto(address(record))
    assert typed(page) == [
        "No such section.", "Up to $85 for mrv since 2026. Corrected.", "Which section?", "", "Somebody else, please.",
    ]  # fmt: skip
    assert page.get_by_role("radio", checked=True).count() == 0
    press("3")
    press("Control+s")
    expect(page.locator(".messagelist")).to_contain_text(
        "You corrected the evidence of “mrv”: someone else has to judge it now."
    )
    assert get_policy().dimensions.get(key="mrv").evidence == "Up to $85 for mrv since 2026. Corrected."
    assert [(item.dimension_key, item.kind) for item in Verdict.objects.all()] == [("market", "rejected")]
    # What was not saved with it stays until it is sent, or taken back.
    expect(page.locator("#id_reason")).to_have_value("Somebody else, please.")
    page.locator("#id_reason").fill("")
    page.get_by_role("navigation", name="Dimensions").get_by_role("link").nth(2).click()
    page.locator("[name='text-on-mrv']").fill("")
    assert page.evaluate("sessionStorage.length") == 0
    expect(page.locator("#unsaved")).to_be_hidden()


def test_text_that_meets_a_change_after_a_reload_is_there_and_the_save_tells_both(
    page: Page, login: Callable[[str], User], record: Policy, second_reviewer: User
) -> None:
    login("reviewer")
    page.goto(address(record))
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.keyboard.type("Section 4 says so.")
    judge_dimensions(record.pk, [judgement(record, "market", "Section 5.")], actor=second_reviewer)

    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()

    assert shown(page) == ["claim-2"]
    expect(page.get_by_label("Audit note on market")).to_have_value("Section 4 says so.")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed market while you were writing.")
    expect(page.get_by_label("Audit note on market")).to_have_value("Section 4 says so.")
    expect(page.get_by_role("region", name="Changed in market since you opened this page")).to_contain_text(
        "Section 5."
    )
    assert get_policy().dimensions.get(key="market").audit_note == "Section 5."


def test_mouse_alone_judges_and_repeated_notes_are_told(
    page: Page, login: Callable[[str], User], record: Policy, folder: Folder
) -> None:
    folder.import_policy("elsewhere", analysis={"market": claim(auditNote="Read.")})
    login("reviewer")
    page.goto(address(record))
    for number, key in enumerate(KEYS):
        place = page.get_by_role("article", name=key)
        page.get_by_role("navigation", name="Dimensions").get_by_role("link").nth(number).click()
        place.get_by_label("Accepted as is").check()
        place.get_by_label("Audit note").fill("Read." if number == 0 else f"Read {key}.")
        if number == 0:
            expect(place.get_by_role("status")).to_have_text(
                "This note stands word for word on 1 other record."
            )

    page.get_by_role("button", name="Verify and next").click()

    expect(page.locator(".messagelist")).to_contain_text("Verified by Rosa Lindqvist on ")
    assert get_policy().state == "verified"


def test_without_scripts_everything_stands_there_and_works(
    browser: Browser, live_server: LiveServer, page: Page, login: Callable[[str], User], record: Policy
) -> None:
    login("reviewer")
    state = page.context.storage_state()
    with browser.new_context(
        base_url=live_server.url, storage_state=state, java_script_enabled=False, locale="en"
    ) as plain:
        bare = plain.new_page()
        bare.goto(address(record))
        assert shown(bare) == ["claim-1", "claim-2", "claim-3"]
        assert bare.get_by_role("button", name="Done with this one").count() == 0
        for key in KEYS[:2]:
            bare.get_by_role("article", name=key).get_by_label("Accepted as is").check()
            bare.get_by_role("article", name=key).get_by_label("Audit note").fill(f"Read {key}.")
        bare.get_by_role("article", name="mrv").get_by_text("Correct the evidence").click()
        bare.get_by_label("Evidence of mrv").fill("Better.")
        bare.get_by_role("button", name="Save", exact=True).click()
        bare.get_by_role("region", name="Save and decide").get_by_text("Request changes").first.click()
        bare.get_by_label("Reason").fill("Somebody else, please.")
        bare.get_by_role("button", name="Abstain").click()

    assert get_policy().dimensions.get(key="mrv").evidence == "Better."
    assert [item.dimension_key for item in Verdict.objects.all()] == ["incentive", "market"]
    assert Decision.objects.get().transition == "abstain"


def test_only_what_changed_is_judged_again_on_a_narrow_screen(
    page: Page, login: Callable[[str], User], record: Policy
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    reviewer = login("reviewer")
    page.goto(address(record))
    for key in KEYS:
        page.keyboard.press("1")
        page.keyboard.type(f"Read {key}.")
        page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**{address(get_policy(language='zh'))}")
    changed = {key: claim(evidence=f"Up to $85 for {key} since 2026.") for key in KEYS}
    changed["mrv"] = claim(evidence="Up to $95 for mrv since 2026.")
    edit(make_user("writer", "Wim", "Bos", "Editors"), analysis=changed)

    page.goto(address(record))

    assert (focused(page), shown(page)) == ("claim-3", ["claim-3"])
    expect(page.locator(".since")).to_contain_text(f"Open again. {reviewer.get_full_name()} judged it on ")
    expect(page.locator(".since del")).to_have_text(["85"])
    expect(page.locator(".since ins")).to_have_text(["95"])
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.keyboard.press("1")
    page.keyboard.press("Control+Shift+Enter")
    page.wait_for_url(f"**{address(get_policy(language='zh'))}")
    assert get_policy().state == "verified"
