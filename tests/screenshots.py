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
MANAGE = (sys.executable, str(PROJECT / "manage.py"))
NOTE = "Read against the consolidated text of the regulation; section and figure agree."
RECORD = "us-cfr-40-146-h"  # claimed: judged, verified, then corrected
OTHERS = ("cn-ccer", "eu-reg-2024-1735", "uk-energy-act-2023-part-1")  # judged and verified before
WITH_TRANSLATION = "eu-directive-2009-31"  # judged in part
TRANSLATED = "us-irc-45q"  # in English and in Chinese: the picture of the review page


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def environment_of(place: Path) -> dict[str, str]:
    """The environment of a hub whose files and whose database stand below this folder."""
    return os.environ | {
        "POLICYHUB_VAR": str(place / "var"),
        "POLICYHUB_FOLDER": str(place / "seeds"),
        "POLICYHUB_ENV_FILE": os.devnull,
    }


@contextmanager
def hub(place: Path, files: Path = PROJECT / "seeds") -> Iterator[tuple[str, dict[str, str]]]:
    """A hub on a copy of the seeds, or of other files: its address, and the password of each account."""
    shutil.copytree(files, place / "seeds")
    environment = environment_of(place)
    done = subprocess.run(
        [*MANAGE, "quickstart", "--no-server"],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    passwords = dict(re.findall(r"^  (\w+) +(\S{12,}) ", done.stdout, re.MULTILINE))
    port = free_port()
    server = subprocess.Popen([*MANAGE, "quickstart", "--port", str(port)], env=environment)
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
    page.wait_for_url(re.compile(r"/(review|change)/$"))
    found = re.search(r"(/admin/reviews/policy/\d+/)", page.url)
    assert found, page.url
    return found.group(1)


def judge(page: Page, *, but: int = 0, last: str = "Control+Enter") -> None:
    """Accept claim after claim by keyboard, all but so many; the last key is what is done with the record."""
    count = page.locator("article.claim").count() - but  # all but the one in focus are hidden
    title = page.get_by_role("heading", level=1).inner_text()
    for number in range(1, count + 1):
        page.keyboard.press("1")
        page.keyboard.insert_text(f"{title}: read in the consolidated text; section and figure agree.")
        page.keyboard.press("Control+Enter" if number < count else last)


def sign(page: Page, policy_id: str) -> str:
    """Judge all of a record and verify it; return the start of its pages' addresses."""
    start = open_record(page, policy_id)
    with page.expect_navigation():
        judge(page, last="Control+Shift+Enter")
    return start


def correct(page: Page, start: str) -> None:
    """Correct the evidence of one claim, as an editor."""
    page.goto(f"{start}change/")
    boxes = page.get_by_label("Evidence").all()
    box = next(box for box in boxes if "[AI-Generated]" in box.input_value())
    box.fill(box.input_value().replace("[AI-Generated] ", ""))
    page.get_by_label("Reason, for the history").fill("Read again: the mark is not needed any more")
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()


def change_file(place: Path, policy_id: str) -> None:
    """Change the claims that were marked as generated on disk too, as a script of the site might, and import that."""
    file = place / "seeds" / "policies" / "en" / f"{policy_id}.md"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[AI-Generated] ", "As amended in 2024: "), encoding="utf-8")
    subprocess.run(
        [*MANAGE, "import_policies", "-v0"], env=environment_of(place), check=True, stdout=subprocess.DEVNULL
    )


def take(page: Page, name: str, *, width: int = 1280, height: int = 860) -> None:
    """One picture in light and one in dark."""
    page.set_viewport_size({"width": width, "height": height})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=IMAGES / f"{name}-{scheme}.png", animations="disabled")
    page.emulate_media(color_scheme="light")


def play(page: Page, passwords: dict[str, str], place: Path) -> None:
    """The story, with a picture at each stop."""
    login(page, "reviewer", passwords["reviewer"])
    page.goto("/admin/reviews/policy/queue/")
    take(page, "queue")
    for policy_id in OTHERS:
        sign(page, policy_id)
    open_record(page, WITH_TRANSLATION)
    judge(page, but=2)
    take(page, "review", width=1440, height=900)
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    start = sign(page, RECORD)
    page.goto(f"{start}file/")
    take(page, "file")
    page.goto("/admin/")
    take(page, "dashboard", height=1420)
    login(page, "editor", passwords["editor"])
    correct(page, start)
    page.goto(f"{start}history/")
    take(page, "history")
    page.get_by_role("link", name=re.compile("^Compare with previous")).first.click()
    take(page, "compare", height=720)
    page.goto("/admin/reviews/policy/")
    take(page, "policies")
    change_file(place, RECORD)
    page.goto(f"{start}conflicts/")
    take(page, "conflict")


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
        play(context.new_page(), passwords, Path(name))
        browser.close()


if __name__ == "__main__":
    main()
