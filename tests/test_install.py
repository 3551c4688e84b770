"""`requirements/install.py`: what it says to who cannot go on. That it installs is what every test run begins with."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
RUN_AS_OLD = """
import runpy, sys
sys.version, sys.version_info, sys.executable = "3.9.2 (default)", (3, 9, 2), "/usr/bin/python3"
sys.argv = ["requirements/install.py", "app"]
runpy.run_path("requirements/install.py", run_name="__main__")
"""


def test_install_names_a_python_that_is_too_old() -> None:
    command = [sys.executable, "-c", RUN_AS_OLD]

    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "PolicyHub needs Python 3.11 or newer; this is 3.9.2, /usr/bin/python3.\n"
        "Is there a newer one? Then: python3.13 requirements/install.py app\n"
    )
