"""What the documents say of the code is what the code says, and their links lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.generated_docs import BLOCK, BLOCKS, COMMANDS, PROJECT, documents, generated


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_document_says_what_the_code_says(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert generated(text) == text, "run: python -m tests.generated_docs"


def test_every_command_and_table_is_documented() -> None:
    found = [
        (name, argument)
        for path in documents()
        for _, name, argument, _ in BLOCK.findall(path.read_text(encoding="utf-8"))
    ]
    wanted = {(name, "") for name in BLOCKS if name != "command"}
    assert set(found) == wanted | {("command", name) for name in COMMANDS}


def test_every_command_of_the_project_is_in_the_list() -> None:
    folder = PROJECT / "reviews" / "management" / "commands"
    assert sorted(path.stem for path in folder.glob("[!_]*.py")) == sorted(COMMANDS)


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_document_links_to_files_that_exist(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []
