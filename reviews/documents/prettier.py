"""Prettier's canonical form of what stands between YAML's brackets: width, line breaks and quotes.

The rules are those of Prettier 3's YAML printer with `proseWrap: preserve`: text stays on its line however long it
is, and a collection is broken, one entry a line with a trailing comma, where it does not fit into 80 columns.
"""

from __future__ import annotations

import re
import unicodedata

from reviews.documents.spans import Entry, Span, Splices

WIDTH = 80
INDENT = 2

_COMMENT = re.compile(r"[ \t]*#")
_BLANK_LINE = re.compile(r"[^\n]*\n[ \t\r]*\n")
# A sequence (flag, keycap, variation, skin tone, joined) is two columns wide; emojis alone follow their width.
_PICTURE = "[\xa9\xae\u203c-\u3299\U0001f000-\U0001faff]"
_SEQUENCE = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[#*0-9]\ufe0f?\u20e3"
    f"|{_PICTURE}(?=[\ufe0f\u200d\U0001f3fb-\U0001f3ff])(?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d{_PICTURE})+"
)


def width(text: str) -> int:
    """Columns that Prettier counts: two for wide East Asian characters and most emojis, none for marks."""
    if text.isascii():
        return len(text)
    columns = 0
    if "\ufe0f" in text or "\u200d" in text or _SEQUENCE.search(text):
        text, sequences = _SEQUENCE.subn("", text)
        columns = 2 * sequences
    for character in text:
        category = unicodedata.category(character)
        if (
            category == "Cn"
        ):  # not assigned: Python says full width, Unicode wide in the two ideographic planes
            columns += 2 if "\U00020000" <= character < "\U00040000" else 1
        elif category not in ("Mn", "Me", "Cc"):
            columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return columns


def fits(text: str, columns: int) -> bool:
    """Whether the text is no wider than that. Its head tells for a long one, which saves counting it all."""
    return len(text) * 2 <= columns or (width(text[: WIDTH + 20]) <= columns and width(text) <= columns)


def requote(scalar: str, preferred: str) -> str:
    """A quoted scalar with the quotes that Prettier gives it; other scalars as they are."""
    quote = scalar[:1]
    if quote not in ("'", '"'):
        return scalar
    raw = scalar[1:-1]
    if "\\" in raw and (quote == "'" or re.search(r'\\[^"]', raw)):
        return scalar
    if '"' in raw:
        if quote == '"':
            raw = raw.replace('\\"', '"').replace("'", "''")
        return f"'{raw}'"
    if "'" in raw:
        if quote == "'":
            raw = raw.replace("''", "'")
        return f'"{raw}"'
    return preferred + raw + preferred


class Layout:
    """Lays out the topmost flow collections of one text."""

    def __init__(self, text: str, preferred_quote: str, line_end: str) -> None:
        self.splices = Splices(text)
        self.text = text
        self.preferred = preferred_quote
        self.line_end = line_end
        self.flat: dict[int, str] = {}

    def tidy(self, root: Span) -> str | None:
        """The text with every topmost flow collection laid out; None where one holds what is not known here."""
        try:
            self._visit(root, None, 0)
        except _UnknownError:
            return None
        return self.splices.joined()

    def _visit(self, span: Span, entry: Entry | None, indent: int) -> None:
        if span.shape == "scalar" or span.tie:
            return
        if not span.is_flow:
            for item in span.entries:
                line = self.splices.line_start(item.start)
                self._visit(item.value, item, item.start - line)
            return
        if entry is None:
            self.splices.put(span.start, span.end, self._collection(span, 0, 0, 0))
        elif isinstance(entry.key, int) and entry.key_end == entry.start:  # behind a dash
            self.splices.put(span.start, span.end, self._collection(span, indent + 2, indent + 2, 0))
        else:
            place = self.splices.line_start(entry.start)
            start = indent + width(self.text[place + indent : entry.after])
            flat = self._flat(span)
            if fits(flat, WIDTH - start - 1):
                new = " " + flat
            else:
                # a comment behind the value keeps its opening bracket on the key's line
                has_comment = _COMMENT.match(self.text, span.end)
                pad = " " if has_comment else self.line_end + " " * (indent + INDENT)
                column = start + 1 if has_comment else indent + INDENT
                new = pad + self._collection(span, indent + INDENT, column, 0)
            if self.text[entry.after : span.start].strip():
                raise _UnknownError
            self.splices.put(entry.after, span.end, new)

    def _collection(self, span: Span, indent: int, column: int, trailing: int) -> str:
        """A collection that starts at `column`, in lines indented by `indent`."""
        flat = self._flat(span)
        if not span.entries or fits(flat, WIDTH - column - trailing):
            return flat
        opening, closing = "{}" if span.shape == "map" else "[]"
        pad = self.line_end + " " * (indent + INDENT)
        parts = [opening]
        for place, entry in enumerate(span.entries):
            parts += (pad, self._entry(span, entry, indent + INDENT), ",")
            if place + 1 < len(span.entries) and _BLANK_LINE.match(
                self.text, entry.value.end, span.entries[place + 1].start
            ):
                parts.append(self.line_end)
        return "".join((*parts, self.line_end, " " * indent, closing))

    def _entry(self, span: Span, entry: Entry, indent: int) -> str:
        value = entry.value
        if span.shape == "list":
            return (
                self._collection(value, indent, indent, 1) if value.shape != "scalar" else self._flat(value)
            )
        flat = self._pair(entry)
        if value.shape == "scalar" or fits(flat, WIDTH - indent - 1):
            return flat
        pad = self.line_end + " " * (indent + INDENT)
        return f"{self._key(entry)}:{pad}{self._collection(value, indent + INDENT, indent + INDENT, 1)}"

    def _pair(self, entry: Entry) -> str:
        value = entry.value
        if value.shape == "scalar" and value.start == value.end:
            return self._key(entry)
        return f"{self._key(entry)}: {self._flat(value)}"

    def _key(self, entry: Entry) -> str:
        return requote(self.text[entry.start : entry.key_end], self.preferred)

    def _flat(self, span: Span) -> str:
        """The value on one line."""
        if span.start in self.flat:
            return self.flat[span.start]
        if span.tie:
            raise _UnknownError
        if span.shape == "scalar":
            flat = requote(self.text[span.start : span.end], self.preferred)
            if "\n" in flat:
                raise _UnknownError
        else:
            self._refuse_comments(span)
            if span.shape == "map":
                flat = ", ".join(map(self._pair, span.entries))
                flat = f"{{ {flat} }}" if flat else "{}"
            else:
                flat = f"[{', '.join(self._flat(entry.value) for entry in span.entries)}]"
        self.flat[span.start] = flat
        return flat

    def _refuse_comments(self, span: Span) -> None:
        position = span.start
        for entry in span.entries:
            if "#" in self.text[position : entry.start] or "\n" in self.text[entry.start : entry.key_end]:
                raise _UnknownError
            position = entry.value.end
        if "#" in self.text[position : span.end]:
            raise _UnknownError


class _UnknownError(Exception):
    """Something that this layout does not know: a comment in brackets, text over several lines, an alias."""
