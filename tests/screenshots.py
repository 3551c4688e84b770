"""Takes the pictures of the documents from the seeds, in a hub of its own, as a reviewer sees it.

`python -m tests.screenshots` writes docs/images/<page>-<light or dark>.png. It runs the quickstart in a temporary
folder, plays the README's story (a record is judged, verified, then corrected), and looks at each page.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import FLAGS, downloaded_chromium, installed_chromium

PROJECT = Path(__file__).resolve().parent.parent
IMAGES = PROJECT / "docs" / "images"
RECORD = "us-cfr-40-146-h"  # claimed: judged, verified, then corrected


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def hub(place: Path, files: Path = PROJECT / "seeds") -> Iterator[tuple[str, dict[str, str]]]:
    """A hub on a copy of the seeds, or of other files: its address, and the password of each account."""
    shutil.copytree(files, place / "seeds")
    environment = os.environ | {
        "POLICYHUB_VAR": str(place / "var"),
        "POLICYHUB_FOLDER": str(place / "seeds"),
        "POLICYHUB_ENV_FILE": os.devnull,
    }
    manage = [sys.executable, str(PROJECT / "manage.py")]
    done = subprocess.run(
        [*manage, "quickstart", "--no-server"],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    passwords = dict(re.findall(r"^  (\w+) +(\S{12,}) ", done.stdout, re.MULTILINE))
    port = free_port()
    server = subprocess.Popen([*manage, "quickstart", "--port", str(port)], env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}/admin/login/")
        yield f"http://127.0.0.1:{port}", passwords
    finally:
        server.terminate()
        server.wait(timeout=10)


def wait_for(address: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{address} does not answer")


def login(page: Page, username: str, password: str) -> None:
    page.context.clear_cookies()
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


def open_record(page: Page, policy_id: str) -> str:
    """Open the record in English from the list; return the start of its pages' addresses."""
    page.goto(f"/admin/reviews/policy/?q={policy_id}")
    page.locator("tr", has_text=policy_id).filter(has_text="en").first.get_by_role("link").first.click()
    found = re.search(r"(/admin/reviews/policy/\d+/)", page.url)
    assert found, page.url
    return found.group(1)


def judge(page: Page, start: str) -> None:
    """Give every claim a note and a verdict; the last step is to verify."""
    page.goto(f"{start}review/")
    for group in page.get_by_role("group", name=re.compile("^Verdict on ")).all():
        group.get_by_label("Accepted as is").check()
    for box in page.get_by_label(re.compile("^Audit note on ")).all():
        box.fill("Read against the consolidated text of the regulation; section and figure agree.")


def correct(page: Page, start: str) -> None:
    """Correct the evidence of one claim, as an editor."""
    page.goto(f"{start}change/")
    boxes = page.get_by_label("Evidence").all()
    box = next(box for box in boxes if "[AI-Generated]" in box.input_value())
    box.fill(box.input_value().replace("[AI-Generated] ", ""))
    page.get_by_label("Reason, for the history").fill("Read again: the mark is not needed any more")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state()


def take(page: Page, name: str, *, height: int = 860) -> None:
    """One picture in light and one in dark."""
    page.set_viewport_size({"width": 1280, "height": height})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=IMAGES / f"{name}-{scheme}.png")
    page.emulate_media(color_scheme="light")


def play(page: Page, passwords: dict[str, str]) -> None:
    """The story, with a picture at each stop."""
    login(page, "reviewer", passwords["reviewer"])
    page.goto("/admin/reviews/policy/queue/")
    take(page, "queue")
    start = open_record(page, RECORD)
    judge(page, start)
    page.evaluate("scrollTo(0, 0)")
    take(page, "review", height=1080)
    page.get_by_role("button", name="Save and verify").click()
    page.wait_for_load_state()
    page.goto(f"{start}file/")
    take(page, "file")
    page.goto("/admin/")
    take(page, "dashboard", height=1420)
    login(page, "editor", passwords["editor"])
    correct(page, start)
    page.goto(f"{start}history/")
    take(page, "history")
    page.goto("/admin/reviews/policy/")
    take(page, "policies")


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as name,
        hub(Path(name)) as (address, passwords),
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(
            executable_path=installed_chromium() or downloaded_chromium(), args=FLAGS
        )
        context = browser.new_context(base_url=address, locale="en")
        play(context.new_page(), passwords)
        browser.close()


if __name__ == "__main__":
    main()
