"""`manage.py quickstart`, run for real: in its own process, with its own database and `var` folder."""

import contextlib
import http.cookiejar
import io
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reviews.management.commands.quickstart import Command

PROJECT = Path(__file__).resolve().parents[2]
SEEDS = len(list((PROJECT / "seeds").rglob("*.md")))


@pytest.fixture(scope="module")
def environment(
    make_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """What a fresh installation finds set: where it may write, and which database it has."""
    return {
        "PATH": os.environ["PATH"],
        "POLICYHUB_ENV_FILE": os.devnull,
        "POLICYHUB_VAR": str(tmp_path_factory.mktemp("quickstart") / "var"),
        "DATABASE_URL": make_database("quickstart"),
    }


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "quickstart", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def first_run(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return run(environment, "--no-server")


def count(environment: dict[str, str]) -> str:
    """How many users there are that have an e-mail address, how many groups and policies."""
    command = (
        "from django.contrib.auth.models import User, Group; from reviews.models import Policy;"
        "print(User.objects.exclude(email='').count(), Group.objects.count(), Policy.objects.count())"
    )
    shell = [sys.executable, "manage.py", "shell", "--no-imports", "-c", command]
    return subprocess.run(
        shell, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_quickstart_makes_database_policies_and_an_account_per_role(
    environment: dict[str, str], first_run: subprocess.CompletedProcess[str]
) -> None:
    assert (first_run.returncode, first_run.stderr) == (0, "")
    assert re.search(r"^Database: \d+ migrations applied\.$", first_run.stdout, re.MULTILINE)
    assert re.findall(r"^  (\w+) +[\w-]{16}   (.*)$", first_run.stdout, re.MULTILINE) == [
        ("editor", "Elena Ortiz, Editors"),
        ("reviewer", "Rosa Lindqvist, Reviewers"),
        ("publisher", "Paul Nakamura, Publishers"),
        ("admin", "Ada Okafor, superuser"),
    ]
    assert count(environment) == f"4 3 {SEEDS}\n"


def test_quickstart_makes_nothing_twice(
    environment: dict[str, str], first_run: subprocess.CompletedProcess[str]
) -> None:
    result = run(environment, "--no-server")

    assert (result.returncode, result.stderr) == (0, "")
    assert "Database: up to date.\n" in result.stdout
    assert "Accounts: all are there already, with the passwords they had.\n" in result.stdout
    assert count(environment) == f"4 3 {SEEDS}\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def address(environment: dict[str, str], first_run: subprocess.CompletedProcess[str]) -> Iterator[str]:
    """The address at which a quickstart serves, until the end of the test."""
    port = free_port()
    command = [sys.executable, "manage.py", "quickstart", "--port", str(port)]
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE) as server:
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and server.poll() is None:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def test_quickstart_serves_the_admin_to_who_has_the_password(
    address: str, first_run: subprocess.CompletedProcess[str]
) -> None:
    password = re.findall(r"^  reviewer +([\w-]{16}) ", first_run.stdout, re.MULTILINE)[0]
    cookies = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))

    def read(path: str, **form: str) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        with browser.open(f"{address}{path}", data) as answer:
            return str(answer.read().decode())

    form = read("/")
    stylesheet = re.findall(r'href="(/static/admin/css/base\.[0-9a-f]{12}\.css)"', form)[0]
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[0]
    index = read(
        "/admin/login/?next=/admin/", username="reviewer", password=password, csrfmiddlewaretoken=token
    )

    assert "color" in read(stylesheet)
    assert "<title>Log in" in form
    assert "Rosa" in index


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (
            "",
            "Links that other commands print lead to http://127.0.0.1:8000, until .env says: POLICYHUB_URL={url}\n",
        ),
        ("https://hub.example", ""),
    ],
)
def test_other_port_is_told_to_the_links_of_other_commands(
    monkeypatch: pytest.MonkeyPatch, named: str, told: str
) -> None:
    started: list[dict[str, str]] = []
    monkeypatch.setattr(os, "execve", lambda _program, _arguments, environment: started.append(environment))
    monkeypatch.delenv("POLICYHUB_URL", raising=False)
    if named:
        monkeypatch.setenv("POLICYHUB_URL", named)
    out, url = io.StringIO(), "http://127.0.0.1:8123"

    Command(stdout=out, no_color=True).serve(8123)

    assert out.getvalue() == f"PolicyHub is at {url}/ (Ctrl+C stops it).\n" + told.format(url=url)
    assert started[0]["POLICYHUB_URL"] == (named or url)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_quickstart_names_what_is_no_port(environment: dict[str, str], port: str) -> None:
    result = run(environment, "--port", port)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.endswith(f"argument --port: {port} is no port: choose one from 1 to 65535\n")


def test_quickstart_names_a_port_that_is_taken(environment: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        result = run(environment, "--port", str(port))

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"CommandError: Port {port} on 127.0.0.1 cannot be used (Address already in use). "
        "Choose another: manage.py quickstart --port 8001\n"
    )


def test_quickstart_names_a_folder_that_is_not_there_and_goes_on(
    environment: dict[str, str], first_run: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    result = run({**environment, "POLICYHUB_FOLDER": str(tmp_path / "none")}, "--no-server")

    assert result.returncode == 0
    assert f"{tmp_path / 'none'} does not exist" in result.stderr
    assert "Accounts: " in result.stdout


def test_quickstart_names_a_file_that_is_refused_and_goes_on(
    environment: dict[str, str], first_run: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    (tmp_path / "broken.md").write_text('---\n{"title": "no end"\n---\n', encoding="utf-8")

    result = run({**environment, "POLICYHUB_FOLDER": str(tmp_path)}, "--no-server")

    assert result.returncode == 0
    assert "broken.md" in result.stderr
    assert "Accounts: " in result.stdout


def test_quickstart_names_a_database_that_cannot_be_used(environment: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / "none" / "policyhub.sqlite3"

    result = run({**environment, "DATABASE_URL": f"sqlite:///{place}"}, "--no-server")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "CommandError: The database refused: unable to open database file\n"
        "DATABASE_URL says which one is used; without it, it is "
        f"{environment['POLICYHUB_VAR']}/policyhub.sqlite3.\n"
    )


def test_quickstart_names_a_folder_that_cannot_hold_the_secret_key(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "var").write_text("a file where a folder should be", encoding="utf-8")

    result = run({**environment, "POLICYHUB_VAR": str(tmp_path / "var")}, "--no-server")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"No secret key: [Errno 20] Not a directory: '{tmp_path}/var/secret_key'. "
        "Set SECRET_KEY, or POLICYHUB_VAR to a folder that can be written to.\n"
    )
