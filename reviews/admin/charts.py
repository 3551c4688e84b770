"""The geometry of pictures: numbers in, shapes out. Templates draw them as SVG, with classes for the colours.

Knows neither requests nor models. Every length is in the units of its picture's ``viewBox``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

# -- bars ---------------------------------------------------------------------------------------------------


def percentage(part: float, whole: float) -> float:
    """Return how much of the whole the part is, from 0 to 100; nothing of nothing is 0."""
    return round(100 * min(max(part / whole, 0), 1), 1) if whole > 0 else 0.0


# -- columns over time --------------------------------------------------------------------------------------

COLUMN_WIDTH, COLUMN_GAP, COLUMN_HEIGHT = 10, 3, 100
MAX_STEPS = 4  # of the scale


@dataclass(frozen=True, slots=True)
class Column:
    """One upright bar."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Upright bars, and the values at which a line crosses the picture, the highest first and 0 last."""

    width: int
    height: int
    columns: tuple[Column, ...]
    scale: tuple[int, ...]
    lines: tuple[float, ...]  # where the scale's values are, counted from above


def columns(values: Sequence[int]) -> Columns:
    """Return one bar for each count, on a scale that starts at 0 and has few, round steps."""
    step = _round_step(max(values, default=0))
    steps = max(math.ceil(max(values, default=0) / step), 1)
    top = step * steps
    bars = []
    for place, value in enumerate(values):
        height = round(COLUMN_HEIGHT * value / top, 2)
        x = place * COLUMN_WIDTH + COLUMN_GAP / 2
        bars.append(Column(x, round(COLUMN_HEIGHT - height, 2), COLUMN_WIDTH - COLUMN_GAP, height))
    scale = tuple(range(top, -1, -step))
    lines = tuple(round(COLUMN_HEIGHT * (1 - value / top), 2) for value in scale)
    return Columns(len(values) * COLUMN_WIDTH, COLUMN_HEIGHT, tuple(bars), scale, lines)


def _round_step(highest: int) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, 50 … that reaches the highest value in few steps."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power * MAX_STEPS >= highest:
                return factor * power
        power *= 10


# -- scores -------------------------------------------------------------------------------------------------

RADAR_WIDTH, RADAR_HEIGHT, RADIUS = 244, 200, 62
CENTRE = (122.0, 101.0)
LABEL_DISTANCE = 11
RINGS = (25, 50, 75, 100)
RADAR_SIZES = range(3, 9)  # with fewer there is no shape, with more nobody can read it
LONGEST_LABEL = 12


@dataclass(frozen=True, slots=True)
class Score:
    """One row of the table behind a picture of scores. ``is_same`` where both say one thing, or there is but one."""

    key: str
    value: float | None
    other: float | None
    is_same: bool
    length: float  # of a bar, in percent
    other_length: float


@dataclass(frozen=True, slots=True)
class Axis:
    """One spoke of a radar chart: its end, and where its label is written."""

    label: str
    score: Score
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str  # SVG's ``text-anchor``


@dataclass(frozen=True, slots=True)
class Dot:
    """One score on its axis."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Outline:
    """The scores of one record: SVG's ``d`` of its path, closed and fit to be filled only where none is missing."""

    path: str
    is_closed: bool
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class ScorePicture:
    """A record's scores, ``other`` the outline of its translation where the two differ.

    Without ``axes`` there are too few scores for a shape, or too many: the rows are drawn as bars.
    """

    rows: tuple[Score, ...]
    name: str
    other_name: str  # of the translation that differs, else nothing
    width: int = RADAR_WIDTH
    height: int = RADAR_HEIGHT
    centre: Dot = Dot(*CENTRE)
    rings: tuple[str, ...] = ()  # each the ``points`` of a polygon
    axes: tuple[Axis, ...] = ()
    outline: Outline | None = None
    other: Outline | None = None


def radar(
    scores: Mapping[str, float | None],
    *,
    name: str,
    other: Mapping[str, float | None] | None = None,
    other_name: str = "",
) -> ScorePicture:
    """Return the picture of a record's scores by dimension, with a translation's beside it where they differ.

    A score outside of 0 to 100 is drawn at the edge and told as it is; one that is missing has no dot. Of the
    translation only the dimensions of the record are drawn.
    """
    rows = tuple(_score(key, value, other) for key, value in scores.items())
    differs = not all(row.is_same for row in rows)
    picture = ScorePicture(rows, name, other_name if differs else "")
    if len(rows) not in RADAR_SIZES:
        return picture
    angles = [math.tau * place / len(rows) - math.tau / 4 for place in range(len(rows))]
    return ScorePicture(
        rows,
        name,
        picture.other_name,
        rings=tuple(" ".join(f"{x},{y}" for x, y in _ring(angles, share)) for share in RINGS),
        axes=tuple(_axis(row, angle) for row, angle in zip(rows, angles, strict=True)),
        outline=_outline([row.value for row in rows], angles),
        other=_outline([row.other for row in rows], angles) if differs else None,
    )


def _score(key: str, value: float | None, other: Mapping[str, float | None] | None) -> Score:
    value = _finite(value)
    theirs = _finite(other.get(key)) if other is not None else None
    is_same = other is None or key not in other or theirs == value
    return Score(key, value, theirs, is_same, percentage(value or 0, 100), percentage(theirs or 0, 100))


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _point(angle: float, distance: float) -> tuple[float, float]:
    x, y = CENTRE
    return round(x + distance * math.cos(angle), 1), round(y + distance * math.sin(angle), 1)


def _ring(angles: Sequence[float], share: float) -> list[tuple[float, float]]:
    return [_point(angle, RADIUS * share / 100) for angle in angles]


def _axis(score: Score, angle: float) -> Axis:
    sideways = math.cos(angle)
    anchor = "middle" if abs(sideways) < 0.2 else "start" if sideways > 0 else "end"
    key = score.key
    label = key if len(key) <= LONGEST_LABEL else f"{key[: LONGEST_LABEL - 1]}…"
    x, y = _point(angle, RADIUS + LABEL_DISTANCE)
    first_line = round(y - 2 + 10 * math.sin(angle), 1)  # of two: away from the shape above it and below it
    return Axis(label, score, *_point(angle, RADIUS), x, first_line, anchor)


def _outline(values: Sequence[float | None], angles: Sequence[float]) -> Outline:
    """Return the line through the scores, broken where one is missing."""
    points = [
        None if value is None else _point(angle, RADIUS * percentage(value, 100) / 100)
        for value, angle in zip(values, angles, strict=True)
    ]
    dots = tuple(Dot(*point) for point in points if point)
    if len(dots) == len(points):
        return Outline("M" + "L".join(f"{dot.x},{dot.y}" for dot in dots) + "Z", is_closed=True, dots=dots)
    lines = [(start, end) for start, end in pairwise([*points, points[0]]) if start and end]
    path = "".join(f"M{start[0]},{start[1]}L{end[0]},{end[1]}" for start, end in lines)
    return Outline(path, is_closed=False, dots=dots)
