"""The geometry of pictures, from numbers alone."""

import math

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string

from reviews.admin.charts import CENTRE, RADIUS, columns, percentage, radar
from tests.admin.html import read_text

FIVE: dict[str, float | None] = {
    "incentive": 85.0,
    "statutory": 70.0,
    "market": 60.0,
    "strategic": 90.0,
    "mrv": 62.5,
}


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 3, 33.3), (0, 3, 0.0), (3, 3, 100.0), (4, 3, 100.0), (-1, 3, 0.0), (0, 0, 0.0), (1, 0, 0.0)],
)
def test_percentage_stays_between_nothing_and_all(part: int, whole: int, expected: float) -> None:
    assert percentage(part, whole) == expected


@pytest.mark.parametrize(
    ("values", "scale", "heights"),
    [
        ([], (1, 0), []),
        ([0, 0], (1, 0), [0, 0]),
        ([1], (1, 0), [100]),
        ([3, 1], (3, 2, 1, 0), [100, 33.33]),
        ([4, 5], (6, 4, 2, 0), [66.67, 83.33]),
        ([9], (10, 5, 0), [90]),
        ([17], (20, 15, 10, 5, 0), [85]),
        ([41], (60, 40, 20, 0), [68.33]),
        ([5000, 0], (6000, 4000, 2000, 0), [83.33, 0]),
    ],
)
def test_columns_stand_on_a_round_scale(
    values: list[int], scale: tuple[int, ...], heights: list[float]
) -> None:
    picture = columns(values)

    assert picture.scale == scale
    assert [column.height for column in picture.columns] == heights
    assert {round(column.y + column.height, 2) for column in picture.columns} <= {100}
    assert (picture.lines[0], picture.lines[-1]) == (0, 100)


def test_columns_stand_side_by_side_within_the_picture() -> None:
    picture = columns([1, 2, 3])

    assert [(column.x, column.x + column.width) for column in picture.columns] == [
        (1.5, 8.5),
        (11.5, 18.5),
        (21.5, 28.5),
    ]
    assert picture.width == 30


def test_radar_puts_each_score_on_its_axis() -> None:
    picture = radar(FIVE, name="English")

    assert [(axis.label, axis.x, axis.y, axis.anchor) for axis in picture.axes] == [
        ("incentive", 122.0, 39.0, "middle"),
        ("statutory", 181.0, 81.8, "start"),
        ("market", 158.4, 151.2, "start"),
        ("strategic", 85.6, 151.2, "end"),
        ("mrv", 63.0, 81.8, "end"),
    ]
    assert picture.outline is not None
    assert picture.outline.path == "M122.0,48.3L163.3,87.6L143.9,131.1L89.2,146.1L85.1,89.0Z"
    assert picture.outline.is_closed
    assert [ring.split()[0] for ring in picture.rings] == [
        "122.0,85.5",
        "122.0,70.0",
        "122.0,54.5",
        "122.0,39.0",
    ]
    assert (picture.other, picture.other_name) == (None, "")


def test_radar_shows_a_translation_only_where_it_differs() -> None:
    same = radar(FIVE, name="English", other=FIVE, other_name="中文")
    other = radar(FIVE, name="English", other={**FIVE, "mrv": 40.0, "technical": 10.0}, other_name="中文")

    assert (same.other, same.other_name) == (None, "")
    assert other.other is not None
    assert other.other.path == "M122.0,48.3L163.3,87.6L143.9,131.1L89.2,146.1L98.4,93.3Z"
    assert other.other_name == "中文"
    assert [(row.key, row.value, row.other) for row in other.rows if not row.is_same] == [("mrv", 62.5, 40.0)]


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_radar_breaks_its_line_where_a_score_is_missing(missing: float | None) -> None:
    picture = radar({**FIVE, "market": missing}, name="English")

    assert picture.outline is not None
    assert picture.outline.path == ("M122.0,48.3L163.3,87.6M89.2,146.1L85.1,89.0M85.1,89.0L122.0,48.3")
    assert not picture.outline.is_closed
    assert len(picture.outline.dots) == 4
    assert [row.value for row in picture.rows] == [85.0, 70.0, None, 90.0, 62.5]


@pytest.mark.parametrize(("score", "distance"), [(140.0, RADIUS), (-5.0, 0), (1e308, RADIUS), (100, RADIUS)])
def test_radar_draws_a_score_out_of_range_at_the_edge_and_tells_it(score: float, distance: float) -> None:
    picture = radar({**FIVE, "incentive": score}, name="English")

    assert picture.outline is not None
    dot = picture.outline.dots[0]
    assert (dot.x, dot.y) == (CENTRE[0], CENTRE[1] - distance)
    assert picture.rows[0].value == score


@pytest.mark.parametrize(
    ("size", "is_shape"), [(0, False), (1, False), (2, False), (3, True), (8, True), (9, False)]
)
def test_radar_falls_back_to_bars_where_there_is_no_shape(size: int, is_shape: bool) -> None:
    scores: dict[str, float | None] = {f"dimension-{n}": 10.0 * n for n in range(size)}

    picture = radar(scores, name="English", other={**scores, "dimension-0": 7.0}, other_name="中文")

    assert (bool(picture.axes), picture.outline is not None, picture.other is not None) == (is_shape,) * 3
    assert [row.length for row in picture.rows] == [10.0 * n for n in range(size)]
    assert [row.other_length for row in picture.rows][:1] == [7.0][:size]


def test_radar_shortens_a_long_name_and_keeps_it_in_the_table() -> None:
    picture = radar({"a-very-long-dimension": 1.0, "b": 2.0, "c": None}, name="English")

    assert [axis.label for axis in picture.axes] == ["a-very-long…", "b", "c"]
    assert [row.key for row in picture.rows] == ["a-very-long-dimension", "b", "c"]
    assert picture.outline is not None
    assert not picture.outline.is_closed


@pytest.mark.parametrize(
    ("scores", "other", "table"),
    [
        (FIVE, None, "Dimension Score incentive 85 statutory 70 market 60 strategic 90 mrv 62.5"),
        (
            FIVE,
            {**FIVE, "mrv": None},
            "Dimension en zh incentive 85 85 statutory 70 70 market 60 60 strategic 90 90 mrv 62.5 –",
        ),
        ({"<b>": 140.0, "mrv": None}, None, "Dimension Score <b> 140 mrv –"),
    ],
)
def test_radar_has_its_scores_in_a_table_behind_it(
    scores: dict[str, float | None], other: dict[str, float | None] | None, table: str
) -> None:
    picture = radar(scores, name="en", other=other, other_name="zh")
    html = render_to_string("admin/reviews/policy/_radar.html", {"radar": picture})

    assert read_text(HttpResponse(html), "radar-table") == [table]
    assert html.count("<svg") == html.count('focusable="false"') == (1 if picture.axes else len(scores))
    assert " style=" not in html
