"""Management commands in processes of their own, on the database of the running tests."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.db import connection

from tests.conftest import PROJECT


def database_url() -> str:
    """The DATABASE_URL of the database that the running test writes to."""
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    return "postgresql://{USER}:{PASSWORD}@/{NAME}?host={HOST}&port={PORT}".format(**place)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The variables under which a command works on that database and this folder."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url(),
        "HTTPS": "off",
        "POLICYHUB_ENV_FILE": os.devnull,
        "POLICYHUB_FOLDER": str(folder),
        "POLICYHUB_VAR": str(folder.parent / "var"),
        # Cut off by a full disk, Python 3.11 would leave half a module compiled, for every later process to fail on.
        "PYTHONDONTWRITEBYTECODE": "1",
        "SECRET_KEY": "only-for-tests",
        **more,
    }


def command(*arguments: str) -> list[str]:
    """The command line of a management command."""
    return [sys.executable, str(PROJECT / "manage.py"), *arguments]


def manage(folder: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a management command to its end."""
    return subprocess.run(
        command(*arguments),
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        **options,
    )
