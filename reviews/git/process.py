"""Runs git: without the caller's GIT_* variables, with settings that run no program, and never waiting for a person."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from reviews.git.errors import GitError, MissingGitError, SlowError

TIMEOUT = 600  # seconds for one command, hooks and network included: what takes longer waits for somebody

# How to reach a remote is the caller's to say; where the repository is and what it holds, is not.
_KEPT = (
    "GIT_ASKPASS",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_",
    "GIT_PROXY_",
    "GIT_HTTP_",
)

# Settings of a repository that would run a program, ask a person, or say other things than what is meant
# (`git help config`). Its hooks, filters and signing are meant, and stay.
_SETTINGS = {
    "advice.detachedHead": "false",
    "color.ui": "false",
    "commit.status": "false",
    "commit.verbose": "false",
    "core.editor": "true",
    "core.fsmonitor": "false",
    "core.pager": "cat",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    "log.showSignature": "false",
    "submodule.recurse": "false",
}
NO_CLEANING = {"gc.auto": "0", "maintenance.auto": "false"}  # after each commit it would cost as much as that
_OPTIONS = ("--no-pager", "--literal-pathspecs", "--no-replace-objects")


def run_git(
    folder: Path,
    *arguments: str,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
    held: int | None = None,
    accepts: tuple[int, ...] = (0,),
) -> bytes:
    """Run git in a folder and return what it printed. Raises ``GitError`` where its exit code is not accepted.

    ``held`` is a file that the process keeps open: a lock outlives whoever took it, until git has ended too.
    """
    command = ["git", *_OPTIONS]
    for name, value in {**_SETTINGS, **(settings or {})}.items():
        command += ["-c", f"{name}={value}"]
    called = " ".join(arguments[:2]) if arguments[0] in {"worktree", "remote"} else arguments[0]
    try:
        result = subprocess.run(
            [*command, *arguments],
            cwd=folder,
            env=_environment(environment or {}),
            input=stdin,
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
            pass_fds=() if held is None else (held,),
        )
    except FileNotFoundError as error:
        if folder.is_dir():
            raise MissingGitError from error
        raise GitError(called, f"{folder} is not there") from error
    except (OSError, ValueError) as error:  # a folder that may not be entered; a NUL among the arguments
        raise GitError(called, str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise SlowError(called, f"it did not end within {TIMEOUT} seconds") from error
    if result.returncode not in accepts:
        said = (result.stderr + result.stdout).decode(errors="replace")
        raise GitError(called, said or f"exit code {result.returncode}")
    return result.stdout


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment, but for what would lead git elsewhere, or have it ask or speak another language."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT)
    }
    return {**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", **more}
