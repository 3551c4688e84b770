"""Kinds of values: what stands in a file, what is stored, and what is written back."""

import datetime as dt
from typing import Any

import pytest

from reviews.schema import (
    DATE,
    INTEGER,
    LINE,
    LIST,
    MAPPING,
    NUMBER,
    TEXT,
    Kind,
    jsonable,
    with_unix_newlines,
)
from reviews.schema.kinds import MisfitError

NAN, INF = float("nan"), float("inf")
DAY = dt.date(2024, 1, 22)


@pytest.mark.parametrize(
    ("kind", "raw", "stored", "written"),
    [
        (TEXT, "Act", "Act", "Act"),
        (TEXT, "  Act\n", "  Act\n", "  Act\n"),
        (TEXT, "one\r\ntwo\rthree\n", "one\ntwo\nthree\n", "one\ntwo\nthree\n"),
        (TEXT, "", "", ""),
        (TEXT, None, "", ""),
        (TEXT, True, "true", "true"),
        (TEXT, False, "false", "false"),
        (TEXT, 12, "12", "12"),
        (TEXT, 1.5, "1.5", "1.5"),
        (TEXT, DAY, "2024-01-22", "2024-01-22"),
        (TEXT, "能源部 😀", "能源部 😀", "能源部 😀"),
        (LINE, "x" * 200, "x" * 200, "x" * 200),
        (LINE, 12, "12", "12"),
        (NUMBER, 75, 75.0, 75),
        (NUMBER, 62.5, 62.5, 62.5),
        (NUMBER, -0.5, -0.5, -0.5),
        (NUMBER, 0, 0.0, 0),
        (NUMBER, "", None, None),
        (NUMBER, None, None, None),
        (INTEGER, 2024, 2024, 2024),
        (INTEGER, 2024.0, 2024, 2024),
        (INTEGER, "2024", 2024, 2024),
        (INTEGER, " 2024 ", 2024, 2024),
        (INTEGER, -44, -44, -44),
        (INTEGER, 2**31 - 1, 2147483647, 2147483647),
        (INTEGER, "", None, None),
        (INTEGER, None, None, None),
        (DATE, "2024-01-22", DAY, "2024-01-22"),
        (DATE, " 2024-01-22 ", DAY, "2024-01-22"),
        (DATE, DAY, DAY, "2024-01-22"),
        (DATE, dt.datetime(2024, 1, 22, 23, 59, tzinfo=dt.UTC), DAY, "2024-01-22"),
        (DATE, "", None, ""),
        (DATE, None, None, ""),
        (LIST, ["storage", "transport"], ["storage", "transport"], ["storage", "transport"]),
        (
            LIST,
            [2024, True, None, DAY],
            ["2024", "true", "", "2024-01-22"],
            ["2024", "true", "", "2024-01-22"],
        ),
        (LIST, [], [], []),
        (LIST, "", [], []),
        (LIST, None, [], []),
        (MAPPING, {"a": "b"}, {"a": "b"}, {"a": "b"}),
        (
            MAPPING,
            {2024: DAY, None: [1, (2,)], "in": {"deep": 1.5}},
            {"2024": "2024-01-22", "None": [1, [2]], "in": {"deep": 1.5}},
            {"2024": "2024-01-22", "None": [1, [2]], "in": {"deep": 1.5}},
        ),
        (MAPPING, {}, {}, {}),
        (MAPPING, "", {}, {}),
        (MAPPING, None, {}, {}),
    ],
)
def test_value_is_stored_and_written(kind: Kind, raw: Any, stored: Any, written: Any) -> None:
    value = kind.read(raw)

    assert (value, type(value)) == (stored, type(stored))
    assert (kind.write(value), type(kind.write(value))) == (written, type(written))


