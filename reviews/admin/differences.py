"""Differences for people: two values, word by word or item by item, as pieces that a template marks up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from django.utils.translation import ngettext

from reviews.documents import REMOVED, KeyPath
from reviews.schema import Change, label_of

# A word with the space after it; a Chinese, Japanese or Korean character is a word of its own.
_WORD = re.compile(r"(?:[^\W\u2e80-\U0003ffff]+|\S)\s*|\s+")
_PART = re.compile(r"[^\W\u2e80-\U0003ffff]+|\S|\s")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_COMPARABLE = 1_000_000  # pairs of words; beyond it difflib takes seconds
_LEAST_ALIKE = 0.25  # below this share of equal text a word-by-word view is harder to read than old and new
_CONTEXT = 90  # characters of unchanged text shown on each side of a change
_LONGEST = 4_000  # characters shown of one change
_MOST_ITEMS = 10  # items shown that came, or went, one after the other
_NEIGHBOURS = 2  # unchanged items shown on each side of a change in a list


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: ``kind`` is same, added, removed, or gap (then ``text`` says what was left out)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One value in two versions, ready to be shown. ``pieces`` run through both, old before new."""

    at: KeyPath
    pieces: tuple[Piece, ...]
    is_list: bool
    was_there: bool
    is_there: bool

    @property
    def label(self) -> str:
        """The place as people call it."""
        return label_of(self.at)

    @property
    def field(self) -> str:
        """The place without its dimension, for tables that name the dimension above."""
        return label_of(self.at[2:]) if len(self.at) == 3 else self.label

    @property
    def is_different(self) -> bool:
        """Whether the two values differ at all."""
        return (
            any(piece.kind in ("added", "removed") for piece in self.pieces)
            or self.was_there != self.is_there
        )

    @property
    def before(self) -> tuple[Piece, ...]:
        """The old value, what went away marked."""
        return tuple(piece for piece in self.pieces if piece.kind != "added")

    @property
    def after(self) -> tuple[Piece, ...]:
        """The new value, what came in marked."""
        return tuple(piece for piece in self.pieces if piece.kind != "removed")


def differ(change: Change, *, is_whole: bool = False) -> Difference:
    """Return how the two values differ; long unchanged stretches are left out unless ``is_whole``."""
    old, new = change.old, change.new
    sides = [side for side in (old, new) if side is not REMOVED]
    is_list = any(isinstance(side, list) for side in sides)
    if is_list:
        items = _alike(_items(old), _items(new))
        pieces = _without_far_items(items) if not is_whole else items
    else:
        is_text = all(isinstance(side, str) for side in sides)
        pieces = tuple(diff_texts(plain(old), plain(new)) if is_text else _whole(plain(old), plain(new)))
        pieces = pieces if is_whole else tuple(_without_far_text(pieces))
    return Difference(change.at, tuple(pieces), is_list, old is not REMOVED, new is not REMOVED)


def plain(value: Any) -> str:
    """Return any value of a record as text for people: a mapping as lines of ``key: value``, never as JSON."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case dict():
            return "\n".join(f"{key}: {_indented(plain(item))}" for key, item in value.items())
        case list():
            return "\n".join(f"- {_indented(plain(item))}" for item in value)
    return "" if value is REMOVED else str(value)


def _indented(text: str) -> str:
    return "\n  " + text.replace("\n", "\n  ") if "\n" in text else text


def _items(value: Any) -> list[str]:
    return (
        [plain(item) for item in value] if isinstance(value, list) else [plain(value)] if plain(value) else []
    )


def diff_texts(old: str, new: str) -> Iterator[Piece]:
    """Yield the pieces of two texts: by words, by lines where there are too many words, else old and new whole."""
    yield from _merged(_diff(old, new, (_LINE, _WORD) if "\n" in old and "\n" in new else (_WORD,)))


def _diff(old: str, new: str, patterns: tuple[re.Pattern[str], ...]) -> Iterator[Piece]:
    if not old or not new or not patterns:
        yield from _replaced(old, new)
        return
    before, after = patterns[0].findall(old), patterns[0].findall(new)
    is_by_word = len(patterns) == 1
    pieces = []
    for kind, removed, added in _opcodes(before, after):
        if kind == "equal":
            pieces.append(Piece("same", removed))
        elif kind == "replace" and not is_by_word:
            pieces += _diff(removed, added, patterns[1:])
        else:
            pieces += _replaced(removed, added)
    yield from _readable(pieces, old, new) if is_by_word else pieces


def _opcodes(
    before: Sequence[str], after: Sequence[str], *, is_trimming_only: bool = False
) -> Iterator[tuple[str, str, str]]:
    """Yield difflib's steps with their texts; equal heads and tails cost nothing, too much counts as replaced."""
    shorter = min(len(before), len(after))
    head = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    tail = next((n for n in range(shorter - head) if before[-1 - n] != after[-1 - n]), shorter - head)
    if head:
        yield "equal", "".join(before[:head]), ""
    middle, other = before[head : len(before) - tail], after[head : len(after) - tail]
    if is_trimming_only or len(middle) * len(other) > _COMPARABLE:
        yield "replace", "".join(middle), "".join(other)
    else:
        for kind, a, b, c, d in SequenceMatcher(None, middle, other, autojunk=False).get_opcodes():
            yield kind, "".join(middle[a:b]), "".join(other[c:d])
    if tail:
        yield "equal", "".join(before[len(before) - tail :]), ""


