"""Make `.venv` and install a list of this folder into it, hashes checked: `python3 requirements/install.py app`."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
VENV = FOLDER.parent / ".venv"
PIP = VENV / ("Scripts/pip.exe" if sys.platform == "win32" else "bin/pip")


def main(name: str) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - the reader may hold an older Python, which must be told so
        sys.exit(
            f"PolicyHub needs Python 3.11 or newer; this is {sys.version.split()[0]}, {sys.executable}.\n"
            f"Is there a newer one? Then: python3.13 {' '.join(sys.argv)}"
        )
    if not PIP.exists():
        run(sys.executable, "-m", "venv", str(VENV))
    run(str(PIP), "install", "--quiet", "--require-hashes", "--requirement", str(FOLDER / f"{name}.txt"))


def run(*command: str) -> None:
    """Run a command that explains its own failure; end with it."""
    code = subprocess.call(command)
    if code:
        sys.exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
