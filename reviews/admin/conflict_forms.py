"""The form of one conflict: the file's value, PolicyHub's, or another one, in the control that its field has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviews.admin.fields import LinesField, NumberField, TextField, field_for
from reviews.admin.widgets import Text
from reviews.documents import KeyPath
from reviews.merge import LineMerge, Misfit, merge_lines
from reviews.models import Conflict, Resolution
from reviews.schema import POLICY_FIELDS
from reviews.services.resolving import Choice, is_writable

OFFERED = (Resolution.THEIRS, Resolution.OURS, Resolution.OTHER)
THEIR_MARK, MIDDLE_MARK, OUR_MARK = (
    "<<<<<<<",
    "=======",
    ">>>>>>>",
)  # around lines that clash, as git has them
_FIELDS = {row.name: row for row in POLICY_FIELDS}


class ConflictForm(forms.Form):
    """What is chosen for one conflict, nothing where it stays open. ``other`` is missing where no control can hold
    such a value: then it is one of the two.
    """

    use_required_attribute = False

    choice = forms.ChoiceField(
        choices=[(item.value, item.label) for item in OFFERED], required=False, widget=forms.RadioSelect
    )

    def __init__(
        self,
        row: Conflict,
        sides: tuple[Any, Any, Any],
        data: Mapping[str, Any] | None = None,
        *,
        initial: str = "",
    ) -> None:
        super().__init__(data, prefix=str(row.pk), initial={"choice": initial})
        self.conflict = row
        self.sides = sides
        field = other_field(row.at, sides)
        if field is not None:
            field.label = _("Another value")
            field.initial = first_draft(*sides)
            if isinstance(field, LinesField):
                field.seen = [item for side in sides if isinstance(side, list) for item in side]
            self.fields["other"] = field
        else:
            self.fields["choice"].choices = self.fields["choice"].choices[:2]  # type: ignore[attr-defined]  # it is one

    @property
    def chosen(self) -> str:
        """What is chosen, posted or set beforehand."""
        return str(self["choice"].value() or "")

    def clean_other(self) -> Any:
        """Refuse a text in which the marks around clashing lines still stand."""
        value = self.cleaned_data["other"]
        if self.chosen == Resolution.OTHER and isinstance(value, str):
            lines = value.split("\n")
            marks = [line for line in lines if line.startswith((THEIR_MARK, OUR_MARK))]
            # The same line under a heading is Markdown, where a side has it.
            known = max(str(side).split("\n").count(MIDDLE_MARK) for side in self.sides)
            if marks or lines.count(MIDDLE_MARK) > known:
                said = gettext(
                    "Marks of clashing lines still stand in the text, as “%(line)s”: choose between the lines, "
                    "and take the marks out."
                )
                raise forms.ValidationError(said % {"line": marks[0] if marks else MIDDLE_MARK})
        return value

    def clean(self) -> dict[str, Any]:
        """What is not chosen need not be right."""
        cleaned = super().clean() or {}
        if self.chosen != Resolution.OTHER:
            self.errors.pop("other", None)
        return cleaned

    def choice_made(self) -> Choice | None:
        """Return what is to be done, nothing where the conflict stays open."""
        if not (chosen := self.cleaned_data["choice"]):
            return None
        return Resolution(chosen), self.cleaned_data.get("other")


def other_field(at: KeyPath, sides: tuple[Any, Any, Any]) -> forms.Field | None:
    """Return the control in which a third value is written, if there is one for such values."""
    if not is_writable(at, *sides[1:]):
        return None
    if len(at) == 1 and at[0] in _FIELDS:
        return field_for(_FIELDS[str(at[0])])
    if len(at) == 3 and at[0] == "analysis" and at[2] == "score":
        return NumberField(required=False)
    return TextField(widget=Text(rows=3, most=24))


def first_draft(base: Any, theirs: Any, ours: Any) -> Any:
    """Return what a third value begins with: the lines that merged and both versions of the others; else ours."""
    if isinstance(ours, Misfit):
        return None
    if all(isinstance(side, str) for side in (base, theirs, ours)) and "\n" in f"{base}{theirs}{ours}":
        return _marked(merge_lines(base, theirs, ours))
    return ours


def _marked(merge: LineMerge) -> str:
    lines: list[str] = []
    for chunk in merge.chunks:
        if chunk.is_clash:
            names = gettext("the file"), "PolicyHub"
            lines += [
                f"{THEIR_MARK} {names[0]}",
                *chunk.theirs,
                MIDDLE_MARK,
                *chunk.ours,
                f"{OUR_MARK} {names[1]}",
            ]
        else:
            lines += chunk.lines
    return "\n".join(lines)
