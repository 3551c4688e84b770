"""Merging long texts line by line; a clash only where both sides changed the same lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_COMPARABLE = 1_000_000  # pairs of lines; beyond it difflib takes seconds, and the lines count as one change


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
    shorter = min(len(base), len(side))
    head = next((n for n in range(shorter) if base[n] != side[n]), shorter)
    tail = next((n for n in range(shorter - head) if base[-1 - n] != side[-1 - n]), shorter - head)
    old, new = base[head : len(base) - tail], side[head : len(side) - tail]
    if len(old) * len(new) > _COMPARABLE:
        yield _Edit(head, head + len(old), tuple(new), is_theirs, is_line_for_line=False)
        return
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "replace" and b - a == d - c:
            for n in range(b - a):
                place = head + a + n
                yield _Edit(place, place + 1, (new[c + n],), is_theirs, is_line_for_line=True)
        elif kind != "equal":
            yield _Edit(head + a, head + b, tuple(new[c:d]), is_theirs, is_line_for_line=False)


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
