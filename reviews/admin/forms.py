"""The editor's forms, plain Django forms: the policy's own values, one dimension, one value of a mapping."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from reviews.admin.differences import plain
from reviews.admin.fields import LinesField, NumberField, TextField, count_attributes, field_for
from reviews.admin.widgets import Text
from reviews.models.policy import LANGUAGE, POLICY_ID
from reviews.schema import CONTENT_FIELDS, MAPPING, DimensionValues, PolicyValues
from reviews.schema.labels import KEYS

_KEY = RegexValidator(
    r"\A[^\W_](?:[^\n\r\t]*\S)?\Z", _("A name starts with a letter or digit and stands on one line.")
)
_TOO_LONG = re.compile(r"\s*[+-]?[\d_.]{301,}\s*")  # a float ends before, and Python reads no int of 4,300


class FactsForm(forms.Form):
    """The policy's own values, mappings apart, and its body. A table's row makes each control."""

    use_required_attribute = False

    def __init__(
        self, seen: PolicyValues, data: Mapping[str, Any] | None, *, initial: dict[str, Any]
    ) -> None:
        super().__init__(data, initial=initial)
        for row in CONTENT_FIELDS:
            if row.kind is not MAPPING:
                self.fields[row.name] = field = field_for(row)
                if isinstance(field, LinesField):
                    field.seen = seen.fields[row.name]
        self.fields["title"].required = True
        self.fields["title"].error_messages["required"] = _("A policy needs a title.")
        body = Text(count_attributes("characters"), rows=12, most=40)
        self.fields["body"] = TextField(label=_("Markdown body"), widget=body)

    def clean_title(self) -> str:
        """Refuse a title of spaces."""
        title: str = self.cleaned_data["title"]
        if not title.strip():
            raise forms.ValidationError(_("A policy needs a title."))
        return title

    def clean_url(self) -> str:
        """Refuse a new link that is none; one that stood there stays."""
        url: str = self.cleaned_data["url"]
        if "url" in self.changed_data and url and not re.match(r"https?://[^\s/]+\S*\Z", url):
            raise forms.ValidationError(_("A link starts with https:// or http:// and has no spaces."))
        return url

    def clean_body(self) -> str:
        """Refuse a body that no import would take back."""
        body: str = self.cleaned_data["body"]
        if len(body.encode()) > settings.POLICYHUB_MAX_FILE_BYTES:
            raise forms.ValidationError(
                _("The body is larger than a file may be (%(count)s bytes): shorten it.")
                % {"count": f"{settings.POLICYHUB_MAX_FILE_BYTES:,}"}
            )
        return body


class KeyedForm(forms.Form):
    """One row under a key: a dimension, or a value of a mapping. Rows that stood there keep their key."""

    use_required_attribute = False

    key = forms.CharField(label=_("Name"), max_length=200, validators=[_KEY])
    remove = forms.BooleanField(label=_("Remove"), required=False)

    def __init__(
        self,
        name: str,
        number: int | str,
        data: Mapping[str, Any] | None = None,
        *,
        is_new: bool,
        is_there: bool = False,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix=f"{name}-{number}", initial=initial, empty_permitted=is_new)
        self.is_new, self.is_there = is_new, is_there
        if not is_new:
            self.fields["key"] = TextField(widget=forms.HiddenInput())
        elif self.is_bound and self["remove"].value():
            self.fields["key"].required = False
        self.order_fields(["key"])

    @property
    def name(self) -> str:
        """What the row is called: its key, as it stands there or was typed."""
        return str(self["key"].value() or "")

    @property
    def label_text(self) -> str:
        """The key as a label: “Liability period”."""
        return str(KEYS.get(self.name) or capfirst(self.name.replace("_", " ").replace("co2", "CO₂")))

    @property
    def is_ignored(self) -> bool:
        """Whether it is a new row that adds nothing."""
        return self.is_new and (not self.has_changed() or bool(self.cleaned_data.get("remove")))

    @property
    def typed(self) -> dict[str, Any]:
        """What the editor changed, by field. A control that was not posted changes nothing."""
        return {
            name: self.cleaned_data[name]
            for name in self.changed_data
            if name not in ("key", "remove") and is_posted(self, name)
        }


class ValueForm(KeyedForm):
    """One value of a mapping. Numbers stay numbers; a value with parts of its own is shown and kept."""

    value = TextField(label=_("Value"), widget=Text(rows=1))

    def __init__(self, *args: Any, seen: Any = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.seen = seen
        if self.has_parts:
            del self.fields["value"]

    @property
    def has_parts(self) -> bool:
        """Whether the value is a list or a mapping itself."""
        return isinstance(self.seen, list | dict)

    @property
    def parts(self) -> str:
        """Such a value as people read it."""
        return plain(self.seen)

    def clean_value(self) -> str:
        """Refuse a number that no file and no database can hold as one, where a number stood."""
        text: str = self.cleaned_data["value"]
        if "value" in self.changed_data and _is_number(self.seen) and _TOO_LONG.fullmatch(text):
            raise forms.ValidationError(_("A number has no more than 300 digits: shorten it."))
        return text

    def wanted(self) -> Any:
        """Return the value that the editor wants."""
        return _as_before(self.typed["value"], self.seen) if "value" in self.typed else self.seen


class DimensionForm(KeyedForm):
    """One dimension: the claim that reviewers judge. ``seen`` is what stood there, notes and all."""

    score = NumberField(label=_("Score"), required=False)
    label = TextField(label=_("Label"), widget=Text(rows=1))
    evidence = TextField(label=_("Evidence"), widget=Text(rows=3))
    citation = TextField(label=_("Citation"), widget=Text(rows=1))

    def __init__(self, *args: Any, seen: DimensionValues | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.seen = seen or DimensionValues({}, {}, {})


def is_posted(form: forms.Form, name: str) -> bool:
    field = form.fields[name]
    return not field.widget.value_omitted_from_data(form.data, form.files, form.add_prefix(name))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_before(text: str, before: Any) -> Any:
    """Return typed text as the type that stood there, where it still reads as one."""
    if isinstance(before, bool):
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if _is_number(before):
        for number in (int, float):
            try:
                value = number(text)
            except ValueError:
                continue
            return value if math.isfinite(value) else text
    return text


class IdentityForm(forms.Form):
    """Id and language: given once, when a record is added, and for ever."""

    policy_id = forms.CharField(
        label=_("Id"),
        max_length=200,
        validators=[POLICY_ID],
        help_text=_("Names the file and never changes, like “cn-ccer”."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    language = forms.CharField(
        label=_("Language"),
        max_length=20,
        validators=[LANGUAGE],
        help_text=_("A tag like “en”, “zh” or “pt-BR”. The same id in two languages makes two translations."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )


class ReasonForm(forms.Form):
    """Why a change is made, for the history."""

    reason = TextField(
        label=_("Reason, for the history"),
        max_length=1_000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
