"""Code in a process of its own that can be killed with all that it started: Django is loaded once, and forked from."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.conftest import PROJECT
from tests.services.programs import environment

SERVER = """
import os, sys
import django
django.setup()
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        exec(line)
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


class Forks:
    """`with Forks(folder, "from a import b") as forks: forks.run("b()", kill_after=0.1)`."""

    def __init__(self, folder: Path, imports: str) -> None:
        loaded = SERVER.replace("django.setup()\n", f"django.setup()\n{imports}\n")
        self._process = subprocess.Popen(
            [sys.executable, "-c", loaded],
            cwd=PROJECT,
            env=environment(folder, DJANGO_SETTINGS_MODULE="policyhub.settings", HOME=os.environ["HOME"]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Forks":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()

    def run(
        self, code: str, *, kill_after: float | None = None, once_there: Path | None = None
    ) -> tuple[bool, float]:
        """Run a line of code; whether it came to its end, and in how many seconds.

        It is killed so many seconds after it began, or after a file was there.
        """
        began = time.monotonic()
        self._process.stdin.write(f"{code}\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        if kill_after is not None:
            while once_there and not once_there.exists() and Path(f"/proc/{child}").exists():
                time.sleep(0.0005)
            time.sleep(kill_after)
            with suppress(ProcessLookupError):  # it was done, or is not in its group yet
                os.killpg(child, signal.SIGKILL)
        status = int(self._process.stdout.readline())
        assert status in (0, signal.SIGKILL), f"it failed: {status}"
        return status == 0, time.monotonic() - began
