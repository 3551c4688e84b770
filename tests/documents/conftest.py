"""Real files and the real Prettier, where this machine has them."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reviews.documents import Document

PROJECT = Path(__file__).resolve().parents[2]
VERSION = "3.10.1"
SCRIPT = """
import * as prettier from "./node_modules/prettier/index.mjs";
let input = "";
for await (const chunk of process.stdin) input += chunk;
const options = { parser: "markdown", singleQuote: true };
const texts = JSON.parse(input);
console.log(JSON.stringify(await Promise.all(texts.map((text) => prettier.format(text, options)))));
"""

Formatter = Callable[[list[str]], list[str]]


@pytest.fixture(scope="session")
def real_texts(corpus: Path) -> dict[str, str]:
    """The text of every real file, by its path in the corpus."""
    files = sorted(corpus.glob("*/policies/*/*.md"))
    return {str(file.relative_to(corpus)): file.read_bytes().decode() for file in files}


@pytest.fixture(scope="session")
def real_documents(real_texts: dict[str, str]) -> dict[str, Document]:
    """Every real file, read."""
    return {path: Document.parse(text) for path, text in real_texts.items()}


@pytest.fixture(scope="session")
def prettier() -> Formatter:
    """The real Prettier, installed once into var/; takes texts of Markdown files, gives them formatted."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("Node.js is not installed: the real Prettier is not compared")
    folder = PROJECT / "var" / f"prettier-{VERSION}"
    if not (folder / "node_modules" / "prettier" / "index.mjs").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"prettier@{VERSION}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"Node.js is here, but Prettier could not be installed: {done.stderr.strip()[-200:]}")
    (folder / "format.mjs").write_text(SCRIPT, encoding="utf-8")

    def run(texts: list[str]) -> list[str]:
        done = subprocess.run(
            [node, "format.mjs"],
            cwd=folder,
            input=json.dumps(texts),
            capture_output=True,
            text=True,
            check=True,
        )
        formatted: list[str] = json.loads(done.stdout)
        return formatted

    return run
