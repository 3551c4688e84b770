"""Merging long texts line by line; a clash only where both sides changed the same lines."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

# Pairs of equal lines times lines, of one side: 0.04 s of difflib at most, measured with lines that repeat.
# Beyond it what lies between two lines that each text has once counts as one change.
_COMPARABLE = 3_000_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of lines as the three texts have it."""

    base: tuple[str, ...]
    theirs: tuple[str, ...]
    ours: tuple[str, ...]

    @property
    def is_clash(self) -> bool:
        """Whether both changed these lines, and not to the same."""
        return self.theirs != self.ours and self.base not in (self.theirs, self.ours)

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands there now, if nothing clashes."""
        return self.ours if self.theirs == self.base else self.theirs


@dataclass(frozen=True, slots=True)
class LineMerge:
    """The text in chunks; unchanged ones too."""

    chunks: tuple[Chunk, ...]

    @property
    def text(self) -> str | None:
        """The merged text; nothing where lines clash."""
        if any(chunk.is_clash for chunk in self.chunks):
            return None
        return "\n".join(line for chunk in self.chunks for line in chunk.lines)


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int  # the lines of the base that it replaces
    end: int
    lines: tuple[str, ...]
    is_theirs: bool
    is_line_for_line: bool

    def clashes(self, later: _Edit) -> bool:
        """Whether the two meet. Neighbouring lines that were each replaced by one stay apart; what was put in or taken
        out at the edge of another change does not tell on which side of it it belongs.
        """
        if later.start < self.end:
            return True
        return later.start == self.end and not (self.is_line_for_line and later.is_line_for_line)


def merge_lines(base: str, theirs: str, ours: str) -> LineMerge:
    """Merge two texts that were made of one, by lines. The sides may be swapped: the result is the same."""
    lines = base.split("\n")
    edits = [
        *_edits(lines, theirs.split("\n"), is_theirs=True),
        *_edits(lines, ours.split("\n"), is_theirs=False),
    ]
    chunks: list[Chunk] = []
    done = 0
    for group in _groups(sorted(edits, key=lambda edit: (edit.start, edit.end))):
        start, end = group[0].start, max(edit.end for edit in group)
        if done < start:
            same = tuple(lines[done:start])
            chunks.append(Chunk(same, same, same))
        sides = [
            _edited(lines, start, end, [edit for edit in group if edit.is_theirs is side])
            for side in (True, False)
        ]
        chunks.append(Chunk(tuple(lines[start:end]), *sides))
        done = end
    if done < len(lines):
        rest = tuple(lines[done:])
        chunks.append(Chunk(rest, rest, rest))
    return LineMerge(tuple(chunks))


def _edits(base: Sequence[str], side: Sequence[str], *, is_theirs: bool) -> Iterator[_Edit]:
    """Yield what a side changed; as many lines in the place of as many, line by line."""
    for kind, a, b, c, d in _changes(base, side):
        if kind == "replace" and b - a == d - c:
            for n in range(b - a):
                yield _Edit(a + n, a + n + 1, (side[c + n],), is_theirs, is_line_for_line=True)
        else:
            yield _Edit(a, b, tuple(side[c:d]), is_theirs, is_line_for_line=False)


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield what difflib calls opcodes, of changes alone: told between the lines that each text has once.

    difflib's time grows with the cube of lines that repeat, such as empty ones.
    """
    left = _COMPARABLE
    for (a, c), (b, d) in pairwise([(-1, -1), *_anchors(old, new), (len(old), len(new))]):
        one, other = old[a + 1 : b], new[c + 1 : d]
        if one == other:
            continue
        twice = Counter(other)
        cost = sum(twice[line] for line in one) * min(len(one), len(other))
        if cost > left:
            yield "one change", a + 1, b, c + 1, d
            continue
        left -= cost
        for kind, e, f, g, h in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
            if kind != "equal":
                yield kind, a + 1 + e, a + 1 + f, c + 1 + g, c + 1 + h


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return where the same lines stand in both: those at both ends, and the most of those that each has once and
    that come in one order.
    """
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    tail = next((n for n in range(shorter - head) if old[-1 - n] != new[-1 - n]), shorter - head)
    inner = range(head, len(old) - tail), range(head, len(new) - tail)
    counts = [Counter(map(text.__getitem__, lines)) for text, lines in zip((old, new), inner, strict=True)]
    places = {new[n]: n for n in inner[1] if counts[0][new[n]] == counts[1][new[n]] == 1}
    # Patience sorting: each pile's top is the smallest end of a run of that length.
    tops: list[int] = []
    piles: list[tuple[int, int]] = []
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    for n in inner[0]:
        if (place := places.get(old[n])) is None:
            continue
        pile = bisect_left(tops, place)
        tops[pile : pile + 1], piles[pile : pile + 1] = [place], [(n, place)]
        before[n, place] = piles[pile - 1] if pile else None
    run = []
    last = piles[-1] if piles else None
    while last is not None:
        run.append(last)
        last = before[last]
    ends = [(n, n) for n in range(head)], [(len(old) - n, len(new) - n) for n in range(tail, 0, -1)]
    return [*ends[0], *reversed(run), *ends[1]]


def _groups(edits: Sequence[_Edit]) -> Iterator[list[_Edit]]:
    """Yield the edits, those together that meet an edit of the other side."""
    group: list[_Edit] = []
    last: dict[bool, _Edit] = {}
    for edit in edits:
        other = last.get(not edit.is_theirs)
        if group and not (other and other.clashes(edit)):
            yield group
            group, last = [], {}
        group.append(edit)
        last[edit.is_theirs] = edit
    if group:
        yield group


def _edited(lines: Sequence[str], start: int, end: int, edits: Sequence[_Edit]) -> tuple[str, ...]:
    result: list[str] = []
    for edit in edits:
        result += [*lines[start : edit.start], *edit.lines]
        start = edit.end
    return (*result, *lines[start:end])
