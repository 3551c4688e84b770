"""Differences for people: words, lines and items that came and went, as pieces that a template marks up."""

import datetime as dt
import random
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.admin.differences import Piece, diff_texts, differ, plain
from reviews.documents import REMOVED
from reviews.schema import Change

SIGNS = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]", "gap": "({})"}


def marked(pieces: Any) -> str:
    """Pieces as one line: `kept [-went-][+came+]`."""
    return "".join(SIGNS[piece.kind].format(piece.text) for piece in pieces)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "new", "[+new+]"),
        ("old", "", "[-old-]"),
        ("open to all who pay", "open to those who pay", "open to [-all-][+those+] who pay"),
        ("five per cent.", "five per cent each year.", "five per cent[+ each year+]."),
        ("碳捕集与封存政策", "碳捕集、利用与封存政策", "碳捕集[+、利用+]与封存政策"),
        ("nothing alike here", "wholly other words", "[-nothing alike here-][+wholly other words+]"),
        ("one a two b three", "uno a due b three", "[-one a two-][+uno a due+] b three"),
        (
            "## Core\n\nFirst.\nSecond.\n",
            "## Core\n\nFirst.\nThird one.\n",
            "## Core\n\nFirst.\n[-Second-][+Third one+].\n",
        ),
        ("a\n", "a", "a[-\n-]"),
        ("a  b", "a b", "a [- -]b"),
    ],
)
def test_texts_differ_by_words(old: str, new: str, shown: str) -> None:
    assert marked(diff_texts(old, new)) == shown


TEXTS = st.text(st.sampled_from("ab 。,\n政策"), max_size=60)


@given(TEXTS, TEXTS)
def test_pieces_hold_both_texts_whole(old: str, new: str) -> None:
    difference = differ(Change(("body",), old, new), is_whole=True)

    assert "".join(piece.text for piece in difference.before) == old
    assert "".join(piece.text for piece in difference.after) == new
    assert difference.is_different is (old != new)


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_pieces_hold_both_lists_whole(old: list[str], new: list[str]) -> None:
    difference = differ(Change(("sectors",), old, new), is_whole=True)

    assert [piece.text for piece in difference.before] == old
    assert [piece.text for piece in difference.after] == new


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (70.0, 75.5, "[-70-][+75.5+]"),
        (None, 2024, "[+2024+]"),
        (dt.date(2024, 5, 1), dt.date(2024, 5, 2), "[-2024-05-01-][+2024-05-02+]"),
        (REMOVED, "x", "[+x+]"),
        (True, False, "[-true-][+false+]"),
        ("20", 20, "20"),
        ({"low": 1}, {"low": 2}, "[-low: 1-][+low: 2+]"),
    ],
)
def test_other_values_differ_whole(old: Any, new: Any, shown: str) -> None:
    assert marked(differ(Change(("year",), old, new)).pieces) == shown


def test_far_text_and_far_items_are_counted_instead_of_shown() -> None:
    text, items = "word " * 100, [f"facility {number}" for number in range(1000)]
    texts = differ(Change(("body",), f"{text}old", f"{text}new"))
    lists = differ(Change(("related_facilities",), items, [*items[:500], "new", *items[500:]]))

    assert marked(texts.pieces[:1]) == "(415 characters unchanged)"
    assert [piece.text for piece in lists.pieces] == [
        "498 items unchanged", "facility 498", "facility 499", "new", "facility 500", "facility 501",
        "498 items unchanged",
    ]  # fmt: skip


def test_long_change_is_cut_and_counted() -> None:
    assert differ(Change(("body",), "", "x" * 10_000)).pieces == (
        Piece("added", "x" * 4_000),
        Piece("gap", "6,000 more characters added"),
    )


def test_many_new_items_are_counted_instead_of_shown() -> None:
    difference = differ(Change(("sectors",), ["a"], ["a", *(str(number) for number in range(1000))]))

    assert [piece.text for piece in difference.pieces] == [*"a0123456789", "990 more items added"]


@pytest.mark.parametrize(
    ("at", "label", "field"),
    [
        (("legal_weight",), "legal weight", "legal weight"),
        (
            ("regulatory", "liability_period"),
            "regulatory · liability_period",
            "regulatory · liability_period",
        ),
        (("analysis", "market", "audit_note"), "market · audit note", "audit note"),
        (("analysis", "market", "extra", "rank"), "market · rank", "market · rank"),
        (("misfits", "year"), "unreadable · year", "unreadable · year"),
    ],
)
def test_difference_names_its_place(at: tuple[str, ...], label: str, field: str) -> None:
    difference = differ(Change(at, "", "x"))

    assert (difference.label, difference.field) == (label, field)


def test_mapping_is_shown_as_lines() -> None:
    assert plain({"low": 1.0, "high": [2, {"a": True}], "none": None}) == (
        "low: 1\nhigh: \n  - 2\n  - a: true\nnone: "
    )


def _words(count: int) -> str:
    return " ".join(random.Random(1).choices([f"w{number}" for number in range(300)], k=count))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_words(200_000), "x" + _words(200_000)[1:-1]),
        ("\n" * 1_000_000, "x" + "\n" * 999_998 + "y"),
        ("a " * 999, "b" + "a " * 990),
    ],
    ids=["words", "blank lines", "one word over and over"],
)
def test_hostile_texts_take_no_long_time(old: str, new: str) -> None:
    start = time.perf_counter()
    differ(Change(("body",), old, new))

    assert time.perf_counter() - start < 5  # difflib alone takes minutes
