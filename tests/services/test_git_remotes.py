"""Export to git with a remote, and in repositories that are laid out in other ways."""

from pathlib import Path

import pytest
from django.db.models.query import QuerySet

from reviews.models import SourceFile
from reviews.services.export_report import ExportReport
from reviews.services.git_exporting import export_to_git
from reviews.services.git_source import GitSource
from reviews.services.importing import import_policies
from tests.factories import get_policy
from tests.git.sites import PATH, Site, clone, git

pytestmark = pytest.mark.django_db


def outcomes(report: ExportReport) -> list[tuple[str, str]]:
    return [(item.path, item.outcome.value) for item in report.files]


# -- a remote ---------------------------------------------------------------------------------------------


def test_push_goes_on_top_of_what_the_remote_has(signed_site: Site, tmp_path: Path) -> None:
    """Behind the remote, with a merge in it; then level; then with the remote's work not fetched at all."""
    site, colleague = signed_site, clone(signed_site, tmp_path)
    colleague.git("switch", "--quiet", "--create", "feature")
    colleague.files.write("about.txt", "About\n")
    colleague.commit("About")
    colleague.git("switch", "--quiet", "main")
    colleague.files.write("other.txt", "Other\n")
    colleague.commit("Other")
    colleague.git("merge", "--quiet", "--no-edit", "feature")
    colleague.git("push", "--quiet", "origin", "main")
    merge = colleague.git("rev-parse", "HEAD")

    report = export_to_git(site.root, pushes=True, actor=None)

    assert (outcomes(report), site.git("rev-parse", "main~1")) == ([(PATH, "written")], merge)
    assert site.git("ls-remote", "origin", "refs/heads/main").split()[0] == report.commit
    assert (site.files.read("about.txt"), site.is_sound()) == ("About\n", True)
    git(tmp_path / "origin.git", "fsck", "--strict")

    again = export_to_git(site.root, pushes=True, actor=None)

    assert (again.is_clean, again.commit) == (True, report.commit)


def test_push_that_comes_second_is_made_again_on_top(signed_site: Site, tmp_path: Path) -> None:
    """A hook plays the colleague who pushes a moment before, once."""
    site, colleague = signed_site, clone(signed_site, tmp_path)
    colleague.files.write("about.txt", "About\n")
    colleague.commit("About")
    site.hook(
        "pre-push",
        f"""\
test -e {tmp_path}/done && exit 0
touch {tmp_path}/done
unset $(git rev-parse --local-env-vars)
git -C {colleague.root} push --quiet origin main
""",
    )

    report = export_to_git(site.root, pushes=True, actor=None)

    assert outcomes(report) == [(PATH, "written")]
    assert site.subjects("main")[:2] == ["Verify no-storage-act (en)", "About"]
    assert site.git("ls-remote", "origin", "refs/heads/main").split()[0] == report.commit
    assert site.is_sound()


def test_export_that_was_pushed_and_then_killed_is_completed(signed_site: Site, tmp_path: Path) -> None:
    site, colleague = signed_site, clone(signed_site, tmp_path)
    old = site.git("rev-parse", "main")
    export_to_git(site.root, pushes=True, actor=None)
    QuerySet(SourceFile).update(
        text=site.show(PATH, old), text_digest=get_policy().signoff.base_digest, commit=""
    )
    site.git("reset", "--quiet", "--hard", old)

    report = export_to_git(site.root, pushes=True, actor=None)

    assert (outcomes(report), site.is_sound()) == ([(PATH, "unchanged")], True)
    assert site.git("rev-parse", "main") == site.git("ls-remote", "origin", "refs/heads/main").split()[0]
    assert get_policy().source_file.text == get_policy().signoff.signed_text
    assert colleague.git("rev-parse", "main") == old


def test_push_makes_no_branch_that_nothing_is_committed_to(signed_site: Site, tmp_path: Path) -> None:
    export_to_git(signed_site.root, actor=None)
    clone(signed_site, tmp_path)

    report = export_to_git(signed_site.root, branch="sign-offs", pushes=True, actor=None)

    assert report.is_clean
    assert git(tmp_path / "origin.git", "branch", "--list", "sign-offs") == ""


def test_dry_run_of_a_push_says_what_the_remote_lacks(signed_site: Site, tmp_path: Path) -> None:
    clone(signed_site, tmp_path)
    export_to_git(signed_site.root, actor=None)

    here, there = (
        export_to_git(signed_site.root, pushes=pushes, actor=None, is_dry_run=True)
        for pushes in (False, True)
    )

    assert [(here.is_to_push, here.is_clean), (there.is_to_push, there.is_clean)] == [
        (False, True),
        (True, False),
    ]
    export_to_git(signed_site.root, pushes=True, actor=None)
    assert export_to_git(signed_site.root, pushes=True, actor=None, is_dry_run=True).is_clean


# -- layouts ----------------------------------------------------------------------------------------------


def test_work_tree_with_a_git_folder_elsewhere_follows(signed_site: Site, tmp_path: Path) -> None:
    """One that stands apart, whose configuration says who commits there alone; then a submodule of another site."""
    site = signed_site
    site.git("init", "--quiet", f"--separate-git-dir={tmp_path / 'apart.git'}")
    site.git("config", "extensions.worktreeConfig", "true")
    for name in ("user.name", "user.email"):
        site.git("config", "--worktree", name, "Apart")
        site.git("config", "--local", "--unset", name)
    whole = Site.create(tmp_path / "whole")
    whole.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(site.root), "content")
    content = Site(whole.root / "content")
    for name in ("user.name", "user.email"):
        content.git("config", name, "Content")

    for place, committer in ((site, "Apart"), (content, "Content")):
        import_policies(GitSource(place.root), actor=None, adopts=True)
        assert outcomes(export_to_git(place.root, actor=None)) == [(PATH, "written")]
        assert place.git("log", "-1", "--format=%an, %cn") == f"Rosa Lindqvist, {committer}"
        assert (place.files.read(PATH), place.is_sound()) == (get_policy().signoff.signed_text, True)
        assert not (place.git_dir / "policies").exists()
        QuerySet(SourceFile).update(text=place.show(PATH, "HEAD~1"), commit="")


def test_branch_of_a_bare_repository_whose_default_was_never_made(signed_site: Site, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=unborn", "bare.git")
    bare = Site(tmp_path / "bare.git")
    signed_site.git("push", "--quiet", str(bare.root), "main")
    for name in ("user.name", "user.email"):
        bare.git("config", name, "Hub")
    import_policies(GitSource(bare.root, "main"), actor=None, adopts=True)

    report = export_to_git(bare.root, branch="main", actor=None)

    assert (outcomes(report), bare.git("rev-parse", "main")) == ([(PATH, "written")], report.commit)


def test_hook_that_writes_to_the_work_tree_meanwhile_is_not_overwritten(
    signed_site: Site, tmp_path: Path
) -> None:
    site, colleague = signed_site, clone(signed_site, tmp_path)
    colleague.files.write("about.txt", "About\n")
    colleague.commit("About")
    colleague.git("push", "--quiet", "origin", "main")
    site.hook("post-merge", f"echo '# typed meanwhile' >> {PATH}\n")

    export_to_git(site.root, pushes=True, actor=None)

    assert site.files.read(PATH) == get_policy().signoff.signed_text + "# typed meanwhile\n"
    assert site.git("status", "--porcelain") == f" M {PATH}"
