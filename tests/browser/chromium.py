"""Find a Chromium that runs, or get one: installed, else Playwright's download, else Debian's package.

As a program it does that and prints the environment variables that tests/browser/conftest.py reads, as JSON.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
# No sandbox for root, where Chromium refuses one. QUIC off, and nothing that calls home.
FLAGS = [
    *(["--no-sandbox"] if IS_ROOT else []),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def runs(chromium: str) -> bool:
    """Whether this Chromium shows an empty page: one that lacks a library starts and dies."""
    command = [chromium, "--headless", *FLAGS, "--dump-dom", "about:blank"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "<html" in answer.stdout


def installed_chromium() -> str | None:
    """The first on the PATH that runs."""
    return next((path for name in NAMES if (path := shutil.which(name)) and runs(path)), None)


def downloaded_chromium() -> str | None:
    """The one that Playwright keeps for itself, when it has been downloaded and runs."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and runs(path) else None


def attempt(*command: str) -> str:
    """Run a command; the error that it named last, or an empty text when all went well."""
    print("Getting Chromium:", *command, file=sys.stderr, flush=True)
    try:
        answer = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if answer.returncode == 0:
        return ""
    lines = answer.stdout.strip().splitlines() or ["it said nothing"]
    return next((line for line in reversed(lines) if line.startswith(("Error: ", "E: "))), lines[-1])


def get_chromium() -> tuple[str | None, str]:
    """The path of a Chromium that runs, or None and what was tried to get one."""
    if path := installed_chromium() or downloaded_chromium():
        return path, ""
    failures = [f"none of {', '.join(NAMES)} on the PATH runs"]
    failure = attempt(sys.executable, "-m", "playwright", "install", "chromium")
    if path := downloaded_chromium():
        return path, ""
    failures.append(f"Playwright's download: {failure or 'it does not run'}")
    if IS_ROOT and shutil.which("apt-get"):
        failure = attempt("apt-get", "update") or attempt(
            "apt-get", "install", "--yes", "--no-install-recommends", "chromium"
        )
        if path := installed_chromium():
            return path, ""
        failures.append(f"Debian's package: {failure or 'it does not run'}")
    return None, "; ".join(failures)


if __name__ == "__main__":
    chromium, why_not = get_chromium()
    print(json.dumps({"TEST_CHROMIUM": chromium} if chromium else {"TEST_NO_CHROMIUM": why_not}))
