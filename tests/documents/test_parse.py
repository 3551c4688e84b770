# ruff: noqa: E501 -- one case a line, so that the tables read as tables
"""What is read: each style, each fence, and every reading that YAML is known for."""

import datetime
from typing import Any

import frontmatter
import pytest

from reviews.documents import Document, Style

UTC = datetime.UTC


@pytest.mark.parametrize(
    ("text", "style", "values", "body"),
    [
        ('---\n{\n  "title": "CCER",\n  "year": 2024\n}\n---\n\nBody\n', Style.JSON, {"title": "CCER", "year": 2024}, "\nBody\n"),
        ("---\n{ 'title': 'CCER', 'tags': [] }\n---\nBody", Style.YAML, {"title": "CCER", "tags": []}, "Body"),
        ("---\ntitle: CCER\nyear: 2024\n---\nBody", Style.YAML, {"title": "CCER", "year": 2024}, "Body"),
        ('+++\ntitle = "CCER"\n[a]\nb = 1\n+++\nBody', Style.TOML, {"title": "CCER", "a": {"b": 1}}, "Body"),
        ("Body alone\n", Style.NONE, {}, "Body alone\n"),
        ("", Style.NONE, {}, ""),
        ("---\n---\n", Style.YAML, {}, ""),
        ("---\n# a comment\n---\nBody", Style.YAML, {}, "Body"),
        ("+++\n+++\nBody", Style.TOML, {}, "Body"),
        ("---\na: 1\n---", Style.YAML, {"a": 1}, ""),
        ("\ufeff---\na: 1\n---\nBody", Style.YAML, {"a": 1}, "Body"),
        ("\n\n---\na: 1\n---\nBody", Style.YAML, {"a": 1}, "Body"),
        ("---\r\na: 1\r\n---\r\nBody\r\n", Style.YAML, {"a": 1}, "Body\r\n"),
        ("-----  \na: 1\n----\t\n---\nrest", Style.YAML, {"a": 1}, "---\nrest"),
        ("---\na: 1\n\n---\nBody\n---\nmore", Style.YAML, {"a": 1}, "Body\n---\nmore"),
        ("--\na: 1\n--\n", Style.NONE, {}, "--\na: 1\n--\n"),
        ("text\n---\na: 1\n---\n", Style.NONE, {}, "text\n---\na: 1\n---\n"),
        ("---\ncontent: a key of this name\n---\nBody", Style.YAML, {"content": "a key of this name"}, "Body"),
        ('---\n{"a": "\\ud83d\\ude00\\u007f"}\n---\n', Style.JSON, {"a": "😀\x7f"}, ""),
        ('---\n{"a": "\\ud800 \\u0000"}\n---\n', Style.JSON, {"a": "\ud800 \0"}, ""),
        (f'---\n{{"{"k" * 2000}": 1}}\n---\n', Style.JSON, {"k" * 2000: 1}, ""),
        ('---\n{ "a": 1, }\n---\n', Style.YAML, {"a": 1}, ""),
        ('---\n{"a": NaN}\n---\n', Style.YAML, {"a": "NaN"}, ""),
        ("---\n'𝌆 名称': '😀'\n---\n正文", Style.YAML, {"𝌆 名称": "😀"}, "正文"),
    ],
)  # fmt: skip
def test_parse_reads_each_style_and_fence(text: str, style: Style, values: dict, body: str) -> None:
    document = Document.parse(text)

    assert (document.text, document.style, document.values, document.body) == (text, style, values, body)


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("no", False),
        ("Yes", True),
        ("on", True),
        ("y", "y"),
        ("012", 10),
        ("0o14", "0o14"),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("-0", 0),
        ("+7", 7),
        ("007.5", 7.5),
        ("12:30:45", 45045),
        ("1e5", "1e5"),
        ("1.0e+5", 100000.0),
        (".inf", float("inf")),
        ("~", None),
        ("", None),
        ("Null", None),
        ("2024-01-22", datetime.date(2024, 1, 22)),
        ("2024-01-22T10:00:00Z", datetime.datetime(2024, 1, 22, 10, tzinfo=UTC)),
        ("2024-1-2", "2024-1-2"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!!set {a, b}", {"a", "b"}),
        ("12345678901234567890123", 12345678901234567890123),
        ('"\\U0001F600\\n"', "😀\n"),
        (">-\n  folded\n  text\n\n  more", "folded text\nmore"),
        ("|+\n  kept\n", "kept\n\n"),
        ("&x {b: 1}", {"b": 1}),
    ],
)
def test_yaml_scalars_are_read_as_python_frontmatter_reads_them(scalar: str, value: Any) -> None:
    text = f"---\na: {scalar}\n---\n"

    read = Document.parse(text).values

    assert (read, type(read["a"])) == ({"a": value}, type(value))
    assert read == frontmatter.parse(text)[0]


