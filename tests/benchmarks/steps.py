"""One step of the benchmark in a process of its own, so that its time and its peak of memory are its own.

`python -m tests.benchmarks.steps STEP FOLDER`, in an environment that names the database. Prints seconds,
peak memory in MiB and the number of files, as JSON. Start-up and imports are not part of the time.
"""

import gc
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django
import frontmatter

ENVIRONMENT = {"POLICYHUB_ENV_FILE": os.devnull, "SECRET_KEY": "only-for-benchmarks", "LOG_LEVEL": "ERROR"}


def read(folder: Path) -> int:
    """Merely read every file with python-frontmatter: what a cold import is held against."""
    paths = sorted(folder.rglob("*.md"))
    for path in paths:
        frontmatter.loads(path.read_text(encoding="utf-8"))
    return len(paths)


def hash_(folder: Path) -> int:
    """Merely read and hash every file: what an unchanged re-import and a no-op export are held against."""
    paths = sorted(folder.rglob("*.md"))
    for path in paths:
        hashlib.sha256(path.read_bytes()).hexdigest()
    return len(paths)


def migrate(_folder: Path) -> int:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return 0


def import_(folder: Path) -> int:
    """Import the folder; afterwards every file is known."""
    from reviews.services.importing import import_policies

    report = import_policies([folder], actor=None)
    assert not report.refused, report.refused[0]
    return len(report.files)


def import_git(repository: Path) -> int:
    """Import what the repository has at its head."""
    from reviews.services.git_source import GitSource
    from reviews.services.importing import import_policies

    report = import_policies(GitSource(repository), actor=None)
    assert not report.refused, report.refused[0]
    return len(report.files)


def change(folder: Path) -> int:
    """Change one file in a hundred, a score and the body, and another value of each one's record: to be merged."""
    from dataclasses import replace

    from django.contrib.auth.models import Group, User

    from reviews.models import Policy
    from reviews.services.editing import edit_policy

    editor, is_new = User.objects.get_or_create(username="editor")
    if is_new:
        editor.groups.set(Group.objects.filter(name="Editors"))
    paths = sorted(folder.rglob("*.md"))[::100]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        scored = re.sub(
            r"'score': (\d+)", lambda found: f"'score': {(int(found[1]) + 1) % 100}", text, count=1
        )
        path.write_text(f"{scored}\nAmended.\n", encoding="utf-8")
        policy = Policy.objects.get(source_file__path=path.relative_to(folder).as_posix())
        seen = policy.to_values()
        wanted = replace(seen, fields={**seen.fields, "interpretation": f"As amended {time.time()}."})
        edit_policy(policy.pk, seen=seen, wanted=wanted, actor=editor)
    return len(paths)


def merge(folder: Path) -> int:
    """Import the folder of which one file in a hundred changed, as its record did."""
    from reviews.services.import_plan import Outcome
    from reviews.services.importing import import_policies

    report = import_policies([folder], actor=None)
    assert report.count(Outcome.UPDATED) == len(report.files[::100]), report
    return len(report.files)


def sign(folder: Path) -> int:
    """Sign every record as a reviewer would.

    Where a placeholder stands for evidence an editor writes some first: nobody could sign it.
    """
    from django.contrib.auth.models import Group, User

    from reviews.models import Finding, Policy
    from reviews.services.editing import edit_policy
    from reviews.services.workflow import Judgement, judge_dimensions, make_decision
    from reviews.states import State, VerdictKind

    actor = User.objects.create(username="reviewer", first_name="Rita", last_name="Sommer")
    actor.groups.set(Group.objects.filter(name__in=["Editors", "Reviewers"]))
    editor, _ = User.objects.get_or_create(username="editor")
    editor.groups.set(Group.objects.filter(name="Editors"))
    blocked = Finding.objects.filter(check_id="evidence-placeholder").values("policy")
    for policy in Policy.objects.for_review().filter(pk__in=blocked).iterator(chunk_size=100):
        seen, wanted = policy.to_values(), policy.to_values()
        for finding in policy.findings.filter(check_id="evidence-placeholder"):
            wanted.dimensions[finding.dimension_key].fields["evidence"] = "The source says so, in section 4."
        edit_policy(policy.pk, seen=seen, wanted=wanted, actor=editor)
    for policy in Policy.objects.for_review().iterator(chunk_size=100):
        if policy.state == State.DRAFT:
            make_decision(policy.pk, "submit", actor=actor, seen_digest=policy.content_digest)
        note = "Read against the cited source."
        judgements = [
            Judgement(item.key, note, VerdictKind.ACCEPTED, item.content_digest, item.audit_note)
            for item in policy.dimensions.all()
        ]
        judge_dimensions(policy.pk, judgements, actor=actor)
        make_decision(policy.pk, "verify", actor=actor, seen_digest=policy.content_digest)
    return Policy.objects.filter(standing="verified").count()


