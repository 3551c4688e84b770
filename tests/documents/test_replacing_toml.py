# ruff: noqa: E501 -- one case a line, so that the tables read as tables
"""Edits of TOML, spelled out: lines, strings, arrays, tables under headers and dotted keys."""

import datetime

import pytest

from reviews.documents import REMOVED, Document
from tests.documents.test_replacing_flow import header

TOML = '''# of the file
title = "CCER"   # as in the gazette
path = 'a\\b'
note = """
one
two"""
year = 2024
pubDate = 2024-01-22
tags = [ "a", "b" ] # all
many = [
  "x",
  "y",
]
inline = { a = 1, b = "x" }
site.name = "hub"

[analysis.market]
label = "L"
score = 85

# who did it
[provenance]
  author = "Someone"  # a person

[[dims]]
name = "x"
[[dims]]
name = "y"
'''


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ({("title",): 'The "CCER"\n'}, '"CCER"', '"The \\"CCER\\"\\n"'),
        ({("path",): "c\\d"}, "'a\\b'", "'c\\d'"),
        ({("path",): "it's"}, "'a\\b'", '"it\'s"'),
        ({("note",): "three\n\nfour"}, "one\ntwo", "three\n\nfour"),
        ({("year",): 2025}, "2024\n", "2025\n"),
        ({("year",): 2024.5}, "2024\n", "2024.5\n"),
        ({("year",): True}, "2024\n", "true\n"),
        ({("pubDate",): datetime.date(2025, 2, 3)}, "2024-01-22", "2025-02-03"),
        ({("pubDate",): "2025"}, "2024-01-22", '"2025"'),
        ({("tags",): ["a", "c", "b"]}, '"a", "b"', '"a", "c", "b"'),
        ({("tags",): []}, '[ "a", "b" ]', "[]"),
        ({("many",): ["x", "z", "y"]}, '  "x",\n', '  "x",\n  "z",\n'),
        ({("many", 1): REMOVED}, '  "y",\n', ""),
        ({("inline", "c"): [1]}, 'b = "x"', 'b = "x", c = [1]'),
        ({("inline", "a"): REMOVED}, "a = 1, ", ""),
        ({("inline",): "flat"}, '{ a = 1, b = "x" }', '"flat"'),
        ({("site", "url"): "u"}, 'site.name = "hub"\n', 'site.name = "hub"\nsite.url = "u"\n'),
        ({("site",): REMOVED}, 'site.name = "hub"\n', ""),
        ({("zone",): "z", ("area",): "a"}, 'b = "x" }\n', 'b = "x" }\narea = "a"\nzone = "z"\n'),
        ({("analysis", "market", "auditNote"): "ok"}, "label =", 'auditNote = "ok"\nlabel ='),
        ({("analysis", "market", "score"): REMOVED}, "score = 85\n", ""),
        ({("analysis", "mrv"): {"score": 1, "x": {"y z": [{"k": 2}]}}}, "score = 85\n\n", 'score = 85\n\n[analysis.mrv]\nscore = 1\n\n[analysis.mrv.x]\n"y z" = [{ k = 2 }]\n\n'),
        ({("analysis",): REMOVED}, '[analysis.market]\nlabel = "L"\nscore = 85\n\n', ""),
        ({("provenance", "reviewer"): "Liú"}, "a person\n", 'a person\n  reviewer = "Liú"\n'),
        ({("provenance",): REMOVED}, '# who did it\n[provenance]\n  author = "Someone"  # a person\n\n', ""),
        ({("dims", 0, "score"): 1}, 'name = "x"\n', 'name = "x"\nscore = 1\n'),
        ({("dims", 0): REMOVED}, '[[dims]]\nname = "x"\n', ""),
        ({("dims",): [{"name": "x"}, {"name": "y"}, {"name": "z"}]}, 'name = "y"\n', 'name = "y"\n\n[[dims]]\nname = "z"\n'),
        ({("later", "on"): 1}, 'name = "y"\n', 'name = "y"\n\n[later]\non = 1\n'),
    ],
)  # fmt: skip
def test_toml(changes: dict, old: str, new: str) -> None:
    assert TOML.count(old) == 1

    assert header(TOML, changes, "+++") == TOML.replace(old, new)


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ("", {("a",): 1, ("b", "c"): "x"}, 'a = 1\n[b]\nc = "x"\n'),
        ("[t]\n", {("t", "a"): 1, ("b",): 2}, "b = 2\n[t]\na = 1\n"),
        ("a = 1\n[b]\n", {("b", "c"): {"d": 1}}, "a = 1\n[b]\n\n[b.c]\nd = 1\n"),
        ('"a b".c = 1\n', {("a b", "d"): 2}, '"a b".c = 1\n"a b".d = 2\n'),
        ("a = 1979-05-27 07:32:00 # when\n", {("a",): datetime.datetime.fromisoformat("2024-01-02T03:04:05")}, "a = 2024-01-02T03:04:05 # when\n"),
        ("a = ''''x''''\n", {("a",): "y"}, "a = '''y'''\n"),
    ],
)  # fmt: skip
def test_toml_in_other_forms(before: str, changes: dict, after: str) -> None:
    assert header(before, changes, "+++") == after


def test_toml_keeps_windows_line_ends() -> None:
    text = "+++\r\na = 1\r\n[b]\r\nc = '''\r\nx\r\n'''\r\n+++\r\nBody\r\n"

    after = Document.parse(text).replacing({("a",): 2, ("b", "c"): "y\nz\n", ("b", "d"): 1, ("e", "f"): 1})

    assert after.text == (
        "+++\r\na = 2\r\n[b]\r\nc = '''\r\ny\r\nz\r\n'''\r\nd = 1\r\n\r\n[e]\r\nf = 1\r\n+++\r\nBody\r\n"
    )
