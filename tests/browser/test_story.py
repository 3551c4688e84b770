"""The whole story by keyboard alone, on real files: judge, verify, export; correct, judge again, restore."""

import difflib
import inspect
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.utils.timezone import localdate
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from reviews.models import Comment, Decision, Verdict
from tests.browser import conftest
from tests.browser.conftest import PASSWORD
from tests.browser.keyboard import Keyboard
from tests.conftest import PROJECT
from tests.factories import Folder, get_policy, make_user, verify

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


# What happens to the other three, which come first in the queue.
CORRECTED, SKIPPED, ABSTAINED = "au-opggs-act-2006", "de-ksptg-2025", "eu-reg-2024-1735"


@pytest.fixture
def seeds(transactional_db: None, policy_folder: Path) -> Folder:
    """A copy of six of the project's own files, imported: all of them claim to be verified."""
    for policy_id in (CORRECTED, SKIPPED, ABSTAINED, *SIGNED_LINES):
        path = f"policies/en/{policy_id}.md"
        (policy_folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / "seeds" / path, policy_folder / path)
    call_command("import_policies", verbosity=0)
    return Folder(policy_folder)


@pytest.fixture
def keyboard(page: Page) -> Keyboard:
    return Keyboard(page)


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


def decided() -> list[tuple[str, str, str]]:
    """Every decision so far: on what, which, why."""
    return list(Decision.objects.order_by("pk").values_list("policy__policy_id", "transition", "reason"))


