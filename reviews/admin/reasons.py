"""Why a version was made, in the language of the reader: services store their own reasons in English."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from reviews.schema import listed
from reviews.states import TRANSITIONS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Reasons as services store them, with what differs from one to the next; a person's own words may follow some.
_REASONS: tuple[tuple[str, StrOrPromise], ...] = (
    (r"Added", _("Added")),
    (r"Edited", _("Edited")),
    (r"Restored version (?P<number>\d+)", _("Restored version %(number)s")),
    (r"Restored version (?P<number>\d+): (?P<why>.+)", _("Restored version %(number)s: %(why)s")),
    (
        r"Audit note: (?P<keys>.+), covered by the verdict on (?P<policy>.+)",
        _("Audit note: %(keys)s, covered by the verdict on %(policy)s"),
    ),
    (r"Audit note: (?P<keys>.+)", _("Audit note: %(keys)s")),
    (r"Resolved 1 conflict with its file", _("Resolved a conflict with its file")),
    (r"Resolved 1 conflict with its file: (?P<why>.+)", _("Resolved a conflict with its file: %(why)s")),
    (r"Resolved (?P<count>\d+) conflicts with its file", _("Resolved %(count)s conflicts with its file")),
    (
        r"Resolved (?P<count>\d+) conflicts with its file: (?P<why>.+)",
        _("Resolved %(count)s conflicts with its file: %(why)s"),
    ),
    (r"Imported from (?P<path>.+)", _("Imported from %(path)s")),
    (r"Exported to (?P<path>.+)", _("Exported to %(path)s")),
    (r"Found as signed: (?P<path>.+)", _("Found as signed: %(path)s")),
    (r"Found as it is here: (?P<path>.+)", _("Found as it is here: %(path)s")),
    (r"Moved to (?P<path>.+)", _("Moved to %(path)s")),
    (r"Gone, to be written again: (?P<path>.+)", _("Gone, to be written again: %(path)s")),
    (r"(?P<path>.+) is (?P<new>\S+ \(\S+\)) now", _("%(path)s is %(new)s now")),
    (
        r"Renamed from (?P<old>\S+ \(\S+\)) to (?P<new>\S+ \(\S+\)), as (?P<path>.+) says",
        _("Renamed from %(old)s to %(new)s, as %(path)s says"),
    ),
    (r"Moved with its folder to (?P<path>.+)", _("Moved with its folder to %(path)s")),
)
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), said) for pattern, said in _REASONS)


def say_reason(stored: str) -> str:
    """Return a stored reason for people; what a person wrote stays as it is."""
    for pattern, said in _PATTERNS:
        if found := pattern.fullmatch(stored):
            values = found.groupdict()
            if "keys" in values:
                values["keys"] = listed(values["keys"].split(", "))
            return str(said) % values
    name, colon, why = stored.partition(": ")
    if name in _moves():
        move = gettext(name)
        return gettext("%(what)s: %(why)s") % {"what": move, "why": why} if colon else move
    return stored


def _moves() -> set[str]:
    """What transitions are called in English."""
    with override("en"):
        return {str(row.label) for row in TRANSITIONS}
