# ruff: noqa: E501 -- one case a line, so that the tables read as tables
"""Edits of block YAML, spelled out: scalars in all their styles, lines, lists, comments."""

import datetime
import re
from typing import Any

import pytest
import yaml

from reviews.documents import REMOVED, Document, KeyPath
from tests.documents.test_replacing_flow import header

BLOCK = """# a file about CCER
title: CCER relaunch # as in the gazette
year: 2024
pubDate: 2024-01-22
empty:
single: 'it''s'
double: "a\\tb"
literal: |
  one
  two

folded: >-
  a text that is long enough to be broken over
  more lines than one

  and a second paragraph
tags: [a, b]
sectors:
  - steel
  # the heaviest
  - cement # all kinds
dims:
  - name: x
    score: 1
  - name: y
    score: 2
analysis:
  market:
    label: L
    score: 85
provenance:
  author: Someone
"""


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ({("title",): "Relaunch of 2024"}, "CCER relaunch", "Relaunch of 2024"),
        ({("title",): "Relaunch: 2024"}, "CCER relaunch", "'Relaunch: 2024'"),
        ({("title",): "no"}, "CCER relaunch", "'no'"),
        ({("year",): 2025}, "2024\n", "2025\n"),
        ({("year",): "2025"}, "2024\n", "'2025'\n"),
        ({("pubDate",): datetime.date(2025, 2, 3)}, "2024-01-22", "2025-02-03"),
        ({("pubDate",): "2025-02-03"}, "2024-01-22", "'2025-02-03'"),
        ({("pubDate",): None}, "2024-01-22", "null"),
        ({("empty",): "filled"}, "empty:", "empty: filled"),
        ({("empty",): True}, "empty:", "empty: true"),
        ({("empty", "b"): 1, ("empty", "a"): ["x"]}, "empty:", "empty:\n  a:\n    - x\n  b: 1"),
        ({("single",): "isn't"}, "it''s", "isn''t"),
        ({("double",): 'a "b" \\'}, '"a\\tb"', '"a \\"b\\" \\\\"'),
        ({("literal",): "three\n  four\n\nfive\n"}, "  one\n  two\n", "  three\n    four\n\n  five\n"),
        ({("literal",): "no last line end"}, "|\n  one\n  two\n", "|-\n  no last line end\n"),
        ({("literal",): " led by a space\n"}, "|\n  one\n  two\n", "|2\n   led by a space\n"),
        ({("literal",): "a bell \a"}, "|\n  one\n  two\n", "\"a bell \\x07\"\n"),
        ({("literal",): ""}, "|\n  one\n  two\n", "''\n"),
        ({("folded",): "short"}, "  a text that is long enough to be broken over\n  more lines than one\n\n  and a second paragraph\n", "  short\n"),
        ({("folded",): "word " * 20 + "end\n\n\nz"}, "  a text that is long enough to be broken over\n  more lines than one\n\n  and a second paragraph\n", "  " + "word " * 14 + "word\n  " + "word " * 5 + "end\n\n\n\n  z\n"),
        ({("tags",): ["a", "c, d", "b"]}, "[a, b]", "[a, 'c, d', b]"),
        ({("tags",): {"k": "v"}}, "[a, b]", "{ k: v }"),
        ({("sectors",): ["steel", "glass", "cement"]}, "  - steel\n", "  - steel\n  - glass\n"),
        ({("sectors",): ["steel", "cement", "glass"]}, "all kinds\n", "all kinds\n  - glass\n"),
        ({("sectors", 0): REMOVED}, "  - steel\n", ""),
        ({("sectors", 1): "glass"}, "- cement", "- glass"),
        ({("sectors", 1): REMOVED}, "  - cement # all kinds\n", ""),
        ({("dims",): [{"name": "x", "score": 1}, {"name": "z", "tags": ["q"]}, {"name": "y", "score": 2}]}, "    score: 1\n", "    score: 1\n  - name: z\n    tags:\n      - q\n"),
        ({("dims", 0, "name"): REMOVED}, "name: x\n    ", ""),
        ({("dims", 0, "aaa"): 0}, "- name: x\n", "- aaa: 0\n    name: x\n"),
        ({("dims", 1, "score"): REMOVED}, "    score: 2\n", ""),
        ({("dims", 1): "flat"}, "name: y\n    score: 2", "flat"),
        ({("analysis", "market", "auditNote"): "It's fine"}, "    label", "    auditNote: It's fine\n    label"),
        ({("analysis", "market", "note"): "two\nlines"}, "    score: 85\n", "    note: |-\n      two\n      lines\n    score: 85\n"),
        ({("analysis", "mrv"): {"score": 1, "label": "x"}}, "85\n", "85\n  mrv:\n    label: x\n    score: 1\n"),
        ({("analysis", "market"): REMOVED}, "\n  market:\n    label: L\n    score: 85", " {}"),
        ({("analysis", "market"): "gone"}, "\n    label: L\n    score: 85", " gone"),
        ({("analysis", "market"): []}, "\n    label: L\n    score: 85", " []"),
        ({("analysis", "market", "score"): [1, [2, 3]]}, "score: 85", "score:\n      - 1\n      - - 2\n        - 3"),
        ({("provenance", "reviewer"): "Liú Huá"}, "Someone\n", "Someone\n  reviewer: Liú Huá\n"),
        ({("provenance", "author"): REMOVED, ("provenance", "reviewer"): "X Y"}, "author: Someone", "reviewer: X Y"),
        ({("zone",): "z1", ("area",): "a1"}, "Someone\n", "Someone\narea: a1\nzone: z1\n"),
        ({("empty",): REMOVED, ("year",): REMOVED, ("pubDate",): REMOVED}, "year: 2024\npubDate: 2024-01-22\nempty:\n", ""),
        ({("literal",): REMOVED}, "literal: |\n  one\n  two\n", ""),
        ({("folded",): REMOVED}, "folded: >-\n  a text that is long enough to be broken over\n  more lines than one\n\n  and a second paragraph\n", ""),
        ({("provenance",): REMOVED}, "provenance:\n  author: Someone\n", ""),
    ],
)  # fmt: skip
def test_block_yaml(changes: dict, old: str, new: str) -> None:
    assert BLOCK.count(old) == 1

    assert header(BLOCK, changes) == BLOCK.replace(old, new)


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ("a: 1\nc: 3\n", {("b",): 2}, "a: 1\nb: 2\nc: 3\n"),
        ("# of the file\n\n# of b\nb: 2\n", {("a",): 1}, "# of the file\n\na: 1\n# of b\nb: 2\n"),
        ("'a': 1\n'c': 'x'\n", {("b",): "y z"}, "'a': 1\n'b': 'y z'\n'c': 'x'\n"),
        ('"a": "x"\n', {("b",): "y z"}, '"a": "x"\n"b": "y z"\n'),
        ("a:\n- x\n- y\nb:\n    c: 1\n", {("a",): ["x", "z", "y"], ("b", "d", "e"): 1}, "a:\n- x\n- z\n- y\nb:\n    c: 1\n    d:\n        e: 1\n"),
        ("a: |+\n  kept\n\n\nb: 1\n", {("a",): "new\n\n"}, "a: |+\n  new\n\nb: 1\n"),
        ("a: |2-\n   x\n", {("a",): "y"}, "a: |2-\n  y\n"),
        ("a: > # why\n  x\n", {("a",): "y z\n"}, "a: > # why\n  y z\n"),
        ("a:   x   # why\nb :  y\n", {("a",): "z", ("b",): "w"}, "a:   z   # why\nb :  w\n"),
        ("a: first\n  second\nb: 'first\n\n  second'\n", {("a",): "one", ("b",): "two"}, "a: one\nb: 'two'\n"),
        ("a: 1\n\n\nb: 2\n\nc: 3\n", {("b",): REMOVED}, "a: 1\n\n\nc: 3\n"),
        ("a: 1\n\nb: 2\n", {("b",): REMOVED}, "a: 1\n"),
        ("a: 1\n\nb: 2\n", {("a",): REMOVED}, "b: 2\n"),
        ("a: 1\n", {("a",): REMOVED}, ""),
        ("", {("a",): 1, ("b", "c"): "x y"}, "a: 1\nb:\n  c: x y\n"),
        ("# nothing yet\n", {("a",): 1}, "# nothing yet\na: 1\n"),
        ("a: null\nb: ~\n", {("a", "x"): 1, ("b",): "t"}, "a:\n  x: 1\nb: t\n"),
        ("a:\n# of b\nb: 1\n", {("a", "c"): 1}, "a:\n  c: 1\n# of b\nb: 1\n"),
        ("a: x\nb: ''\nc: ''\n", {("d",): "y z"}, "a: x\nb: ''\nc: ''\nd: y z\n"),
        ("a: 'x'\nb: 'z'\nc: 5\n", {("d",): "y z"}, "a: 'x'\nb: 'z'\nc: 5\nd: 'y z'\n"),
        ("a:\nb: x\n", {("a",): []}, "a: []\nb: x\n"),
        ("a:\nb: x\n", {("a",): {}, ("b",): {}}, "a: {}\nb: {}\n"),
        ("a:\n  first\n  second\nb: 1\n", {("a",): "one"}, "a: one\nb: 1\n"),
        ("a:\n   first\n   second\nb: {x: 1}\n", {("a",): "one"}, "a:\n   one\nb: {x: 1}\n"),
        ("? a\n: 1\nb: 2\n", {("b",): 3}, "? a\n: 1\nb: 3\n"),
        ("a: &x 1\nb: *x\nc: 2\n", {("c",): 3, ("d",): 4}, "a: &x 1\nb: *x\nc: 3\nd: 4\n"),
        ("<<: {x: 1}\na: 1\n", {("b",): 2}, "<<: {x: 1}\na: 1\nb: 2\n"),
        ("no: 1\nyes: 2\n", {("title",): "x y"}, "no: 1\nyes: 2\ntitle: x y\n"),
        ("1: a\n2: b\n", {(1,): "c"}, "1: c\n2: b\n"),
    ],
)  # fmt: skip
def test_block_yaml_in_other_forms(before: str, changes: dict, after: str) -> None:
    assert header(before, changes) == after


