"""An upload in a real browser, from the file to the record; and a run that a worker does while its page watches."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import LazySettings, settings
from django.contrib.auth.models import User
from django.db import connection
from playwright.sync_api import Page, expect

from reviews.models import Run
from reviews.services.upload_source import pack_files
from tests.browser.looks import faults
from tests.conftest import PROJECT
from tests.factories import Folder, flow_text, front_matter, get_policy
from tests.services.counts import edit


def work_once() -> None:
    """Run a real worker in a process of its own, until nothing is left to do."""
    database = connection.settings_dict
    url = (
        f"sqlite:///{database['NAME']}"
        if connection.vendor == "sqlite"
        else "postgresql://{USER}:{PASSWORD}@/{NAME}?host={HOST}&port={PORT}".format(**database)
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "policyhub.settings",
        "DATABASE_URL": url,
        "POLICYHUB_WORKER": "on",
        "POLICYHUB_FOLDER": str(settings.POLICYHUB_FOLDER),
    }
    worker = [sys.executable, "manage.py", "db_worker", "--batch", "--no-startup-delay", "--no-reload"]
    subprocess.run(worker, cwd=PROJECT, env=environment, check=True, timeout=60)


def test_upload_is_planned_confirmed_done_by_a_worker_and_leads_to_the_record(
    page: Page, login: Callable[[str], User], folder: Folder, tmp_path: Path, settings: LazySettings
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    editor = login("editor")
    folder.import_policy()
    edit(editor, title="Law")
    changed = front_matter(title="Act", url="https://example.org/new")
    files = {"no-storage-act": changed, "new": front_matter("new")}
    packed = [(f"policies/en/{name}.md", flow_text(values).encode()) for name, values in files.items()]
    (tmp_path / "policies.zip").write_bytes(pack_files([*packed, ("../evil.md", b"")]))
    found = []

    # From the list to the plan.
    page.goto("/admin/")
    page.get_by_role("link", name="Runs", exact=True).click()
    found += [f"list: {fault}" for fault in faults(page)]
    page.get_by_role("link", name="Upload files").click()
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("alert")).to_contain_text("No file was chosen")
    found += [f"refused: {fault}" for fault in faults(page)]
    page.get_by_label("A ZIP, or Markdown files").set_input_files(tmp_path / "policies.zip")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("heading", name="Will be changed 1")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="title")).to_contain_text("Conflict")
    found += [f"plan: {fault}" for fault in faults(page)]

    # It waits for a worker, and the page shows by itself that it is done.
    page.get_by_role("button", name="Import 2 files").click()
    expect(page.get_by_role("heading", name="Waits for the worker")).to_be_visible()
    found += [f"waiting: {fault}" for fault in faults(page)]
    assert Run.objects.latest("pk").status == "waiting"
    work_once()
    expect(page.get_by_role("heading", name="Added 1")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the 1 failure (CSV)").click()
    assert "../evil.md,,refused," in download.value.path().read_text("utf-8-sig")

    page.get_by_role("link", name="no-storage-act (en)").click()
    expect(page).to_have_url(
        page.url.split("/admin/")[0] + f"/admin/reviews/policy/{get_policy().pk}/review/"
    )
    assert (get_policy().title, get_policy().url) == ("Law", "https://example.org/new")
    assert found == []
