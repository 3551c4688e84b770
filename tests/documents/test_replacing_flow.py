# ruff: noqa: E501 -- one case a line, so that the tables read as tables
"""Edits between brackets, spelled out: JSON, flow YAML as Prettier writes it, flow YAML as nobody's tool does."""

import datetime

import pytest

from reviews.documents import REMOVED, Document

JSON = """{
  "analysis": {
    "mrv": {
      "citation": "GB/T 5 (2023)",
      "score": 70
    }
  },
  "provenance": {
    "author": "Someone",
    "reviewer": ""
  },
  "sectors": [],
  "tags": [
    "a",
    "b"
  ],
  "year": 2024
}
"""


def header(text: str, changes: dict, fence: str = "---") -> str:
    """The header of a document after the changes."""
    before = Document.parse(f"{fence}\n{text}{fence}\nBody\n")
    after = before.replacing(changes)

    assert after.body == "Body\n"
    return after.text.removeprefix(f"{fence}\n").removesuffix(f"{fence}\nBody\n")


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ({("year",): 2025}, '"year": 2024', '"year": 2025'),
        ({("year",): "2024"}, '"year": 2024', '"year": "2024"'),
        ({("year",): 2024.0}, '"year": 2024', '"year": 2024.0'),
        ({("year",): None}, '"year": 2024', '"year": null'),
        ({("year",): [1, {"b": 2}]}, '"year": 2024', '"year": [\n    1,\n    {\n      "b": 2\n    }\n  ]'),
        ({("provenance", "reviewer"): 'Liú "Huá" \\ 😀\n'}, '"reviewer": ""', '"reviewer": "Liú \\"Huá\\" \\\\ 😀\\n"'),
        ({("analysis", "mrv", "auditNote"): "ok"}, '"citation"', '"auditNote": "ok",\n      "citation"'),
        ({("analysis", "mrv", "label"): "L"}, '      "score"', '      "label": "L",\n      "score"'),
        ({("analysis", "mrv", "url"): "u"}, '"score": 70\n', '"score": 70,\n      "url": "u"\n'),
        ({("analysis", "mrv", "score"): REMOVED}, ',\n      "score": 70', ""),
        ({("analysis", "mrv", "citation"): REMOVED}, '"citation": "GB/T 5 (2023)",\n      ', ""),
        ({("analysis", "mrv"): REMOVED}, '{\n    "mrv": {\n      "citation": "GB/T 5 (2023)",\n      "score": 70\n    }\n  }', "{}"),
        ({("tags",): []}, '[\n    "a",\n    "b"\n  ]', "[]"),
        ({("tags",): ["a", "x", "b"]}, '"a",\n', '"a",\n    "x",\n'),
        ({("tags",): ["b"]}, '"a",\n    ', ""),
        ({("tags", 0): "c"}, '"a"', '"c"'),
        ({("tags", 1): REMOVED}, ',\n    "b"', ""),
        ({("tags", 0): REMOVED, ("tags", 1): REMOVED}, '[\n    "a",\n    "b"\n  ]', "[]"),
        ({("sectors",): ["x", {"y": []}]}, '"sectors": []', '"sectors": [\n    "x",\n    {\n      "y": []\n    }\n  ]'),
        ({("evolution", "supersedes"): ["x"]}, '  "provenance"', '  "evolution": {\n    "supersedes": [\n      "x"\n    ]\n  },\n  "provenance"'),
        ({("zone", "b"): 1, ("zone", "a"): True}, "2024\n", '2024,\n  "zone": {\n    "a": true,\n    "b": 1\n  }\n'),
        ({("aa",): 1, ("ab",): 2}, '{\n  "analysis"', '{\n  "aa": 1,\n  "ab": 2,\n  "analysis"'),
        ({("evolution", "x"): REMOVED}, "", ""),
        ({("year",): "\ud800"}, "2024", '"\\ud800"'),
    ],
)  # fmt: skip
def test_json_in_canonical_form(changes: dict, old: str, new: str) -> None:
    assert JSON.count(old) == 1 or not old

    assert header(JSON, changes) == JSON.replace(old, new)


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ('{"a":1,"c":[1,2]}\n', {("b",): {"x": 1}}, '{"a":1,"b":{"x": 1},"c":[1,2]}\n'),
        ('{"a": 1, "c": []}\n', {("c",): ["x"], ("d",): 1}, '{"a": 1, "c": ["x"], "d": 1}\n'),
        ('{"z": 1, "c": 2}\n', {("a",): 0, ("b",): 0}, '{"z": 1, "c": 2, "a": 0, "b": 0}\n'),
        ('{\n\t"a" : 1\n}\n', {("b",): [1]}, '{\n\t"a" : 1,\n\t"b" : [\n\t\t1\n\t]\n}\n'),
        ('{\n    "a": "\\u4e2d"\n}\n', {("b",): "文"}, '{\n    "a": "\\u4e2d",\n    "b": "\\u6587"\n}\n'),
        ('{}\n', {("a",): "x"}, '{\n  "a": "x"\n}\n'),
        ('{"a": 1.50, "b": 1e3}\n', {("c",): 1}, '{"a": 1.50, "b": 1e3, "c": 1}\n'),
        ('{\n"a": [1,\n2 , 3],"b":\n4}\n', {("a",): [1, 3], ("b",): 5}, '{\n"a": [1 , 3],"b":\n5}\n'),
    ],
)  # fmt: skip
def test_json_in_other_forms(before: str, changes: dict, after: str) -> None:
    assert header(before, changes) == after


