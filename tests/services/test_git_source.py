"""Import straight from a git repository: which files a commit has, and what in it is refused by name."""

import os
from pathlib import Path

import pytest
from django.conf import LazySettings

from reviews.git import repository as repository_module
from reviews.models import Policy, Run
from reviews.services.errors import RefusedError
from reviews.services.git_source import GitSource
from reviews.services.import_plan import ImportReport, Outcome
from reviews.services.importing import import_policies
from tests.factories import block_text, front_matter, get_policy
from tests.git.sites import PATH, Site, git

pytestmark = pytest.mark.django_db


def outcomes(report: ImportReport) -> dict[str, str]:
    return {item.path: item.outcome.value for item in report.files}


@pytest.fixture
def site(tmp_path: Path, git_home: Path) -> Site:
    """Two policies, two commits and a branch; nothing is imported."""
    site = Site.create(tmp_path / "site")
    site.files.policy()
    site.commit()
    site.git("switch", "--quiet", "--create", "next")
    site.files.policy("b-second-act", language="zh")
    site.files.write("README.txt", "No policy.\n")
    site.files.write(".github/ISSUE.md", "No policy either.\n")
    site.commit()
    site.git("switch", "--quiet", "main")
    return site


def test_blobs_are_read_from_the_commit_and_not_from_disk(site: Site, tmp_path: Path) -> None:
    """The work tree says something else, and a bare clone has none."""
    committed = site.files.read(PATH)
    site.files.write(PATH, "Somebody's own.\n")
    commit = site.git("rev-parse", "next")

    report = import_policies(GitSource(site.root, "next"), actor=None)

    assert outcomes(report) == {PATH: "created", "policies/zh/b-second-act.md": "created"}
    source = get_policy().source_file
    assert (source.text, source.root, source.path) == (committed, str(site.root), PATH)
    assert {policy.source_file.commit for policy in Policy.objects.all()} == {commit}
    run = Run.objects.latest("pk")
    assert (run.source, run.commit) == (f"git {site.root} at next ({commit[:7]})", commit)
    assert import_policies(GitSource(site.root, commit), actor=None).count(Outcome.UNCHANGED) == 2

    git(tmp_path, "clone", "--quiet", "--bare", str(site.root), "bare.git")
    bare = import_policies(GitSource(tmp_path / "bare.git", "next"), actor=None, adopts=True)

    assert not bare.refused
    assert get_policy().source_file.root == str(tmp_path / "bare.git")


@pytest.mark.parametrize(
    ("paths", "found", "covers"),
    [
        ([], [PATH, "policies/zh/b-second-act.md"], True),
        (["policies/zh"], ["policies/zh/b-second-act.md"], True),
        (["policies/en/", "policies/zh/b-second-act.md"], [PATH, "policies/zh/b-second-act.md"], False),
        (["."], [PATH, "policies/zh/b-second-act.md"], True),
        ([".github"], [".github/ISSUE.md"], False),
    ],
)
def test_paths_choose_what_is_read(paths: list[str], found: list[str], covers: bool, site: Site) -> None:
    """And so whether a file of another import, `policies/zh/gone.md`, is gone."""
    source = GitSource(site.root, "next", [Path(path) for path in paths])

    assert [file.path for file in source.find()] == found
    assert (source.covers("policies/zh/gone.md"), source.covers(found[0])) == (covers, False)


def test_absolute_path_is_taken_for_the_one_below_the_top(site: Site) -> None:
    (found,) = GitSource(site.root, "next", [site.root / "policies" / "zh"]).find()

    assert found.path == "policies/zh/b-second-act.md"


def test_file_that_is_gone_from_the_branch_is_asked_about(site: Site) -> None:
    import_policies(GitSource(site.root, "next"), actor=None)
    gone = "policies/zh/b-second-act.md"

    assert outcomes(import_policies(GitSource(site.root), actor=None, is_dry_run=True)) == {
        PATH: "unchanged",
        gone: "asked",
    }
    assert outcomes(import_policies(GitSource(site.root, "HEAD", [Path("policies/en")]), actor=None)) == {
        PATH: "unchanged"
    }


