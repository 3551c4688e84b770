"""The merge against a simple model: value by value, what one side alone changed stands, and nothing else comes in."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reviews.documents import REMOVED, KeyPath, is_same
from reviews.merge import (
    MergePlan,
    Pending,
    load_value,
    merge_lines,
    merge_list,
    merge_values,
    places_of,
    record_of,
    set_value,
    store_value,
    value_in,
)
from reviews.schema import PolicyValues, compare_values, read_policy
from tests.merge.strategies import IDS, TEXTS, versions
from tests.schema.strategies import front_matters

Versions = tuple[PolicyValues, PolicyValues, PolicyValues]
REVIEW = {("reviewer",), ("last_audit_date",)}
BOTH = object()  # what the model leaves to the merge of lines, items and keys


def is_equal(one: PolicyValues, other: PolicyValues) -> bool:
    return not compare_values(one, other, with_review=True)


# -- places and what is stored ----------------------------------------------------------------------------


@given(front_matters())
def test_record_taken_apart_is_put_together_again(values: dict[Any, Any]) -> None:
    record = read_policy(values, "A body.\n")
    places = places_of(record)
    wholes = {at[:2] for at in places if at[0] == "analysis"} | {("regulatory",), ("impact_analysis",)}

    assert is_equal(record_of(places), record)
    for at in [*places, *wholes]:
        stored = json.loads(json.dumps(store_value(value_in(places, at))))
        same = dict(places)
        set_value(same, at, load_value(at, stored))
        assert is_same(same, places), at


# -- records ----------------------------------------------------------------------------------------------


def expected(base: Any, theirs: Any, ours: Any) -> Any:
    """The model: what one side alone changed, or both to the same; ``BOTH`` where the two have to be merged."""
    if is_same(theirs, ours) or is_same(theirs, base):
        return ours
    return theirs if is_same(ours, base) else BOTH


def pieces(value: Any) -> list[Any]:
    """The lines, items and single values that a value is made of."""
    if isinstance(value, dict):
        return [piece for item in value.values() for piece in pieces(item)]
    if isinstance(value, list):
        return [piece for item in value for piece in pieces(item)]
    return value.split("\n") if isinstance(value, str) else [value]


def is_among(piece: Any, *values: Any) -> bool:
    return any(is_same(piece, known) for value in values for known in pieces(value))


def touches(at: KeyPath, plan: MergePlan) -> bool:
    return any(at[: len(item.at)] == item.at[: len(at)] for item in plan.conflicts)


@given(versions(), st.booleans())
def test_merge_agrees_with_the_model(sides: Versions, is_signed: bool) -> None:
    plan = merge_values(*sides, is_signed=is_signed)
    base, theirs, ours, merged = (places_of(record) for record in (*sides, plan.record))

    for at in {**base, **theirs, **ours, **merged}:
        old, new, mine, now = (places.get(at, REMOVED) for places in (base, theirs, ours, merged))
        if touches(at, plan):
            assert is_same(now, mine), at
        elif at == ("file_status",):
            assert is_same(now, new)
        elif at in REVIEW:
            assert is_same(now, mine if is_signed or not is_same(mine, old) else new), at
        elif (want := expected(old, new, mine)) is not BOTH:
            assert is_same(now, want), at
        else:  # merged of both, or what one of them put into a dimension that both added
            assert all(is_among(piece, new, mine) for piece in pieces(now)), at


@given(versions())
def test_merge_commutes_but_for_conflicts_and_order(sides: Versions) -> None:
    base, theirs, ours = sides
    plan, swapped = merge_values(base, theirs, ours), merge_values(base, ours, theirs)

    assert {item.at for item in plan.conflicts} == {item.at for item in swapped.conflicts}
    one, other = places_of(plan.record), places_of(swapped.record)
    for at in {**one, **other}:
        if at not in (*REVIEW, ("file_status",)) and not touches(at, plan):
            found = [
                sorted(map(repr, pieces(places[at]))) if isinstance(places[at], dict | list) else places[at]
                for places in (one, other)
            ]
            assert is_same(*found), at


@given(versions(), st.booleans())
def test_merge_again_changes_nothing_and_keeps_conflicts_open(sides: Versions, is_signed: bool) -> None:
    base, theirs, ours = sides
    plan = merge_values(base, theirs, ours, is_signed=is_signed)
    pending = {item.at: Pending(item.base, item.theirs) for item in plan.conflicts}

    again = merge_values(theirs, theirs, plan.record, pending=pending, is_signed=is_signed)

    assert is_equal(again.record, plan.record)
    assert {item.at: item.theirs for item in again.conflicts} == {
        item.at: item.theirs for item in plan.conflicts
    }


@given(versions())
def test_one_side_alone_is_the_result(sides: Versions) -> None:
    base, theirs, ours = sides

    assert is_equal(merge_values(base, theirs, base).record, theirs)
    assert list(merge_values(base, theirs, base).record.dimensions) == list(theirs.dimensions)
    assert is_equal(merge_values(base, ours, ours).record, ours)
    for plan in (merge_values(base, theirs, base), merge_values(base, ours, ours)):
        assert not plan.conflicts


# -- lines and lists --------------------------------------------------------------------------------------


@given(TEXTS, TEXTS, TEXTS)
def test_lines_of_all_three_texts_stand_in_the_chunks(base: str, theirs: str, ours: str) -> None:
    merge = merge_lines(base, theirs, ours)

    for name, text in (("base", base), ("theirs", theirs), ("ours", ours)):
        assert [line for chunk in merge.chunks for line in getattr(chunk, name)] == text.split("\n")
    for chunk in merge.chunks:
        is_one_sided = chunk.base in (chunk.theirs, chunk.ours) or chunk.theirs == chunk.ours
        assert chunk.is_clash is not is_one_sided
        if is_one_sided:
            assert chunk.lines == (chunk.ours if chunk.theirs == chunk.base else chunk.theirs)
    assert merge.text == merge_lines(base, ours, theirs).text


@given(IDS, IDS, IDS)
def test_lists_merge_as_sets(base: list[str], theirs: list[str], ours: list[str]) -> None:
    merged, swapped = merge_list(base, theirs, ours), merge_list(base, ours, theirs)

    kept = [[item for item in side if item in {*base} & {*theirs} & {*ours}] for side in (base, theirs, ours)]
    is_clash = kept[1] != kept[0] != kept[2] != kept[1]  # both put what is left into another order
    assert (merged is None, swapped is None) == (is_clash, is_clash)
    if merged is not None and swapped is not None:
        wanted = ({*theirs} & {*ours}) | (({*theirs} | {*ours}) - {*base})
        assert sorted(merged) == sorted(swapped) == sorted(wanted)
        ordered = [item for item in merged if item in kept[0]]
        assert ordered == (kept[2] if kept[2] != kept[0] else kept[1])
