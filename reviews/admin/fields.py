"""Fields of the editor's forms: texts, lists, numbers and days that come back exactly as they went out."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from reviews.admin.differences import plain
from reviews.admin.widgets import Day, Line, Text
from reviews.models import Policy
from reviews.schema import DATE, INTEGER, LIST, Field, with_unix_newlines
from reviews.schema.kinds import LARGEST_INTEGER

_LINE_BREAK = " ↵ "  # stands for a line break inside an item, where each item is one line
_LONG_TEXTS = ("description", "interpretation")


class TextField(forms.CharField):
    """Text, kept to the last space. Browsers send line ends as CRLF; here they are newlines."""

    def __init__(self, *, required: bool = False, widget: forms.Widget | None = None, **options: Any) -> None:
        super().__init__(strip=False, required=required, widget=widget or Line(), **options)

    def to_python(self, value: Any) -> str:
        """Return the text as PolicyHub stores it."""
        return with_unix_newlines(super().to_python(value) or "")

    def prepare_value(self, value: Any) -> Any:
        """Return the text for the page, posted text too."""
        return with_unix_newlines(value) if isinstance(value, str) else value


class LinesField(TextField):
    """A list of texts, one a line. Blank lines are no items; a line that stood there is the item it stood for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=Text(count_attributes("items"), rows=3, most=14), **options)
        self.seen: list[str] = []  # set by the form

    def prepare_value(self, value: Any) -> Any:
        """Return the list as it stands in the text area."""
        return (
            super().prepare_value(value)
            if isinstance(value, str)
            else "\n".join(_as_line(item) for item in value or ())
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the text area holds anything but what was put there."""
        return bool(with_unix_newlines(data or "") != self.prepare_value(initial))

    def clean(self, value: Any) -> Any:
        """Return the list."""
        known = {_as_line(item): item for item in self.seen}
        lines = super().clean(value).split("\n")
        return [known.get(line, line.strip().replace(_LINE_BREAK, "\n")) for line in lines if line.strip()]


def _as_line(item: str) -> str:
    return item.replace("\n", _LINE_BREAK)


class NumberField(forms.FloatField):
    """A number, shown as people write it: 75, not 75.0."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        """Return the number as text."""
        return plain(value) if isinstance(value, float) else value


class DayField(forms.DateField):
    """A calendar day, shown as files write it: 2024-05-01."""

    widget = Day

    def prepare_value(self, value: Any) -> Any:
        """Return the day as text."""
        return plain(value) if isinstance(value, dt.date) else value


_COUNTS = {"items": (_("1 item"), _("{} items")), "characters": (_("1 character"), _("{} characters"))}


def count_attributes(what: str) -> dict[str, Any]:
    """Return what the page's script needs to say how many items or characters a text area holds."""
    one, many = _COUNTS[what]
    return {"data-count": what, "data-one": one, "data-many": many}


def field_for(row: Field) -> forms.Field:
    column: Any = Policy._meta.get_field(row.name)
    options: dict[str, Any] = {
        "label": capfirst(str(column.verbose_name)),
        "help_text": str(column.help_text),
        "required": False,
    }
    if row.kind is INTEGER:
        options["widget"] = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        return forms.IntegerField(min_value=-LARGEST_INTEGER, max_value=LARGEST_INTEGER, **options)
    if row.kind is DATE:
        return DayField(input_formats=["%Y-%m-%d"], **options)
    if row.kind is LIST:
        return LinesField(**options)
    if row.name in _LONG_TEXTS:
        return TextField(**options, widget=Text(count_attributes("characters"), rows=4))
    return TextField(**options)