def _whole(old: str, new: str) -> list[Piece]:
    return [Piece("same", old)] if old == new and old else _replaced(old, new) if old != new else []


def _replaced(old: str, new: str) -> list[Piece]:
    return [Piece(kind, text) for kind, text in (("removed", old), ("added", new)) if text]


def _readable(pieces: list[Piece], old: str, new: str) -> list[Piece]:
    """Return old and new whole where hardly a word is the same, and no lone comma kept between two changes."""
    same = sum(len(piece.text) for piece in pieces if piece.kind == "same")
    if same < _LEAST_ALIKE * max(len(old), len(new)):
        return _replaced(old, new)
    result: list[Piece] = []
    for n, piece in enumerate(pieces):
        if piece.kind == "same" and 0 < n < len(pieces) - 1 and len(piece.text.strip()) < 3:
            result += [Piece("removed", piece.text), Piece("added", piece.text)]
        else:
            result.append(piece)
    return result


def _merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Join neighbours: between two unchanged stretches all that went stands before all that came."""
    trimmed: list[Piece] = []
    for is_same, group in groupby(pieces, key=lambda piece: piece.kind == "same"):
        members = list(group)
        if is_same:
            trimmed += members
        else:
            old, new = (
                "".join(piece.text for piece in members if piece.kind == kind)
                for kind in ("removed", "added")
            )
            trimmed += _trimmed(old, new)
    for kind, group in groupby(trimmed, key=lambda piece: piece.kind):
        yield Piece(kind, "".join(piece.text for piece in group))


def _trimmed(old: str, new: str) -> Iterator[Piece]:
    """Yield a change without the words and spaces that both texts begin or end with."""
    for kind, removed, added in _opcodes(_PART.findall(old), _PART.findall(new), is_trimming_only=True):
        yield from [Piece("same", removed)] if kind == "equal" else _replaced(removed, added)


def _without_far_text(pieces: Sequence[Piece]) -> Iterator[Piece]:
    for n, piece in enumerate(pieces):
        if piece.kind != "same" and len(piece.text) > _LONGEST + _CONTEXT:
            yield Piece(piece.kind, piece.text[:_LONGEST])
            yield Piece("gap", _more_characters(piece))
            continue
        head = _CONTEXT if n else 0
        tail = _CONTEXT if n < len(pieces) - 1 else 0
        if piece.kind != "same" or len(piece.text) <= head + tail + _CONTEXT:
            yield piece
            continue
        before = piece.text[:head].rpartition(" ")[0] or piece.text[:head]
        after = piece.text[len(piece.text) - tail :].partition(" ")[2] or piece.text[len(piece.text) - tail :]
        yield from [Piece("same", before)] if head else []
        yield Piece("gap", _unchanged_characters(len(piece.text) - len(before) - len(after)))
        yield from [Piece("same", after)] if tail else []


def _alike(old: list[str], new: list[str]) -> tuple[Piece, ...]:
    """Return the items of two lists, each as one piece."""
    if len(old) * len(new) > 4 * _COMPARABLE:
        return tuple(
            Piece(kind, item) for kind, items in (("removed", old), ("added", new)) for item in items
        )
    pieces = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces += [Piece("same", item) for item in old[a:b]]
        else:
            pieces += [Piece("removed", item) for item in old[a:b]] + [
                Piece("added", item) for item in new[c:d]
            ]
    return tuple(pieces)


def _without_far_items(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    near = {
        neighbour
        for n, piece in enumerate(pieces)
        if piece.kind != "same"
        for neighbour in range(n - _NEIGHBOURS, n + _NEIGHBOURS + 1)
    }
    result: list[Piece] = []
    for (is_near, kind), group in groupby(
        enumerate(pieces), key=lambda pair: (pair[0] in near, pair[1].kind)
    ):
        members = [piece for _, piece in group]
        shown = (_MOST_ITEMS if len(members) > _MOST_ITEMS + 1 else len(members)) if is_near else 0
        if len(members) == 1:
            shown = 1
        result += members[:shown]
        if rest := len(members) - shown:
            result.append(Piece("gap", _left_out_items(rest, kind)))
    return tuple(result)


# -- what was left out, in words --------------------------------------------------------------------------


def _more_characters(piece: Piece) -> str:
    count = len(piece.text) - _LONGEST
    added = ngettext("%(count)s more character added", "%(count)s more characters added", count)
    removed = ngettext("%(count)s more character removed", "%(count)s more characters removed", count)
    return (added if piece.kind == "added" else removed) % {"count": f"{count:,}"}


def _unchanged_characters(count: int) -> str:
    said = ngettext("%(count)s character unchanged", "%(count)s characters unchanged", count)
    return said % {"count": f"{count:,}"}


def _left_out_items(count: int, kind: str) -> str:
    said = {
        "same": ngettext("%(count)s item unchanged", "%(count)s items unchanged", count),
        "added": ngettext("%(count)s more item added", "%(count)s more items added", count),
        "removed": ngettext("%(count)s more item removed", "%(count)s more items removed", count),
    }
    return said[kind] % {"count": f"{count:,}"}
