# ruff: noqa: E501 -- one case a line, so that the tables read as tables
"""What is not read, and what is said of it: place, reason, and what to do."""

import pytest

from reviews.documents import Document, DocumentError

BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{k{n}: 1, <<: [{','.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\na: 1\n", "line 1, column 1: the front matter is opened with --- but never closed; add a line --- after its last key"),
        ("\ufeff\n+++\na = 1\n---\n", "line 2, column 1: the front matter is opened with +++ but never closed; add a line +++ after its last key"),
        ("---\n- a\n---\n", "line 2, column 1: the front matter is a list; write it as keys and values"),
        ("---\n[1]\n---\n", "line 2, column 1: the front matter is a list; write it as keys and values"),
        ("---\njust text\n---\n", "line 2, column 1: the front matter is a single value; write it as keys and values"),
        ("---\na: 1\nb:\n  c: 1\n  c: 2\n---\n", "line 5, column 3, b.c: this key stands twice; remove one of the two"),
        ("---\n{ 'a': [{ 'b': 1, 'b': 1 }] }\n---\n", "line 2, column 19, a[0].b: this key stands twice; remove one of the two"),
        ("---\n1: a\ntrue: b\n---\n", "line 3, column 1, True: this key stands twice; remove one of the two"),
        ('---\n{"a": 1,\n"b": {"c": 1, "c": 2}}\n---\n', "line 3, column 15, b.c: this key stands twice; remove one of the two"),
        ("+++\na = 1\na = 2\n+++\n", "line 3, column 6: not TOML: Cannot overwrite a value; correct this place"),
        ('---\n{"a": 1,\n"b" 2}\n---\n', "line 3, column 5: not JSON: Expecting ':' delimiter; correct this place"),
        ('---\n{\n  "a": "x\n}\n---\n', "line 3, column 10: not JSON: Invalid control character; correct this place"),
        ('---\n{"a": 1}\n{"b": 2}\n---\n', "line 3, column 1: not JSON: Extra data; correct this place"),
        ("---\n{ 'a': 1\n'b': 2 }\n---\n", "line 3, column 4: not YAML: while parsing a flow mapping did not find expected ',' or '}'; correct this place"),
        ("---\na: 'x\n---\n", "line 3, column 1: not YAML: while scanning a quoted scalar found unexpected end of stream; correct this place"),
        ("---\na: 1\n b: 2\n---\n", "line 3, column 3: not YAML: mapping values are not allowed in this context; correct this place"),
        ("---\na:\n\tb: 1\n---\n", "line 3, column 1: not YAML: while scanning for the next token found character that cannot start any token; correct this place"),
        ("---\na: 1\n...\nb: 2\n---\n", "line 4, column 1: a second YAML document starts here; keep one"),
        ("---\na: 1\n--- # next\nb: 2\n---\n", "line 3, column 1: a second YAML document starts here; keep one"),
        ("---\na: x\x01\n---\n", "line 2, column 5: the character U+0001 is not allowed in YAML; remove it or write it as an escape"),
        ("---\na: \ud800\n---\n", "line 2, column 4: the character U+D800 is not allowed in YAML; remove it or write it as an escape"),
        ("---\na: [1, {b: !x 2}]\n---\n", "line 2, column 12, a[1].b: the tag !x is not known; remove it"),
        ("---\na: !!python/object:os.system {}\n---\n", "line 2, column 4, a: not YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/object:os.system'; correct this place"),
        ("---\na: !!int x\n---\n", "line 2, column 4, a: 'x' is no int; correct it or remove the tag"),
        ("---\na: !!bool maybe\n---\n", "line 2, column 4, a: 'maybe' is no bool; correct it or remove the tag"),
        ("---\na: =\n---\n", "line 2, column 4, a: the plain text = has a meaning of its own in YAML; put it in quotes"),
        ("---\na: [<<]\n---\n", "line 2, column 5, a[0]: the plain text << has a meaning of its own in YAML; put it in quotes"),
        ("---\n<<: 1\n---\n", "line 2, column 1: not YAML: while constructing a mapping expected a mapping or list of mappings for merging, but found scalar; correct this place"),
        ("---\n? [a]\n: 1\n---\n", "line 2, column 3: a list or mapping stands as a key; use a text key"),
        ("---\na: *x\n---\n", "line 2, column 4: not YAML: found undefined alias; correct this place"),
        ("---\na: &x [*x]\n---\n", "line 2, column 4: an alias stands inside the value that it names; write the value out"),
        (f"---\n{BOMB}---\n", "line 6, column 4: the aliases stand for more than 100,000 values; write the values out or drop the aliases"),
        (f"---\n{MERGE_BOMB}---\n", "line 7, column 21: the aliases stand for more than 100,000 values; write the values out or drop the aliases"),
        ("---\na: " + "[" * 200_000 + "\n---\n", "line 2, column 103: the values are nested deeper than 100 levels; flatten them"),
        ("---\n" + "- " * 200_000 + "a\n---\n", "line 2, column 201: the values are nested deeper than 100 levels; flatten them"),
        ('---\n{"a": ' + "[" * 99 + "{}" + "]" * 99 + "}\n---\n", "line 2, column 1: the values are nested deeper than 100 levels; flatten them"),
        ('---\n{"a": ' + "[" * 200_000 + "]" * 200_000 + "}\n---\n", "line 2, column 1: the values are nested deeper than 100 levels; flatten them"),
        ('---\n{"a": ' + "9" * 5000 + "}\n---\n", "line 2, column 1: a number has more digits than Python reads; write it as text"),
        ("+++\na = " + "[" * 5000 + "\n+++\n", "line 2, column 1: the values are nested deeper than 100 levels; flatten them"),
        ("+++\n" + ".".join("a" * 200) + " = 1\n+++\n", "line 2, column 1: the values are nested deeper than 100 levels; flatten them"),
        ("+++\na = 1\nb = \n+++\n", "line 3, column 5: not TOML: Invalid value; correct this place"),
        ("+++\na = 2024-13-45\n+++\n", "line 2, column 9: not TOML: Expected newline or end of document after a statement; correct this place"),
        ("+++\na = [1\n+++\n", "line 3, column 1: not TOML: Unclosed array; correct this place"),
    ],
)  # fmt: skip
def test_parse_names_what_it_cannot_read(text: str, message: str) -> None:
    with pytest.raises(DocumentError) as error:
        Document.parse(text)

    assert str(error.value) == message


def test_error_carries_its_parts() -> None:
    with pytest.raises(DocumentError) as error:
        Document.parse("---\na: 1\nb:\n  - c: 1\n    c: 2\n---\n")

    assert error.value.reason == "this key stands twice; remove one of the two"
    assert (error.value.line, error.value.column, error.value.path) == (5, 5, ("b", 0, "c"))


def test_ninety_nine_levels_are_read() -> None:
    deep = "[" * 98 + "{}" + "]" * 98

    assert (
        Document.parse(f'---\n{{"a": {deep}}}\n---\n').values
        == Document.parse(f"---\na: {deep}\n---\n").values
    )
