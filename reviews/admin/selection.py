"""A selection of policies, as one form field holds it: a form may hold no more than 1,000 fields."""

from __future__ import annotations

import re

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reviews.models import Policy

_SELECTION = re.compile(r"\d{1,18}(,\d{1,18})*", re.ASCII)


def selection_of(policies: QuerySet[Policy]) -> str:
    """Return the policies as the field holds them."""
    return ",".join(str(pk) for pk in policies.values_list("pk", flat=True))


def read_selection(selection: str) -> list[int]:
    """Return the primary keys that the field holds, each once. Raises ``BadRequest`` where it holds none."""
    if not _SELECTION.fullmatch(selection):
        raise BadRequest(_("The selection is no list of policies: go back and select them again."))
    return list(dict.fromkeys(map(int, selection.split(","))))
