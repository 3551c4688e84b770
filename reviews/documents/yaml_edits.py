"""YAML edited in place: values in their own quotes, entries in the spacing around them, lines in block style."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from reviews.documents.changes import text_keys
from reviews.documents.edits import Added, edit_mapping, restructure_flow
from reviews.documents.errors import DocumentError, KeyPath
from reviews.documents.prettier import INDENT, Layout, requote
from reviews.documents.spans import Entry, Span, Splices, find_entry
from reviews.documents.yaml_scalars import block_scalar, is_plain, quoted, refuse_half_pairs, unquoted
from reviews.documents.yaml_spans import yaml_spans
from reviews.documents.yaml_text import compose_yaml, yaml_values


def edit_yaml(
    text: str, start: int, end: int, old: dict[Any, Any], new: dict[Any, Any]
) -> tuple[str, dict[str, Any] | None]:
    """The whole text with the header `text[start:end]` holding the new values. Raises DocumentError.

    A header that was as Prettier writes it is so again. Laying it out means reading it: the values that were read
    back come along where the layout changed nothing more.
    """
    node = compose_yaml(text, start, end)
    root = yaml_spans(text, start, node) if node else Span(end, end, "map", is_flow=False)
    writer = _Writer(text, start, end, root)
    edit_mapping(writer, root, old, new)
    edited = writer.splices.joined()
    if not writer.is_canonical:
        return edited, None
    end += len(edited) - len(text)
    node = compose_yaml(edited, start, end)
    if node is None:
        return edited, {}
    tidied = Layout(edited, writer.preferred, writer.line_end).tidy(yaml_spans(edited, start, node))
    if tidied is None or tidied == edited:
        return edited, yaml_values(edited, start, node)
    return tidied, None


def dump_yaml(values: dict[str, Any]) -> str:
    """A new header in flow style as Prettier writes it with single quotes. Raises DocumentError."""
    if not values:
        return "{}\n"
    writer = _Writer("{}", 0, 2, Span(0, 2, "map"))
    writer.is_sorting = False
    text = writer.in_flow(values, ())
    node = compose_yaml(text, 0, len(text))
    if node is None:
        raise AssertionError("a mapping was written and none is read")
    return (Layout(text, "'", "\n").tidy(yaml_spans(text, 0, node)) or text) + "\n"


# Quotes that nothing in the text asks for: they show which ones the file prefers.
_FREELY_QUOTED = re.compile(r"""'[^'"\\]*'|"[^'"\\]*\"""")


class _Writer:
    """Writes values and entries in the habits of one header: quotes, indentation, line ends."""

    def __init__(self, text: str, start: int, end: int, root: Span) -> None:
        self.text = text
        self.splices = Splices(text)
        self.root = root
        self.end = end
        self.is_sorting = True
        self.line_end = "\r\n" if text[:start].endswith("\r\n") else "\n"
        self.indent = _block_indent(root, text) or INDENT
        keys = list(_keys(root))
        key_texts = [text[entry.start : entry.key_end] for entry in keys]
        self.value_texts = value_texts = [text[span.start : span.end] for span in _text_values(root)]
        # where nothing shows a habit: plain in block style, quoted between brackets
        is_quoted = [entry.key_quote != "" for entry in keys]
        self.is_plain_key = 2 * sum(is_quoted) <= len(keys) if keys else not root.is_flow
        scalars = key_texts + value_texts
        chosen = [scalar[0] for scalar in scalars if _FREELY_QUOTED.fullmatch(scalar)]
        self.preferred = '"' if 2 * chosen.count('"') > len(chosen) else "'"
        self.is_canonical = (
            all(requote(scalar, self.preferred) == scalar for scalar in scalars)
            and Layout(text, self.preferred, self.line_end).tidy(root) == text
        )

    @cached_property
    def is_plain_text(self) -> bool:
        """Whether text stands without quotes here where it can."""
        is_quoted = [
            scalar[:1] in ("'", '"')
            for scalar in self.value_texts
            if scalar[:1] not in ("'", '"') or is_plain(scalar[1:-1], self.root.is_flow)
        ]
        return 2 * sum(is_quoted) < len(is_quoted) if is_quoted else self.is_plain_key

    # ---- one value

    def replace(self, parent: Span, entry: Entry, new: Any, path: KeyPath) -> None:
        """Write another value in the place of an entry's."""
        span = entry.value
        is_in_brackets = parent.is_flow or (span.is_flow and span.shape != "scalar")
        if isinstance(new, dict | list) and new and not is_in_brackets:
            self._replace_by_block(parent, entry, new, path)
        elif span.shape == "scalar":
            if span.start == span.end:
                self._fill(entry, parent, new, path)
                return
            text = self._scalar_like(span, parent, new, path)
            gap = self.text[entry.after : span.start]
            if (
                self.is_canonical and "\n" in gap and not gap.strip()
            ):  # Prettier's place for text of many lines
                self.splices.put(entry.after, span.end, " " + text)
            else:
                self.splices.put(span.start, span.end, text)
        elif span.is_flow:
            self._refuse_comment(span.start, span.end, span, path)
            self.splices.put(span.start, span.end, self.in_flow(new, path))
        else:
            self._refuse_comment(entry.after, span.end, span, path)
            self.splices.put(entry.after, span.end, " " + self.in_flow(new, path))

    def _fill(self, entry: Entry, parent: Span, new: Any, path: KeyPath) -> None:
        """Write a value where none stood."""
        is_collection = isinstance(new, dict | list)
        text = self.in_flow(new, path) if is_collection else self._new_scalar(new, path, parent.is_flow)
        place = entry.value.start
        has_colon = parent.shape == "list" or self.text[entry.key_end : entry.after].endswith(":")
        gap = "" if self.text[place - 1].isspace() else " "
        self.splices.put(place, place, ("" if has_colon else ":") + gap + text)

    def _scalar_like(self, span: Span, parent: Span, new: Any, path: KeyPath) -> str:
        """The new value in the style of the scalar that it replaces."""
        old = self.text[span.start : span.end]
        if not isinstance(new, str):
            if isinstance(new, dict | list):
                return self.in_flow(new, path)
            is_date = not span.quote and not span.is_text and _is_date(old)
            return unquoted(new, is_date, path)
        refuse_half_pairs(new, path)
        if span.quote in ("|", ">"):
            parent_indent = self._column(parent)
            indent = _content_indent(old, parent_indent) or parent_indent + self.indent
            line_end = "\r\n" if "\r\n" in old else self.line_end
            text = block_scalar(new, old, parent_indent, indent, line_end)
            return text or self._quoted(new, self.preferred)
        if span.quote:
            return self._quoted(new, span.quote)
        if is_plain(new, parent.is_flow) and (span.is_text or self.is_plain_text):
            return new
        return self._quoted(new, self.preferred)

    def _new_scalar(self, value: Any, path: KeyPath, is_flow: bool = False) -> str:
        if not isinstance(value, str):
            return unquoted(value, False, path)
        refuse_half_pairs(value, path)
        if self.is_plain_text and is_plain(value, is_flow):
            return value
        return self._quoted(value, self.preferred)

    def _quoted(self, text: str, quote: str) -> str:
        scalar = quoted(text, quote)
        return requote(scalar, self.preferred) if self.is_canonical else scalar

    def in_flow(self, value: Any, path: KeyPath) -> str:
        """The value on one line, collections in brackets."""
        if isinstance(value, dict):
            pairs = [
                f"{self._key(key, True)}: {self.in_flow(value[key], (*path, key))}"
                for key in text_keys(value, path, self.is_sorting)
            ]
            return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
        if isinstance(value, list):
            return f"[{', '.join(self.in_flow(item, (*path, place)) for place, item in enumerate(value))}]"
        return self._new_scalar(value, path, is_flow=True)

    def _key(self, key: str, is_flow: bool, siblings: Span | None = None) -> str:
        quotes = [entry.key_quote for entry in siblings.entries] if siblings else []
        is_plain_here = quotes.count("") * 2 >= len(quotes) if quotes else self.is_plain_key
        if is_plain_here and is_plain(key, is_flow):
            return key
        return self._quoted(key, max(set(quotes) - {""} or {self.preferred}, key=quotes.count))

    # ---- entries

    def restructure(self, span: Span, removed: set[int], added: list[Added], path: KeyPath) -> None:
        """Delete entries of a collection by their positions, and insert others."""
        if not span.is_flow:
            self._restructure_block(span, removed, added, path)
            return
        is_map = span.shape == "map"
        texts = []
        colon = ": "
        if is_map and span.entries and (first := span.entries[0]).value.start > first.key_end:
            colon = self.text[first.key_end : first.value.start]
            colon = colon if colon.strip() == ":" and "\n" not in colon and colon[-1:] == " " else ": "
        for item in added:
            entry = self.in_flow(item.value, item.path)
            if is_map:
                entry = self._key(item.key, True, span) + colon + entry
            texts.append((item.position, entry))
        empty = "{}" if is_map else "[]"
        if not span.entries and texts:
            inside = ", ".join(entry for _, entry in texts)
            empty = f"{{ {inside} }}" if is_map else f"[{inside}]"
        restructure_flow(self.splices, span, removed, texts, empty, path)

    def _restructure_block(self, span: Span, removed: set[int], added: list[Added], path: KeyPath) -> None:
        text, entries, splices = self.text, span.entries, self.splices
        column = self._column(span)
        pad = self.line_end + " " * column
        blocks = [(item.position, pad.join(self._entry_lines(item, span, column))) for item in added]
        if not entries:  # the whole header is empty, or comments
            splices.put(self.end, self.end, "".join(block + self.line_end for _, block in blocks))
            return
        kept = [place for place in range(len(entries)) if place not in removed]
        if not kept and (blocks or path):
            first, last = entries[0], entries[-1].value.end
            self._refuse_comment(first.start, last, span, path)
            if blocks:
                splices.put(first.start, last, pad.join(block for _, block in blocks))
                return
            if entry := find_entry(self.root, path):
                self._refuse_comment(entry.after, last, span, path)
                splices.put(entry.after, last, " {}" if span.shape == "map" else " []")
            return
        for place in sorted(removed):
            entry = entries[place]
            line = splices.line_start(entry.start)
            if not text[line : entry.start].strip():
                self._delete_lines(
                    line, splices.line_end(entry.value.end), is_first=not kept or place < kept[0]
                )
                continue
            if place + 1 in removed:
                raise DocumentError(
                    "the list item's first keys share its line; edit the file by hand", path=path
                )
            self._refuse_comment(entry.start, entries[place + 1].start, span, path)
            splices.put(entry.start, entries[place + 1].start, "")
        first_line = splices.line_start(entries[0].start)
        for position, block in blocks:
            before = [place for place in kept if place < position]
            if before:
                place = splices.line_end(entries[before[-1]].value.end)
                splices.put(place, place, " " * column + block + self.line_end)
            elif text[first_line : entries[0].start].strip():
                splices.put(entries[0].start, entries[0].start, block + pad)
            else:
                place = self._above_comments(first_line)
                splices.put(place, place, " " * column + block + self.line_end)

    def _delete_lines(self, start: int, end: int, is_first: bool) -> None:
        """Delete lines, and the blank lines that would then open the collection, follow others or end the header."""
        text, splices = self.text, self.splices
        above = splices.line_start(start - 1)
        if is_first or not text[above:start].strip():
            while end < self.end and not text[end : splices.line_end(end)].strip():
                end = splices.line_end(end)
        if end == self.end:
            done = max((stop for _, stop, _ in splices.edits), default=0)
            while above >= done and not text[above:start].strip() and above > 0:
                start, above = above, splices.line_start(above - 1)
        splices.put(start, end, "")

    def _above_comments(self, line: int) -> int:
        """The start of the comment lines that stand directly above a line: they belong to it."""
        while line:
            above = self.splices.line_start(line - 1)
            if not self.text[above:line].lstrip().startswith("#"):
                break
            line = above
        return line

    def _replace_by_block(self, parent: Span, entry: Entry, new: Any, path: KeyPath) -> None:
        """Write a filled list or mapping in block style where something else stood."""
        span = entry.value
        self._refuse_comment(entry.after, self.splices.line_end(span.end) - 1, span, path)
        column = self._column(parent)
        if parent.shape == "list":
            column += 2
            head = " "
        else:
            column += self.indent
            head = self.line_end + " " * column
        lines = self._block_lines(new, path, column)
        self.splices.put(entry.after, span.end, head + (self.line_end + " " * column).join(lines))

    def _entry_lines(self, item: Added, span: Span, column: int) -> list[str]:
        """A new entry in block style, as lines without their common indentation."""
        head = "-" if span.shape == "list" else self._key(item.key, False, span) + ":"
        return self._headed(head, item.value, item.path, column)

    def _block_lines(self, value: Any, path: KeyPath, column: int) -> list[str]:
        lines = []
        if isinstance(value, dict):
            for key in text_keys(value, path):
                lines += self._headed(self._key(key, False) + ":", value[key], (*path, key), column)
        else:
            for place, item in enumerate(value):
                lines += self._headed("-", item, (*path, place), column)
        return lines

    def _headed(self, head: str, value: Any, path: KeyPath, column: int) -> list[str]:
        """The lines of a key or dash with its value, relative to `column`."""
        if isinstance(value, dict | list) and value:
            step = 2 if head == "-" else self.indent
            inner = [" " * step + line for line in self._block_lines(value, path, column + step)]
            return ["- " + inner[0][2:], *inner[1:]] if head == "-" else [head, *inner]
        if isinstance(value, str) and "\n" in value and self.is_plain_text:
            block = block_scalar(value, "|", 0, self.indent, "\n")
            if block:
                return f"{head} {block}".split("\n")
        is_empty = isinstance(value, dict | list)
        return [f"{head} {self.in_flow(value, path) if is_empty else self._new_scalar(value, path)}"]

    def _column(self, span: Span) -> int:
        """The column in which the entries of a block collection stand."""
        if not span.entries or span.is_flow:
            return 0
        start = span.entries[0].start
        return start - self.splices.line_start(start)

    def _refuse_comment(self, start: int, end: int, span: Span, path: KeyPath) -> None:
        if self.splices.has_comment(start, end, span):
            raise DocumentError("a comment stands within this value; edit the file by hand", path=path)


def _text_values(span: Span) -> Iterator[Span]:
    if span.shape == "scalar" and span.is_text and not span.tie:
        yield span
    for entry in span.entries:
        yield from _text_values(entry.value)


def _keys(span: Span) -> Iterator[Entry]:
    for entry in span.entries:
        if span.shape == "map":
            yield entry
        yield from _keys(entry.value)


def _block_indent(span: Span, text: str) -> int:
    """By how many columns a mapping's own block mappings are indented; 0 where it has none."""
    if span.is_flow:
        return 0
    for entry in span.entries:
        value = entry.value
        if value.entries and not value.is_flow:
            if span.shape == "map" and value.shape == "map":
                outer = entry.start - text.rfind("\n", 0, entry.start)
                first = value.entries[0].start
                return first - text.rfind("\n", 0, first) - outer
            if step := _block_indent(value, text):
                return step
    return 0


def _content_indent(old: str, parent_indent: int) -> int:
    """The column in which a block scalar's lines start; 0 where it has none."""
    header, *lines = old.split("\n")
    if digit := re.search(r"\d", header.partition("#")[0]):
        return parent_indent + int(digit[0])
    return next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True
