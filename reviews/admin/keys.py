"""The keys of the review page, in one table: its buttons, its help, its script and the documentation read it.

The script knows no key and no word: it presses the control whose ``data-keys`` names the key that was pressed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from reviews.states import VERDICT_CHOICES

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_PRINTED = {"ArrowDown": "↓", "ArrowUp": "↑", "Escape": "Esc"}  # the others as browsers call them


@dataclass(frozen=True, slots=True)
class Key:
    """What one thing is done with. ``presses`` are as browsers call them, the first is on the button."""

    name: str
    presses: tuple[str, ...]
    does: StrOrPromise

    @property
    def data(self) -> str:
        """All presses, as the script reads them."""
        return " ".join(self.presses)

    @property
    def printed(self) -> tuple[str, ...]:
        """All presses, as they are printed on a keyboard."""
        return tuple(_PRINTED.get(press, press) for press in self.presses)

    @property
    def kbd(self) -> SafeString:
        """The first press as it stands on a button; it is no part of the button's name."""
        return format_html('<kbd aria-hidden="true">{}</kbd>', self.printed[0])


KEYS: tuple[Key, ...] = (
    *(Key(kind, (str(n),), label) for n, (kind, label) in enumerate(VERDICT_CHOICES, start=1)),
    Key("clear", ("0",), _("Take the chosen verdict back")),
    Key("note", ("n",), _("Write the audit note")),
    Key(
        "done",
        ("Ctrl+Enter",),
        _("Done with this one: the next open dimension; after the last, save and next"),
    ),
    Key("verify", ("v", "Ctrl+Shift+Enter"), _("Save, verify, and open the next record")),
    Key("next", ("j", "ArrowDown"), _("Next dimension")),
    Key("previous", ("k", "ArrowUp"), _("Previous dimension")),
    Key("correct", ("e",), _("Correct the evidence")),
    Key("save_next", ("s",), _("Save, and open the next record")),
    Key("save", ("Ctrl+s",), _("Save, and stay")),
    Key("request_changes", ("r",), _("Request changes: write the reason")),
    Key("abstain", ("a",), _("Abstain: write the reason")),
    Key("skip", ("x",), _("Skip: it comes back at the end of your round")),
    Key("take_over", ("t",), _("Take over what somebody else has open")),
    Key("comment", ("c",), _("Comment")),
    Key("source", ("o",), _("Open the source")),
    Key("texts", ("i",), _("Show description, interpretation and body")),
    Key("help", ("?",), _("Show these keys")),
    Key("leave", ("Escape",), _("Leave the text field")),
)
KEYS_BY_NAME = {key.name: key for key in KEYS}
