"""git as it is run: what it hears of the caller, what is told of its errors, and how long it is waited for."""

import datetime as dt
from pathlib import Path

import pytest

from reviews.git import Author, BusyError, GitError, Repository, guard, locks, moving, process
from reviews.git.errors import LONGEST_SAID, SlowError
from reviews.git.process import run_git
from tests.git.sites import Site

ALIAS = "alias.tell=!env"


def test_environment_is_the_callers_but_for_what_leads_git_elsewhere(
    tmp_path: Path, git_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How to reach a remote is the caller's to say; where the repository is, is not."""
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh -i key")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")

    told = run_git(tmp_path, "-c", ALIAS, "tell", environment={"GIT_AUTHOR_NAME": "Rosa"}).decode()
    heard = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)

    names = ("GIT_DIR", "GIT_AUTHOR_NAME", "GIT_SSH_COMMAND", "LC_ALL", "GIT_TERMINAL_PROMPT")
    assert [heard.get(name) for name in names] == [None, "Rosa", "ssh -i key", "C", "0"]


def test_what_a_hook_prints_is_told_without_control_characters_and_cut() -> None:
    error = GitError("commit", "\x1b[31mred\x1b[0m\x07\r\n\x1b]0;title\x07汉语\n")

    assert error.said == "red\n]0;title汉语"
    assert len(GitError("commit", "x" * 10_000).said) == LONGEST_SAID + 1


def test_git_that_takes_too_long_is_ended(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """The locks of one that was killed stay noted, for the next export to remove; those of one that failed do not."""
    note = repository.git_dir / "policyhub.moving"
    monkeypatch.setattr(process, "TIMEOUT", 0.1)

    with (
        pytest.raises(SlowError, match=r"it did not end within 0\.1 seconds"),
        moving(repository, "main", None),
    ):
        repository.run("-c", "alias.wait=!sleep 3", "wait")
    assert note.exists()

    (repository.git_dir / "HEAD.lock").touch()
    with guard(repository):
        assert [place.exists() for place in (note, repository.git_dir / "HEAD.lock")] == [False, False]
    with pytest.raises(GitError), moving(repository, "main", None):
        repository.run("no-such-command")
    assert not note.exists()


def test_lock_of_somebody_else_is_named_and_stays(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = repository.git_dir / "HEAD.lock"
    lock.touch()
    monkeypatch.setattr(locks, "PATIENCE", 0)

    with guard(repository) as held, pytest.raises(BusyError) as error, moving(held, "main", None):
        pass

    assert (error.value.lock, lock.exists()) == (lock, True)


@pytest.mark.parametrize(
    ("name", "mail", "said"),
    [
        ("Rosa Lindqvist", "rosa@example.org", "Rosa Lindqvist <rosa@example.org>"),
        ("张 伟", "wei@example.org", "张 伟 <wei@example.org>"),
        ("A\nB <c@d>", " e@f>\n ", "A B c@d <e@f>"),
        ("...", "dots@example.org", "dots@example.org <dots@example.org>"),
        ("", "nobody@example.org", "nobody@example.org <nobody@example.org>"),
    ],
)
def test_author_is_what_git_can_keep(name: str, mail: str, said: str) -> None:
    at = dt.datetime(2026, 11, 22, 18, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    author = Author(name, mail, at)

    assert (str(author), author.environment["GIT_AUTHOR_DATE"]) == (said, "@1795343400 +0800")


@pytest.fixture
def repository(tmp_path: Path, git_home: Path) -> Repository:
    """One commit on main."""
    site = Site.create(tmp_path / "site")
    site.files.write("a.txt", "a")
    site.commit()
    return Repository.open(site.root)