def seen_in(policy_id: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Verdicts and comments on a record: where, and what."""
    here = {"policy__policy_id": policy_id}
    return (
        list(Verdict.objects.filter(**here).order_by("pk").values_list("dimension_key", "kind")),
        list(Comment.objects.filter(**here).order_by("pk").values_list("dimension_key", "text")),
    )


def expect_record(page: Page, policy_id: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(get_policy(policy_id).title)


def test_reviewer_and_publisher_need_no_mouse(
    page: Page, keyboard: Keyboard, account: Callable[[str], User], seeds: Folder
) -> None:
    before, today = seeds.content(), localdate()
    account("reviewer")
    account("publisher")
    wei = make_user("wei", "伟", "张", "Reviewers", email="wei@example.org")
    keyboard.login("reviewer", PASSWORD)
    keyboard.follow("link", "Start with the next one")

    # One piece of evidence is wrong: she corrects it, tells a colleague, and judges the next dimension.
    expect_record(page, CORRECTED)
    first, second, *_others = get_policy(CORRECTED).dimensions.all()
    keyboard.press("e")
    keyboard.press("Control+End")
    keyboard.type(" Corrected.")
    keyboard.press("Escape", "j", "3")
    keyboard.type("The section says nothing of the kind.")
    keyboard.leave("Control+s")
    expect(page.locator(".messagelist")).to_contain_text(
        f"You corrected the evidence of “{first.key}”: someone else has to judge it now."
    )
    keyboard.press("k", "k", "c")
    keyboard.type("Please judge this one, @wei.")
    keyboard.press("Control+Enter")
    expect(page.locator("article.comment")).to_be_focused()
    keyboard.leave("Escape", "s")

    # The second one can wait, from the third she abstains.
    expect_record(page, SKIPPED)
    keyboard.leave("x")
    expect_record(page, ABSTAINED)
    keyboard.press("a")
    keyboard.type("I advised on it.")
    keyboard.leave("Control+Enter")

    # The first of the three she judges with Tab, arrows and Space alone, the others with their keys.
    for at, policy_id in enumerate(sorted(SIGNED_LINES)):
        expect_record(page, policy_id)
        for number, dimension in enumerate(get_policy(policy_id).dimensions.all(), start=1):
            if at == 0:
                keyboard.tab_to("radio", "Accepted as is")
                keyboard.press(*(["Space"] if number % 2 else ["ArrowRight"]))
                keyboard.tab_to("textbox", f"Audit note on {dimension.key}")
            else:
                keyboard.press("1" if number % 2 else "2")
            keyboard.press("Control+A")
            keyboard.type(NOTE.format(number))
            if at == 0:
                keyboard.tab_to("button", "Done with this one" if number < 5 else "Verify and next")
                keyboard.press(*(["Enter"] if number < 5 else []))
            elif number < 5:
                keyboard.press("Control+Enter")
        keyboard.leave("Enter" if at == 0 else "Control+Shift+Enter")
        expect(page.locator(".messagelist")).to_contain_text(
            f"Verified by Rosa Lindqvist on {today.day} {today:%B %Y}."
        )

    # What she skipped comes back at the end of her round. All of it stands in the database, and in no file.
    expect_record(page, SKIPPED)
    signed = [(policy_id, "verify", "") for policy_id in sorted(SIGNED_LINES)]
    assert decided() == [(ABSTAINED, "abstain", "I advised on it."), *signed]
    assert seen_in(CORRECTED) == ([(second.key, "rejected")], [(first.key, "Please judge this one, @wei.")])
    assert get_policy(CORRECTED).dimensions.get(key=first.key).evidence == f"{first.evidence} Corrected."
    assert [(message.to, message.subject) for message in mail.outbox] == [
        ([wei.email], f"Rosa Lindqvist mentions you: {get_policy(CORRECTED).title}")
    ]
    assert seeds.content() == before

    # The publisher downloads what goes out, and writes it to the folder: it is what was signed, to the line.
    keyboard.login("publisher", PASSWORD)
    keyboard.follow("link", "Export")
    keyboard.tab_to("button", "Download ZIP")
    with page.expect_download() as download:
        keyboard.press("Enter")
    with zipfile.ZipFile(download.value.path()) as archive:
        zipped = {name: archive.read(name) for name in archive.namelist()}
    assert seeds.content() == before
    keyboard.follow("button", "Write to the files")
    after = seeds.policy_files()
    assert changed_lines(before, after) == {
        f"policies/en/{policy_id}.md": lines.strip("\n").format(today=today)
        for policy_id, lines in SIGNED_LINES.items()
    }
    assert zipped.pop("SIGNOFFS.jsonl") == (seeds.root / "SIGNOFFS.jsonl").read_bytes()
    assert zipped == {path: after[path] for path in changed_lines(before, after)}

    # The page says so, the history names the publisher, and a second export writes nothing.
    policy_id, path = "us-cfr-40-146-h", "policies/en/us-cfr-40-146-h.md"
    expect(page.get_by_role("region", name="Written")).to_contain_text(path)
    newest = get_policy(policy_id).source_file.history.latest("pk")
    assert (newest.history_user.username, newest.history_change_reason) == (
        "publisher",
        f"Exported to {path}",
    )
    keyboard.follow("link", f"{policy_id} (en)")
    expect(page.locator(".empty-title")).to_have_text("Nothing: the file is as it was signed")
    stamp = (seeds.root / path).stat().st_mtime_ns
    keyboard.follow("link", "Export")
    keyboard.follow("button", "Write to the files")
    expect(page.locator(".empty-title")).to_have_text("Nothing was written")
    assert (seeds.policy_files(), (seeds.root / path).stat().st_mtime_ns) == (after, stamp)


def test_correction_reopens_one_claim_and_restoring_closes_it_again(
    page: Page, keyboard: Keyboard, account: Callable[[str], User], seeds: Folder
) -> None:
    policy = get_policy("us-cfr-40-146-h")
    verify(policy, account("reviewer"))
    account("editor")
    call_command("export_policies", verbosity=0)
    signed = seeds.content()

    # The editor corrects one piece of evidence: that claim is open again, and nothing goes out.
    keyboard.login("editor", PASSWORD)
    page.goto(f"/admin/reviews/policy/{policy.pk}/change/")
    keyboard.tab_to("textbox", "Evidence", most=200)
    keyboard.press("Control+End")
    keyboard.type(" Corrected.")
    keyboard.leave("Control+s")
    expect(page.locator(".messagelist")).to_contain_text("incentive · evidence")
    call_command("export_policies", verbosity=0)
    assert (get_policy(policy.policy_id).standing, seeds.content()) == ("stale", signed)

    # The reviewer sees word by word what changed, judges that alone, and signs.
    keyboard.login("reviewer", PASSWORD)
    keyboard.follow("link", "Start with the next one")
    expect_record(page, policy.policy_id)
    expect(page.get_by_role("region", name="Since the last verdict").locator("ins")).to_have_text(
        [". Corrected"]
    )
    keyboard.press("1")
    keyboard.press("Control+A")
    keyboard.type("Read again.")
    keyboard.leave("Control+Shift+Enter")
    assert decided() == [(policy.policy_id, "verify", "")] * 2
    assert Verdict.objects.filter(policy=policy).count() == 6

    # The editor restores what was signed first: every verdict of then counts again, so one key signs it.
    keyboard.login("editor", PASSWORD)
    page.goto(f"/admin/reviews/policy/{policy.pk}/history/")
    keyboard.follow("link", "Restore… version 3")
    keyboard.follow("button", "Restore version 3")
    expect(page.locator(".messagelist")).to_contain_text("Version 3 is back")
    keyboard.login("reviewer", PASSWORD)
    keyboard.follow("link", "Start with the next one")
    expect_record(page, policy.policy_id)
    expect(page.get_by_role("region", name="Save and decide")).to_contain_text("5 of 5 judged")
    keyboard.leave("v")
    assert get_policy(policy.policy_id).standing == "verified"


def test_leaving_with_unsaved_notes_asks_first_and_keeps_them(
    page: Page, keyboard: Keyboard, login: Callable[[str], User], seeds: Folder
) -> None:
    asked: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", note_dialog)
    login("reviewer")
    page.goto(f"/admin/reviews/policy/{get_policy(CORRECTED).pk}/review/")
    unsaved, note = page.get_by_text("not saved yet"), page.get_by_label("Audit note on incentive")

    keyboard.press("3")
    expect(note).to_be_focused()
    expect(unsaved).to_be_visible()
    keyboard.press("Escape", "0")
    expect(unsaved).to_be_hidden()
    page.reload()
    assert asked == []

    keyboard.press("n")
    keyboard.type("Half a")
    page.reload()
    assert asked == ["beforeunload"]
    expect(note).to_have_value("Half a")


def test_page_fails_its_test_on_a_violation(context: BrowserContext, problems: list[str]) -> None:
    life_of_a_page = inspect.unwrap(conftest.page)(context, problems)
    page = next(life_of_a_page)
    page.goto("/admin/login/")

    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    page.wait_for_timeout(200)

    with pytest.raises(AssertionError, match="Executing inline script violates"):
        next(life_of_a_page)
