"""A front-matter file as text and values at once: what reads a value also replaces it in place."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reviews.documents.changes import apply_changes, is_same
from reviews.documents.errors import DocumentError, KeyPath, position
from reviews.documents.fences import Fences, find_fences
from reviews.documents.json_text import dump_json, edit_json, json_spans, read_json
from reviews.documents.spans import Span, find_entry
from reviews.documents.toml_edits import dump_toml, edit_toml
from reviews.documents.toml_spans import TomlSpans
from reviews.documents.toml_text import read_toml
from reviews.documents.yaml_edits import dump_yaml, edit_yaml
from reviews.documents.yaml_spans import yaml_spans
from reviews.documents.yaml_text import compose_yaml, read_yaml


class Style(enum.StrEnum):
    """How the front matter is written. NONE: the text has none."""

    JSON = "json"
    YAML = "yaml"
    TOML = "toml"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one file, the values of its front matter and its body. Do not change `values` in place."""

    text: str
    style: Style = field(compare=False)
    values: dict[str, Any] = field(compare=False, repr=False)
    body: str = field(compare=False, repr=False)
    _origin: Document | None = field(default=None, compare=False, repr=False)
    """The document as parsed. Every edit starts from it, so that the order of edits cannot matter."""

    @classmethod
    def parse(cls, text: str) -> Document:
        """Read a file's text. `parse(text).text` is `text`, whatever it holds.

        Values agree with python-frontmatter's reading; JSON is read as JSON. Raises DocumentError, with line,
        column and key where known, for what cannot be read in one way only.
        """
        return cls._read_back(text, None)

    @classmethod
    def _read_back(cls, text: str, known: dict[str, Any] | None) -> Document:
        fences = find_fences(text)
        if fences is None:
            return cls(text, Style.NONE, {}, text)
        style, values = _read(text, fences, known)
        return cls(text, style, values, text[fences.body :])

    @classmethod
    def compose(cls, values: Mapping[str, Any], body: str, *, style: Style = Style.JSON) -> Document:
        """A new file: JSON indented by two, YAML as Prettier writes it in flow style, TOML as tomlkit does.

        The body follows the closing fence's line as it is. Raises DocumentError for a value that the style cannot
        hold.
        """
        plain = apply_changes({}, {(key,): value for key, value in values.items()})
        if style is Style.NONE:
            if plain:
                raise DocumentError("a text without front matter holds no values; choose a style")
            document = cls.parse(body)
        else:
            fence = "+++" if style is Style.TOML else "---"
            header = _DUMPERS[style](plain)
            document = cls.parse(f"{fence}\n{header}{fence}\n{body}")
        _verify(document, style, plain, body)
        return document

    def replacing(self, changes: Mapping[KeyPath, Any], *, body: str | None = None) -> Document:
        """The document with other values at some key paths (REMOVED deletes one), and perhaps another body.

        Only those values' own characters change; all changes are made, or none. A missing parent is created. The
        body's line ends become those of the file. Raises DocumentError for what cannot be done exactly.
        """
        origin = self._origin or self
        text = origin.text
        fences = find_fences(text)
        new_body = _body_like(origin, text, self.body if body is None else body)
        read = None
        try:
            values = apply_changes(self.values, changes)
            if new_body == self.body and is_same(values, self.values):
                return self
            if fences is None:
                if values:
                    raise DocumentError(
                        "the text has no front matter to set a value in; add --- lines at its top"
                    )
                text = new_body
            else:
                if new_body != origin.body:
                    text = text[: fences.body] + _break(text, fences, new_body) + new_body
                if not is_same(values, origin.values):
                    text, read = _edited(origin.style, text, fences, origin.values, values)
            if text == origin.text:
                return origin
            document = Document._read_back(text, read)
            _verify(document, origin.style, values, new_body)
        except DocumentError as error:
            raise origin._placed(error) from None
        return Document(text, document.style, document.values, document.body, origin)

    def line_of(self, path: KeyPath) -> int | None:
        """The line, counted from 1, where the value at a path starts; None where there is none."""
        place = self._place_of(path)
        return place and position(self.text, place)[0]

    def lines_of(self, paths: Iterable[KeyPath]) -> list[int]:
        """The line of the value at each path, or of the innermost mapping that leads there, else 1.

        The empty path is the body.
        """
        fences = find_fences(self.text)
        root = _spans(self.text, self.style, fences) if fences else None
        if fences is None or root is None:
            return [1 for _ in paths]
        starts = [self._start(root, path) if path else fences.body for path in paths]
        return [position(self.text, start)[0] for start in starts]

    @staticmethod
    def _start(root: Span, path: KeyPath) -> int:
        entries = (find_entry(root, path[:length]) for length in range(len(path), 0, -1))
        return next((entry.start for entry in entries if entry), 0)

    def _place_of(self, path: KeyPath) -> int | None:
        fences = find_fences(self.text)
        if fences is None or not path:
            return None
        root = _spans(self.text, self.style, fences)
        entry = find_entry(root, path) if root else None
        return None if entry is None else entry.start

    def _placed(self, error: DocumentError) -> DocumentError:
        """The refusal with the place of the innermost value that its path leads to."""
        for length in range(len(error.path), 0, -1):
            if error.line:
                break
            place = self._place_of(error.path[:length])
            if place is not None:
                error.line, error.column = position(self.text, place)
        return error


