"""`verify_signoffs` as a program of its own: what it prints, its exit codes, and that it needs no PolicyHub."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from reviews.signoffs import NAME, Manifest, SignedFile
from reviews.signoffs.__main__ import main
from reviews.signoffs.signing import read_private_key, sign_manifest

PROJECT = Path(__file__).resolve().parent.parent.parent
TEXT = "---\ntitle: Act\nreviewStatus: verified\n---\n"
NOBODY = f"claims verified, but nobody signed it: {NAME} has no line for it"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file that was signed and one, of a hostile name, that was not; we are above it."""
    folder = tmp_path / "site"
    (folder / "en").mkdir(parents=True)
    (folder / "en/act.md").write_text(TEXT, encoding="utf-8")
    (folder / "en/b\n::error::%,.md").write_text(TEXT + "More.\n", encoding="utf-8")
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    line = SignedFile("act", "en", "en/act.md", "Rosa Lindqvist", "2026-11-22", digest, 1, "a" * 64)
    (folder / NAME).write_text(Manifest().sign(line).text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    return folder


def test_installed_alone_it_runs_without_django(installed: Path, site: Path) -> None:
    def run(*command: str) -> tuple[int, str, str]:
        result = subprocess.run(command, cwd=site, capture_output=True, text=True, check=False, env={})
        return result.returncode, result.stdout, result.stderr

    program, python = str(installed / "verify_signoffs"), str(installed / "python")
    counts = "1 problem: 2 files checked, 1 as they were signed; 1 line in SIGNOFFS.jsonl\n"
    said = f"en/b\\n::error::%,.md:3: {NOBODY}\n{counts}"
    assert run(program, ".") == (1, said, "")
    assert run(python, "-m", "reviews.signoffs", ".") == (1, said, "")
    assert run(program, ".", "en/act.md")[:2] == (
        0,
        counts.replace("1 problem: 2 files", "no problems: 1 file"),
    )
    assert run(python, "-c", "import django")[2].endswith("ModuleNotFoundError: No module named 'django'\n")


def test_key_needs_cryptography_and_nothing_else_does(site: Path) -> None:
    program = (
        "import sys; sys.modules['cryptography'] = None; sys.path.insert(0, sys.argv.pop(1))\n"
        "from reviews.signoffs.__main__ import main; main(sys.argv[1:])"
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program, str(PROJECT), *arguments]
        return subprocess.run(command, cwd=site, capture_output=True, text=True, check=False)

    assert run("--key", "key.pem", ".").stderr.endswith(
        "error: --key needs the package cryptography: install policyhub-signoffs[key]\n"
    )
    assert run(".").stdout.startswith("en/b")


def test_text_is_for_people(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["site"]) == 1
    assert capsys.readouterr().out == (
        f"site/en/b\\n::error::%,.md:3: {NOBODY}\n"
        "1 problem: 2 files checked, 1 as they were signed; 1 line in SIGNOFFS.jsonl\n"
    )
    assert main(["site", "site/en/act.md", "site/SIGNOFFS.jsonl"]) == 0
    assert capsys.readouterr().out == (
        "no problems: 1 file checked, 1 as they were signed; 1 line in SIGNOFFS.jsonl\n"
    )
    assert main(["site", "site/SIGNOFFS.jsonl"]) == 0
    assert capsys.readouterr().out.startswith("no problems: no files checked")
    assert main(["site", "site/en"]) == 1
    assert capsys.readouterr().out.startswith("site/en/b")


def test_json_is_for_programs(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--format", "json", "site"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "folder": "site",
        "files": 2,
        "signed": 1,
        "lines": 1,
        "problems": [
            {"path": "en/b\n::error::%,.md", "line": 3, "code": "not-signed", "message": NOBODY},
        ],
    }


@pytest.mark.parametrize("workspace", ["", "site/en"])
def test_annotations_stay_on_their_line(
    site: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: str
) -> None:
    """A file's name starts no other command; the path is seen from the checkout."""
    if workspace:
        monkeypatch.setenv("GITHUB_WORKSPACE", workspace)

    assert main(["--format", "github", "site"]) == 1
    folder = "" if workspace else "site/en/"
    assert capsys.readouterr().out == (
        f"::error file={folder}b%0A%3A%3Aerror%3A%3A%25%2C.md,line=3,title=not-signed::"
        f"en/b%0A::error::%25,.md: {NOBODY}\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere is no folder: name the one in which SIGNOFFS.jsonl stands"),
        (["site", "site/none.md"], "site/none.md does not exist"),
        (["site", "."], ". is outside {folder}"),
        (["site", "site/../x.md"], "site/../x.md is outside {folder}"),
        (["--key", "none.pem", "site"], "[Errno 2] No such file or directory: 'none.pem'"),
        (["--key", "site/en/act.md", "site"], "site/en/act.md: it is no public Ed25519 key in PEM"),
        (["--since", "none.jsonl", "site"], "[Errno 2] No such file or directory: 'none.jsonl'"),
    ],
)
def test_wrong_use_ends_it_with_2(
    site: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as error:
        main(arguments)

    printed = capsys.readouterr()
    assert (error.value.code, printed.out) == (2, "")
    assert printed.err.endswith(f"\nverify_signoffs: error: {said.format(folder=site)}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format=json", "site", "site/en"],
        ["site", "--format=json", "site/en"],
        ["site", "site/en", "--format=json"],
        ["--format=json", "--", "site", "site/en"],
    ],
)
def test_options_may_stand_anywhere(
    site: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    main(arguments)

    assert json.loads(capsys.readouterr().out)["folder"] == "site"


def test_nothing_behind_two_dashes_is_an_option(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--", "site", "--format=json"])

    assert capsys.readouterr().err.endswith(f"error: --format=json is outside {site}\n")


def test_key_checks_the_signature(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        "openssl genpkey -algorithm ed25519 -out key.pem",
        "openssl pkey -in key.pem -pubout -out key.pub.pem",
    ):
        subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    key = read_private_key((tmp_path / "key.pem").read_bytes())
    manifest = (site / NAME).read_text(encoding="utf-8")
    arguments = ["--key", "key.pub.pem", "site", "site/SIGNOFFS.jsonl"]

    assert main(arguments) == 1
    assert capsys.readouterr().out.startswith(
        "site/SIGNOFFS.jsonl.sig:1: SIGNOFFS.jsonl.sig is missing: SIGNOFFS.jsonl is not signed\n"
    )
    (site / f"{NAME}.sig").write_text(sign_manifest(manifest, key), encoding="ascii")
    assert main(arguments) == 0
    (site / NAME).write_text(Manifest().text, encoding="utf-8")  # all lines taken out: a whole chain
    assert main(arguments) == 1
    assert capsys.readouterr().out.splitlines()[-2] == (
        "site/SIGNOFFS.jsonl.sig:1: SIGNOFFS.jsonl.sig is not the signature of SIGNOFFS.jsonl: one of the two was "
        "changed, or another key signed it"
    )
