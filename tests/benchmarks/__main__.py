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
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
CORPUS = os.environ.get("POLICYHUB_CORPUS", str(PROJECT.parent / "shared" / "corpus"))


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
    folder, empty = place / f"files-{times}", place / "empty"
    multiply(corpus, folder, times)
    if not empty.exists():
        empty.mkdir()
        run("migrate", folder, empty)
    answers: dict[str, list[dict[str, float]]] = {}
    var = place / f"var-{times}"
    for _ in range(rounds):
        shutil.rmtree(var, ignore_errors=True)
        shutil.copytree(empty, var)
        for name, step in (
            ("read", "read"),
            ("cold import", "import"),
            ("hash", "hash"),
            ("re-import", "import"),
        ):
            answers.setdefault(name, []).append(run(step, folder, var))
    run("sign", folder, var)
    for _ in range(rounds):
        answers["hash"].append(run("hash", folder, var))
        answers.setdefault("export", []).append(run("export", folder, var))
    return {
        name: Figure(
            min(answer["seconds"] / answer["files"] * 1000 for answer in rows),
            max(answer["peak"] for answer in rows),
        )
        for name, rows in answers.items()
    }


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
    for step, base, goal in (("cold import", "read", 2.5), ("re-import", "hash", 3), ("export", "hash", 3)):
        ratios = [f"{size[step].cost / size[base].cost:.2f}x" for size in (small, large)]
        print(f"| {step} | {base} | {goal}x | {' | '.join(ratios)} |")
    print(
        f"\n| step | ms a file at 1x | at {options.times}x | growth | peak MiB at 1x | at {options.times}x |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for step, figure in small.items():
        other = large[step]
        print(
            f"| {step} | {figure.cost:.3f} | {other.cost:.3f} | {other.cost / figure.cost:.2f}x"
            f" | {figure.peak:.0f} | {other.peak:.0f} |"
        )


if __name__ == "__main__":
    main()
