"""JSON between fences: read by the json module, never as YAML, which fails on surrogate pairs and long keys."""

from __future__ import annotations

import json
import re
from typing import Any

from reviews.documents.changes import text_keys
from reviews.documents.edits import Added, edit_mapping, restructure_flow
from reviews.documents.errors import DocumentError, KeyPath
from reviews.documents.limits import MAX_DEPTH, TOO_DEEP, is_too_deep
from reviews.documents.spans import Entry, Span, Splices

_string_end = json.decoder.scanstring  # type: ignore[attr-defined] # public, and missing in the stubs
_BLANK = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORD = re.compile(r"[^\s,\]}]+")


class _DuplicateKeyError(Exception):
    """Two equal keys; the place is looked up only then."""


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _DuplicateKeyError
    return values


def _refuse_constant(name: str) -> float:
    raise json.JSONDecodeError(f"{name} is no JSON value", name, 0)


_decoder = json.JSONDecoder(object_pairs_hook=_mapping, parse_constant=_refuse_constant)


def read_json(text: str, start: int, end: int) -> dict[str, Any] | None:
    """The values of the header `text[start:end]`; None where it does not open with a brace.

    Raises json.JSONDecodeError where it is no JSON (it may be YAML still), and DocumentError where it is JSON
    that is refused: two equal keys, values after the closing brace, nesting beyond the limit.
    """
    start = _blank_end(text, start)
    if not text.startswith("{", start, end):
        return None
    try:
        values, stop = _decoder.raw_decode(text, start)
    except _DuplicateKeyError:
        raise _find_duplicate(text, start) from None
    except RecursionError:
        raise DocumentError.at(text, start, TOO_DEEP) from None
    except json.JSONDecodeError:
        raise
    except ValueError:
        raise DocumentError.at(
            text, start, "a number has more digits than Python reads; write it as text"
        ) from None
    stop = _blank_end(text, stop)
    if stop != end:
        raise json.JSONDecodeError("Extra data", text, stop)
    if text.count("[", start, end) + text.count("{", start, end) > MAX_DEPTH and is_too_deep(values):
        raise DocumentError.at(text, start, TOO_DEEP)
    return values  # type: ignore[no-any-return] # an object, since it opens with a brace


def _blank_end(text: str, start: int) -> int:
    found = _BLANK.match(text, start)
    return found.end() if found else start


def json_spans(text: str, start: int) -> Span:
    """The spans of the JSON object that opens at or behind offset `start`. Raises DocumentError for equal keys."""
    return _scan(text, _blank_end(text, start), ())


def _scan(text: str, start: int, path: KeyPath) -> Span:
    first = text[start]
    if first == '"':
        return Span(start, _string_end(text, start + 1, True)[1], quote='"', is_text=True)
    if first not in "{[":
        found = _WORD.match(text, start)
        return Span(start, found.end() if found else start)
    span = Span(start, start, "map" if first == "{" else "list")
    closing = "}" if first == "{" else "]"
    keys = set()
    position = _blank_end(text, start + 1)
    while text[position] != closing:
        key: str | int = len(span.entries)
        entry_start = key_end = position
        if first == "{":
            key, key_end = _string_end(text, position + 1, True)
            if key in keys:
                raise DocumentError.at(
                    text, position, "this key stands twice; remove one of the two", (*path, key)
                )
            keys.add(key)
            position = _blank_end(text, key_end) + 1
        value = _scan(text, _blank_end(text, position), (*path, key))
        span.entries.append(Entry(key, entry_start, key_end, position, value, '"'))
        position = _blank_end(text, value.end)
        if text[position] == ",":
            position = _blank_end(text, position + 1)
    span.end = position + 1
    return span


def edit_json(text: str, start: int, old: dict[str, Any], new: dict[str, Any]) -> str:
    """The whole text with the JSON object at `start` holding the new values. Raises DocumentError."""
    writer = _Writer(text, json_spans(text, start))
    edit_mapping(writer, writer.root, old, new)
    return writer.splices.joined()


def dump_json(values: dict[str, Any]) -> str:
    """A new header in the canonical form: indented by two, letters as they are. Raises DocumentError."""
    return _dump(values, 2, False, (), is_sorted=False) + "\n"


class _Writer:
    """Writes values as the text around them: on one line or on many, with its indentation and escapes."""

    def __init__(self, text: str, root: Span) -> None:
        self.splices = Splices(text)
        self.root = root
        opening = text[root.start + 1 : root.entries[0].start] if root.entries else "\n  "
        self.line_end = "\r\n" if "\r\n" in opening else "\n"
        self.indent = len(opening) - opening.rfind("\n") - 1 if "\n" in opening else None
        self.tab = "\t" in opening
        header = text[root.start : root.end]
        self.ascii = header.isascii() and "\\u" in header

    def replace(self, parent: Span, entry: Entry, new: Any, path: KeyPath) -> None:
        """Write another value in the place of an entry's."""
        is_broken = "\n" in self.splices.text[parent.start : parent.entries[0].start]
        self.splices.put(entry.value.start, entry.value.end, self._text(new, entry.start, is_broken, path))

    def restructure(self, span: Span, removed: set[int], added: list[Added], path: KeyPath) -> None:
        """Delete entries of a collection by their positions, and insert others."""
        text, brackets = self.splices.text, "{}" if span.shape == "map" else "[]"
        if not span.entries:
            value = (
                {item.key: item.value for item in added} if span.shape == "map" else [i.value for i in added]
            )
            filled = self._text(value, span.start, self.indent is not None, path) if added else brackets
            restructure_flow(
                self.splices, span, removed, [(item.position, "") for item in added], filled, path
            )
            return
        first = span.entries[0]
        colon = text[first.key_end : first.value.start]
        is_broken = "\n" in text[span.start : first.start]
        texts = []
        for item in added:
            entry = self._text(item.value, first.start, is_broken, item.path)
            if span.shape == "map":
                entry = _dump(item.key, None, self.ascii, item.path) + colon + entry
            texts.append((item.position, entry))
        restructure_flow(self.splices, span, removed, texts, brackets, path)

    def _text(self, value: Any, place: int, is_broken: bool, path: KeyPath) -> str:
        """The value as it is written in the line of the offset `place`."""
        if not is_broken or self.indent is None:
            return _dump(value, None, self.ascii, path)
        text = _dump(value, "\t" * self.indent if self.tab else self.indent, self.ascii, path)
        line = self.splices.text[self.splices.line_start(place) : place]
        return text.replace("\n", self.line_end + line[: len(line) - len(line.lstrip())])


def _dump(value: Any, indent: int | str | None, is_ascii: bool, path: KeyPath, is_sorted: bool = True) -> str:
    _refuse_keys(value, path)
    try:
        text = json.dumps(value, indent=indent, ensure_ascii=is_ascii, allow_nan=False, sort_keys=is_sorted)
    except TypeError:
        raise DocumentError("JSON has no dates; give the date as text", path=path) from None
    except ValueError:
        raise DocumentError("JSON has no such number; give a finite one, or text", path=path) from None
    # half of a surrogate pair has no place in a file, its escape has
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _refuse_keys(value: Any, path: KeyPath) -> None:
    """The json module would turn other keys into text."""
    if isinstance(value, dict):
        for key in text_keys(value, path):
            _refuse_keys(value[key], (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _refuse_keys(item, (*path, place))


def _find_duplicate(text: str, start: int) -> DocumentError:
    try:
        json_spans(text, start)
    except DocumentError as error:
        return error
    except RecursionError:
        return DocumentError.at(text, start, TOO_DEEP)
    raise AssertionError("two equal keys were read and are not there")
