"""Export to git, refused: what it says, and that nothing is left half done, in the repository and in the database."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from reviews.git import Repository, guard, locks
from reviews.models import Run, RunStatus
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.git_exporting import export_to_git
from tests.factories import get_policy
from tests.git.sites import PATH, Site, clone
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
    return {
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

    with guard(Repository.open(signed_site.root)), pytest.raises(RefusedError) as error:
        export_to_git(signed_site.root, actor=None)

    assert str(error.value) == BUSY.replace("{root}/.git/{lock}", str(signed_site.git_dir / "policyhub.lock"))
    assert export_to_git(signed_site.root, actor=None).files[0].outcome.value == "written"


# -- what a killed export left ----------------------------------------------------------------------------


def test_locks_of_a_killed_export_are_removed(signed_site: Site) -> None:
    """Its note names them; commits in the making go too."""
    left = [signed_site.git_dir / name for name in ("index.lock", "refs/heads/main.lock")]
    for lock in left:
        lock.touch()
    (signed_site.git_dir / "policyhub.moving").write_text(
        json.dumps({"locks": list(map(str, left)), "temporary": []})
    )
    (signed_site.git_dir / "policyhub" / "tree").mkdir(parents=True)

    report = export_to_git(signed_site.root, actor=None)

    assert (report.files[0].outcome.value, signed_site.is_sound()) == ("written", True)


@pytest.mark.parametrize("is_touched", [False, True])
def test_work_tree_that_git_had_half_brought_forward_is_put_right(
    is_touched: bool, signed_site: Site, tmp_path: Path
) -> None:
    """One file is gone, one is half there. Where somebody was at work since, that is not taken for it."""
    site, colleague = signed_site, clone(signed_site, tmp_path)
    for name in ("about.txt", "other.txt"):
        for place, text in ((site, "Old\n"), (colleague, "Old, and more\n" * 50)):
            place.files.write(name, text)
    old = site.commit("Files")
    site.git("push", "--quiet", "origin", "main")
    colleague.git("pull", "--quiet", "--rebase=false", "-s", "ours", "origin", "main", accepts=(0, 1, 128))
    colleague.git("fetch", "--quiet", "origin")
    colleague.git("reset", "--quiet", "--soft", "origin/main")
    new = colleague.commit("More")
    colleague.git("push", "--quiet", "origin", "main")
    site.git("fetch", "--quiet", "origin")
    (site.root / "about.txt").unlink()
    site.files.write("other.txt", "Somebody's own\n" if is_touched else "Old, and mo")
    note = {
        "locks": [],
        "temporary": [],
        "root": str(site.root),
        "git_dir": str(site.git_dir),
        "restores": [old, new],
    }
    (site.git_dir / "policyhub.moving").write_text(json.dumps(note))

    if is_touched:
        with pytest.raises(RefusedError) as error:
            export_to_git(site.root, pushes=True, actor=None)
        assert str(error.value) == DIRTY.replace("{root}", str(site.root)) + "other.txt"
        assert (site.files.read("about.txt"), site.files.read("other.txt")) == ("Old\n", "Somebody's own\n")
    else:
        export_to_git(site.root, pushes=True, actor=None)
        assert (site.files.read("about.txt"), site.is_sound()) == ("Old, and more\n" * 50, True)


def test_git_that_is_not_installed(
    signed_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(RefusedError) as error:
        export_to_git(signed_site.root, actor=None)

    assert str(error.value) == "The program git was not found: install git 2.31 or newer."
