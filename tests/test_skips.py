"""The rule of tests/conftest.py that on CI no test goes missing unseen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
TESTS = """
import pytest

def test_passes(): pass
def test_wants_the_corpus(): pytest.skip("no corpus at /nowhere")
def test_wants_node(): pytest.skip("Node.js is not installed")
def test_wants_a_browser(): pytest.skip("no browser")
@pytest.mark.skip(reason="too hard")
def test_is_too_hard(): pass
@pytest.mark.xfail(reason="known")
def test_is_known_to_fail(): assert False
"""


def run_pytest(folder: Path, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_skips.py").write_text(TESTS, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "tests.conftest", folder],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )


def test_skip_fails_on_ci_unless_it_wants_the_corpus_or_node(tmp_path: Path) -> None:
    output = run_pytest(tmp_path, ci="true").stdout

    assert " 1 failed, 1 passed, 2 skipped, 1 xfailed, 1 error in " in output.splitlines()[-1]
    assert "no browser\nOn CI nothing may be skipped but for want of corpus or Node.js." in output
    assert "too hard\nOn CI nothing may be skipped but for want of corpus or Node.js." in output


@pytest.mark.parametrize("ci", ["", "false"])
def test_skip_is_named_with_its_reason_elsewhere(tmp_path: Path, ci: str) -> None:
    output = run_pytest(tmp_path, ci).stdout

    assert " 1 passed, 4 skipped, 1 xfailed in " in output.splitlines()[-1]
    assert [line.rpartition(": ")[2] for line in output.splitlines() if line.startswith("SKIPPED")] == [
        "no corpus at /nowhere",
        "Node.js is not installed",
        "no browser",
        "too hard",
    ]
