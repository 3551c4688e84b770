"""The whole story in a browser, on real files: judge, verify, export; correct, reopen, restore."""

import difflib
import inspect
import io
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils.timezone import localdate
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from tests.browser import conftest
from tests.conftest import PROJECT
from tests.factories import Folder, get_policy

NOTE = "It’s as “cited”: 第{}条 🌱 checked."

# What the signature changes in each file, in its own style: every removed and added line, in order.
SIGNED_LINES = {
    "id-perpres-14-2024": """
-      "auditNote": "",
+      "auditNote": "It’s as “cited”: 第1条 🌱 checked.",
-      "auditNote": "",
+      "auditNote": "It’s as “cited”: 第2条 🌱 checked.",
-      "auditNote": "",
+      "auditNote": "It’s as “cited”: 第3条 🌱 checked.",
-      "auditNote": "",
+      "auditNote": "It’s as “cited”: 第4条 🌱 checked.",
-      "auditNote": "",
+      "auditNote": "It’s as “cited”: 第5条 🌱 checked.",
-    "lastAuditDate": "2026-05-18",
-    "reviewer": ""
+    "lastAuditDate": "{today}",
+    "reviewer": "Rosa Lindqvist"
""",
    "us-cfr-40-146-h": """
-          'auditNote': '',
+          'auditNote': 'It’s as “cited”: 第1条 🌱 checked.',
-          'auditNote': '',
+          'auditNote': 'It’s as “cited”: 第2条 🌱 checked.',
+          'auditNote': 'It’s as “cited”: 第3条 🌱 checked.',
-          'auditNote': '',
+          'auditNote': 'It’s as “cited”: 第4条 🌱 checked.',
-          'auditNote': '',
+          'auditNote': 'It’s as “cited”: 第5条 🌱 checked.',
-  'provenance': {{ 'author': 'PolicyHub seeds', 'lastAuditDate': '2026-04-21' }},
+  'provenance':
+    {{
+      'author': 'PolicyHub seeds',
+      'lastAuditDate': '{today}',
+      'reviewer': 'Rosa Lindqvist',
+    }},
""",
    "uk-energy-act-2023-part-1": """
-    auditNote: ''
+    auditNote: 'It’s as “cited”: 第1条 🌱 checked.'
-    auditNote: ''
+    auditNote: 'It’s as “cited”: 第2条 🌱 checked.'
-    auditNote: ''
+    auditNote: 'It’s as “cited”: 第3条 🌱 checked.'
-    auditNote: Royal Assent and commencement agree with the note of a law firm of December 2023.
+    auditNote: 'It’s as “cited”: 第4条 🌱 checked.'
-    auditNote: ''
+    auditNote: 'It’s as “cited”: 第5条 🌱 checked.'
-  lastAuditDate: '2026-01-30'
-  reviewer: ''
+  lastAuditDate: '{today}'
+  reviewer: 'Rosa Lindqvist'
""",
}


@pytest.fixture
def seeds(transactional_db: None, policy_folder: Path) -> Folder:
    """A copy of the project's own files, imported."""
    shutil.copytree(PROJECT / "seeds", policy_folder, dirs_exist_ok=True)
    call_command("import_policies", verbosity=0)
    return Folder(policy_folder)


def changed_lines(before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, str]:
    """By path, the removed and added lines of each file that differs."""
    assert list(before) == list(after)
    return {
        path: "\n".join(
            line
            for line in difflib.unified_diff(
                before[path].decode().split("\n"), after[path].decode().split("\n"), lineterm="", n=0
            )
            if line[:1] in "+-" and line[:3] not in ("+++", "---")
        )
        for path in before
        if before[path] != after[path]
    }


