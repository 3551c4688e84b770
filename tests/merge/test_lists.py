"""Lists of ids merge as sets, with their order kept."""

from typing import Any

import pytest

from reviews.merge import merge_list


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "merged"),
    [
        ("abc", "abc", "ab", "ab"),
        ("abc", "bc", "abcd", "bcd"),
        ("abc", "abxc", "aybc", "aybxc"),  # each after the item that it follows
        ("abc", "abcx", "abcy", "abcxy"),
        ("abc", "xabc", "yabc", "xyabc"),
        ("abc", "abcx", "abcx", "abcx"),
        ("abc", "cba", "abcd", "cdba"),  # theirs put them into another order
        ("abc", "abcd", "cba", "cdba"),
        ("abc", "cba", "cba", "cba"),
        ("", "ab", "ca", "cab"),
        ("abc", "", "ab", ""),
        # clashes
        ("abc", "cba", "bac", None),
        ("abc", "abca", "abcd", None),  # an item that repeats
    ],
)
def test_list_merges_as_a_set_with_its_order(base: str, theirs: str, ours: str, merged: str | None) -> None:
    assert merge_list([*base], [*theirs], [*ours]) == (None if merged is None else [*merged])


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "merged"),
    [
        ([1], [1, True], [1, 1.0], [1, True, 1.0]),  # True is not 1
        ([None], [], [None, "a"], ["a"]),
        ([], [{"id": "a"}], [], None),
        ([["a"]], [["a"], "b"], [["a"]], None),
    ],
)
def test_list_of_anything_merges_where_its_items_are_scalars(
    base: list[Any], theirs: list[Any], ours: list[Any], merged: list[Any] | None
) -> None:
    assert merge_list(base, theirs, ours) == merged
