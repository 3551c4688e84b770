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


def values_of(row: Field) -> st.SearchStrategy[Any]:
    """Mostly what fits the row's kind, now and then anything."""
    return st.one_of(FITTING[row.kind.blank], FITTING[row.kind.blank], ANYTHING)


@st.composite
def dimensions(draw: st.DrawFn) -> dict[Any, Any]:
    """One `analysis.<key>`."""
    rows = draw(st.lists(st.sampled_from(DIMENSION_FIELDS), unique_by=lambda row: row.name))
    known = {row.key[0]: draw(values_of(row)) for row in rows}
    return {**draw(st.dictionaries(KEYS, ANYTHING, max_size=2)), **known}


@st.composite
def front_matters(draw: st.DrawFn) -> dict[Any, Any]:
    """The values of one file."""
    values: dict[Any, Any] = draw(
        st.dictionaries(KEYS.filter(lambda key: key != "analysis"), ANYTHING, max_size=3)
    )
    for row in draw(st.lists(st.sampled_from(POLICY_FIELDS), unique_by=lambda row: row.name)):
        place = values
        for part in row.key[:-1]:
            place = place.setdefault(part, draw(st.dictionaries(KEYS, SCALARS, max_size=2)))
        place[row.key[-1]] = draw(values_of(row))
    if draw(st.booleans()):
        names = st.sampled_from(["market", "mrv", "strategic", "my own"])
        values["analysis"] = draw(st.dictionaries(names, dimensions(), max_size=3))
    return values
