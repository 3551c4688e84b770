"""What a reviewer sends from the review page: of each dimension a judgement or a correction, and one act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from reviews.schema import with_unix_newlines
from reviews.services.errors import RefusedError
from reviews.services.workflow import Judgement
from reviews.states import REVIEW, TRANSITIONS, VERDICT_CHOICES, VerdictKind

_KEY = re.compile(r"(0|[1-9][0-9]{0,3})-key")
SAVE, SAVE_NEXT, SKIP, TAKE_OVER = "save", "save_next", "skip", "take_over"  # acts that decide nothing
ACTS = (SAVE, SAVE_NEXT, SKIP, TAKE_OVER, *(row.name for row in TRANSITIONS))
# What ends the work on this record: the next one is shown then.
LEAVING = (
    SAVE_NEXT,
    SKIP,
    *(row.name for row in TRANSITIONS if row.permission == REVIEW and row.name != "reopen"),
)


class NoteField(forms.CharField):
    """Text as it was typed, with the line ends that records have; browsers send others."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, strip=False, **options)

    def to_python(self, value: object) -> str:
        return _storable(super().to_python(value) or "")


class JudgementForm(forms.Form):
    """Note, verdict and corrected evidence of one dimension, with what stood on the page when it was loaded.

    The page's template draws its fields: sixty widgets would take a third of the time of the page.
    """

    key = forms.CharField(strip=False)
    seen_digest = forms.CharField()
    seen_note = NoteField()
    seen_verdict = forms.IntegerField(required=False)
    seen_evidence = NoteField()
    note = NoteField()
    kind = forms.TypedChoiceField(
        choices=VERDICT_CHOICES, coerce=VerdictKind, empty_value=None, required=False
    )
    covers = forms.BooleanField(required=False)
    evidence = NoteField()

    @property
    def seen(self) -> list[tuple[str, Any]]:
        """What stands on the page beside the fields, to be sent along."""
        return [
            (name, self.initial[name]) for name in self.fields if name == "key" or name.startswith("seen_")
        ]

    def judgement(self) -> Judgement:
        """Return what the reviewer said. Raises ``RefusedError`` where the values are none that the page offers."""
        if not self.is_valid():
            reasons = [text for messages in self.errors.values() for text in messages]
            said = _("“%(key)s”: %(reason)s")
            raise RefusedError(*(said % {"key": self.typed("key"), "reason": reason} for reason in reasons))
        data = self.cleaned_data
        return Judgement(
            key=data["key"],
            note=data["note"],
            kind=data["kind"],
            seen_digest=data["seen_digest"],
            seen_note=data["seen_note"],
            seen_verdict=data["seen_verdict"] or 0,
            is_covering_translations=data["covers"],
        )

    @property
    def is_correcting(self) -> bool:
        """Whether the evidence was changed, where the page offered a field for it."""
        is_offered = self.add_prefix("evidence") in self.data
        return is_offered and self.typed("evidence") != self.typed("seen_evidence")

    def typed(self, name: str) -> str:
        """Return a value as it was sent, whatever it is."""
        return _storable(str(self.data.get(self.add_prefix(name), "")))


class DecisionForm(forms.Form):
    """Which button was pressed, the reason, and which record stood on the page."""

    act = forms.ChoiceField(choices=[(act, act) for act in ACTS])
    reason = NoteField()
    seen_digest = forms.CharField()
    seen_version = forms.IntegerField()


def _storable(text: str) -> str:
    return with_unix_newlines(text).replace("\0", "")  # nobody types NUL, and no database takes it


def judgement_forms(data: QueryDict) -> Iterator[JudgementForm]:
    """Yield the judgements that were sent, in the page's order; claims that were only to be read leave gaps."""
    for number in sorted(int(found[1]) for name in data if (found := _KEY.fullmatch(name))):
        yield JudgementForm(data, prefix=str(number))
