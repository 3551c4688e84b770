"""Controls of the editor: text areas that fit their text, and single lines that become one where they must."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.utils.safestring import SafeString

_CHARACTERS_A_ROW = 90


class Text(forms.Textarea):
    """A text area with as many rows as its text needs, from ``rows`` to ``most``.

    Django writes a newline after the opening tag, so the one that HTML drops there is never the text's.
    """

    def __init__(self, attrs: dict[str, Any] | None = None, *, rows: int = 2, most: int = 24) -> None:
        super().__init__(attrs)
        self.rows, self.most = rows, most

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Leave out the fixed size that Django gives every text area."""
        return {
            key: value for key, value in super().build_attrs(base_attrs, extra_attrs).items() if key != "cols"
        }

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Set the rows that the text at hand needs."""
        lines = str(value or "").split("\n")
        needed = sum(1 + len(line) // _CHARACTERS_A_ROW for line in lines)
        rows = max(self.rows, min(needed, self.most))
        return super().get_context(name, value, {**(attrs or {}), "rows": rows})


class Line(forms.TextInput):
    """A single line; a text area where the value has line breaks, which a single line would drop."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """Return the control for this very value."""
        if value and "\n" in str(value):
            return Text(self.attrs).render(name, value, attrs, renderer)
        return super().render(name, value, attrs, renderer)


class Day(forms.DateInput):
    """A calendar day. What is no day stays a line of text, since a date control would drop it."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """Return the control for this very value."""
        try:
            forms.DateField(input_formats=["%Y-%m-%d"]).clean(value or "2000-01-01")
        except forms.ValidationError:
            return forms.TextInput(self.attrs).render(name, value, attrs, renderer)
        return forms.DateInput({**self.attrs, "type": "date"}, format="%Y-%m-%d").render(
            name, value, attrs, renderer
        )