PRETTIER = """{
  'analysis':
    {
      'market': { 'label': 'Unified National VCM', 'score': 85 },
      'mrv': { 'auditNote': '', 'score': 70 },
    },
  'evolution': { 'clusters': [], 'supersedes': ['cn-ccer-legacy-2012'] },
  'id': 'cn-ccer',
  'provenance': { 'author': 'Someone' },
  'title': "China's relaunch",
}
"""


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ({("id",): "us-45q"}, "'cn-ccer',", "'us-45q',"),
        ({("id",): "it's"}, "'cn-ccer',", '"it\'s",'),
        ({("id",): 'it\'s "so"'}, "'cn-ccer',", "'it''s \"so\"',"),
        ({("id",): "two\nlines"}, "'cn-ccer',", '"two\\nlines",'),
        ({("id",): "back\\slash"}, "'cn-ccer',", "'back\\slash',"),
        ({("id",): 5}, "'cn-ccer',", "5,"),
        ({("id",): None}, "'cn-ccer',", "null,"),
        ({("title",): "The relaunch"}, '"China\'s relaunch"', "'The relaunch'"),
        ({("analysis", "mrv", "auditNote"): "ok"}, "'auditNote': ''", "'auditNote': 'ok'"),
        (
            {("analysis", "mrv", "auditNote"): "第" * 17},
            "{ 'auditNote': '', 'score': 70 }",
            f"{{ 'auditNote': '{'第' * 17}', 'score': 70 }}",
        ),
        (
            {("analysis", "mrv", "auditNote"): "第" * 18},
            " { 'auditNote': '', 'score': 70 },",
            f"\n        {{ 'auditNote': '{'第' * 18}', 'score': 70 }},",
        ),
        (
            {("analysis", "mrv", "auditNote"): "第" * 21},
            " { 'auditNote': '', 'score': 70 },",
            f"\n        {{\n          'auditNote': '{'第' * 21}',\n          'score': 70,\n        }},",
        ),
        ({("analysis", "market", "auditNote"): "n"}, " { 'label': 'Unified National VCM', 'score': 85 }", "\n        { 'auditNote': 'n', 'label': 'Unified National VCM', 'score': 85 }"),
        ({("analysis", "market"): REMOVED}, "\n    {\n      'market': { 'label': 'Unified National VCM', 'score': 85 },\n      'mrv': { 'auditNote': '', 'score': 70 },\n    },", " { 'mrv': { 'auditNote': '', 'score': 70 } },"),
        ({("provenance", "reviewer"): "Liú Huá", ("provenance", "lastAuditDate"): "2026-11-22"}, " { 'author': 'Someone' }", "\n    {\n      'author': 'Someone',\n      'lastAuditDate': '2026-11-22',\n      'reviewer': 'Liú Huá',\n    }"),
        (
            {("provenance", "reviewer"): "Liú Huá of the Academy"},
            "{ 'author': 'Someone' }",
            "{ 'author': 'Someone', 'reviewer': 'Liú Huá of the Academy' }",
        ),
        ({("evolution", "clusters"): ["a"]}, " { 'clusters': [], 'supersedes': ['cn-ccer-legacy-2012'] },", " { 'clusters': ['a'], 'supersedes': ['cn-ccer-legacy-2012'] },"),
        ({("evolution", "clusters"): ["one cluster"]}, " { 'clusters': [], 'supersedes': ['cn-ccer-legacy-2012'] },", "\n    { 'clusters': ['one cluster'], 'supersedes': ['cn-ccer-legacy-2012'] },"),
        ({("provenance",): REMOVED}, "  'provenance': { 'author': 'Someone' },\n", ""),
        ({("title",): REMOVED}, "  'title': \"China's relaunch\",\n", ""),
        ({("year",): 2024}, "relaunch\",\n", "relaunch\",\n  'year': 2024,\n"),
        ({("regulatory", "pore_space"): "no"}, "  'title'", "  'regulatory': { 'pore_space': 'no' },\n  'title'"),
    ],
)  # fmt: skip
def test_flow_yaml_in_prettier_form(changes: dict, old: str, new: str) -> None:
    assert PRETTIER.count(old) == 1

    assert header(PRETTIER, changes) == PRETTIER.replace(old, new)


