"""The recipes for a site's own CI, run as they stand: a workflow's steps and a hook's entry, in a real repository."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from reviews.signoffs import NAME, SIGNATURE, Manifest
from reviews.signoffs.signing import read_private_key, sign_manifest
from tests.signoffs.test_checking import ACT, DRAFT, LAW, SIGNED, line, put

PROJECT = Path(__file__).resolve().parent.parent.parent
RECIPES = PROJECT / "docs" / "recipes"


def git(folder: Path, *arguments: str) -> str:
    settings = ("-c", "user.name=Elena", "-c", "user.email=elena@example.org", "-c", "commit.gpgsign=false")
    command = ["git", *settings, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Change")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A public key, and its private half beside it, made as the documents say."""
    folder = tmp_path_factory.mktemp("key")
    for command in re.findall(
        r"^openssl .*$", (PROJECT / "docs" / "ci.md").read_text(encoding="utf-8"), re.MULTILINE
    ):
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder / "policyhub.pub.pem"


def sign(folder: Path, key: Path, manifest: Manifest) -> None:
    put(folder, NAME, manifest.text)
    private = read_private_key((key.parent / "signing-key.pem").read_bytes())
    put(folder, SIGNATURE, sign_manifest(manifest.text, private))


@pytest.fixture
def site(tmp_path: Path, key: Path) -> Path:
    """A repository with a signed file, and one that claims to be verified since long ago and never was."""
    folder = tmp_path / "site"
    put(folder, ACT, SIGNED % "Act")
    put(folder, LAW, SIGNED % "Old claim")
    put(folder, "policyhub.pub.pem", key.read_bytes())
    sign(folder, key, Manifest().sign(line(ACT, SIGNED % "Act")))
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    return folder


class Workflow:
    """The workflow's steps that run something, by name, run as GitHub would."""

    def __init__(self, text: str) -> None:
        self.jobs: dict[str, Any] = yaml.safe_load(text)["jobs"]
        (self.shell,) = {yaml.safe_load(text)["defaults"]["run"]["shell"]}

    def step(self, job: str, name: str) -> str:
        (found,) = (step["run"] for step in self.jobs[job]["steps"] if step.get("name") == name)
        return str(found)

    def run(self, job: str, name: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [self.shell, "--noprofile", "--norc", "-eo", "pipefail", "-c", self.step(job, name)]
        return subprocess.run(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "GITHUB_WORKSPACE": str(folder), **environment},
            capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def workflow() -> Workflow:
    return Workflow((RECIPES / "signoffs.yml").read_text(encoding="utf-8"))


CHECK = "Every changed file that claims to be verified is as it was signed"


def test_workflow_is_one_that_github_reads() -> None:
    recipe = yaml.safe_load((RECIPES / "signoffs.yml").read_text(encoding="utf-8"))

    assert set(recipe) == {"name", True, "permissions", "env", "defaults", "jobs"}  # "on" is true in YAML 1.1
    assert recipe["permissions"] == {"contents": "read"}
    assert set(recipe[True]) == {
        "pull_request",
        "push",
    }  # never pull_request_target, which would lend its rights
    for job in recipe["jobs"].values():
        assert set(job) == {"runs-on", "steps"}
        assert all(
            set(step) in ({"uses"}, {"uses", "with"}, {"name", "run"}, {"name", "env", "run"})
            for step in job["steps"]
        )
        # What comes from outside is a variable of the shell, never a part of its program.
        assert not any("${{" in step.get("run", "") for step in job["steps"])


def test_workflow_holds_a_pull_request_to_what_it_changes(
    workflow: Workflow, site: Path, key: Path, installed: Path, tmp_path: Path
) -> None:
    base = git(site, "rev-parse", "HEAD")
    manifest = Manifest.parse((site / NAME).read_text(encoding="utf-8"))

    def check() -> tuple[int, list[str]]:
        commit(site)
        result = workflow.run(
            "signoffs", CHECK, site,
            BASE=base, RUNNER_TEMP=str(tmp_path), PATH=f"{installed}:{os.environ['PATH']}",
        )  # fmt: skip
        problems = re.findall(r"^::error file=(.*?),line=\d+,title=([\w-]+)::", result.stdout, re.MULTILINE)
        return result.returncode, [" ".join(problem) for problem in problems]

    # What it does not touch may claim what it likes; an export brings file, line and signature.
    put(site, "README.md", "# Policies\n")
    put(site, "images/map.png", b"\x89PNG\r\n\x1a\n\x00\\reviewStatus\xff")
    (site / "logo.png").symlink_to("images/map.png")
    put(site, DRAFT, SIGNED % "Draft")
    sign(site, key, manifest.sign(line(DRAFT, SIGNED % "Draft")))
    assert check() == (0, [])

    put(site, "policies/en/-a b.md", SIGNED % "New claim")
    put(site, ACT, SIGNED % "Changed")
    assert check() == (123, [f"{path} {code}" for path, code in (
        ("policies/en/-a b.md", "not-signed"), (ACT, "changed"),
    )])  # fmt: skip

    git(site, "reset", "--hard", "--quiet", base)
    put(site, ACT, SIGNED % "Forged")
    sign(site, key, Manifest().sign(line(ACT, SIGNED % "Forged")))  # even with the key: a line was taken out
    assert check() == (123, [f"{NAME} rewritten-manifest"])

    git(site, "reset", "--hard", "--quiet", base)
    put(site, ACT, SIGNED % "Forged")
    put(site, NAME, manifest.sign(line(ACT, SIGNED % "Forged")).text)
    own = key.with_name("own.pem")
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", own], check=True, capture_output=True
    )
    public = subprocess.run(["openssl", "pkey", "-in", own, "-pubout"], check=True, capture_output=True)
    put(site, "policyhub.pub.pem", public.stdout)  # it brings a key of its own, which is not asked
    put(
        site,
        SIGNATURE,
        sign_manifest((site / NAME).read_text(encoding="utf-8"), read_private_key(own.read_bytes())),
    )
    assert check() == (123, [f"{SIGNATURE} bad-signature"])

    git(site, "reset", "--hard", "--quiet", base)
    (site / NAME).unlink()
    (site / SIGNATURE).unlink()
    assert check() == (123, [f"{NAME} rewritten-manifest"])


