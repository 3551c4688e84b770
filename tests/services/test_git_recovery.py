"""What a killed export left in a repository: the next one puts it right, and takes nothing else for its own."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from reviews.git import Repository, guard
from reviews.services.errors import RefusedError
from reviews.services.git_exporting import export_to_git
from tests.git.sites import Site, clone, git

pytestmark = pytest.mark.django_db


def test_locks_of_a_killed_export_are_removed(signed_site: Site) -> None:
    """Its note names them; commits in the making go too."""
    left = [signed_site.git_dir / name for name in ("index.lock", "refs/heads/main.lock")]
    (signed_site.git_dir / "policyhub.moving").write_text(
        json.dumps({"locks": list(map(str, left)), "temporary": []})
    )
    for lock in left:
        lock.touch()
    (signed_site.git_dir / "policyhub" / "tree").mkdir(parents=True)

    report = export_to_git(signed_site.root, actor=None)

    assert (report.files[0].outcome.value, signed_site.is_sound()) == ("written", True)


def test_note_that_cannot_be_read_is_none(signed_site: Site) -> None:
    """A power cut left it empty."""
    (signed_site.git_dir / "policyhub.moving").touch()

    assert export_to_git(signed_site.root, actor=None).files[0].outcome.value == "written"
    assert signed_site.is_sound()


def test_what_a_killed_push_or_fetch_left_is_in_nobodys_way(signed_site: Site, tmp_path: Path) -> None:
    """A lock, and a commit of which the files did not arrive."""
    site, colleague = signed_site, clone(signed_site, tmp_path)
    site.git("fetch", "--quiet", "origin")
    colleague.files.write("about.txt", "About\n")
    commit = colleague.commit("About")
    colleague.git("push", "--quiet", "origin", "main")
    place = site.git_dir / "objects" / commit[:2] / commit[2:]
    place.parent.mkdir(exist_ok=True)
    shutil.copy(colleague.git_dir / "objects" / commit[:2] / commit[2:], place)
    lock = site.git_dir / "refs/remotes/origin/main.lock"
    lock.touch()

    report = export_to_git(site.root, pushes=True, actor=None)

    assert site.git("ls-remote", "origin", "refs/heads/main").split()[0] == report.commit
    (site.git_dir / "policyhub.moving").write_text(json.dumps({"locks": [str(lock)]}))
    lock.touch()
    export_to_git(site.root, pushes=True, actor=None)
    assert site.is_sound()


@dataclass
class Step:
    """A work tree at `old` that git was to bring to `new`, which is at the remote: all kinds of changes."""

    site: Site
    old: str
    new: str

    def note(self) -> None:
        """What the killed export wrote down."""
        note = {"locks": [], "root": str(self.site.root), "git_dir": str(self.site.git_dir)}
        note["restores"] = [self.old, self.new]
        (self.site.git_dir / "policyhub.moving").write_text(json.dumps(note))


@pytest.fixture
def step(signed_site: Site, tmp_path: Path) -> Step:
    site = signed_site
    site.git("config", "core.autocrlf", "true")  # as git writes files, they are not what their blobs say
    theme = Site.create(tmp_path / "theme")
    pins = []
    for text in "ab":
        theme.files.write("a.txt", text)
        pins.append(theme.commit())
    for path in ("about.txt", "other.txt", "gone.txt", "was-file", "was-folder/x.txt"):
        site.files.write(path, "Old\nlines\n")
    site.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(theme.root), "theme")
    git(site.root / "theme", "checkout", "--quiet", pins[0])
    old = site.commit("Files")
    colleague = clone(site, tmp_path)
    colleague.git("rm", "--quiet", "gone.txt", "was-file", "was-folder/x.txt")
    for path in ("about.txt", "other.txt", "new/deep/file.txt", "was-file/x.txt", "was-folder"):
        colleague.files.write(path, "Old\nand more\n" * 50)
    (colleague.root / "link").symlink_to("about.txt")
    colleague.git("add", "--all")
    colleague.git("update-index", "--cacheinfo", f"160000,{pins[1]},theme")
    colleague.git("commit", "--quiet", "--message", "More")
    colleague.git("push", "--quiet", "origin", "main")
    site.git("fetch", "--quiet", "origin")
    return Step(site, old, site.git("rev-parse", "origin/main"))


def bring_all(step: Step) -> None:
    """The last moment: files and index are new, the branch is not."""
    step.site.git("read-tree", "-m", "-u", step.old, step.new)


def bring_files(step: Step) -> None:
    """Before the index was written."""
    bring_all(step)
    step.site.git("read-tree", step.old)


def bring_half(step: Step) -> None:
    """One file is gone, one is half there, as line ends of this work tree."""
    (step.site.root / "about.txt").unlink()
    step.site.files.write("other.txt", b"Old\r\nand mo")


def bring_nothing(step: Step) -> None:
    """Killed right after the note."""


@pytest.mark.parametrize("bring", [bring_all, bring_files, bring_half, bring_nothing])
def test_work_tree_that_git_was_bringing_forward_is_put_right(
    bring: Callable[[Step], None], step: Step
) -> None:
    bring(step)
    step.note()

    with guard(Repository.open(step.site.root)):
        pass

    assert (step.site.git("rev-parse", "main"), step.site.is_sound()) == (step.old, True)
    export_to_git(step.site.root, pushes=True, actor=None)
    assert step.site.git("status", "--porcelain", "--ignore-submodules") == ""
    assert step.site.subjects()[:2] == ["Verify no-storage-act (en)", "More"]


def test_what_somebody_did_since_is_not_taken_for_a_killed_gits(step: Step) -> None:
    """Neither an edited file, nor a staged one, nor what lies in a folder that came in; all else goes back."""
    site = step.site
    bring_all(step)
    site.files.write("about.txt", "Somebody's own\n")
    site.git("add", "about.txt")
    site.files.write("was-file/mine.txt", "Mine\n")
    step.note()

    with pytest.raises(RefusedError) as error:
        export_to_git(site.root, pushes=True, actor=None)

    assert str(error.value).endswith("Changed: about.txt, was-file")
    assert site.files.read("about.txt") == "Somebody's own\n"
    assert site.files.read("was-file/mine.txt") == "Mine\n"
    assert site.git("status", "--porcelain").splitlines() == ["M  about.txt", " D was-file"]


def test_export_that_fails_on_its_way_leaves_the_work_tree_as_it_was(step: Step) -> None:
    """The disk is full, or, as here, a filter breaks after some files. Then something ignored would be lost."""
    site = step.site
    site.git("config", "filter.broken.smudge", 'case "$PWD" in */policyhub/tree) cat;; *) false;; esac')
    site.git("config", "filter.broken.clean", "cat")
    site.git("config", "filter.broken.required", "true")
    (site.git_dir / "info/attributes").write_text("was-folder filter=broken\n")

    with pytest.raises(RefusedError, match="The commits are at origin, but main did not follow here"):
        export_to_git(site.root, pushes=True, actor=None)

    assert (site.git("rev-parse", "main"), site.is_sound()) == (step.old, True)
    (site.git_dir / "info/attributes").unlink()
    (site.git_dir / "info/exclude").write_text("mine.txt\n")
    site.files.write("was-folder/mine.txt", "Mine\n")
    with pytest.raises(RefusedError, match="main did not follow here"):
        export_to_git(site.root, pushes=True, actor=None)
    assert (site.files.read("was-folder/mine.txt"), site.is_sound()) == ("Mine\n", True)
    (site.root / "was-folder/mine.txt").unlink()
    export_to_git(site.root, pushes=True, actor=None)
    assert site.git("status", "--porcelain", "--ignore-submodules") == ""