def test_flow_yaml_that_shrinks_to_a_line_is_joined_as_prettier_does() -> None:
    before = f"{{\n  'a': 'x',\n  'b':\n    [\n      '{'y' * 40}',\n      '{'z' * 40}',\n    ],\n}}\n"

    assert header(before, {("b",): ["y" * 40]}) == f"{{ 'a': 'x', 'b': ['{'y' * 40}'] }}\n"


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ("{a: x, 'c': y}\n", {("b",): "z", ("d",): "1e5"}, "{a: x, b: z, 'c': y, d: '1e5'}\n"),
        ("{'a':'x','b':'it''s'}\n", {("b",): "isn't"}, "{'a':'x','b':'isn''t'}\n"),
        ('{"a": "x", b: y,}\n', {("a",): "it's", ("c",): "it's"}, '{"a": "it\'s", b: y, c: "it\'s",}\n'),
        ("{ a: , b: x }\n", {("a",): 1}, "{ a: 1, b: x }\n"),
        ("{ a, b: [x] }\n", {("a",): 1}, "{ a: 1, b: [x] }\n"),
        ("{a: [ 1,2 ], b: {}}\n", {("a",): [1, 2, 3], ("b", "c"): None}, "{a: [ 1,2,3 ], b: { c: null }}\n"),
        ("{\n a: 1,\n\n b: 2 # why\n}\n", {("a",): 3}, "{\n a: 3,\n\n b: 2 # why\n}\n"),
        ("{\n   a: x,\n   c: y\n}\n", {("b",): "z", ("d",): "q"}, "{\n   a: x,\n   b: z,\n   c: y,\n   d: q\n}\n"),
        ("{a: x, b: y, c: z}\n", {("a",): REMOVED, ("c",): REMOVED}, "{b: y}\n"),
        ("{a: x, b: y, c: z}\n", {("a",): REMOVED, ("b",): REMOVED, ("c",): REMOVED}, "{}\n"),
        ("{a: {x: 1}, b: y}\n", {("a", "x"): REMOVED}, "{a: {}, b: y}\n"),
        ("{a: {x: 1}, b: y}\n", {("a", "x"): REMOVED, ("a", "z"): 2}, "{a: {z: 2}, b: y}\n"),
        ("{a: {x: 1}, b: y}\n", {("a",): "s", ("b",): {"k": ["v"]}}, "{a: s, b: { k: [v] }}\n"),
        ("{pubDate: 2024-01-22, b: y}\n", {("pubDate",): datetime.date(2025, 2, 3)}, "{pubDate: 2025-02-03, b: y}\n"),
        ("{pubDate: 2024-01-22, b: y}\n", {("pubDate",): "2025-02-03"}, "{pubDate: '2025-02-03', b: y}\n"),
    ],
)  # fmt: skip
def test_flow_yaml_in_other_forms(before: str, changes: dict, after: str) -> None:
    assert header(before, changes) == after
