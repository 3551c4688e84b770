"""`verify_signoffs` as its users have it: built, and installed by pip into an environment with nothing else in it."""

import os
import shutil
import site
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent.parent / "reviews" / "signoffs"
# What it depends on, PyYAML and (for keys) cryptography, comes from here: a test asks no server for it.
NEEDED = ("yaml", "_yaml", "pyyaml-*", "cryptography", "cryptography-*", "cffi*", "_cffi*", "pycparser*")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def run(*command: str | Path, folder: Path, **environment: str) -> None:
    result = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of that environment: `python`, and `verify_signoffs`."""
    folder = tmp_path_factory.mktemp("installed")
    made_by_others = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    shutil.copytree(PACKAGE, folder / "source", ignore=made_by_others)
    run(sys.executable, "-c", BUILD, folder, folder=folder / "source")
    (wheel,) = folder.glob("*.whl")
    run(sys.executable, "-m", "venv", "venv", folder=folder)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    for here in map(Path, site.getsitepackages()):
        for found in (found for name in NEEDED for found in here.glob(name)):
            (packages / found.name).symlink_to(found)
    wanted = f"policyhub-signoffs[key] @ {wheel.as_uri()}"
    run(folder / "venv/bin/pip", "install", wanted, folder=folder, PIP_NO_INDEX="1")
    return folder / "venv" / "bin"
