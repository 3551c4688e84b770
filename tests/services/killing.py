"""A program that merges a folder in processes of its own, and kills them: each with SIGKILL, at a moment drawn by lot.

`python -m tests.services.killing FOLDER KILLS SEED`, in an environment that names an SQLite database: migrated and
empty, or not there yet. Prints as JSON what stood in it before, after each kill, and after a run to the end.
"""

import gc
import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import django


def prepare(folder: Path) -> None:
    """Import files, edit half of the records, and change the files: so that there is something of everything."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from reviews.models import Policy
    from reviews.services.editing import edit_policy
    from reviews.services.importing import import_policies
    from tests.factories import Folder, claim, make_user

    if not Path(settings.DATABASES["default"]["NAME"]).exists():
        call_command("migrate", verbosity=0)
    files = Folder(folder)
    names = [f"policy-{number:02}" for number in range(30)]
    for name in names:
        files.policy(name, style="json")
    import_policies([folder], actor=None)
    editor: User = make_user("editor", "Elena", "Ortiz", "Editors")
    for policy in Policy.objects.for_review().order_by("pk")[:15]:
        seen, wanted = policy.to_values(), policy.to_values()
        wanted.fields["title"], wanted.fields["country"] = "Sea Act", "Chile"
        edit_policy(policy.pk, seen=seen, wanted=wanted, actor=editor)
    for name in names[:22]:
        files.policy(
            name, style="json", title="Lake Act", analysis={"market": claim(score=1), "new": claim()}
        )
    (folder / "policies/en/policy-25.md").unlink()
    (folder / "policies/en/policy-26.md").rename(folder / "policies/en/moved.md")
    for number in range(5):
        files.policy(f"new-{number}", style="json")


def state() -> Any:
    """What the database says, whole rows, but for what no import undoes or repeats: that a run was begun, and times."""
    from django.db import connection

    from reviews.models import (
        Conflict,
        DimensionAnalysis,
        FileQuestion,
        Finding,
        Policy,
        RunFile,
        SourceFile,
    )

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        (answer,) = cursor.fetchone()
        cursor.execute("PRAGMA foreign_key_check")
        broken = cursor.fetchall()
    policies = Policy.objects.order_by("policy_id").values_list(
        "policy_id",
        "title",
        "country",
        "version",
        "content_digest",
        "open_conflicts",
        "source_file__text_digest",
    )
    counts = {
        model.__name__: model.objects.count()
        for model in (DimensionAnalysis, SourceFile, Conflict, FileQuestion, Finding, RunFile)
    }
    history = {model.__name__: model.history.count() for model in (Policy, DimensionAnalysis, SourceFile)}
    return [answer, broken, [list(row) for row in policies], counts, history]


def merge(folder: Path) -> int:
    """Fork a process that imports the folder, and return its id."""
    from django.db import connections

    connections.close_all()
    if pid := os.fork():
        return pid
    from reviews.services.importing import import_policies

    try:
        import_policies([folder], actor=None)
    finally:
        os._exit(0)


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "policyhub.settings"
    django.setup()
    from django.db import connections

    folder, kills, lot = Path(sys.argv[1]), int(sys.argv[2]), random.Random(sys.argv[3])
    prepare(folder)
    gc.freeze()  # the processes that are forked need not look at all that
    before = state()
    connections.close_all()
    database = Path(connections["default"].settings_dict["NAME"])
    kept = database.with_name("before.sqlite3")
    shutil.copy(database, kept)
    began = time.perf_counter()
    os.waitpid(merge(folder), 0)
    lasts = time.perf_counter() - began
    after = state()
    connections.close_all()
    seen = []
    for _ in range(kills):
        connections.close_all()
        shutil.copy(kept, database)
        for left in database.parent.glob(f"{database.name}-*"):
            left.unlink()
        pid = merge(folder)
        time.sleep(lot.uniform(0, lasts))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        killed = state()
        os.waitpid(merge(folder), 0)
        seen.append([killed, state()])
    print(json.dumps({"before": before, "after": after, "seen": seen}))


if __name__ == "__main__":
    main()