def test_merge_keys_and_aliases_are_read_as_python_frontmatter_reads_them() -> None:
    text = (
        "---\nbase: &b {x: 1, y: [2]}\nmore: {<<: *b, x: 3}\nboth: {<<: [*b, {z: 4}]}\nsame: *b\n=: 5\n---\n"
    )

    values = Document.parse(text).values

    assert values == frontmatter.parse(text)[0]
    assert values == {
        "base": {"x": 1, "y": [2]},
        "more": {"x": 3, "y": [2]},
        "both": {"z": 4, "x": 1, "y": [2]},
        "same": {"x": 1, "y": [2]},
        "=": 5,
    }


@pytest.mark.parametrize(
    "scalar", ["2024-13-45", "2024-02-30", "0000-01-01", "2024-01-22T25:00:00Z", "9" * 5000]
)
def test_what_only_looks_like_a_date_or_number_stays_text(scalar: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        frontmatter.parse(f"---\na: {scalar}\n---\n")

    assert Document.parse(f"---\na: {scalar}\n---\n").values == {"a": scalar}


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: a\r\nb: |\r\n  x\n  y\r\n---\r\nBody\nmixed\r\n",
        "\ufeffno header",
        '---\r\n{\r\n"a":\t1}\r\n---',
        "+++\r\na = '''\r\nx\n'''\r\n+++\n",
        "---\na:   1   # odd\n\n\n\nb :  2\n---   \n\n\n",
        "---\na: '\u2028\u0085'\n---\n\x0c\x00",
        "\r--\r",
    ],
)
def test_text_stays_what_it_was(text: str) -> None:
    document = Document.parse(text)

    assert document.text == text
    assert document.replacing({}).text == text
    assert document.replacing({}, body=document.body).text == text


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('---\n{\n  "a": 1,\n  "b": {\n    "c": [\n      1,\n      2\n    ]\n  }\n}\n---\n', [3, 4, 5, 7]),
        ("---\na: 1\nb:\n  c:\n    - 1\n    - 2\n---\n", [2, 3, 4, 6]),
        ("---\n{\n  a: 1,\n  b: { c: [1, 2] },\n}\n---\n", [3, 4, 4, 4]),
        ("+++\na = 1\n\n[b]\nc = [\n 1,\n 2,\n]\n+++\n", [2, 4, 5, 7]),
        ("\ufeff\n---\r\na: 1\r\nb: {c: [1,\r\n2]}\r\n---\r\n", [3, 4, 4, 5]),
    ],
)
def test_line_of_counts_lines_of_the_whole_file(text: str, lines: list[int]) -> None:
    document = Document.parse(text)

    assert [document.line_of(path) for path in [("a",), ("b",), ("b", "c"), ("b", "c", 1)]] == lines
    assert document.line_of(("x",)) is None
    assert document.line_of(("b", "c", 2)) is None
    assert document.line_of(()) is None
