# ruff: noqa: E501 -- one case a line, so that the tables read as tables
"""New documents: the forms in which records born here are written."""

import pytest

from reviews.documents import Document, DocumentError, Style

VALUES = {
    "title": "中国 CCER",
    "year": 2024,
    "analysis": {"mrv": {"score": 70, "label": "it's"}},
    "sectors": [],
    "x": None,
}


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (
            Style.JSON,
            (
                '---\n{\n  "title": "中国 CCER",\n  "year": 2024,\n  "analysis": {\n    "mrv": {\n      "score": 70,\n'
                '      "label": "it\'s"\n    }\n  },\n  "sectors": [],\n  "x": null\n}\n---\n\nBody\n'
            ),
        ),
        (
            Style.YAML,
            (
                "---\n{\n  'title': '中国 CCER',\n  'year': 2024,\n  'analysis': { 'mrv': { 'score': 70, 'label': \"it's\" } },\n"
                "  'sectors': [],\n  'x': null,\n}\n---\n\nBody\n"
            ),
        ),
    ],
)
def test_compose_writes_the_canonical_form_in_the_given_order(style: Style, text: str) -> None:
    document = Document.compose(VALUES, "\nBody\n", style=style)

    assert document.text == text
    assert (document.style, document.values, document.body) == (style, VALUES, "\nBody\n")
    assert document == Document.parse(text)


def test_compose_writes_toml_with_plain_values_before_tables() -> None:
    document = Document.compose({"a": {"b": 1, "c": {"d": [1]}}, "t": "x\n"}, "Body", style=Style.TOML)

    assert document.text == '+++\nt = "x\\n"\n\n[a]\nb = 1\n\n[a.c]\nd = [1]\n+++\nBody'


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (Style.JSON, "---\n{}\n---\n"),
        (Style.YAML, "---\n{}\n---\n"),
        (Style.TOML, "+++\n+++\n"),
        (Style.NONE, ""),
    ],
)
def test_compose_of_nothing(style: Style, text: str) -> None:
    assert Document.compose({}, "", style=style).text == text


@pytest.mark.parametrize(
    ("values", "body", "style", "message"),
    [
        ({"a": 1}, "x", Style.NONE, "a text without front matter holds no values; choose a style"),
        ({"a": None}, "x", Style.TOML, "a: TOML has no null; delete the key instead"),
        ({"a": {1: 2}}, "x", Style.YAML, "a[1]: the new key 1 is no text; use a text key"),
        ({}, "---\na: 1\n---\n", Style.NONE, "the new text would not read back as what was meant; edit the file by hand"),
    ],
)  # fmt: skip
def test_compose_names_what_it_cannot_write(values: dict, body: str, style: Style, message: str) -> None:
    with pytest.raises(DocumentError) as error:
        Document.compose(values, body, style=style)

    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "body", "expected"),
    [
        ("---\na: 1\n---\nold\n", "new\n", "---\na: 1\n---\nnew\n"),
        ("---\na: 1\n---\nold", "", "---\na: 1\n---\n"),
        ("---\na: 1\n---", "new", "---\na: 1\n---\nnew"),
        ("---\na: 1\n---", "", "---\na: 1\n---"),
        ("---\r\na: 1\r\n---\r\none\r\ntwo\nthree\r\n", "one\ntwo\nTHREE\n", "---\r\na: 1\r\n---\r\none\r\ntwo\nTHREE\r\n"),
        ("---\r\na: 1\r\n---\r\none\r\n", "one\r\ntwo", "---\r\na: 1\r\n---\r\none\r\ntwo"),
        ("---\na: 1\n---\none\n", "one\r\ntwo\r\n", "---\na: 1\n---\none\ntwo\n"),
        ("---\na: 1\n---\none\r\ntwo\n", "one\ntwo\n", "---\na: 1\n---\none\r\ntwo\n"),
        ("no header", "other", "other"),
    ],
)  # fmt: skip
def test_a_new_body_comes_in_the_line_ends_of_the_file(text: str, body: str, expected: str) -> None:
    document = Document.parse(text)

    edited = document.replacing({}, body=body)

    assert edited.text == expected
    assert edited.values == document.values
    assert edited.replacing({}, body=document.body).text == text


def test_edits_in_several_steps_give_the_text_of_one_step() -> None:
    document = Document.parse("---\nz: 1\nm: 2\n---\nBody\n")

    one = document.replacing({("b",): 1}).replacing({("a",): 2}, body="x").replacing({("z",): 3})
    other = document.replacing({("z",): 3}, body="x").replacing({("a",): 2, ("b",): 1})

    assert one.text == other.text == "---\nz: 3\nm: 2\na: 2\nb: 1\n---\nx"
    assert one == other
