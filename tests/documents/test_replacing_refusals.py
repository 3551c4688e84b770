# ruff: noqa: E501 -- one case a line, so that the tables read as tables
"""Edits that cannot be made exactly: nothing is changed, and the message says where, why and what to do."""

import datetime
from typing import Any

import pytest

from reviews.documents import REMOVED, Document, DocumentError, KeyPath

BY_HAND = "edit the file by hand"
TIED = f"stands here, which no edit keeps safely; {BY_HAND}"


@pytest.mark.parametrize(
    ("header", "changes", "message"),
    [
        ("a: &x 1\nb: *x\n", {("a",): 2}, f"line 2, column 1, a: an anchor {TIED}"),
        ("a: &x 1\nb: *x\n", {("b",): 2}, f"line 3, column 1, b: an alias {TIED}"),
        ("a: &x {k: 1}\nb: *x\n", {("a", "k"): 2}, f"line 2, column 1, a: an anchor {TIED}"),
        ("a: &x {k: 1}\nb: *x\n", {("b", "n"): 2}, f"line 3, column 1, b: an alias {TIED}"),
        ("a: &x 1\n", {("a",): REMOVED}, f"line 2, column 1, a: an anchor {TIED}"),
        ("a: !!str 5\n", {("a",): "6"}, f"line 2, column 1, a: a tag {TIED}"),
        ("a: !!set {x}\n", {("a",): ["y"]}, f"line 2, column 1, a: a tag {TIED}"),
        ("&k a: 1\n", {("a",): 2}, f"line 2, column 1, a: a key with an anchor, alias or tag {TIED}"),
        ("? a\n: 1\n", {("a",): 2}, f"line 2, column 3, a: a key with a question mark {TIED}"),
        ("a: [x: 1]\n", {("a", 0, "x"): 2}, f"line 2, column 5, a[0]: a pair without braces {TIED}"),
        ("<<: {x: 1}\n", {("x",): 2}, f"x: the value comes from a merge key (<<); {BY_HAND}"),
        ("<<: {x: 1}\n", {("x",): REMOVED}, f"x: the value comes from a merge key (<<); {BY_HAND}"),
        ("a:\n  - # why\n    x\n", {("a", 0): "y"}, f"line 3, column 3, a[0]: a list item with a comment after its dash {TIED}"),
        ("{\n  a: 1 # last\n}\n", {("b",): 2}, f"a comment stands beside this place; {BY_HAND}"),
        ("a: {\n  b: 1, # why\n  c: 2 }\n", {("a", "b"): REMOVED}, f"line 2, column 1, a: a comment stands beside this place; {BY_HAND}"),
        ("a: [1, # one\n  2]\n", {("a",): []}, f"line 2, column 1, a: a comment stands beside this place; {BY_HAND}"),
        ("a:\n  # why\n  b: 1\n", {("a",): "x"}, f"line 2, column 1, a: a comment stands within this value; {BY_HAND}"),
        ("a:\n  # why\n  b: 1\n", {("a", "b"): REMOVED}, f"line 2, column 1, a: a comment stands within this value; {BY_HAND}"),
        ("a: x # why\n", {("a",): ["y"]}, f"line 2, column 1, a: a comment stands within this value; {BY_HAND}"),
        ("a: # why\n", {("a", "b"): 1}, f"line 2, column 1, a: a comment stands within this value; {BY_HAND}"),
        ("a: # of: b\n  b: 1\n", {("a", "b"): REMOVED}, f"line 2, column 1, a: a comment stands within this value; {BY_HAND}"),
        ("a: x\n", {("a", "b"): 1}, "line 2, column 1, a: text stands here, so no value can be set within it"),
        ("a: 5\n", {("a", "b", "c"): 1}, "line 2, column 1, a: a number stands here, so no value can be set within it"),
        ("a: [1, 2]\n", {("a", 2): 3}, "line 2, column 1, a[2]: the list has 2 items and no 2; to make it longer give the whole list"),
        ("a: [1, 2]\n", {("a", -1): 3}, "line 2, column 1, a[-1]: the list has 2 items and no -1; to make it longer give the whole list"),
        ("a: [1, 2]\n", {("a", "x"): 3}, "line 2, column 1, a.x: the list has 2 items and no 'x'; to make it longer give the whole list"),
        ("a: {b: 1}\n", {("a",): 1, ("a", "b"): 2}, "line 2, column 5, a.b: this change and one of a value around it exclude each other"),
        ("a: {b: 1}\n", {("a", "b"): 2, ("a",): 1}, "line 2, column 1, a: this change and one of a value within it exclude each other"),
        ("a: 1\n", {(): 2}, "the empty key path names no value; give the keys that lead to one"),
        ("a: 1\n", {(5,): 2}, "[5]: the new key 5 is no text; use a text key"),
        ("a: 1\n", {("b",): {5: 2}}, "b[5]: the new key 5 is no text; use a text key"),
        ("a: 1\n", {("a",): {1}}, "line 2, column 1, a: a value of type set cannot be written; give text, a number, a truth value, a list or a mapping"),
        ("a: 1\n", {("a",): b"x"}, "line 2, column 1, a: a value of type bytes cannot be written; give text, a number, a truth value, a list or a mapping"),
        ("a: 1\n", {("a",): datetime.date(2024, 1, 22)}, "line 2, column 1, a: a date reads as text under YAML 1.2; give it as the text '2024-01-22'"),
        ("a: 1\n", {("b",): [datetime.date(2024, 1, 22)]}, "b[0]: a date reads as text under YAML 1.2; give it as the text '2024-01-22'"),
        ('{"a": 1}\n', {("a",): datetime.date(2024, 1, 22)}, "line 2, column 2, a: JSON has no dates; give the date as text"),
        ('{"a": 1}\n', {("a",): float("nan")}, "line 2, column 2, a: JSON has no such number; give a finite one, or text"),
        ('{"a": 1}\n', {("a",): {5: 1}}, "line 2, column 2, a[5]: the new key 5 is no text; use a text key"),
        ("a: x\n", {("a",): "half \ud83d"}, "line 2, column 1, a: half of a surrogate pair cannot be written in YAML; remove it"),
    ],
)  # fmt: skip
def test_replacing_names_what_it_cannot_do(header: str, changes: dict[KeyPath, Any], message: str) -> None:
    document = Document.parse(f"---\n{header}---\nBody\n")

    with pytest.raises(DocumentError) as error:
        document.replacing(changes)

    assert str(error.value) == message


