"""Where each value of a TOML header stands. The text is known to be valid TOML: tomllib has read it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import tomlkit

from reviews.documents.spans import Entry, Span

_SKIPPED = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^\s,\]}#]+(?: [0-9][^\s,\]}#]*)?")  # a date may have a space before its time


@dataclass(slots=True)
class Section:
    """A table under a header of its own, from its header's line (comments directly above it included)."""

    start: int
    end: int
    header: str
    """The dotted name between the brackets."""
    is_item: bool
    """Whether the header has double brackets: one item of a list of tables."""
    span: Span


@dataclass(slots=True)
class TomlSpans:
    """The spans of a header: `root` is the tree of its values."""

    text: str
    start: int
    end: int
    root: Span = field(init=False)
    sections: list[Section] = field(default_factory=list)
    dotted: dict[int, str] = field(default_factory=dict)
    """Of tables written as dotted keys: the prefix of their keys, by the span's identity."""

    def __post_init__(self) -> None:
        self.root = Span(self.start, self.end, "map", is_flow=False)
        table, header, position = self.root, "", self._skip(self.start)
        while position < self.end:
            if self.text[position] == "[":
                is_item = self.text.startswith("[[", position)
                keys, after = self._keys(position + 1 + is_item)
                header = self.text[keys[0][1] : keys[-1][2]]
                table = self._open([key for key, _, _ in keys], position, is_item)
                self.sections.append(Section(self._above(position), self.end, header, is_item, table))
                position = self.text.find("]", after) + 1 + is_item
            else:
                position = self._line(table, position)
            position = self._skip(position)
        for section, following in zip(self.sections, self.sections[1:], strict=False):
            section.end = following.start

    def _skip(self, position: int) -> int:
        found = _SKIPPED.match(self.text, position, self.end)
        return found.end() if found else position

    def _above(self, position: int) -> int:
        """The start of a header's line, or of the comment lines directly above it."""
        line = self.text.rfind("\n", 0, position) + 1
        while line > self.start:
            above = self.text.rfind("\n", 0, line - 1) + 1
            if not self.text[above:line].lstrip().startswith("#"):
                break
            line = above
        return line

    def _open(self, keys: list[str], position: int, is_item: bool) -> Span:
        """The table that a header opens; tables on the way that are not there yet are made."""
        table = self.root
        for place, key in enumerate(keys):
            entry = next((entry for entry in table.entries if entry.key == key), None)
            is_last = place == len(keys) - 1
            if entry is None:
                shape = "list" if is_last and is_item else "map"
                value = Span(position, position, shape, is_flow=False)  # type: ignore[arg-type] # one of the two
                entry = Entry(key, position, position, position, value)
                table.entries.append(entry)
            table = entry.value
            if table.shape == "list":
                if is_last:
                    item = Span(position, position, "map", is_flow=False)
                    table.entries.append(Entry(len(table.entries), position, position, position, item))
                table = table.entries[-1].value
        return table

    def _line(self, table: Span, position: int) -> int:
        keys, after = self._keys(position)
        after += 1  # the equals sign
        for key, start, end in keys[:-1]:
            entry = next((entry for entry in table.entries if entry.key == key), None)
            if entry is None:
                entry = Entry(key, keys[0][1], end, end, Span(start, start, "map", is_flow=table.is_flow))
                table.entries.append(entry)
                if table.is_flow:
                    entry.value.tie = "a dotted key in an inline table"
            table = entry.value
            self.dotted[id(table)] = self.text[position : keys[-1][1]]
        value = self._value(self._skip(after))
        table.entries.append(Entry(keys[-1][0], position, keys[-1][2], after, value, self.text[keys[-1][1]]))
        return value.end

    def _keys(self, position: int) -> tuple[list[tuple[str, int, int]], int]:
        """The parts of a dotted key with their offsets, and the offset of what follows them."""
        keys = []
        while True:
            position = self._skip(position)
            found = _STRING.match(self.text, position) or _BARE_KEY.match(self.text, position)
            if found is None:
                raise AssertionError("a key was expected")
            key: Any = found[0]
            if key[0] in "\"'":
                key = str(tomlkit.parse(f"k = {key}")["k"])
            keys.append((key, position, found.end()))
            position = self._skip(found.end())
            if self.text[position] != ".":
                return keys, position
            position += 1

    def _value(self, position: int) -> Span:
        first = self.text[position]
        found = _STRING.match(self.text, position)
        if found:
            quote = first * 3 if found[0].startswith(first * 3) and len(found[0]) >= 6 else first
            return Span(position, found.end(), quote=quote, is_text=True)
        if first not in "[{":
            found = _BARE_VALUE.match(self.text, position)
            return Span(position, found.end() if found else position)
        span = Span(position, position, "list" if first == "[" else "map")
        position = self._skip(position + 1)
        while self.text[position] not in "]}":
            if first == "{":
                position = self._line(span, position)
            else:
                value = self._value(position)
                span.entries.append(Entry(len(span.entries), position, position, position, value))
                position = value.end
            position = self._skip(position)
            if self.text[position] == ",":
                position = self._skip(position + 1)
        span.end = position + 1
        return span
