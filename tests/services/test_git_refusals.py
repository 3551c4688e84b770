"""Export to git, refused: what it says, and that nothing is left half done, in the repository and in the database."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from reviews.git import Draft, Repository, guard, locks
from reviews.models import Run, RunStatus
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.git_exporting import export_to_git
from tests.factories import get_policy
from tests.git.sites import PATH, Site, clone, git
from tests.services.counts import count_rows

pytestmark = pytest.mark.django_db

Break = Callable[[Site, Path], object]


def detach(site: Site, folder: Path) -> None:
    site.git("checkout", "--quiet", "--detach")


def forget_identity(site: Site, folder: Path) -> None:
    site.git("config", "--unset", "user.email")


def change_a_file(site: Site, folder: Path) -> None:
    site.files.write(PATH, "Somebody's own.\n")


def stage_a_file(site: Site, folder: Path) -> None:
    """On disk it is what is to be committed, and in the index it is something else."""
    change_a_file(site, folder)
    site.git("add", PATH)
    site.files.write(PATH, get_policy().signoff.signed_text)


def put_a_file_in_the_way(site: Site, folder: Path) -> None:
    site.files.write("SIGNOFFS.jsonl", "Somebody's own.\n")


def begin_a_merge(site: Site, folder: Path) -> None:
    (site.git_dir / "MERGE_HEAD").write_text(site.git("rev-parse", "HEAD"))


def refuse_commits(site: Site, folder: Path) -> None:
    site.hook("pre-commit", "echo 'Title too \033[31mlong\033[0m.'\nexit 1\n")


def refuse_commits_from_a_folder(site: Site, folder: Path) -> None:
    """Where tools put their hooks: in a folder that git ignores, named relative to the top."""
    site.files.write(".gitignore", ".hooks\n")
    site.commit("Ignore")
    site.files.write(".hooks/commit-msg", "#!/bin/sh\necho Not like this.\nexit 1\n").chmod(0o755)
    site.git("config", "core.hooksPath", ".hooks")


def format_files(site: Site, folder: Path) -> None:
    site.hook("pre-commit", f"echo '# formatted' >> {PATH}\ngit add {PATH}\n")


def add_a_file(site: Site, folder: Path) -> None:
    site.hook("pre-commit", "date > stamp.txt\ngit add stamp.txt\n")


def commit_more(site: Site, folder: Path) -> None:
    site.hook("post-commit", "test $AGAIN || AGAIN=1 git commit --quiet --allow-empty --message More\n")


def normalise_files(site: Site, folder: Path) -> None:
    site.git("config", "filter.upper.clean", "tr a-z A-Z")
    site.files.write(".gitattributes", "SIGNOFFS.jsonl filter=upper\n")
    site.commit("Attributes")


def forge_the_author(site: Site, folder: Path) -> None:
    site.hook(
        "post-commit",
        "test $AGAIN || AGAIN=1 git commit --quiet --amend --no-edit --author='Eve <eve@example.org>'\n",
    )


def forget_the_trailers(site: Site, folder: Path) -> None:
    site.hook("commit-msg", "echo WIP > $1\n")


def change_the_mode(site: Site, folder: Path) -> None:
    site.hook("pre-commit", f"chmod +x {PATH}\ngit add {PATH}\n")


def link_the_manifest(site: Site, folder: Path) -> None:
    """To a file of somebody, which a careless export would overwrite."""
    (folder / "victim").write_text("precious\n")
    (site.root / "SIGNOFFS.jsonl").symlink_to(folder / "victim")
    site.commit("A link")


def link_the_signature(site: Site, folder: Path) -> None:
    (site.root / "SIGNOFFS.jsonl.sig").symlink_to("../../config")
    site.commit("A link")


def make_the_manifest_a_folder(site: Site, folder: Path) -> None:
    site.files.write("SIGNOFFS.jsonl/x", "x")
    site.commit("A folder")


def begin_a_rebase(site: Site, folder: Path) -> None:
    """In another work tree than that of the repository."""
    site.git("switch", "--quiet", "--create", "side")
    site.files.write("r.txt", "1")
    site.commit()
    site.git("switch", "--quiet", "main")
    site.files.write("r.txt", "2")
    site.commit()
    site.import_all()
    site.git("switch", "--quiet", "side")
    site.git("worktree", "add", "--quiet", str(folder / "linked"), "main")
    git(folder / "linked", "rebase", "side", accepts=(1,))


def begin_a_bisect(site: Site, folder: Path) -> None:
    for text in "abc":
        site.files.write("n.txt", text)
        site.commit()
    site.import_all()
    site.git("bisect", "start", "HEAD", "HEAD~3")


def edit_in_secret(site: Site, folder: Path) -> None:
    site.git("update-index", "--assume-unchanged", PATH)
    change_a_file(site, folder)


def ignore_a_file_in_the_way(site: Site, folder: Path) -> None:
    """The remote brings a folder of that name."""
    site.files.write(".gitignore", "build\n")
    site.commit("Ignore")
    site.import_all()
    colleague = clone(site, folder)
    colleague.files.write("build/x.txt", "x")
    colleague.git("add", "--force", "build/x.txt")
    colleague.commit("Built")
    colleague.git("push", "--quiet", "origin", "main")
    site.files.write("build", "precious\n")


def leave_a_lock_to_an_old_note(site: Site, folder: Path) -> None:
    """An export was killed yesterday; it is somebody's commit that is at work now."""
    lock, note = site.git_dir / "index.lock", site.git_dir / "policyhub.moving"
    note.write_text(json.dumps({"locks": [str(lock)], "temporary": []}))
    os.utime(note, (time.time() - 86_400,) * 2)
    lock.touch()


