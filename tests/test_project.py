"""The project as a whole: what it demands of its visitors as it comes, and what it refuses."""

import ast
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from policyhub.secret_key import read_or_make_secret_key
from policyhub.settings import review_months

PROJECT = Path(__file__).resolve().parent.parent


def manage(var: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The result of a management command under the real settings, with nothing set but `environment`."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env={
            "PATH": os.environ["PATH"],
            "POLICYHUB_ENV_FILE": os.devnull,
            "POLICYHUB_VAR": str(var),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_settings_are_safe_as_they_come(tmp_path: Path) -> None:
    result = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING")

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "System check identified no issues (0 silenced).\n"


def test_settings_over_http_are_reported(tmp_path: Path) -> None:
    result = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", HTTPS="off")

    assert result.returncode == 1
    assert "security.W008" in result.stderr


@pytest.mark.parametrize(
    ("variable", "value", "setting", "shown"),
    [
        ("DEBUG", "on", "DEBUG", "True"),
        ("ALLOWED_HOSTS", "a.example,b.example", "ALLOWED_HOSTS", "['a.example', 'b.example']"),
        ("TIME_ZONE", "Asia/Shanghai", "TIME_ZONE", "Asia/Shanghai"),
        ("POLICYHUB_FOLDER", "/srv/policies", "POLICYHUB_FOLDER", "/srv/policies"),
        ("POLICYHUB_LANGUAGE", "zh", "POLICYHUB_LANGUAGE", "zh"),
        ("POLICYHUB_FOUR_EYES", "off", "POLICYHUB_FOUR_EYES", "False"),
        ("POLICYHUB_MAX_FILE_BYTES", "1000", "POLICYHUB_MAX_FILE_BYTES", "1000"),
        ("POLICYHUB_HOLD_MINUTES", "5", "POLICYHUB_HOLD_MINUTES", "5"),
        (
            "POLICYHUB_NEXT_REVIEW",
            "Tax / relief/A=B=6;*/ Act = 3 ; */*=12;",
            "POLICYHUB_NEXT_REVIEW",
            "(('Tax', 'relief/A=B', 6), ('*', 'Act', 3), ('*', '*', 12))",
        ),
        ("POLICYHUB_SIGNING_KEY", "/srv/key.pem", "POLICYHUB_SIGNING_KEY", "/srv/key.pem"),
        ("POLICYHUB_URL", "https://hub.example/", "POLICYHUB_URL", "https://hub.example"),
        ("DEFAULT_FROM_EMAIL", "Hub <hub@hub.example>", "DEFAULT_FROM_EMAIL", "Hub <hub@hub.example>"),
        ("EMAIL_URL", "dummymail://", "EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend"),
        ("EMAIL_URL", "smtp+tls://hub:a%40b@mail.example:587", "EMAIL_HOST_PASSWORD", "a@b"),
        ("TRUST_FORWARDED_PROTO", "on", "SECURE_PROXY_SSL_HEADER", "('HTTP_X_FORWARDED_PROTO', 'https')"),
    ],
)
def test_settings_come_from_the_environment(
    tmp_path: Path, variable: str, value: str, setting: str, shown: str
) -> None:
    command = f"from django.conf import settings; print(settings.{setting})"

    result = manage(tmp_path, "shell", "--no-imports", "-c", command, **{variable: value})

    assert (result.stdout, result.stderr) == (f"{shown}\n", "")


def test_settings_come_from_the_env_file(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("POLICYHUB_LANGUAGE=zh\n", encoding="utf-8")
    command = "from django.conf import settings; print(settings.POLICYHUB_LANGUAGE)"

    result = manage(
        tmp_path, "shell", "--no-imports", "-c", command, POLICYHUB_ENV_FILE=str(tmp_path / "env")
    )

    assert (result.stdout, result.stderr) == ("zh\n", "")


def test_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"

    key = read_or_make_secret_key(path)

    assert len(key) == 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_or_make_secret_key(path) == key
    assert list(path.parent.iterdir()) == [path]


def test_secret_key_is_the_same_for_all_who_start_at_once(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    keys: list[str] = []
    start = threading.Barrier(8)

    def read() -> None:
        start.wait()
        keys.append(read_or_make_secret_key(path))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert keys == [path.read_text(encoding="ascii")] * 8


def test_content_security_policy_allows_no_script_and_no_style_but_our_files(client: Client) -> None:
    header = client.get("/admin/login/").headers["Content-Security-Policy"]

    assert sorted(header.split("; ")) == [
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self' data:",
        "object-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
    ]


def test_root_leads_to_the_admin(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/admin/"


def test_icon_is_where_browsers_look_for_it(client: Client) -> None:
    assert client.get("/favicon.ico").headers["Location"] == "/static/reviews/icon.svg"
    assert finders.find("reviews/icon.svg") == str(PROJECT / "reviews" / "static" / "reviews" / "icon.svg")


@pytest.mark.parametrize(
    "table",
    [
        "",
        ";",
        "*/*",
        "*/*=",
        "*/*=soon",
        "*/*=0",
        "*/*=-6",
        "*/*=1.5",
        "*=12",
        "Incentive/*=6",
        "*/*=12; Incentive/*=6",
        "Incentive/*=0; */*=12",
    ],
)
def test_table_of_review_intervals_that_leaves_a_record_without_a_day_is_refused(table: str) -> None:
    with pytest.raises(ImproperlyConfigured) as error:
        review_months(table)

    assert str(error.value) == (
        f"POLICYHUB_NEXT_REVIEW is “{table}”: say rows like “Incentive/*=6; */Primary Legislation=24; */*=12”, months "
        "from 1 up, the last one for */*."
    )


def test_table_of_review_intervals_as_it_comes() -> None:
    assert settings.POLICYHUB_NEXT_REVIEW == (
        ("Incentive", "*", 6),
        ("经济激励", "*", 6),
        ("Market", "*", 6),
        ("市场机制", "*", 6),
        ("*", "Primary Legislation", 24),
        ("*", "*", 12),
    )


@pytest.mark.parametrize("name", ["POLICYHUB_FOUR_EYES", "HTTPS", "DEBUG", "TRUST_FORWARDED_PROTO"])
def test_misspelt_switch_stops_the_start(tmp_path: Path, name: str) -> None:
    result = manage(tmp_path, "check", **{name: "yes!"})

    assert result.returncode == 1
    assert result.stderr.endswith(f"ImproperlyConfigured: {name} is “yes!”: say on or off.\n")


def test_hold_of_no_time_stops_the_start(tmp_path: Path) -> None:
    result = manage(tmp_path, "check", POLICYHUB_HOLD_MINUTES="0")

    assert result.returncode == 1
    assert result.stderr.endswith(
        "ImproperlyConfigured: POLICYHUB_HOLD_MINUTES is “0”: say how many minutes, from 1 up.\n"
    )


def test_lower_floors_know_of_django_gettext_alone() -> None:
    """What import-linter cannot see: it knows packages outside the project as a whole only."""
    reviews = PROJECT / "reviews"
    rooms = [reviews / "states.py", reviews / "permissions.py"]
    rooms += [path for room in ("schema", "quality") for path in (reviews / room).glob("*.py")]
    known = {
        node.module if isinstance(node, ast.ImportFrom) else name.name
        for path in rooms
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }

    assert {name for name in known if name and name.split(".")[0] == "django"} == {"django.utils.translation"}