def test_what_is_no_plain_file_is_refused_by_name(site: Site, settings: LazySettings) -> None:
    text = block_text(front_matter("large"))
    settings.POLICYHUB_MAX_FILE_BYTES = len(site.files.read(PATH).encode())
    site.files.write("policies/en/large.md", text + "x" * settings.POLICYHUB_MAX_FILE_BYTES)
    (site.root / "policies" / "en" / "link.md").symlink_to("/etc/passwd")
    (site.root / "policies" / "loop").symlink_to("en")
    (site.root / "policies" / "script").symlink_to("nowhere")  # leads to no folder: not passed over policies
    Path(os.fsdecode(os.fsencode(str(site.root / "policies")) + b"/caf\xe9.md")).write_text(text)
    site.git("add", "--all")
    site.git("update-index", "--add", "--cacheinfo", f"160000,{site.git('rev-parse', 'HEAD')},policies/theme")
    site.git("commit", "--quiet", "--message", "Odd things")

    report = import_policies(GitSource(site.root), actor=None)

    size = f"{len(text.encode()) + settings.POLICYHUB_MAX_FILE_BYTES:,}"
    limit = f"{settings.POLICYHUB_MAX_FILE_BYTES:,}"
    assert {item.path: item.reason for item in report.refused} == {
        "policies/caf\\udce9.md": "has a name that is not UTF-8: rename it.",
        "policies/en/large.md": (
            f"has {size} bytes, more than the {limit} allowed (POLICYHUB_MAX_FILE_BYTES)."
        ),
        "policies/en/link.md": ("is a symbolic link, which could lead anywhere: import what it points to."),
        "policies/loop": "is a symbolic link, which could lead anywhere: import what it points to.",
        "policies/theme": "is a submodule, another repository: import that one by itself.",
    }
    assert outcomes(report)[PATH] == "created"


def test_files_are_read_some_at_a_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which they were found, or not: each is the file that was asked for."""
    monkeypatch.setattr(repository_module, "_PORTION", 1)
    source = GitSource(site.root, "next")
    found = source.find()
    whole = {file.path: git(site.root, "show", f"next:{file.path}").encode() for file in found}

    assert [source.read(file) for file in [*found, *found, *reversed(found)]] == [
        whole[file.path] for file in [*found, *found, *reversed(found)]
    ]


REFUSALS = {
    "nowhere": (
        "nowhere",
        [],
        "nowhere names no commit of {root}: name a branch, a tag or a commit that is there.",
    ),
    "an option": (
        "--all",
        [],
        "--all names no commit of {root}: name a branch, a tag or a commit that is there.",
    ),
    "a blob": (
        f"main:{PATH}",
        [],
        f"main:{PATH} names no commit of {{root}}: name a branch, a tag or a commit that is there.",
    ),
    "no such path": ("main", ["policies/zh"], "policies/zh is not in git {root} at main ({commit})."),
    "a path outside": (
        "main",
        ["../policies"],
        "../policies is outside {root}: name paths as they are below its top.",
    ),
    "another place": ("main", ["/etc"], "/etc is outside {root}: name paths as they are below its top."),
    "an option for a path": ("main", ["--name-only"], "--name-only is not in git {root} at main ({commit})."),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_import_is_refused(name: str, site: Site) -> None:
    ref, paths, said = REFUSALS[name]

    with pytest.raises(RefusedError) as error:
        GitSource(site.root, ref, [Path(path) for path in paths]).find()

    commit = site.git("rev-parse", "--short=7", "main")
    assert str(error.value) == said.replace("{root}", str(site.root)).replace("{commit}", commit)


def test_settings_of_a_repository_run_no_program(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor do the caller's variables lead to another repository."""
    proof = tmp_path / "ran"
    for name in ("core.fsmonitor", "core.pager", "core.editor", "diff.external", "core.askPass"):
        site.git("config", name, f"touch {proof}; cat")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))

    assert outcomes(import_policies(GitSource(site.root), actor=None)) == {PATH: "created"}
    assert not proof.exists()


def test_linked_work_tree_is_a_place_of_its_own(site: Site, tmp_path: Path) -> None:
    site.git("worktree", "add", "--quiet", str(tmp_path / "next"), "next")

    source = GitSource(tmp_path / "next")

    assert (source.root, source.commit) == (str(tmp_path / "next"), site.git("rev-parse", "next"))
    assert len(source.find()) == 2
