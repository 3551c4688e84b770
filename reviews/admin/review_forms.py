"""What a reviewer sends from the Review tab: a judgement for each dimension, and a decision on the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import QueryDict

from reviews.schema import with_unix_newlines
from reviews.services.errors import RefusedError
from reviews.services.workflow import Judgement
from reviews.states import TRANSITIONS, VerdictKind

SAVE = "save"  # the button that decides nothing


class NoteField(forms.CharField):
    """Text as it was typed, with the line ends that records have; browsers send others."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, strip=False, **options)

    def to_python(self, value: object) -> str:
        return with_unix_newlines(super().to_python(value) or "")


class JudgementForm(forms.Form):
    """Note and verdict on one dimension, with what stood on the page when it was loaded."""

    key = forms.CharField(strip=False, widget=forms.HiddenInput)
    seen_digest = forms.CharField(widget=forms.HiddenInput)
    seen_note = NoteField(widget=forms.HiddenInput)
    seen_verdict = forms.IntegerField(required=False, widget=forms.HiddenInput)
    note = NoteField(label="Audit note", widget=forms.Textarea(attrs={"rows": 4}))
    kind = forms.TypedChoiceField(
        label="Verdict",
        choices=[(kind.value, kind.label) for kind in VerdictKind],
        coerce=VerdictKind,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    covers = forms.BooleanField(required=False)

    use_required_attribute = False

    def judgement(self) -> Judgement:
        """Return what the reviewer said. Raises ``RefusedError`` where the values are none that the page offers."""
        if not self.is_valid():
            reasons = [text for messages in self.errors.values() for text in messages]
            raise RefusedError(*(f"“{self.typed('key')}”: {reason}" for reason in reasons))
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

    def typed(self, name: str) -> str:
        """Return a value as it was sent, whatever it is."""
        return with_unix_newlines(str(self.data.get(self.add_prefix(name), "")))


class DecisionForm(forms.Form):
    """Which button was pressed, the reason, and which record stood on the page."""

    act = forms.ChoiceField(choices=[(SAVE, SAVE), *((row.name, row.label) for row in TRANSITIONS)])
    reason = NoteField(widget=forms.Textarea(attrs={"rows": 2}))
    seen_digest = forms.CharField(widget=forms.HiddenInput)
    seen_version = forms.IntegerField(widget=forms.HiddenInput)


def judgement_forms(data: QueryDict) -> Iterator[JudgementForm]:
    """Yield the judgements that were sent, in the page's order."""
    index = 0
    while f"{index}-key" in data:
        yield JudgementForm(data, prefix=str(index))
        index += 1