def test_windows_line_ends_are_kept_and_written() -> None:
    text = "---\r\na: x\r\nb: |\r\n  one\r\nc:\r\n  d: 1\r\n---\r\nBody\r\n"
    changes: dict[KeyPath, Any] = {("a",): "y z", ("b",): "two\nthree\n", ("c", "e"): [1], ("f", "g"): "h i"}

    after = Document.parse(text).replacing(changes, body="Body\nmore\n")

    assert after.text == (
        "---\r\na: y z\r\nb: |\r\n  two\r\n  three\r\nc:\r\n  d: 1\r\n  e:\r\n    - 1\r\nf:\r\n  g: h i\r\n---\r\n"
        "Body\r\nmore\r\n"
    )


@pytest.mark.parametrize(
    "text",
    ["no", "Yes", "y", "N", "on", "OFF", "true", "null", "Null", "~", "", " ", "1", "-1", "+1", "012", "0o14", "0x1F", "0b1",
     "1_000", "1e5", "1E+5", "1.5", ".5", "5.", ".inf", "-.INF", ".nan", "NaN", "inf", "12:30:45", "1:2", "2024-01-22",
     "2024-01-22T10:00:00Z", "=", "<<", "-", "- x", "?", "? x", ":", ": x", "x:", "x: y", "x #y", "#x", "&x", "*x", "!x", "|", ">",
     "%x", "@x", "`x", "'x", '"x', "{x", "[x", "x]", "x, y", "---", "...", "\ttab", "tab\t", "a\tb", "\u2028", "\x85", "\ufeff", "\x7f",
     "\U0010ffff", "\r", "\r\n", "\n", "a\nb", "é", "文", "😀", "\xa0", "0", "0.", "1,000", "0x", "1-2 years", "20 years"],
)  # fmt: skip
@pytest.mark.parametrize(
    "before", ["a: x\n", "a: 'x'\n", 'a: "x"\n', "a: |\n  x\n", "a: >\n  x\n", "{ a: x }\n", "a:\n"]
)
def test_written_text_reads_the_same_under_yaml_1_1_and_1_2(before: str, text: str) -> None:
    after = header(before, {("a",): text})

    assert read_as_1_2(after) == {"a": text}
    assert Document.parse(f"---\n{after}---\n").values == {"a": text}


@pytest.mark.parametrize(
    "value", [True, False, None, 0, -5, 10**20, 1.5, 1e16, -1e-7, 1e300, 0.1, float("inf")]
)
def test_written_numbers_read_the_same_under_yaml_1_1_and_1_2(value: object) -> None:
    after = header("a: x\n", {("a",): value})

    assert read_as_1_2(after) == {"a": value}
    assert type(read_as_1_2(after)["a"]) is type(value)


def read_as_1_2(text: str) -> dict:
    """The header read by the core schema of YAML 1.2 (section 10.3.2 of its specification)."""

    class Core(yaml.SafeLoader):
        yaml_implicit_resolvers = {}

    tag = "tag:yaml.org,2002:"
    Core.add_implicit_resolver(tag + "null", re.compile(r"^(?:null|Null|NULL|~|)$"), None)
    Core.add_implicit_resolver(tag + "bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), None)
    Core.add_implicit_resolver(tag + "int", re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), None)
    number = r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    Core.add_implicit_resolver(tag + "float", re.compile(number), None)
    Core.add_constructor(
        tag + "int", lambda loader, node: int(node.value, 0 if node.value[:2] in ("0x", "0o") else 10)
    )
    values: dict = yaml.load(text, Core)
    return values
