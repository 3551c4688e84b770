"""Export to git, really killed with all that it started, at random points: all is whole, and the next run completes."""

import random
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db.models.query import QuerySet

from reviews.models import SourceFile
from reviews.services.git_exporting import export_to_git
from tests.factories import get_policy, verify
from tests.git.sites import Site, clone, git
from tests.services.forks import Forks

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

IDS = ("a-act", "b-act", "c-act")
KILLS = 30
LATE = 0.025  # seconds


def test_export_that_is_killed_leaves_a_sound_repository_and_the_next_completes(
    site: Site, reviewer: User, tmp_path: Path
) -> None:
    for policy_id in IDS:
        site.import_policy(policy_id, title=policy_id)
    for policy_id in IDS:
        verify(get_policy(policy_id), reviewer)
    colleague = clone(site, tmp_path)
    remote = Site(tmp_path / "origin.git")
    start = site.git("rev-parse", "main")
    for number in range(60):
        colleague.files.write(f"new/{number}.txt", f"{number}\n" * 4000)
    colleague.files.write("README.md", "About\n")
    there = colleague.commit("Theirs")
    colleague.git("push", "--quiet", "origin", f"{there}:refs/heads/theirs")
    sources = list(SourceFile.objects.values("id", "text", "text_digest", "commit"))
    old = site.files.content()
    new = {
        get_policy(policy_id).source_file.path: get_policy(policy_id).signoff.signed_text for policy_id in IDS
    }
    killed, moved = 0, 0
    durations: dict[bool, float | None] = {}

    with Forks(
        tmp_path, "from pathlib import Path\nfrom reviews.services.git_exporting import export_to_git"
    ) as forks:
        for trial in range(KILLS):
            pushes, is_late = trial % 2 == 1, trial % 4 > 1 and trial > 3
            below = there if trial % 4 == 3 else start  # where the remote stands
            remote.git("update-ref", "refs/heads/main", below)
            code = f"export_to_git(Path({str(site.root)!r}), actor=None, pushes={pushes})"
            within = durations.get(pushes)
            if is_late:  # while the branch is moved, or the remote's files come in, which is short
                begun = site.git_dir / "policyhub.moving" if below == start else site.root / "new"
                is_done, _ = forks.run(code, kill_after=random.uniform(0, LATE), once_there=begun)
            else:
                is_done, took = forks.run(code, kill_after=random.uniform(0, within) if within else None)
                durations[pushes] = took if is_done else within
            killed += not is_done
            now = site.git("rev-parse", "main")
            moved += now != start
            check_whole(site, site.git("rev-list", f"{start}..main").splitlines(), there, old, new)
            for lock in remote.root.rglob("*.lock"):
                lock.unlink()  # another machine is not killed too
            git(remote.root, "fsck", "--strict", "--no-dangling")

            export_to_git(site.root, actor=None, pushes=pushes)

            assert site.is_sound()
            assert site.subjects(f"{below}..main") == [
                f"Verify {policy_id} (en)" for policy_id in reversed(IDS)
            ]
            assert remote.git("rev-parse", "main") == (site.git("rev-parse", "main") if pushes else below)
            for policy_id in IDS:
                policy = get_policy(policy_id)
                assert (
                    site.show(policy.source_file.path)
                    == policy.source_file.text
                    == new[policy.source_file.path]
                )
                assert policy.source_file.commit

            site.git("reset", "--quiet", "--hard", start)
            for source in sources:
                QuerySet(SourceFile).filter(pk=source["id"]).update(**source)

    assert killed > KILLS // 3, "it was hardly ever killed"
    assert 2 <= moved < KILLS, "it was always killed too early, or too late"


def check_whole(
    site: Site, commits: list[str], there: str, old: dict[str, bytes], new: dict[str, str]
) -> None:
    """Every commit but the colleague's holds one file and its line, every file is the old or the new one, and git finds
    nothing wrong.
    """
    site.git("fsck", "--strict", "--no-dangling")
    for commit in set(commits) - {there}:
        changed = site.git("diff-tree", "-r", "--name-only", "--no-commit-id", commit).splitlines()
        assert changed[0] == "SIGNOFFS.jsonl"
        assert changed[1:] in [[path] for path in new]
    for path, text in new.items():
        assert site.files.read(path).encode() in (old[path], text.encode())
    dirty = {line[3:] for line in site.git("status", "--porcelain").splitlines()}
    temporary = {path for path in dirty if path.endswith(".policyhub-tmp")}
    theirs = {path for path in dirty if path.startswith(("new/", "README.md"))}
    assert dirty - temporary - theirs <= {*new, "SIGNOFFS.jsonl"}
