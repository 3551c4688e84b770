"""From old values to new ones: which values, keys and items an edit touches; how they are written is the writer's."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from reviews.documents.changes import is_same, text_keys
from reviews.documents.errors import DocumentError, KeyPath
from reviews.documents.spans import Entry, Span, Splices


class Added(NamedTuple):
    """A key or list item to insert in front of the entry at `position` (behind the last, where that is the count)."""

    position: int
    key: Any
    value: Any
    path: KeyPath


class Writer(Protocol):
    """What a syntax has to know: how its values and entries are written at a place."""

    def replace(self, parent: Span, entry: Entry, new: Any, path: KeyPath) -> None:
        """Write another value in the place of an entry's."""

    def restructure(self, span: Span, removed: set[int], added: list[Added], path: KeyPath) -> None:
        """Delete entries of a collection by their positions, and insert others."""


def edit_mapping(
    writer: Writer, span: Span, old: dict[Any, Any], new: dict[Any, Any], path: KeyPath = ()
) -> None:
    """Have the writer turn a mapping's old values into the new ones, touching nothing that is equal.

    Added keys come in sorted order: at their sorted places where the keys there are sorted, else last.
    Raises DocumentError for what is tied to another place.
    """
    entries = {entry.key: entry for entry in span.entries if entry.value.tie != "a merge key"}
    for key, value in old.items():
        if key not in entries and (key not in new or not is_same(value, new[key])):
            raise DocumentError(
                "the value comes from a merge key (<<); edit the file by hand", path=(*path, key)
            )
    removed = {place for place, entry in enumerate(span.entries) if entry.key in old and entry.key not in new}
    names = text_keys({key: None for key in new if key not in old}, path)
    keys = [entry.key for entry in span.entries]
    is_sorted = all(isinstance(key, str) for key in keys) and keys == sorted(keys)
    added = [
        Added(sum(key < name for key in keys) if is_sorted else len(keys), name, new[name], (*path, name))
        for name in names
    ]
    for key, entry in entries.items():
        if key in new:
            _edit_entry(writer, span, entry, old[key], new[key], (*path, key))
    _restructure(writer, span, removed, added, path)


def _edit_list(writer: Writer, span: Span, old: list[Any], new: list[Any], path: KeyPath) -> None:
    """Keep the common head and tail; between them, rewrite item by item, then delete or insert the rest."""
    shorter = min(len(old), len(new))
    head = 0
    while head < shorter and is_same(old[head], new[head]):
        head += 1
    tail = 0
    while tail < shorter - head and is_same(old[-1 - tail], new[-1 - tail]):
        tail += 1
    both = shorter - tail
    removed = set(range(both, len(old) - tail))
    added = [Added(both, None, new[place], (*path, place)) for place in range(both, len(new) - tail)]
    for place in range(head, both):
        _edit_entry(writer, span, span.entries[place], old[place], new[place], (*path, place))
    _restructure(writer, span, removed, added, path)


def _restructure(writer: Writer, span: Span, removed: set[int], added: list[Added], path: KeyPath) -> None:
    """After the entries' own edits: what is added behind a block comes behind what is added at its end."""
    if removed or added:
        _refuse_tie(span, path)
        for place in removed:
            _refuse_tie(span.entries[place].value, (*path, span.entries[place].key))
        writer.restructure(span, removed, added, path)


def _edit_entry(writer: Writer, parent: Span, entry: Entry, old: Any, new: Any, path: KeyPath) -> None:
    if is_same(old, new):
        return
    span = entry.value
    _refuse_tie(parent, path)
    _refuse_tie(span, path)
    if span.shape == "map" and isinstance(old, dict) and isinstance(new, dict):
        edit_mapping(writer, span, old, new, path)
    elif span.shape == "list" and isinstance(old, list) and isinstance(new, list):
        _edit_list(writer, span, old, new, path)
    else:
        writer.replace(parent, entry, new, path)


def _refuse_tie(span: Span, path: KeyPath) -> None:
    if span.tie:
        raise DocumentError(
            "%(what)s stands here, which no edit keeps safely; edit the file by hand",
            path=path,
            what=span.tie,
        )


def restructure_flow(
    splices: Splices, span: Span, removed: set[int], texts: list[tuple[int, str]], empty: str, path: KeyPath
) -> None:
    """Delete and insert entries between brackets, commas and spacing like those around them.

    `texts` are the entries to insert, each with its position; `empty` is what an emptied collection looks like,
    and for an empty one what the filled one looks like. Raises DocumentError where a comment stands in the way.
    """
    entries = span.entries
    kept = [place for place in range(len(entries)) if place not in removed]
    ends = [span.start + 1, *(entry.value.end for entry in entries)]
    starts = [*(entry.start for entry in entries), span.end - 1]
    touched = {gap for place in removed for gap in (place, place + 1)}
    touched |= {place for place, _ in texts}
    for gap in sorted(touched):
        if splices.has_comment(ends[gap], starts[gap]):
            raise DocumentError("a comment stands beside this place; edit the file by hand", path=path)
    if not kept and (not entries or not texts):
        splices.put(span.start, span.end, empty)
        return
    comma = separator(splices, span)
    if not kept:
        splices.put(entries[0].start, entries[-1].value.end, comma.join(entry for _, entry in texts))
        return
    first = kept[0]
    for place in removed:
        if place < first:
            splices.put(entries[place].start, entries[place + 1].start, "")
        else:
            splices.put(entries[place - 1].value.end, entries[place].value.end, "")
    for place, entry in texts:
        before = [other for other in kept if other < place]
        if before:
            splices.put(entries[before[-1]].value.end, entries[before[-1]].value.end, comma + entry)
        else:
            splices.put(entries[0].start, entries[0].start, entry + comma)


def separator(splices: Splices, span: Span) -> str:
    """The comma between entries with the spacing that this collection has."""
    text, entries = splices.text, span.entries
    if len(entries) > 1:
        gap = text[entries[-2].value.end : entries[-1].start]
    else:
        gap = text[span.start + 1 : entries[0].start]
        gap = gap if "\n" in gap else " "
    line = gap.rfind("\n")
    if line >= 0:
        blank = gap[line + 1 :]
        return ("," + ("\r\n" if gap[:line].endswith("\r") else "\n") + blank) if not blank.strip() else ", "
    return "," + gap.rpartition(",")[2] if not gap.strip(", \t") else ", "