_DUMPERS = {Style.JSON: dump_json, Style.YAML: dump_yaml, Style.TOML: dump_toml}


def _read(text: str, fences: Fences, known: dict[str, Any] | None) -> tuple[Style, dict[str, Any]]:
    """Style and values of a header; `known` are its values in case it is YAML, where they were read before."""
    mark, start, end, _ = fences
    if mark == "+":
        return Style.TOML, read_toml(text, start, end)
    try:
        values = read_json(text, start, end)
    except json.JSONDecodeError as error:
        try:
            return Style.YAML, read_yaml(text, start, end) if known is None else known
        except DocumentError:
            if not text[start:end].lstrip().lstrip("{").lstrip().startswith('"'):
                raise
            # Keys in double quotes: meant as JSON.
            raise DocumentError.at(
                text, error.pos, f"not JSON: {error.msg.removesuffix(' at')}; correct this place"
            ) from None
    if values is not None:
        return Style.JSON, values
    return Style.YAML, read_yaml(text, start, end) if known is None else known


def _edited(
    style: Style, text: str, fences: Fences, old: dict[str, Any], new: dict[str, Any]
) -> tuple[str, dict[str, Any] | None]:
    if style is Style.JSON:
        return edit_json(text, fences.start, old, new), None
    if style is Style.TOML:
        return edit_toml(text, fences.start, fences.end, old, new), None
    return edit_yaml(text, fences.start, fences.end, old, new)


def _spans(text: str, style: Style, fences: Fences) -> Span | None:
    if style is Style.JSON:
        return json_spans(text, fences.start)
    if style is Style.TOML:
        return TomlSpans(text, fences.start, fences.end).root
    node = compose_yaml(text, fences.start, fences.end)
    return yaml_spans(text, fences.start, node) if node else None


def _verify(document: Document, style: Style, values: dict[str, Any], body: str) -> None:
    """Refuse a new text that does not read back as what was meant."""
    # flow YAML may happen to be JSON
    is_style = document.style is style or (style is Style.YAML and document.style is Style.JSON)
    if not is_style or document.body != body or not is_same(document.values, values):
        raise DocumentError("the new text would not read back as what was meant; edit the file by hand")


def _break(text: str, fences: Fences, body: str) -> str:
    """The line end that a closing fence at the end of the file lacks."""
    return _line_end(text) if body and not text[: fences.body].endswith("\n") else ""


def _line_end(text: str) -> str:
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def _body_like(origin: Document, text: str, body: str) -> str:
    """The body in the file's own line ends; the lines at its head and tail that did not change keep theirs."""
    if body == origin.body:
        return body
    old, new = origin.body.split("\n"), body.replace("\r\n", "\n").split("\n")
    end = "\r" if _line_end(text) == "\r\n" else ""
    shorter = min(len(old), len(new)) - 1
    head = 0
    while head < shorter and old[head].removesuffix("\r") == new[head]:
        head += 1
    tail = 0
    while tail < shorter - head and old[-2 - tail].removesuffix("\r") == new[-2 - tail]:
        tail += 1
    if old[-1] != new[-1]:
        tail = 0
    middle = [line + end for line in new[head : len(new) - 1 - tail]]
    return "\n".join((*old[:head], *middle, *old[len(old) - 1 - tail : -1], new[-1]))