@pytest.mark.parametrize(
    ("header", "changes", "message"),
    [
        ("a = 1\n", {("a",): None}, "line 2, column 1, a: TOML has no null; delete the key instead"),
        ("a = 1\n[b.c]\n", {("b", "x"): {"y": {"z": None}}}, "line 3, column 1, b.x.y.z: TOML has no null; delete the key instead"),
        ("[a]\nb = 1\n", {("a",): 1}, "line 2, column 1, a: a table stands here; delete it and set the value in a second step"),
        ("a.b = 1\n", {("a", "b"): REMOVED}, "line 2, column 1, a: it would be left empty and has no line of its own; delete it whole"),
        ("a = [\n  1, # one\n  2,\n]\n", {("a",): [2]}, f"line 2, column 1, a: a comment stands beside this place; {BY_HAND}"),
        ("a = {b.c = 1}\n", {("a", "b", "d"): 1}, f"line 2, column 6, a.b: a dotted key in an inline table {TIED}"),
        ("a = 1\n", {("a",): "\ud800"}, "line 2, column 1, a: half of a surrogate pair cannot be written in TOML; remove it"),
    ],
)  # fmt: skip
def test_replacing_in_toml_names_what_it_cannot_do(
    header: str, changes: dict[KeyPath, Any], message: str
) -> None:
    document = Document.parse(f"+++\n{header}+++\nBody\n")

    with pytest.raises(DocumentError) as error:
        document.replacing(changes)

    assert str(error.value) == message


def test_text_without_front_matter_takes_no_values() -> None:
    with pytest.raises(
        DocumentError, match=r"^the text has no front matter to set a value in; add --- lines at its top$"
    ):
        Document.parse("Body\n").replacing({("a",): 1})


@pytest.mark.parametrize("body", ["---\na: 1\n---\n", "+++\n"])
def test_a_body_must_not_turn_into_front_matter(body: str) -> None:
    with pytest.raises(DocumentError):
        Document.parse("Body\n").replacing({}, body=body)


def test_values_nested_too_deep_are_refused() -> None:
    deep: list = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(
        DocumentError, match=r"^a\[0\]\[0\]: the values are nested deeper than 100 levels; flatten them$"
    ):
        Document.parse("---\nb: 1\n---\n").replacing({("a",): deep})


def test_one_refused_change_refuses_the_others_too() -> None:
    document = Document.parse("---\na: 1\nb: !!str 2\n---\n")

    with pytest.raises(DocumentError):
        document.replacing({("a",): 2, ("b",): "3"})
    assert document.text == "---\na: 1\nb: !!str 2\n---\n"
