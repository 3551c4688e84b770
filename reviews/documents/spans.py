"""Where each value stands in the text, whatever the syntax; and the splices that an edit is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from reviews.documents.errors import DocumentError, KeyPath

Shape = Literal["scalar", "map", "list"]


@dataclass(slots=True)
class Span:
    """One value: its offsets in the whole text, and how it is written.

    A block collection ends where its last value ends, a block scalar before its last line end.
    """

    start: int
    end: int
    shape: Shape = "scalar"
    is_flow: bool = True
    quote: str = ""
    """Of a scalar: the character that it opens with (one of `'"|>`), none where it is plain."""
    is_text: bool = False
    tie: str = ""
    """Why the value must not be edited, where it is tied to another place: "an alias" and the like."""
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """One key with its value, or one list item."""

    key: Any
    """The key as read, or the item's position."""
    start: int
    """Where it starts: at the key, at the dash of a block list, at the value in a flow list."""
    key_end: int
    after: int
    """Where the colon or the dash ends; in a flow list the value's start."""
    value: Span
    key_quote: str = ""


@dataclass(slots=True)
class Splices:
    """Replacements of stretches of one text, collected in any order and made at once."""

    text: str
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    def put(self, start: int, end: int, new: str) -> None:
        """Replace `text[start:end]`; an equal text is no edit."""
        if self.text[start:end] != new:
            self.edits.append((start, end, new))

    def joined(self) -> str:
        """The text with all replacements made; insertions at one place stand in the order they came."""
        parts: list[str] = []
        position = 0
        for start, end, new in sorted(self.edits, key=lambda edit: edit[:2]):
            parts += (self.text[position:start], new)
            position = end
        return "".join((*parts, self.text[position:]))

    def error(self, offset: int, reason: str, path: KeyPath) -> DocumentError:
        """A refusal at a place of the text."""
        return DocumentError.at(self.text, offset, reason, path)

    def line_start(self, offset: int) -> int:
        """Where the line of an offset starts."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Where the line after that of an offset starts."""
        return self.text.find("\n", offset) + 1 or len(self.text)

    def has_comment(self, start: int, end: int, span: Span | None = None) -> bool:
        """Whether a comment stands in the stretch, outside the scalars of `span`."""
        position = start
        for scalar_start, scalar_end in sorted(scalars(span)) if span else ():
            if _COMMENT.search(self.text, position, max(position, scalar_start)):
                return True
            position = max(position, scalar_end)
        return _COMMENT.search(self.text, position, max(position, end)) is not None


_COMMENT = re.compile("#")


def scalars(span: Span) -> list[tuple[int, int]]:
    """Offsets of all scalars and keys in a value."""
    if span.shape == "scalar":
        return [(span.start, span.end)]
    found = [(entry.start, entry.key_end) for entry in span.entries if span.shape == "map"]
    return found + [place for entry in span.entries for place in scalars(entry.value)]


def find_entry(root: Span, path: KeyPath) -> Entry | None:
    """The key or list item at a path; None where there is none."""
    span, found = root, None
    for step in path:
        found = next(
            (entry for entry in span.entries if type(entry.key) is type(step) and entry.key == step), None
        )
        if found is None:
            return None
        span = found.value
    return found