def test_workflow_reads_every_file_and_shows_what_the_checks_find(workflow: Workflow, tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "policies/en/new.md", SIGNED % "Act")
    (tmp_path / "source").symlink_to(PROJECT)

    result = workflow.run(
        "checks", "Every file can be read; what the checks find stands at its line", site,
        RUNNER_TEMP=str(tmp_path), PYTHON=sys.executable, POLICYHUB_VAR=str(tmp_path / "var"),
        POLICYHUB_FOLDER=str(site), POLICYHUB_ENV_FILE=os.devnull,
    )  # fmt: skip

    assert (result.returncode, result.stderr) == (0, "")
    assert {text.partition(",")[0] for text in result.stdout.splitlines()} == {
        "::error file=policies/en/new.md",
        "::warning file=policies/en/new.md",
        "::notice file=policies/en/new.md",
    }


def test_hook_is_called_with_what_a_commit_changes(site: Path, installed: Path) -> None:
    (repository,) = yaml.safe_load((RECIPES / "pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    (hook,) = repository["hooks"]
    put(site, ACT, SIGNED % "Changed")
    put(site, "notes.txt", "None of its business.")
    git(site, "add", "--all")
    changed = git(site, "diff", "--cached", "--name-only").splitlines()
    files = [path for path in changed if re.search(hook["files"], path)]

    command = [*hook["entry"].split(), *files]  # as pre-commit calls it
    result = subprocess.run(
        [installed / command[0], *command[1:]], cwd=site, capture_output=True, text=True, check=False
    )

    assert files == [ACT]
    assert [
        path for path in (NAME, f"en/{SIGNATURE}", "a.mdx", "a.md5") if re.search(hook["files"], path)
    ] == [
        NAME,
        f"en/{SIGNATURE}",
        "a.mdx",
    ]
    assert result.returncode == 1
    assert result.stdout.startswith(
        f"{ACT}:3: claims verified, but was changed after Rosa Lindqvist signed it"
    )