def write(folder: Path) -> int:
    """Export every signed text to the folder."""
    from reviews.services.exporting import export_policies

    report = export_policies(actor=None)
    assert not any(item.reason for item in report.files), report
    return len(report.files)


def export(folder: Path) -> int:
    """Export once more, with every record signed and on disk already."""
    from reviews.services.export_report import ExportOutcome
    from reviews.services.exporting import export_policies

    report = export_policies(actor=None)
    assert report.count(ExportOutcome.UNCHANGED) == len(report.files) == len(list(folder.rglob("*.md")))
    return len(report.files)


def write_aside(repository: Path) -> int:
    """Write the signed texts beside the repository, for ``commit_bare``."""
    from reviews.models import Policy

    rows = Policy.objects.values_list("source_file__path", "signoff__signed_text")
    for path, text in rows:
        place = signed_texts(repository) / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
    return len(rows)


def signed_texts(repository: Path) -> Path:
    """Where the signed texts stand that are to be committed to the repository."""
    return repository.with_name(f"{repository.name}-signed")


def commit_bare(repository: Path) -> int:
    """Merely write, add and commit each signed text, one by one: what an export to git is held against."""
    paths = sorted(signed_texts(repository).rglob("*.md"))
    for path in paths:
        name = path.relative_to(signed_texts(repository))
        (repository / name).write_bytes(path.read_bytes())
        for words in (["add", "--", str(name)], ["commit", "-q", "-m", f"Verify {name}"]):
            subprocess.run(["git", *words], cwd=repository, check=True)
    return len(paths)


def commit(repository: Path) -> int:
    """Export every signed record as a commit."""
    from reviews.services.export_report import ExportOutcome
    from reviews.services.git_exporting import export_to_git

    report = export_to_git(repository, actor=None)
    assert report.count(ExportOutcome.WRITTEN) == len(report.files), report
    return len(report.files)


STEPS: dict[str, Callable[[Path], int]] = {
    "read": read,
    "hash": hash_,
    "migrate": migrate,
    "import": import_,
    "import-git": import_git,
    "change": change,
    "merge": merge,
    "sign": sign,
    "write": write,
    "export": export,
    "write-aside": write_aside,
    "commit": commit,
    "commit-bare": commit_bare,
}


def main() -> None:
    os.environ |= ENVIRONMENT | {"DJANGO_SETTINGS_MODULE": "policyhub.settings"}
    django.setup()
    step, folder = STEPS[sys.argv[1]], Path(sys.argv[2])
    if sys.argv[1] not in (
        "read",
        "hash",
        "commit-bare",
    ):  # what they import and connect to is not their work
        from django.db import connection

        import reviews.services.exporting
        import reviews.services.git_exporting
        import reviews.services.git_source
        import reviews.services.importing  # noqa: F401 - imported for later

        connection.ensure_connection()
    gc.collect()
    gc.freeze()  # as manage.py import_policies does: else the collector walks through Django again and again
    began = time.perf_counter()
    files = step(folder)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "files": files}))


if __name__ == "__main__":
    main()
