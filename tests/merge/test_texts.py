"""Long texts merge line by line, and clash only where both sides changed the same lines."""

import time

import pytest

from reviews.merge import merge_lines

BASE = "one\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("theirs", "ours", "merged"),
    [
        ("ONE\ntwo\nthree\n", BASE, "ONE\ntwo\nthree\n"),
        (BASE, "one\ntwo\nTHREE\n", "one\ntwo\nTHREE\n"),
        ("ONE\ntwo\nthree\n", "one\ntwo\nTHREE\n", "ONE\ntwo\nTHREE\n"),
        ("ONE\ntwo\nthree\n", "one\nTWO\nthree\n", "ONE\nTWO\nthree\n"),  # neighbours, line for line
        ("ONE\nTWO\nthree\n", "one\nTWO\nthree\n", "ONE\nTWO\nthree\n"),  # one line the same on both
        ("zero\none\ntwo\nthree\n", "one\ntwo\nthree\nfour\n", "zero\none\ntwo\nthree\nfour\n"),
        ("one\nthree\n", "one\nthree\n", "one\nthree\n"),
        ("two\nthree\n", "one\ntwo\n", "two\n"),
        ("one\ntwo\nnew\nthree\n", "one\ntwo\nnew\nthree\n", "one\ntwo\nnew\nthree\n"),
        ("one\ntwo\nthree", "ONE\ntwo\nthree\n", "ONE\ntwo\nthree"),  # the last line's end is a line too
        # clashes
        ("ONE\ntwo\nthree\n", "Eins\ntwo\nthree\n", None),
        ("one\nTWO\nthree\n", "one\nthree\n", None),  # changed there, taken out here
        ("one\ntwo\nnew\nthree\n", "one\ntwo\nother\nthree\n", None),  # two lines at one place
        ("ONE\ntwo\nthree\n", "one\nnew\ntwo\nthree\n", None),  # nobody knows where the new one belongs
        ("one\nthree\n", "one\ntwo\nnew\nthree\n", None),
        ("", "one\nTWO\nthree\n", None),
    ],
)
def test_lines_merge_where_they_do_not_clash(theirs: str, ours: str, merged: str | None) -> None:
    assert merge_lines(BASE, theirs, ours).text == merged
    assert merge_lines(BASE, ours, theirs).text == merged


def test_chunks_show_what_merged_and_what_clashes() -> None:
    merge = merge_lines("one\ntwo\nthree\nfour", "ONE\ntwo\n3\nfour", "one\ntwo\nIII\nIIII\nfour\nfive")

    assert [(chunk.theirs, chunk.ours, chunk.is_clash) for chunk in merge.chunks] == [
        (("ONE",), ("one",), False),
        (("two",), ("two",), False),
        (("3",), ("III", "IIII"), True),
        (("four",), ("four",), False),
        ((), ("five",), False),
    ]


def test_long_texts_are_told_apart_by_the_lines_that_each_has_once() -> None:
    base = "\n\n".join(f"Paragraph {n}." for n in range(2_000))
    theirs, ours = base.replace("7.", "seven."), base.replace("5.", "five.")

    assert merge_lines(base, theirs, ours).text == theirs.replace("5.", "five.")


def test_more_lines_that_repeat_than_can_be_compared_count_as_one_change() -> None:
    base = "\n".join(["first", *[""] * 900, "middle", "last"])
    theirs = "\n".join(["First", *(f"{n}\n" for n in range(450)), "middle", "last"])
    start = time.perf_counter()

    merge = merge_lines(base, theirs, base.replace("last", "Last"))

    assert time.perf_counter() - start < 0.5  # 0.01 s; difflib alone takes 8 s
    assert [(len(chunk.base), chunk.lines[-1], chunk.is_clash) for chunk in merge.chunks] == [
        (900, "449", False),
        (2, "middle", False),
        (1, "Last", False),
    ]