def open_from_the_queue(page: Page, title: str) -> None:
    page.get_by_role("link", name="Queue", exact=True).click()
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.parametrize("policy_id", SIGNED_LINES)
def test_what_a_reviewer_signs_is_what_the_file_gets(
    page: Page, login: Callable[[str], User], seeds: Folder, policy_id: str
) -> None:
    before = seeds.content()
    path = f"policies/en/{policy_id}.md"
    title = get_policy(policy_id).title

    # The reviewer judges every claim and verifies, in one go.
    login("reviewer")
    open_from_the_queue(page, title)
    claims = page.get_by_role("article")
    expect(claims).to_have_count(5)
    for number in range(1, 6):
        claim = claims.nth(number - 1)
        claim.get_by_role("textbox", name="Audit note").fill(NOTE.format(number))
        claim.get_by_label("Accepted as is" if number % 2 else "Corrected").check()
    expect(page.get_by_role("status")).to_have_text("5 claims not saved yet")
    page.get_by_role("button", name="Save and verify").click()

    today = localdate()
    expect(page.locator(".messagelist")).to_contain_text(
        f"Verified by Rosa Lindqvist on {today.day} {today:%B %Y}. Next in the queue: "
    )
    expect(page.locator(".title-line .badge").first).to_have_text("Verified")
    assert seeds.content() == before  # verifying writes no file

    # The publisher sees it, downloads it, and writes it to the folder.
    login("publisher")
    page.get_by_role("link", name="Export", exact=True).click()
    expect(page.get_by_role("region", name="Goes out")).to_contain_text(path)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download ZIP").click()
    assert seeds.content() == before  # neither does a download
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        zipped = {name: archive.read(name) for name in archive.namelist()}
    page.get_by_role("button", name="Write to the files").click()
    expect(page.get_by_role("region", name="Written")).to_contain_text(path)

    after = seeds.content()
    assert changed_lines(before, after) == {path: SIGNED_LINES[policy_id].strip("\n").format(today=today)}
    assert zipped == {path: after[path]}

    # The page says so, the history names the publisher, and a second export writes nothing.
    page.get_by_role("link", name=policy_id).click()
    expect(page.locator(".empty-title")).to_have_text("Nothing: the file is as it was signed")
    newest = get_policy(policy_id).source_file.history.latest("pk")
    assert (newest.history_user.username, newest.history_change_reason) == (
        "publisher",
        f"Exported to {path}",
    )
    stamp = (seeds.root / path).stat().st_mtime_ns
    page.get_by_role("link", name="Export", exact=True).click()
    page.get_by_role("button", name="Write to the files").click()
    expect(page.locator(".empty-title")).to_have_text("Nothing was written")
    assert (seeds.content(), (seeds.root / path).stat().st_mtime_ns) == (after, stamp)


def test_correction_reopens_and_restoring_closes_again(
    page: Page, login: Callable[[str], User], seeds: Folder
) -> None:
    policy = get_policy("us-cfr-40-146-h")
    login("reviewer")
    open_from_the_queue(page, policy.title)
    for claim in page.get_by_role("article").all():
        claim.get_by_role("textbox", name="Audit note").fill("Read the rule.")
        claim.get_by_label("Accepted as is").check()
    page.get_by_role("button", name="Save and verify").click()
    expect(page.locator(".title-line .badge").first).to_have_text("Verified")
    call_command("export_policies", verbosity=0)
    signed = seeds.content()

    # The editor corrects one piece of evidence: that claim is open again, and nothing goes out.
    login("editor")
    page.goto(f"/admin/reviews/policy/{policy.pk}/change/")
    market = page.get_by_role("group", name=re.compile("^market"))
    evidence = market.get_by_label("Evidence")
    evidence.fill(f"{evidence.input_value()} Corrected.")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator(".messagelist")).to_contain_text("market · evidence")
    page.get_by_role("link", name="Review", exact=True).click()
    expect(page.locator(".title-line")).to_contain_text("Stale")
    expect(page.get_by_role("article", name="market")).to_contain_text(
        "Open again: the content changed since Rosa Lindqvist"
    )
    expect(page.get_by_role("article", name="mrv")).to_contain_text("Accepted as is by Rosa Lindqvist")
    call_command("export_policies", verbosity=0)
    assert seeds.content() == signed

    # Restoring the signed version makes the sign-off count again.
    page.get_by_role("link", name="History", exact=True).click()
    page.get_by_role("link", name="Restore… version 3").click()
    page.get_by_role("button", name="Restore version 3").click()
    expect(page.locator(".messagelist")).to_contain_text("Version 3 is back")
    page.get_by_role("link", name="Review", exact=True).click()
    expect(page.locator(".title-line .badge").first).to_have_text("Verified")
    assert get_policy("us-cfr-40-146-h").standing == "verified"


def test_leaving_with_unsaved_notes_asks_first(
    page: Page, login: Callable[[str], User], seeds: Folder
) -> None:
    policy = get_policy("us-cfr-40-146-h")
    login("reviewer")
    page.goto(f"/admin/reviews/policy/{policy.pk}/review/")
    asked: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", note_dialog)

    market = page.get_by_role("article", name="market")
    market.get_by_label("Rejected").check()
    expect(page.get_by_role("status")).to_have_text("1 claim not saved yet")
    market.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("status")).to_have_text("")
    expect(market.get_by_label("Rejected")).not_to_be_checked()
    page.reload()
    assert asked == []

    market.get_by_role("textbox", name="Audit note").fill("Half a")
    page.reload()
    assert asked == ["beforeunload"]


def test_page_fails_its_test_on_a_violation(context: BrowserContext, problems: list[str]) -> None:
    life_of_a_page = inspect.unwrap(conftest.page)(context, problems)
    page = next(life_of_a_page)
    page.goto("/admin/login/")

    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    page.wait_for_timeout(200)

    with pytest.raises(AssertionError, match="Executing inline script violates"):
        next(life_of_a_page)
