"""Every page, light and dark, on a wide and a narrow screen: axe finds nothing, and nothing scrolls sideways."""

import re
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils.timezone import localdate
from playwright.sync_api import Page

from reviews.models import Policy
from reviews.services.assigning import assign_policies
from reviews.services.commenting import add_comment, resolve_thread
from reviews.services.editing import edit_policy
from reviews.services.holding import hold_policy
from reviews.services.workflow import judge_dimensions
from reviews.states import VerdictKind
from tests.conftest import PROJECT
from tests.factories import decide, get_policy, judgement, make_user, verify

# Addresses below /admin/; `{judged}` is a record with every sort of verdict and a claim that is open again,
# `{signed}` one that is verified, `{stale}` one that changed since.
PAGES: dict[str, list[str]] = {
    "": ["login/"],
    "admin": [
        "",
        "reviews/policy/",
        "reviews/policy/?q=storage&state=in_review",
        "reviews/policy/?q=nothing-like-this",
        "reviews/policy/export/",
        "reviews/policy/queue/",
        "reviews/policy/outbox/",
        "reviews/policy/add/",
        "reviews/policy/{judged}/review/",
        "reviews/policy/{signed}/review/",
        "reviews/policy/{chinese}/review/",
        "reviews/policy/{judged}/change/",
        "reviews/policy/{judged}/history/",
        "reviews/policy/{judged}/compare/?from=1&to=3",
        "reviews/policy/{judged}/restore/1/",
        "reviews/policy/{judged}/file/",
        "reviews/policy/{signed}/file/",
        "reviews/decision/",
        "reviews/verdict/",
        "reviews/comment/",
        "preferences/",
        "auth/user/",
        "auth/group/",
        "password_change/",
    ],
    "publisher": [
        "reviews/policy/{stale}/review/",
        "reviews/policy/{judged}/change/",
        "reviews/policy/outbox/",
    ],
}


@pytest.fixture
def records(transactional_db: None, policy_folder: Path) -> dict[str, int]:
    """The seeds, some of them judged: the numbers that the addresses name."""
    shutil.copytree(PROJECT / "seeds", policy_folder, dirs_exist_ok=True)
    call_command("import_policies", verbosity=0)
    reviewer = make_user("signer", "Sigrid", "Holm", "Reviewers", "Editors")
    editor = make_user("writer", "Wim", "Bos", "Editors")
    judged, signed, stale = (get_policy(name) for name in ("us-irc-45q", "cn-ccer", "eu-reg-2024-1735"))
    kinds = [*VerdictKind, VerdictKind.ACCEPTED]
    judge_dimensions(
        judged.pk,
        [
            judgement(judged, row.key, f"Read on {row.key}.", kind)
            for row, kind in zip(judged.dimensions.all(), kinds, strict=True)
        ],
        actor=reviewer,
    )
    change(judged, editor, "evidence", "incentive")
    decide(judged, "request_changes", reviewer, "The period is wrong.")
    decide(judged, "submit", editor)
    for key in ("", "mrv"):
        question = add_comment(judged.pk, "Which section, @writer?", actor=reviewer, dimension_key=key)
        add_comment(judged.pk, "Section 4.", actor=editor, thread_pk=question.pk)
    resolve_thread(judged.pk, question.pk, actor=reviewer)
    verify(signed, reviewer)
    verify(stale, reviewer)
    change(stale, editor, "label", "market")
    chinese = get_policy("us-irc-45q", "zh")
    hold_policy(get_policy("id-perpres-14-2024"), actor=reviewer)
    assign_policies([chinese.pk], assignee=reviewer, due_on=localdate(), actor=reviewer)
    return {"judged": judged.pk, "signed": signed.pk, "stale": stale.pk, "chinese": chinese.pk}


def change(policy: Policy, actor: User, name: str, key: str) -> None:
    seen = get_policy(policy.policy_id).to_values()
    wanted = deepcopy(seen)
    wanted.dimensions[key].fields[name] += " Corrected."
    edit_policy(policy.pk, seen=seen, wanted=wanted, actor=actor)


def faults(page: Page) -> list[Any]:
    """What axe finds on the page, and by how much it scrolls sideways."""
    found = [
        (item["id"], node["html"][:200], node["failureSummary"])
        for item in Axe()
        .run(page, options={"preload": False})
        .response["violations"]  # it would inline styles
        for node in item["nodes"]
    ]
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, *([f"scrolls sideways by {overflow} pixels"] if overflow > 0 else [])]


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    page: Page, login: Callable[[str], User], records: dict[str, int], scheme: Any, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    found = {}

    for username, addresses in PAGES.items():
        if username:
            login(username)
        for address in addresses:
            response = page.goto(f"/admin/{address.format(**records)}")
            assert response is not None
            assert (address, response.status) == (address, 200)
            page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true })")
            if wrong := faults(page):
                found[username, address] = wrong

    assert found == {}


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_policies_are_assigned(
    page: Page, login: Callable[[str], User], records: dict[str, int], scheme: Any, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    login("reviewer")
    page.goto("/admin/reviews/policy/?state=in_review")
    for box in page.locator(".action-select").all():
        box.check()

    page.get_by_role("button", name="Assign…").click()
    assert faults(page) == []
    page.get_by_label("Assign to").select_option(index=2)
    page.get_by_role("button", name="Show the plan").click()
    assert page.get_by_role("region", name="Records").is_visible()
    assert faults(page) == []
    page.get_by_role("button", name=re.compile("^Assign ")).click()
    assert "Assigned" in page.locator(".messagelist .success").inner_text()
    assert faults(page) == []


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_a_save_was_refused(
    page: Page, login: Callable[[str], User], records: dict[str, int], scheme: Any, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    login("reviewer")
    page.goto(f"/admin/reviews/policy/{records['judged']}/review/")
    change(get_policy("us-irc-45q"), User.objects.get(username="writer"), "evidence", "mrv")

    page.get_by_role("article", name="mrv").get_by_label("Rejected").check()
    page.get_by_role("button", name="Save notes and verdicts").click()

    assert page.get_by_role("alert").is_visible()
    assert faults(page) == []


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_files_were_written_and_held_back(
    page: Page,
    login: Callable[[str], User],
    records: dict[str, int],
    scheme: Any,
    width: int,
    policy_folder: Path,
) -> None:
    held = get_policy("id-perpres-14-2024")
    verify(held, User.objects.get(username="signer"))
    (policy_folder / held.file_path).write_text("Somebody's own.\n")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    login("publisher")
    page.goto("/admin/reviews/policy/outbox/")

    for heading in ("Written", "Unchanged"):
        page.get_by_role("button", name="Write to the files").click()
        assert page.get_by_role("region", name=heading).is_visible()
        assert page.get_by_role("region", name="Held back").is_visible()
        assert faults(page) == []
        page.get_by_role("link", name="Back to the export").click()
