"""Compares the hub's work with the least that the same job could cost, as ratios from one run.

`python -m tests.benchmarks [--rounds 5] [--times 20] [--corpus DIR]`. Prints the table of docs/benchmarks.md.
Each time is the best of its rounds, each peak of memory the highest: what else the machine does only adds.
Steps alternate with what they are held against.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
CORPUS = os.environ.get("POLICYHUB_CORPUS", str(PROJECT.parent / "shared" / "corpus"))
GOALS = (
    ("cold import", "read", 2.5),
    ("cold import from git", "cold import", 1.2),
    ("re-import", "hash", 3),
    ("merge import", "re-import", 1.5),
    ("export", "hash", 3),
    ("commits", "bare commits", 1.5),
)


@dataclass(frozen=True)
class Figure:
    """The best time of one step in milliseconds a file, and its highest peak of memory in MiB."""

    cost: float
    peak: float


def run(step: str, folder: Path, var: Path) -> dict[str, float]:
    """One step in a process of its own, on the database in `var`."""
    environment = os.environ | {
        "POLICYHUB_VAR": str(var),
        "DATABASE_URL": f"sqlite:///{var}/policyhub.sqlite3",
        "POLICYHUB_FOLDER": str(folder),
    }
    command = [sys.executable, "-m", "tests.benchmarks.steps", step, str(folder)]
    done = subprocess.run(
        command, env=environment, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True
    )
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def multiply(corpus: Path, folder: Path, times: int) -> None:
    """Write the corpus `times` times, each copy with ids of its own."""
    for number in range(times):
        for path in sorted(corpus.rglob("*.md")):
            name = f"{path.stem}-{number:02}"
            target = folder / f"part-{number:02}" / path.parent.relative_to(corpus) / f"{name}.md"
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            target.write_text(text.replace(f"'{path.stem}'", f"'{name}'", 1), encoding="utf-8")


def measure(corpus: Path, times: int, rounds: int, place: Path) -> dict[str, Figure]:
    """All steps on a corpus of that size."""
    folder, var = place / f"files-{times}", place / f"var-{times}"
    multiply(corpus, folder, times)
    answers: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
    for _ in range(rounds):
        start_anew(var, place)
        for name, step in (
            ("read", "read"),
            ("cold import", "import"),
            ("hash", "hash"),
            ("re-import", "import"),
        ):
            answers[name].append(run(step, folder, var))
        run("change", folder, var)
        answers["merge import"].append(run("merge", folder, var))
        repository, its_var = clone(folder, place), place / f"var-git-{times}"
        start_anew(its_var, place)
        answers["cold import from git"].append(run("import-git", repository, its_var))
    run("sign", folder, var)
    run("write", folder, var)
    for _ in range(rounds):
        answers["hash"].append(run("hash", folder, var))
        answers["export"].append(run("export", folder, var))
    if times == 1:
        measure_commits(folder, rounds, place, answers)
    return {
        name: Figure(
            min(answer["seconds"] / answer["files"] * 1000 for answer in rows),
            max(answer["peak"] for answer in rows),
        )
        for name, rows in answers.items()
    }


def measure_commits(
    folder: Path, rounds: int, place: Path, answers: defaultdict[str, list[dict[str, float]]]
) -> None:
    """Every record signed, and each signature committed to a new clone of one repository."""
    signed, var = place / "var-signed", place / "var-commits"
    start_anew(signed, place)
    repository = clone(folder, place)
    for step in ("import-git", "sign", "write-aside"):
        run(step, repository, signed)
    for _ in range(rounds):
        for name, step in (("bare commits", "commit-bare"), ("commits", "commit")):
            shutil.rmtree(var, ignore_errors=True)
            shutil.copytree(signed, var)
            answers[name].append(run(step, clone(folder, place), var))


def start_anew(var: Path, place: Path) -> None:
    """Put a migrated, empty database there."""
    empty = place / "empty"
    if not empty.exists():
        empty.mkdir()
        run("migrate", place, empty)
    shutil.rmtree(var, ignore_errors=True)
    shutil.copytree(empty, var)


def clone(folder: Path, place: Path) -> Path:
    """A new clone, packed as clones are, of a repository that holds the folder's files; always at the same place."""
    origin, repository = place / f"{folder.name}.git", place / f"{folder.name}-clone"

    def git(*words: str) -> None:
        identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
        subprocess.run(["git", *identity, *words], cwd=folder, check=True)

    if not origin.exists():
        git("init", "-q", "-b", "main")
        git("add", "--all")
        git("commit", "-q", "-m", "Policies")
        git("clone", "-q", "--bare", "--no-local", ".", str(origin))
        shutil.rmtree(folder / ".git")
    shutil.rmtree(repository, ignore_errors=True)
    git("clone", "-q", str(origin), str(repository))
    git("-C", str(repository), "config", "user.name", "Bench")
    git("-C", str(repository), "config", "user.email", "bench@example.org")
    return repository


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each step runs (5)")
    parser.add_argument(
        "--times", type=int, default=20, help="how many times the corpus for the large run (20)"
    )
    parser.add_argument("--corpus", type=Path, default=Path(CORPUS) / "2026-08-15-flow-yaml")
    options = parser.parse_args()
    if not options.corpus.is_dir():
        sys.exit(f"No corpus at {options.corpus}: name one with --corpus or POLICYHUB_CORPUS.")
    with tempfile.TemporaryDirectory() as name:
        small = measure(options.corpus, 1, options.rounds, Path(name))
        large = measure(options.corpus, options.times, max(1, options.rounds // 2), Path(name))
    print(f"| what | held against | to reach | at 1x | at {options.times}x |")
    print("| --- | --- | --- | --- | --- |")
    for step, base, goal in GOALS:
        ratios = [
            f"{size[step].cost / size[base].cost:.2f}x" if step in size else "" for size in (small, large)
        ]
        print(f"| {step} | {base} | {goal}x | {' | '.join(ratios)} |")
    print(
        f"\n| step | ms a file at 1x | at {options.times}x | growth | peak MiB at 1x | at {options.times}x |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for step, figure in small.items():
        if not (other := large.get(step)):
            print(f"| {step} | {figure.cost:.3f} | | | {figure.peak:.0f} | |")
            continue
        print(
            f"| {step} | {figure.cost:.3f} | {other.cost:.3f} | {other.cost / figure.cost:.2f}x"
            f" | {figure.peak:.0f} | {other.peak:.0f} |"
        )


if __name__ == "__main__":
    main()
