"""Real files: nothing is lost in reading, and an edit costs the lines that it must and no more."""

from typing import Any

import frontmatter
import pytest

from reviews.documents import REMOVED, Document, KeyPath, Style
from tests.documents.conftest import Formatter

FLOW, JSON = "2026-08-15-flow-yaml", "2026-02-10-json"
NOTE = "Checked against the gazette: it is Art. 5, 第五条 😀."


def changed_lines(before: str, after: str) -> tuple[int, int]:
    """How many lines one edit took away and how many it put there."""
    old, new = before.split("\n"), after.split("\n")
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return len(old), len(new)


def scalar_paths(value: Any, path: KeyPath = ()) -> list[KeyPath]:
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in scalar_paths(item, (*path, key))]
    if isinstance(value, list):
        return [found for place, item in enumerate(value) for found in scalar_paths(item, (*path, place))]
    return [path]


def at(values: Any, path: KeyPath) -> Any:
    for step in path:
        values = values[step]
    return values


def test_every_file_is_read_in_its_style(real_documents: dict[str, Document]) -> None:
    styles = {(path.split("/")[0], document.style) for path, document in real_documents.items()}

    assert styles == {(FLOW, Style.YAML), (JSON, Style.JSON)}
    assert len(real_documents) == 432


def test_every_file_agrees_with_python_frontmatter(
    real_texts: dict[str, str], real_documents: dict[str, Document]
) -> None:
    for path, text in real_texts.items():
        metadata, body = frontmatter.parse(text)

        assert real_documents[path].text == text
        assert real_documents[path].values == metadata, path
        assert real_documents[path].body.strip() == body, path


def test_every_scalar_written_anew_gives_every_byte_back(real_documents: dict[str, Document]) -> None:
    """Each scalar is changed, then set again to its own value in a document that knows nothing of the first edit."""
    for path, document in list(real_documents.items())[::10]:
        keys = scalar_paths(document.values)
        other = document.replacing({key: "x" if at(document.values, key) != "x" else "y" for key in keys})
        back = Document.parse(other.text).replacing({key: at(document.values, key) for key in keys})

        assert back.values == document.values, path
        assert back.text == document.text, path


def test_an_audit_note_changes_one_line_or_adds_one(real_documents: dict[str, Document]) -> None:
    counts: dict[tuple[str, bool, tuple[int, int]], int] = {}
    for path, document in real_documents.items():
        for dimension, claim in document.values.get("analysis", {}).items():
            edited = document.replacing({("analysis", dimension, "auditNote"): NOTE})
            key = (path.split("/")[0], "auditNote" in claim, changed_lines(document.text, edited.text))
            counts[key] = counts.get(key, 0) + 1

    assert counts == {(FLOW, True, (1, 1)): 898, (FLOW, False, (0, 1)): 342, (JSON, True, (1, 1)): 830}


def test_removing_an_audit_note_that_was_added_gives_every_byte_back(
    real_documents: dict[str, Document],
) -> None:
    checked = 0
    for path, document in list(real_documents.items())[::3]:
        for dimension, claim in document.values.get("analysis", {}).items():
            if "auditNote" not in claim:
                key = ("analysis", dimension, "auditNote")
                edited = Document.parse(document.replacing({key: NOTE}).text)

                assert edited.replacing({key: REMOVED}).text == document.text, path
                checked += 1
    assert checked > 50


def verified(document: Document) -> Document:
    """The edit that a reviewer's decision makes."""
    changes: dict[KeyPath, Any] = {
        ("reviewStatus",): "verified by hand",
        ("provenance", "reviewer"): "Liú Huá",
        ("provenance", "lastAuditDate"): "2026-11-22",
    }
    changes |= {("analysis", key, "auditNote"): NOTE for key in document.values.get("analysis", {})}
    return document.replacing(changes)


def test_verifying_leaves_every_other_value_and_the_body(real_documents: dict[str, Document]) -> None:
    for path, document in real_documents.items():
        edited = verified(document)
        for key in scalar_paths(document.values):
            if key[-1] not in {"auditNote", "reviewStatus", "reviewer", "lastAuditDate"}:
                assert at(edited.values, key) == at(document.values, key), path
        assert edited.body == document.body


def test_edited_files_are_as_the_real_prettier_writes_them(
    real_documents: dict[str, Document], prettier: Formatter
) -> None:
    documents = [document for path, document in real_documents.items() if path.startswith(FLOW)][::5]
    edited = [verified(document).text for document in documents]
    edited += [document.replacing({("sectors",): ["steel", "cement"] * 6, ("evolution",): REMOVED}).text
               for document in documents[::4]]  # fmt: skip

    assert len(edited) > 50
    assert prettier(edited) == edited


def test_edited_json_is_as_the_json_module_writes_it(real_documents: dict[str, Document]) -> None:
    for path, document in real_documents.items():
        if document.style is Style.JSON:
            edited = verified(document).replacing({("sectors",): ["steel"], ("evolution",): REMOVED})

            assert edited.text == Document.compose(edited.values, edited.body).text, path


@pytest.mark.parametrize("key", [("title",), ("analysis", "mrv", "score"), ("provenance", "author")])
def test_line_of_finds_the_line_of_a_real_key(real_documents: dict[str, Document], key: KeyPath) -> None:
    for document in real_documents.values():
        line = document.line_of(key)
        if line is None:
            assert not (key[0] in document.values and key[-1] in document.values[key[0]])
        else:
            assert str(key[-1]) in document.text.split("\n")[line - 1]
