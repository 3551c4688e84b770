"""A repository as git tells of it, in both of git's formats of ids, and what can be asked of it from outside."""

from pathlib import Path

import pytest

from reviews.git import GitError, Remote, Repository, find_worktree, is_bare_repository
from tests.git.sites import Site, git


@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
def test_files_have_the_ids_that_git_gives_them(hash_name: str, tmp_path: Path, git_home: Path) -> None:
    """And branches move by them, from the commit that was seen and no other."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main", f"--object-format={hash_name}", "site")
    site = Site(tmp_path / "site")
    site.git("config", "user.name", "Hub")
    site.git("config", "user.email", "hub@example.org")
    texts = {"a.md": b"A\n", "b/\xe6\x96\x87.md".encode("latin-1").decode(): b"\r\n\0\xff", "empty.md": b""}
    for path, data in texts.items():
        site.files.write(path, data)
    commit = site.commit()
    repository = Repository.open(site.root)

    entries = repository.entries(commit)

    assert {entry.path: (entry.blob, entry.size) for entry in entries} == {
        path: (repository.blob_of(data), len(data)) for path, data in texts.items()
    }
    assert {entry.path: data for entry, data in repository.each_blob(entries)} == texts
    repository.move("made", commit, old=None)
    assert repository.tip("made") == commit
    with pytest.raises(GitError):
        repository.move("made", commit, old=None)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("main", True),
        ("sign-offs/2026", True),
        ("汉语", True),
        ("", False),
        ("HEAD", False),
        ("-d", False),
        ("--delete", False),
        ("a..b", False),
        ("a b", False),
        ("a~1", False),
        ("@{-1}", False),
        ("a.lock", False),
        ("a\nb", False),
        ("a\0b", False),
    ],
)
def test_names_of_branches(name: str, is_one: bool, repository: Repository) -> None:
    assert repository.is_branch_name(name) is is_one


@pytest.mark.parametrize(
    "ref", ["", "nowhere", "--all", "-1", "main^{tree}", "main..main", "@{1}", "a\0b", "^main"]
)
def test_what_names_no_commit(ref: str, repository: Repository) -> None:
    assert repository.resolve(ref) is None


def test_what_a_repository_says_of_itself(repository: Repository, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(repository.root), "bare.git")
    bare = Repository.open(tmp_path / "bare.git")
    worktree = find_worktree(repository, "main")

    assert (repository.committer(), bare.committer()) == ("Hub <hub@example.org>", None)
    assert (repository.current_branch(), bare.current_branch()) == ("main", "main")
    assert (worktree and worktree.root, find_worktree(bare, "main")) == (repository.root, None)
    assert (Remote.find(repository, "origin"), Remote.find(bare, "--all")) == (None, None)
    assert [is_bare_repository(place) for place in (bare.root, repository.root, tmp_path)] == [
        True,
        False,
        False,
    ]


@pytest.fixture
def repository(tmp_path: Path, git_home: Path) -> Repository:
    """One commit on main."""
    site = Site.create(tmp_path / "site")
    site.files.write("a.txt", "a")
    site.commit()
    return Repository.open(site.root)
