"""TOML edited in place: lines in tables, entries between brackets, tables under headers of their own."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any

import tomlkit

from reviews.documents.changes import text_keys
from reviews.documents.edits import Added, edit_mapping, restructure_flow
from reviews.documents.errors import DocumentError, KeyPath
from reviews.documents.spans import Entry, Span, Splices
from reviews.documents.toml_spans import Section, TomlSpans

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def edit_toml(text: str, start: int, end: int, old: dict[str, Any], new: dict[str, Any]) -> str:
    """The whole text with the header `text[start:end]` holding the new values. Raises DocumentError."""
    writer = _Writer(text, start, end)
    edit_mapping(writer, writer.spans.root, old, new)
    return writer.splices.joined()


def dump_toml(values: dict[str, Any]) -> str:
    """A new header: the plain values first, then each mapping as a table. Raises DocumentError."""
    writer = _Writer("", 0, 0)
    writer.is_sorting = False
    return "\n".join(writer.table_lines("", values, ())) + "\n" if values else ""


class _Writer:
    """Writes values, lines and tables as the header around them has them."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.spans = TomlSpans(text, start, end)
        self.splices = Splices(text)
        self.is_sorting = True
        self.line_end = "\r\n" if text[:start].endswith("\r\n") else "\n"

    def replace(self, parent: Span, entry: Entry, new: Any, path: KeyPath) -> None:
        """Write another value in the place of an entry's."""
        span = entry.value
        if span.shape != "scalar" and not span.is_flow:
            raise DocumentError(
                "a table stands here; delete it and set the value in a second step", path=path
            )
        if span.shape != "scalar" and self.splices.has_comment(span.start, span.end, span):
            raise DocumentError("a comment stands within this value; edit the file by hand", path=path)
        self.splices.put(span.start, span.end, self._value(new, path, span.quote))

    def restructure(self, span: Span, removed: set[int], added: list[Added], path: KeyPath) -> None:
        """Delete entries of a table or list by their positions, and insert others."""
        if span.is_flow:
            self._restructure_flow(span, removed, added, path)
            return
        is_emptied = len(removed) == len(span.entries) and not added and span is not self.spans.root
        if is_emptied and self._section(span) is None:
            raise DocumentError(
                "it would be left empty and has no line of its own; delete it whole", path=path
            )
        for place in removed:
            self._delete(span.entries[place])
        for item in added:
            is_table = isinstance(item.value, dict) and item.value and id(span) not in self.spans.dotted
            if span.shape == "list" or is_table:
                self._add_section(span, item, path)
            else:
                self._add_line(span, item)

    def _restructure_flow(self, span: Span, removed: set[int], added: list[Added], path: KeyPath) -> None:
        texts = []
        for item in added:
            value = self._value(item.value, item.path)
            texts.append((item.position, f"{_key(item.key)} = {value}" if span.shape == "map" else value))
        empty = "{}" if span.shape == "map" else "[]"
        if not span.entries and texts:
            inside = ", ".join(entry for _, entry in texts)
            empty = f"{{ {inside} }}" if span.shape == "map" else f"[{inside}]"
        restructure_flow(self.splices, span, removed, texts, empty, path)

    def _delete(self, entry: Entry) -> None:
        """Delete a line, or a table with the tables below it."""
        for start, end in self._stretches(entry):
            self.splices.put(start, end, "")

    def _stretches(self, entry: Entry) -> Iterator[tuple[int, int]]:
        if entry.value.is_flow or entry.value.shape == "scalar":
            line = self.splices.line_start(entry.start)
            yield line, self.splices.line_end(entry.value.end)
            return
        inside = {id(span) for span in _tables(entry.value)}
        own = [section for section in self.spans.sections if id(section.span) in inside]
        yield from ((section.start, section.end) for section in own)
        for leaf in _leaves(entry.value):
            if not any(section.start <= leaf.start < section.end for section in own):
                yield self.splices.line_start(leaf.start), self.splices.line_end(leaf.value.end)

    def _add_line(self, table: Span, item: Added) -> None:
        prefix = self.spans.dotted.get(id(table), "")
        lines = [(place, entry) for place, entry in enumerate(table.entries) if entry.value.is_flow]
        before = [entry for place, entry in lines if place < item.position]
        if not lines and (prefix or (table is not self.spans.root and self._section(table) is None)):
            raise DocumentError(
                "the table has no line of its own to add to; edit the file by hand", path=item.path
            )
        indent = ""
        if before:
            place = self.splices.line_end(before[-1].value.end)
            line = self.splices.line_start(before[-1].start)
            indent = self.text[line : before[-1].start]
        elif lines:
            place = self.splices.line_start(lines[0][1].start)
            indent = self.text[place : lines[0][1].start]
        elif (section := self._section(table)) is not None:
            header = self.text.find("[" + "[" * section.is_item + section.header, section.start)
            place = self.splices.line_end(header)
        else:
            place = self.spans.start
        new = f"{indent}{prefix}{_key(item.key)} = {self._value(item.value, item.path)}{self.line_end}"
        self.splices.put(place, place, new)

    def _add_section(self, parent: Span, item: Added, path: KeyPath) -> None:
        """Insert a table under its own header, behind the table that comes before it."""
        name = ".".join(_key(step) for step in path if isinstance(step, str))
        if parent.shape == "list":
            lines = [f"[[{name}]]", *self.table_lines(name, item.value, item.path)]
        else:
            name = f"{name}.{_key(item.key)}" if name else _key(item.key)
            lines = [f"[{name}]", *self.table_lines(name, item.value, item.path)]
        siblings = {id(span) for entry in parent.entries[: item.position] for span in _tables(entry.value)}
        ends = [section.end for section in self.spans.sections if id(section.span) in siblings]
        if not ends and (own := self._section(parent)) is not None:
            ends = [own.end]
        if not ends:
            first = self.spans.sections[0].start if self.spans.sections else self.spans.end
            ends = [first]
        place = max(ends)
        block = self.line_end.join(lines) + self.line_end
        above = self.text[self.spans.start : place].replace("\r", "")
        if above and not above.endswith("\n\n"):
            block = self.line_end + block
        elif place < self.spans.end:
            block += self.line_end
        self.splices.put(place, place, block)

    def table_lines(self, name: str, values: Any, path: KeyPath) -> list[str]:
        """The lines of a table: its plain values, then its tables with their headers."""
        if not isinstance(values, dict):
            raise DocumentError("the list holds tables; give a mapping", path=path)
        lines, tables = [], []
        for key in self._keys(values, path):
            value, here = values[key], (*path, key)
            if isinstance(value, dict) and value:
                full = f"{name}.{_key(key)}" if name else _key(key)
                tables += ["", f"[{full}]", *self.table_lines(full, value, here)]
            else:
                lines.append(f"{_key(key)} = {self._value(value, here)}")
        return lines + tables if lines or name else tables[1:]

    def _keys(self, mapping: dict[Any, Any], path: KeyPath) -> list[str]:
        return text_keys(mapping, path, self.is_sorting)

    def _section(self, table: Span) -> Section | None:
        return next((section for section in self.spans.sections if section.span is table), None)

    def _value(self, value: Any, path: KeyPath, quote: str = '"') -> str:
        """The value on one line; text in the quotes given, where they can hold it."""
        if isinstance(value, str):
            return self._string(value, quote, path)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return repr(value)
        if isinstance(value, datetime.date | datetime.time):
            return value.isoformat()
        if isinstance(value, dict):
            pairs = [
                f"{_key(key)} = {self._value(value[key], (*path, key))}" for key in self._keys(value, path)
            ]
            return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
        if isinstance(value, list):
            return f"[{', '.join(self._value(item, (*path, place)) for place, item in enumerate(value))}]"
        raise DocumentError("TOML has no null; delete the key instead", path=path)

    def _string(self, text: str, quote: str, path: KeyPath) -> str:
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise DocumentError("half of a surrogate pair cannot be written in TOML; remove it", path=path)
        is_wide = len(quote) == 3
        try:
            string = tomlkit.string(text, literal=quote[:1] == "'", multiline=is_wide).as_string()
        except ValueError:  # not in these quotes
            string = tomlkit.string(text).as_string()
        if is_wide and string.startswith(quote):  # a line end behind the opening is not part of the text
            string = quote + "\n" + string[3:] if "\n" in string else string
        return string.replace("\n", self.line_end)


def _key(key: Any) -> str:
    return key if _BARE_KEY.fullmatch(key) else tomlkit.string(key).as_string()


def _tables(span: Span) -> Iterator[Span]:
    """All tables in a value, itself included, that are not written in brackets."""
    if span.shape == "scalar" or span.is_flow:
        return
    yield span
    for entry in span.entries:
        yield from _tables(entry.value)


def _leaves(span: Span) -> Iterator[Entry]:
    """All lines in a table."""
    for entry in span.entries:
        if entry.value.shape == "scalar" or entry.value.is_flow:
            yield entry
        else:
            yield from _leaves(entry.value)
