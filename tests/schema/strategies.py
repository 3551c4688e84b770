"""Generated front matter: rows of the table with fitting and unfitting values, and keys that nobody knows."""

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from reviews.schema import DIMENSION_FIELDS, POLICY_FIELDS
from reviews.schema.table import Field

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
KEYS = st.sampled_from(
    ["tags", "title", "weight", "évolution", "键", "a.b", "analysis", "milestones"]
) | TEXTS.filter(bool)
UNKNOWN_KEYS = KEYS.filter(lambda key: key not in {"id", "analysis", *(row.key[0] for row in POLICY_FIELDS)})
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.dates(min_value=dt.date(1900, 1, 1))
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
FITTING = {
    "text": TEXTS,
    "number": st.floats(0, 100) | st.integers(0, 100),
    "whole number": st.integers(1900, 2100),
    "date": st.dates(min_value=dt.date(1900, 1, 1)).map(str) | st.just(""),
    "list": st.lists(TEXTS, max_size=3),
    "mapping": st.dictionaries(KEYS, TEXTS, max_size=3),
}


def values_of(row: Field, is_fitting: bool) -> st.SearchStrategy[Any]:
    """What fits the row's kind, now and then anything."""
    fitting = FITTING[row.kind.blank]
    return fitting if is_fitting else st.one_of(fitting, fitting, ANYTHING)


@st.composite
def dimensions(draw: st.DrawFn, is_fitting: bool) -> dict[Any, Any]:
    """One `analysis.<key>`."""
    rows = draw(st.lists(st.sampled_from(DIMENSION_FIELDS), unique_by=lambda row: row.name))
    known = {row.key[0]: draw(values_of(row, is_fitting)) for row in rows}
    return {**draw(st.dictionaries(KEYS, ANYTHING, max_size=2)), **known}


@st.composite
def front_matters(draw: st.DrawFn, is_fitting: bool = False) -> dict[Any, Any]:
    """The values of one file; `is_fitting` leaves out what its fields cannot hold."""
    values: dict[Any, Any] = draw(st.dictionaries(UNKNOWN_KEYS, ANYTHING, max_size=3))
    for row in draw(st.lists(st.sampled_from(POLICY_FIELDS), unique_by=lambda row: row.name)):
        place = values
        for part in row.key[:-1]:
            place = place.setdefault(part, draw(st.dictionaries(KEYS, SCALARS, max_size=2)))
        place[row.key[-1]] = draw(values_of(row, is_fitting))
    if draw(st.booleans()):
        names = st.sampled_from(["market", "mrv", "strategic", "my own"])
        values["analysis"] = draw(st.dictionaries(names, dimensions(is_fitting), max_size=3))
    return values