def lock_the_branch(site: Site, folder: Path) -> None:
    (site.git_dir / "refs" / "heads" / "main.lock").touch()


def lock_the_index(site: Site, folder: Path) -> None:
    (site.git_dir / "index.lock").touch()


def take_the_lock_away(site: Site, folder: Path) -> None:
    (site.git_dir / "policyhub.lock").mkdir()


def break_the_manifest(site: Site, folder: Path) -> None:
    site.files.write("SIGNOFFS.jsonl", "{}\n")
    site.commit("A broken manifest")


def refuse_pushes(site: Site, folder: Path) -> None:
    clone(site, folder)
    hook = folder / "origin.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'Not on a Sunday.'\nexit 1\n")
    hook.chmod(0o755)


def go_different_ways(site: Site, folder: Path) -> None:
    colleague = clone(site, folder)
    for place, name in ((site, "here"), (colleague, "there")):
        place.files.write(f"{name}.txt", name)
        place.commit(name)
    colleague.git("push", "--quiet", "origin", "main")


def lose_the_remote(site: Site, folder: Path) -> None:
    site.git("remote", "add", "origin", str(folder / "gone.git"))


def nothing(site: Site, folder: Path) -> None:
    """All is well; it is the call that is wrong."""


DIRTY = (
    "{root} has changes of somebody, and nothing was exported: commit them, or put them away with “git stash”, then "
    "export again. Changed: "
)
CHANGED = (
    "A hook or a filter of the repository changed {paths} on the way into the commit of no-storage-act (en), so it "
    "would not be what was signed, and nothing was changed: exclude these files from it."
)
FORGED = (
    "A hook of the repository changed who made the commit of no-storage-act (en), when, or the last lines of its "
    "message, so it would not say who signed, and nothing was changed: exclude these commits from it."
)
NO_FILE = "{place} is no file on main, so no line can go into it: remove it there, then export again."
BUSY = (
    "Another program works in the repository: {root}/.git/{lock} exists. Repeat this once that has ended; where none "
    "is at work any more, delete that file."
)

