"""`nox` runs all tests, `nox -s lint` the linters, `nox -s lock` writes the pins.

The tests run on every installed Python and on every database; `nox -s tests` runs every pair of them.
"""

import json
import os
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import nox

if sys.version_info < (3, 11):  # noqa: UP036 - the reader may hold an older Python, which must be told so
    sys.exit(f"PolicyHub needs Python 3.11 or newer; this is Python {sys.version.split()[0]}.")

PROJECT = Path(__file__).resolve().parent
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))


def has_python(folder: Path, version: str) -> bool:
    """Whether the folder has this Python and it runs (pyenv's shims stand there for Pythons that do not)."""
    ask = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [folder / f"python{version}", "-c", ask], capture_output=True, text=True, check=False, timeout=60
        )
    except OSError:
        return False
    return answer.stdout.strip() == version


def folder_of_python(version: str) -> Path | None:
    """The folder of a Python of this version that runs: on the PATH, else one of pyenv's, else None."""
    folders = [Path(entry) for entry in os.environ["PATH"].split(os.pathsep) if entry]
    folders += sorted(PYENV.glob(f"versions/{version}*/bin"), reverse=True)
    return next((folder for folder in folders if has_python(folder, version)), None)


FOLDERS = {version: folder for version in ("3.11", "3.13") if (folder := folder_of_python(version))}
PYTHONS = list(FOLDERS) or [f"{sys.version_info.major}.{sys.version_info.minor}"]
# Every Python and every database, each with one of the others: what breaks with one pair alone has not been seen.
PAIRS = list(zip_longest(PYTHONS, ("sqlite", "postgres"), fillvalue=PYTHONS[0]))
BROWSER: dict[str, str] = {}
# What a browser does with a page, what it says in Chinese, what git, Prettier and pip do, depends on neither Python nor
# database: once is enough.
ONCE = (
    "tests/admin/test_in_chinese.py",
    "tests/admin/test_record_forms.py",
    "tests/documents/test_corpus.py",
    "tests/git",
    "tests/signoffs/test_command.py",
    "tests/signoffs/test_recipes.py",
    *(
        f"tests/browser/test_{name}.py"
        for name in ("comments", "conflicts", "edit", "list", "login", "pages", "review", "reviewing", "runs")
    ),
)
# Texts and tables that know no database: once for each Python.
WITHOUT_DATABASE = (
    "tests/admin/test_charts.py",
    "tests/documents",
    "tests/merge",
    "tests/quality",
    "tests/schema",
    "tests/signoffs",
    "tests/test_docs.py",
    "tests/test_permissions.py",
    "tests/test_seeds.py",
    "tests/test_states.py",
)

nox.options.sessions = [f"tests-{python}(database='{database}')" for python, database in PAIRS]
nox.options.default_venv_backend = "uv"
os.environ["PATH"] = os.pathsep.join([*map(str, FOLDERS.values()), os.environ["PATH"]])
os.environ["UV_PYTHON_DOWNLOADS"] = "never"


def install(session: nox.Session) -> None:
    session.install("--require-hashes", "--quiet", "-r", "requirements/dev.txt")


def browser(session: nox.Session) -> dict[str, str]:
    """The variables that tell the browser tests which Chromium to use, or why there is none."""
    if not BROWSER:  # once for all sessions
        command = [f"{session.bin}/python", "tests/browser/chromium.py"]
        BROWSER.update(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))
    return BROWSER


@nox.session(python=PYTHONS)
@nox.parametrize("database", ["sqlite", "postgres"])
def tests(session: nox.Session, database: str) -> None:
    """All tests, or those that the arguments after `--` name; what a pair cannot change, with the first one only."""
    install(session)
    is_alone = [python for python, _ in PAIRS].count(str(session.python)) < 2
    elsewhere = () if is_alone or database == "sqlite" else WITHOUT_DATABASE
    if (session.python, database) != PAIRS[0]:
        elsewhere += ONCE
    left_out = [f"--ignore={path}" for path in elsewhere]
    url = "" if database == "sqlite" else os.environ.get("TEST_DATABASE_URL", "postgres")
    command = "python -m pytest --quiet --numprocesses auto --maxprocesses 4".split()
    session.run(*command, *left_out, *session.posargs, env={"TEST_DATABASE_URL": url, **browser(session)})


@nox.session(python=PYTHONS[0])
def lint(session: nox.Session) -> None:
    """Everything that is checked without running a test."""
    install(session)
    for command in (
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "python manage.py makemigrations --check --dry-run",
        "python manage.py check --deploy --fail-level WARNING",
    ):
        session.run(*command.split(), env={"POLICYHUB_ENV_FILE": os.devnull})


@nox.session(python=False)
def lock(session: nox.Session) -> None:
    """Pin every package that pyproject.toml asks for, with hashes. Newest: `nox -s lock -- --upgrade`."""
    command = "uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate".split()
    like_dev = ("--constraints", "requirements/dev.txt")
    for name, *what in (
        ("dev", "pyproject.toml", "--group", "dev"),
        ("app", "pyproject.toml", *like_dev),
        ("nox", "--group", "nox", *like_dev),
    ):
        session.run(
            *(*command, *what, "--output-file", f"requirements/{name}.txt", *session.posargs),
            env={"UV_CUSTOM_COMPILE_COMMAND": "nox -s lock"},
            external=True,
        )
