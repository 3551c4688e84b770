"""What holds for every document: made-up ones in all styles, each with the offsets of its values."""

from typing import Any

import frontmatter
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reviews.documents import REMOVED, Document, DocumentError, KeyPath
from tests.documents.generated import DOCUMENTS, KEYS, SCALARS, TOML_VALUES, VALUES, Written

quick = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
styles = pytest.mark.parametrize("style", DOCUMENTS)


def exact(value: Any) -> Any:
    """A form in which True is not 1 and 1 is not 1.0, and the order of keys does not count."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return (type(value), value)


def at(values: Any, path: KeyPath) -> Any:
    for step in path:
        values = values[step]
    return values


@styles
@quick
@given(st.data())
def test_parse_reads_what_was_written(style: str, data: st.DataObject) -> None:
    written = data.draw(DOCUMENTS[style])

    document = Document.parse(written.text)

    assert document.text == written.text
    assert exact(document.values) == exact(written.values)


@pytest.mark.parametrize("style", ["flow", "block"])
@quick
@given(st.data())
def test_values_agree_with_python_frontmatter(style: str, data: st.DataObject) -> None:
    written = data.draw(DOCUMENTS[style])
    metadata, body = frontmatter.parse(written.text.removeprefix("\ufeff"))

    document = Document.parse(written.text)

    assert exact(document.values) == exact(metadata)
    assert document.body.replace("\r\n", "\n").strip() == body


@styles
@quick
@given(st.data())
def test_replacing_by_equal_values_is_the_identity(style: str, data: st.DataObject) -> None:
    written = data.draw(DOCUMENTS[style])
    document = Document.parse(written.text)

    for path in written.places:
        if path:
            assert document.replacing({path: at(written.values, path)}).text == written.text


@styles
@quick
@given(st.data())
def test_replacing_a_scalar_touches_its_own_characters_only(style: str, data: st.DataObject) -> None:
    written = data.draw(DOCUMENTS[style])
    scalars = [
        path for path in written.places if path and not isinstance(at(written.values, path), dict | list)
    ]
    assume(scalars)
    path = data.draw(st.sampled_from(scalars))
    value = data.draw(SCALARS if style != "toml" else SCALARS.filter(lambda value: value is not None))
    start, end = written.places[path]

    edited = Document.parse(written.text).replacing({path: value})

    assert exact(at(edited.values, path)) == exact(value)
    if style in ("json", "toml") or not is_tidied(written):
        tail = len(written.text) - end
        assert edited.text[:start] == written.text[:start]
        assert edited.text[len(edited.text) - tail :] == written.text[end:]


def is_tidied(written: Written) -> bool:
    """Whether brackets may have been laid out anew, since all were as Prettier writes them."""
    return "{" in written.text or "[" in written.text


def draw_change(data: st.DataObject, written: Written, style: str) -> tuple[KeyPath, Any]:
    """A value to set at a path that is there, a key to add to a mapping, or a deletion."""
    values = TOML_VALUES if style == "toml" else VALUES
    path = data.draw(st.sampled_from(sorted(written.places, key=repr)))
    if isinstance(at(written.values, path), dict) and (not path or data.draw(st.booleans())):
        return (*path, data.draw(KEYS)), data.draw(values)
    if not path:
        return ("title",), data.draw(values)
    return path, data.draw(values | st.just(REMOVED))


@styles
@quick
@given(st.data())
def test_edits_of_any_kind_read_back_and_leave_other_values(style: str, data: st.DataObject) -> None:
    written = data.draw(DOCUMENTS[style])
    assume(written.places)
    path, value = draw_change(data, written, style)
    document = Document.parse(written.text)

    try:
        edited = document.replacing({path: value})
    except DocumentError as error:
        known = ("a comment stands", "left empty", "a table stands", "no line of its own", "a dotted key")
        assert any(words in error.reason for words in known), str(error)  # noqa: PT017 -- most are not refused
        return

    again = Document.parse(edited.text)
    assert exact(again.values) == exact(edited.values)
    parent = at(again.values, path[:-1])
    if value is not REMOVED:
        assert exact(parent[path[-1]]) == exact(value)
    elif isinstance(parent, dict):
        assert path[-1] not in parent
    for other in written.places:
        if other[: len(path)] != path and path[: len(other)] != other and isinstance(path[-1], str):
            assert exact(at(again.values, other)) == exact(at(written.values, other))


@styles
@quick
@given(st.data())
def test_order_of_edits_does_not_matter(style: str, data: st.DataObject) -> None:
    written = data.draw(DOCUMENTS[style])
    assume(written.places)
    changes = dict(draw_change(data, written, style) for _ in range(3))
    paths = list(changes)
    assume(
        not any(one != other and one == other[: len(one)] for one in paths for other in paths)
        and not any(isinstance(step, int) for path in paths for step in path)
    )
    document = Document.parse(written.text)
    try:
        at_once = document.replacing(changes)
    except DocumentError as error:
        assert "comment" in error.reason or "left empty" in error.reason, str(error)  # noqa: PT017 -- most are not refused
        return

    turned = document.replacing(dict(reversed(changes.items())))
    one_by_one = document
    for path in data.draw(st.permutations(paths)):
        one_by_one = one_by_one.replacing({path: changes[path]})

    assert turned.text == at_once.text
    assert one_by_one.text == at_once.text


@styles
@quick
@given(st.data())
def test_undoing_an_edit_gives_every_byte_back(style: str, data: st.DataObject) -> None:
    written = data.draw(DOCUMENTS[style])
    assume(written.places)
    path, value = draw_change(data, written, style)
    assume(not any(isinstance(step, int) for step in path))
    document = Document.parse(written.text)
    before = at(document.values, path[:-1])
    try:
        edited = document.replacing({path: value})
    except DocumentError:
        return

    assert edited.replacing({path: before.get(path[-1], REMOVED)}).text == written.text
