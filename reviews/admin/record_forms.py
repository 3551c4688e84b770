"""All controls of one record, and what its editor wants: a posted page in, ``PolicyValues`` out.

A posted value counts only where it differs from what the editor saw, so what nobody touched stays exactly
as it was: spelling, type, line breaks and all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext as _

from reviews.admin.differences import plain
from reviews.admin.fields import TextField
from reviews.admin.forms import DimensionForm, FactsForm, KeyedForm, ValueForm, is_posted
from reviews.documents import KeyPath
from reviews.schema import (
    IMPACT_KEYS,
    KNOWN_DIMENSIONS,
    REGULATORY_KEYS,
    DimensionValues,
    PolicyValues,
    read_policy,
    with_unix_newlines,
)

KNOWN_KEYS = {"regulatory": REGULATORY_KEYS, "impact_analysis": IMPACT_KEYS}
MOST_ROWS = 2_000  # rows read of one list of a posted page
Row = TypeVar("Row", bound=KeyedForm)


@dataclass(frozen=True, slots=True)
class Rows(Generic[Row]):
    """The rows of one mapping or of the dimensions, and a blank one from which a script makes more."""

    name: str
    forms: list[Row]
    blank: Row

    def next_number(self) -> int:
        """A number that no row has."""
        return 1 + max((int(str(form.prefix).rsplit("-", 1)[1]) for form in self.forms), default=-1)

    def check(self) -> bool:
        """Validate the rows; two of one name are refused at the second."""
        wrong = [form for form in self.forms if not form.is_valid()]
        names: set[str] = set()
        for form in self.forms:
            key = form.cleaned_data.get("key")
            if key is None or form.is_ignored:
                continue
            if key in names:
                form.add_error("key", _("“%(key)s” is there already: choose another name.") % {"key": key})
                wrong.append(form)
            names.add(key)
        return not wrong


class RecordForms:
    """All controls of one record. Bound to ``data``, they tell what the editor wants of what was ``seen``.

    Unbound, they show ``shown`` (else what was seen); ``removed`` names the rows whose tick is set, as
    ``("regulatory", key)`` or ``("analysis", key)``. ``more`` names the rows to which a blank one is added.
    """

    def __init__(
        self,
        seen: PolicyValues,
        data: Mapping[str, Any] | None = None,
        *,
        shown: PolicyValues | None = None,
        removed: Collection[tuple[str, str]] = (),
        more: str = "",
    ) -> None:
        self.seen, self.data, self.shown = seen, data, shown or seen
        self.removed, self.more = removed, more
        self.facts = FactsForm(seen, data, initial={**self.shown.fields, "body": self.shown.body})
        self.dimensions = self._rows(
            "analysis", DimensionForm, seen.dimensions, self.shown.dimensions, KNOWN_DIMENSIONS
        )
        self.mappings = {
            name: self._rows(name, ValueForm, seen.fields[name], self.shown.fields[name], known)
            for name, known in KNOWN_KEYS.items()
        }

    @property
    def rows(self) -> tuple[Rows[Any], ...]:
        """The dimensions and the mappings."""
        return (self.dimensions, *self.mappings.values())

    def _rows(
        self,
        name: str,
        form: type[Row],
        seen: Mapping[str, Any],
        shown: Mapping[str, Any],
        known: tuple[str, ...],
    ) -> Rows[Row]:
        there = {*seen, *known}  # the keys of rows that keep theirs
        rows = []
        if self.data is None:
            # Dimensions stand as in the record; a mapping's keys do not, since PostgreSQL keeps no order of keys.
            keys = (*shown, *known) if name == "analysis" else (*known, *sorted(shown))
            for number, key in enumerate(dict.fromkeys(keys)):
                values = _initial(shown[key]) if key in shown else {}
                initial = {**values, "key": key, "remove": (name, key) in self.removed}
                options: dict[str, Any] = {"is_new": key not in there, "is_there": key in shown}
                options |= {"seen": seen[key]} if key in seen else {}
                rows.append(form(name, number, initial=initial, **options))
        else:
            for number in posted_numbers(self.data, name):
                key = with_unix_newlines(self.data[f"{name}-{number}-key"])
                is_new = key not in there
                there.discard(key)  # a second row of that name is a new one
                is_there = key in seen and not is_new
                values = _initial(seen[key]) if is_there else {}
                initial = {**values, "key": "" if is_new else key}
                options = {"is_new": is_new, "is_there": is_there} | ({"seen": seen[key]} if is_there else {})
                rows.append(form(name, number, self.data, initial=initial, **options))
        result = Rows(name, rows, form(name, "new", is_new=True))
        if self.more == name:
            rows.append(form(name, result.next_number(), is_new=True))
        return result

    def is_valid(self) -> bool:
        """Whether every control holds what its field can; all are checked, so that all errors show at once."""
        return all([self.facts.is_valid(), *(rows.check() for rows in self.rows)])

    def speak(self, language: str) -> None:
        """Tell browsers the language of the texts, for their fonts and spelling."""
        for form in (self.facts, *(form for rows in self.rows for form in (*rows.forms, rows.blank))):
            for field in form.fields.values():
                if isinstance(field, TextField):
                    field.widget.attrs["lang"] = language

    def forget_errors(self) -> None:
        """Drop all errors: the page was not posted to be saved."""
        for form in (self.facts, *(form for rows in self.rows for form in rows.forms)):
            form.errors.clear()

    def wanted(self) -> PolicyValues:
        """Return the record as its editor wants it: what was seen, with what was typed."""
        typed = {
            name: self.facts.cleaned_data[name]
            for name in self.facts.changed_data
            if is_posted(self.facts, name)
        }
        body = typed.pop("body", self.seen.body)
        fields = self.seen.fields | typed | {name: self._wanted_mapping(name) for name in KNOWN_KEYS}
        dimensions = self._wanted_dimensions()
        unreadable = {
            f"analysis.{key}" for key in dimensions
        }  # an entry that was none gives way to one that is
        misfits = {key: raw for key, raw in self.seen.misfits.items() if key not in unreadable}
        return replace(self.seen, fields=fields, dimensions=dimensions, misfits=misfits, body=body)

    def _wanted_mapping(self, name: str) -> dict[str, Any]:
        seen = self.seen.fields[name]
        wanted = dict(seen)
        for form in self.mappings[name].forms:
            if form.is_ignored:
                continue
            key = form.cleaned_data["key"]
            if form.cleaned_data["remove"]:
                wanted.pop(key, None)
            elif key in seen or form.is_new or form.typed:
                wanted[key] = form.wanted()
        return wanted

    def _wanted_dimensions(self) -> dict[str, DimensionValues]:
        wanted = dict(self.seen.dimensions)
        for form in self.dimensions.forms:
            if form.is_ignored:
                continue
            key = form.cleaned_data["key"]
            if form.cleaned_data["remove"]:
                wanted.pop(key, None)
            elif key in wanted or form.is_new or form.typed:
                before = wanted.get(key, _EMPTY_DIMENSION)
                wanted[key] = replace(before, fields=before.fields | form.typed)
        return wanted

    def errors(self) -> Iterator[tuple[str, str, str]]:
        """Yield each error as control's id, what it is called, and what is wrong."""
        rows = [(form, form.name or _("New row")) for rows in self.rows for form in rows.forms]
        for form, at in [(self.facts, ""), *rows]:
            for name, messages in form.errors.items():
                label = f"{at} · {form[name].label}" if at else str(form[name].label)
                for message in messages:
                    yield form[name].id_for_label, label, str(message)

    def control_at(self, at: KeyPath) -> str:
        """Return the id of the control that holds a value; of nothing where there is none."""
        match at:
            case (str() as name,) if name in self.facts.fields:
                return self.facts[name].id_for_label
            case (str() as name, key, *rest) if rest or name in KNOWN_KEYS:
                rows = self.dimensions if name == "analysis" else self.mappings[name]
                field = str(rest[0]) if rest else "value"
                for form in rows.forms:
                    if form.name == key and field in form.fields:
                        return form[field].id_for_label
        return ""


_EMPTY_DIMENSION = read_policy({"analysis": {"": {}}}, "").dimensions[""]


def _initial(value: Any) -> dict[str, Any]:
    return value.fields if isinstance(value, DimensionValues) else {"value": plain(value)}


def posted_numbers(data: Mapping[str, Any], name: str) -> list[int]:
    """Return the numbers of the posted rows of that name, in order."""
    pattern = re.compile(rf"{name}-([0-9]{{1,6}})-key")
    return sorted({int(match[1]) for key in data if (match := pattern.fullmatch(key))})[:MOST_ROWS]
