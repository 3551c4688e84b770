"""The table of keys: one thing a key, the verdicts in their order, and nothing that a browser keeps for itself."""

from collections import Counter

from reviews.admin.keys import KEYS, KEYS_BY_NAME
from reviews.states import VerdictKind


def test_every_key_does_one_thing() -> None:
    presses = Counter(press for key in KEYS for press in key.presses)

    assert [press for press, times in presses.items() if times > 1] == []
    assert len(KEYS_BY_NAME) == len(KEYS)


def test_verdicts_are_chosen_by_number_in_their_order() -> None:
    assert [key.presses for key in KEYS[:4]] == [("1",), ("2",), ("3",), ("4",)]
    assert [(key.name, str(key.does)) for key in KEYS[:4]] == [
        (kind.value, kind.label) for kind in VerdictKind
    ]


def test_key_is_printed_as_on_a_keyboard_and_is_no_part_of_the_name() -> None:
    assert KEYS_BY_NAME["next"].printed == ("j", "↓")
    assert KEYS_BY_NAME["next"].data == "j ArrowDown"
    assert KEYS_BY_NAME["leave"].kbd == '<kbd aria-hidden="true">Esc</kbd>'