# What is wrong, the options of the export, and what it says; ``…`` stands for words that git chooses.
REFUSALS: dict[str, tuple[Break, dict[str, Any], str]] = {
    "detached head": (
        detach,
        {},
        (
            "No branch is checked out in {root} (its head is detached): check one out with “git switch NAME”, or name "
            "one with --branch."
        ),
    ),
    "no name of a branch": (
        nothing,
        {"branch": "--force"},
        "“--force” cannot be the name of a branch: name another one with --branch.",
    ),
    "missing identity": (
        forget_identity,
        {},
        (
            "git does not know in whose name to commit in {root}: set it there with “git config user.name NAME” and "
            "“git config user.email ADDRESS”, then export again."
        ),
    ),
    "changed file": (change_a_file, {}, DIRTY + PATH),
    "staged file": (stage_a_file, {}, DIRTY + PATH),
    "untracked file in the way": (put_a_file_in_the_way, {}, DIRTY + "SIGNOFFS.jsonl"),
    "unfinished merge": (begin_a_merge, {}, DIRTY + "MERGE_HEAD"),
    "hook that refuses": (
        refuse_commits,
        {},
        "git did not take the commit of no-storage-act (en), and nothing was changed: Title too long.",
    ),
    "hook in a folder": (
        refuse_commits_from_a_folder,
        {},
        "git did not take the commit of no-storage-act (en), and nothing was changed: Not like this.",
    ),
    "hook that formats": (format_files, {}, CHANGED.replace("{paths}", PATH)),
    "hook that adds a file": (add_a_file, {}, CHANGED.replace("{paths}", "stamp.txt")),
    "hook that commits": (
        commit_more,
        {},
        "git commit failed, and nothing was changed: a hook of the repository made commits of its own",
    ),
    "hook that changes a mode": (change_the_mode, {}, CHANGED.replace("{paths}", PATH)),
    "hook that forges the author": (forge_the_author, {}, FORGED),
    "hook that drops the trailers": (forget_the_trailers, {}, FORGED),
    "linked manifest": (link_the_manifest, {}, NO_FILE.replace("{place}", "SIGNOFFS.jsonl")),
    "linked signature": (link_the_signature, {}, NO_FILE.replace("{place}", "SIGNOFFS.jsonl.sig")),
    "manifest that is a folder": (
        make_the_manifest_a_folder,
        {},
        NO_FILE.replace("{place}", "SIGNOFFS.jsonl"),
    ),
    "rebase elsewhere": (
        begin_a_rebase,
        {"branch": "main"},
        (
            "main is in the middle of a git rebase, and nothing was changed: end that (“git rebase --continue”), then "
            "export again."
        ),
    ),
    "bisect": (
        begin_a_bisect,
        {"branch": "main"},
        (
            "main is in the middle of a git bisect, and nothing was changed: end that (“git bisect reset”), then "
            "export again."
        ),
    ),
    "change that git does not tell of": (edit_in_secret, {}, DIRTY + PATH),
    "ignored file in the way": (ignore_a_file_in_the_way, {"pushes": True}, DIRTY + "build"),
    "lock of somebody after a kill": (
        leave_a_lock_to_an_old_note,
        {},
        BUSY.replace("{lock}", "index.lock"),
    ),
    "filter": (normalise_files, {}, CHANGED.replace("{paths}", "SIGNOFFS.jsonl")),
    "locked branch": (lock_the_branch, {}, BUSY.replace("{lock}", "refs/heads/main.lock")),
    "locked index": (lock_the_index, {}, BUSY.replace("{lock}", "index.lock")),
    "disk that refuses": (
        take_the_lock_away,
        {},
        (
            "{root}/.git/policyhub.lock: Is a directory. Free the way, and repeat: the next run completes what this "
            "one began."
        ),
    ),
    "broken manifest": (
        break_the_manifest,
        {},
        (
            "SIGNOFFS.jsonl on main is not as an export left it: line 1: it is no line that PolicyHub writes. Bring "
            "back the last good one (git has it), or move it away: the next export writes one for all signed files."
        ),
    ),
    "no such remote": (
        nothing,
        {"pushes": True, "remote": "upstream"},
        "{root} has no remote “upstream”: add it with “git remote add”, or name another one.",
    ),
    "remote that is gone": (
        lose_the_remote,
        {"pushes": True},
        "git ls-remote failed, and nothing was changed: …does not appear to be a git repository…",
    ),
    "push that a hook rejects": (
        refuse_pushes,
        {"pushes": True},
        "origin did not take the commits, and nothing was changed: …Not on a Sunday.…",
    ),
    "branches that went different ways": (
        go_different_ways,
        {"pushes": True},
        (
            "main here and at origin went different ways, and nothing was changed: merge or rebase (“git pull”), then "
            "export again."
        ),
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_export_is_refused_and_nothing_is_half_done(name: str, signed_site: Site, tmp_path: Path) -> None:
    break_it, options, said = REFUSALS[name]
    break_it(signed_site, tmp_path)
    before = state_of(signed_site)

    with pytest.raises(RefusedError) as error:
        export_to_git(signed_site.root, actor=None, **options)

    first, *more = said.replace("{root}", str(signed_site.root)).split("…")
    told = str(error.value)
    assert (told.startswith(first), [part in told for part in more]) == (True, [True] * len(more)), told
    assert more or told == first
    assert state_of(signed_site) == before
    run = Run.objects.latest("pk")
    assert (run.status, run.error) == (RunStatus.FAILED, told)


def state_of(site: Site) -> dict[str, Any]:
    """All branches, the index and every file outside of git's folder, and how many rows there are."""
    files = {path: data for path, data in site.files.content().items() if not path.startswith(".git/")}
    standing = sorted(place.name for place in site.git_dir.rglob("*.lock"))
    victim = site.root.parent / "victim"
    return {
        "outside": victim.exists() and victim.read_text(),
        "config": (site.git_dir / "config").read_text(),
        "refs": site.git("for-each-ref", "refs/heads") + site.git("rev-parse", "HEAD"),
        "index": site.git("ls-files", "--stage"),
        "files": files,
        "locks": [name for name in standing if name != "policyhub.lock"],
        "left": sorted(
            place.name for place in site.git_dir.glob("policyhub*") if place.name != "policyhub.lock"
        ),
        "rows": count_rows(),
    }


# -- what is no repository --------------------------------------------------------------------------------


def test_what_is_no_repository_is_refused(signed_site: Site, tmp_path: Path) -> None:
    empty = Site.create(tmp_path / "empty")
    (tmp_path / "plain").mkdir()
    refusals = {}
    for path in (signed_site.root / "policies", signed_site.git_dir, tmp_path / "plain", empty.root):
        with pytest.raises(RefusedError) as error:
            export_to_git(path, actor=None)
        refusals[path] = str(error.value)

    root = signed_site.root
    assert refusals == {
        root
        / "policies": f"{root}/policies is inside the git repository {root}: name that, and paths below it.",
        root / ".git": f"{root}/.git is inside the git repository {root}: name that, and paths below it.",
        tmp_path / "plain": (
            f"{tmp_path}/plain is no git repository: name the top of its work tree, or a bare repository. fatal: not "
            "a git repository (or any of the parent directories): .git"
        ),
        empty.root: f"{empty.root} has no commit yet: make a first one, then export again.",
    }


def test_repository_from_which_no_record_comes_is_refused(signed_site: Site, tmp_path: Path) -> None:
    other = Site.create(tmp_path / "other")
    other.files.write("a.txt", "a")
    other.commit()

    with pytest.raises(RefusedError) as error:
        export_to_git(other.root, actor=None)

    assert str(error.value) == (
        f"No record comes from {other.root}: import it first (import_policies --git, and --adopt where its files were "
        "imported from another place)."
    )


def test_account_that_may_not_export_commits_nothing(signed_site: Site, reviewer: User) -> None:
    before = signed_site.git("rev-parse", "HEAD")

    with pytest.raises(ForbiddenError):
        export_to_git(signed_site.root, actor=reviewer)

    assert signed_site.git("rev-parse", "HEAD") == before


def test_link_on_the_branch_is_not_followed(signed_site: Site, tmp_path: Path) -> None:
    """Nor is a folder that became one: nothing is written outside."""
    (tmp_path / "outside").mkdir()
    signed_site.git("rm", "--quiet", "-r", "policies")
    (signed_site.root / "policies").symlink_to(tmp_path / "outside")
    signed_site.commit("A link")

    (item,) = export_to_git(signed_site.root, actor=None).files

    assert (item.outcome.value, item.reason) == (
        "held back",
        "policies is a link, a file or a submodule on main; an export does not follow it. Replace it by hand.",
    )
    assert list((tmp_path / "outside").iterdir()) == []


def test_two_exports_at_once_take_turns(signed_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.1)

    with guard(Repository.open(signed_site.root)) as held:
        draft = Draft(held, signed_site.git("rev-parse", "main"))
        with pytest.raises(RefusedError) as error:
            export_to_git(signed_site.root, actor=None)
        assert draft.root.is_dir()  # what the first one makes stays its own

    assert str(error.value) == BUSY.replace("{root}/.git/{lock}", str(signed_site.git_dir / "policyhub.lock"))
    assert export_to_git(signed_site.root, actor=None).files[0].outcome.value == "written"


def test_git_that_is_not_installed(
    signed_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(RefusedError) as error:
        export_to_git(signed_site.root, actor=None)

    assert str(error.value) == "The program git was not found: install git 2.31 or newer."
