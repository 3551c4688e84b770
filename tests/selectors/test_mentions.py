"""Mentions: which @names of a text are people, to the character."""

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from reviews.selectors.mentions import mentioned_in, split_mentions
from tests.factories import make_user

KNOWN = {"rosa", "rosa.lindqvist", "r@home", "x+y_z-1", "张伟", "example"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("nobody", []),
        ("@", []),
        ("@unknown", []),
        ("@rosa", ["rosa"]),
        ("@rosa: see section 4", ["rosa"]),
        ("Ask @rosa.", ["rosa"]),
        ("Ask @rosa...", ["rosa"]),
        ("(@rosa)", ["rosa"]),
        ("“@rosa”", ["rosa"]),
        ("@rosa,@example", ["rosa", "example"]),
        ("@rosa\n@rosa", ["rosa", "rosa"]),
        # the longest known name wins, and what goes on as a longer unknown one is nobody
        ("@rosa.lindqvist, please", ["rosa.lindqvist"]),
        ("@rosa.lindqvist.", ["rosa.lindqvist"]),
        ("@rosa.l", []),
        ("@rosa2", []),
        ("@rosa_", []),
        ("@r@home?", ["r@home"]),
        ("@x+y_z-1-", ["x+y_z-1"]),
        ("@Rosa", []),  # another name to Django
        # an address is no mention
        ("rosa@example", []),
        ("rosa@example.org", []),
        ("first-@example", []),
        ("@rosa@example.org", []),
        # Chinese is written without spaces
        ("请@rosa看一下", ["rosa"]),
        ("＠张伟，请看", ["张伟"]),
        ("请@张伟看一下", ["张伟"]),
        ("@rosa。", ["rosa"]),
        ("@rosa-请看", ["rosa"]),
    ],
)
def test_mentions_are_the_known_names(text: str, names: list[str]) -> None:
    pieces = list(split_mentions(text, KNOWN))

    assert "".join(piece.text for piece in pieces) == text
    assert [piece.username for piece in pieces if piece.username] == names
    assert [piece.text[1:] for piece in pieces if piece.username] == names


def test_mentions_in_a_hostile_text_are_found_in_no_time() -> None:
    text = "@rosa" * 2000 + " @rosa"

    assert [piece.username for piece in split_mentions(text, KNOWN) if piece.username] == ["rosa"]


def test_mentioned_people_are_active_and_named_once(
    reviewer: User, editor: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_user("left", "Lea", "Voss", is_active=False)

    assert mentioned_in("@reviewer, @left, @editor and @reviewer") == [editor, reviewer]
    with django_assert_num_queries(0):
        assert mentioned_in("nobody here") == []