@pytest.mark.parametrize(
    ("kind", "raw", "sentence"),
    [
        (TEXT, ["a"], "is not text"),
        (TEXT, {"a": 1}, "is not text"),
        (LINE, "x" * 201, "is longer than 200 characters"),
        (LINE, ["a"], "is not text"),
        (NUMBER, "high", "is no number"),
        (NUMBER, "75", "is no number"),
        (NUMBER, True, "is no number"),
        (NUMBER, [75], "is no number"),
        (NUMBER, DAY, "is no number"),
        (NUMBER, NAN, "is no number"),
        (NUMBER, INF, "is no number"),
        (NUMBER, 10**400, "is too large a number"),
        (INTEGER, "soon", "is no whole number"),
        (INTEGER, "-5", "is no whole number"),
        (INTEGER, 2024.5, "is no whole number"),
        (INTEGER, False, "is no whole number"),
        (INTEGER, [2024], "is no whole number"),
        (INTEGER, NAN, "is no whole number"),
        (INTEGER, INF, "is no whole number"),
        (INTEGER, 2**31, "is too large a number"),
        (INTEGER, "9" * 5000, "is too large a number"),
        (DATE, "2024-13-45", "is no day of the calendar"),
        (DATE, "2023-02-29", "is no day of the calendar"),
        (DATE, "22.01.2024", "is no date of the form YYYY-MM-DD"),
        (DATE, "2024", "is no date of the form YYYY-MM-DD"),
        (DATE, "2024-01-22T10:00:00", "is no date of the form YYYY-MM-DD"),
        (DATE, 2024, "is no date of the form YYYY-MM-DD"),
        (DATE, True, "is no date of the form YYYY-MM-DD"),
        (LIST, "storage", "is no list of texts"),
        (LIST, {"a": 1}, "is no list of texts"),
        (LIST, [["a"]], "is no list of texts"),
        (LIST, [{"a": 1}], "is no list of texts"),
        (LIST, 1, "is no list of texts"),
        (MAPPING, "20 years", "is no mapping of keys to values"),
        (MAPPING, ["a"], "is no mapping of keys to values"),
        (MAPPING, 1, "is no mapping of keys to values"),
    ],
)
def test_value_that_does_not_fit_says_why(kind: Kind, raw: Any, sentence: str) -> None:
    with pytest.raises(MisfitError) as error:
        kind.read(raw)

    assert str(error.value) == sentence


@pytest.mark.parametrize("kind", [TEXT, LINE, NUMBER, INTEGER, DATE, LIST, MAPPING])
def test_empty_value_is_what_nothing_reads_as(kind: Kind) -> None:
    assert kind.read(None) == kind.read("") == kind.empty


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        ("text", "text"),
        (True, True),
        (3, 3),
        (1.5, 1.5),
        (2.0, 2),
        (1e22, 10**22),
        (NAN, "nan"),
        (-INF, "-inf"),
        (DAY, "2024-01-22"),
        (dt.datetime(2024, 1, 22, 5, 6, 7), "2024-01-22T05:06:07"),  # noqa: DTZ001 - as YAML reads it
        (dt.time(12, 30, 45), "12:30:45"),
        ({1: {DAY: (1, 2)}}, {"1": {"2024-01-22": [1, 2]}}),
        ({"b"}, ["b"]),
        (b"\x00\xff", "b'\\x00\\xff'"),
    ],
)
def test_any_value_of_a_front_matter_becomes_json(value: Any, shown: Any) -> None:
    result = jsonable(value)

    assert (result, type(result)) == (shown, type(shown))


def test_number_that_is_too_long_to_print_becomes_hexadecimal_text() -> None:
    assert jsonable({"n": [0xF << 40_000]}) == {"n": ["0xf" + "0" * 10_000]}
    assert TEXT.read(0xF << 40_000) == "0xf" + "0" * 10_000


@pytest.mark.parametrize(
    ("text", "unix"),
    [("a\r\nb", "a\nb"), ("a\rb\r\r\nc", "a\nb\n\nc"), ("a\nb\u2028c\x85", "a\nb\u2028c\x85"), ("", "")],
)
def test_line_ends_become_unix_ones(text: str, unix: str) -> None:
    assert with_unix_newlines(text) == unix
