"""What people call the places of a record, in their language; keys of the file stay as the file has them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING

from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from reviews.documents import KeyPath

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# The fields of the table, and what else has a place of its own: the body, and a verdict.
FIELDS: dict[str, StrOrPromise] = {
    "title": _("title"),
    "country": _("country"),
    "category": _("category"),
    "status": pgettext_lazy("of the policy itself", "status"),
    "legal_weight": _("legal weight"),
    "year": _("year"),
    "pub_date": _("pub date"),
    "source": _("source"),
    "url": _("url"),
    "description": _("description"),
    "interpretation": _("interpretation"),
    "sectors": _("sectors"),
    "supersedes": _("supersedes"),
    "superseded_by": _("superseded by"),
    "clusters": _("clusters"),
    "regulatory": _("regulatory"),
    "impact_analysis": _("impact analysis"),
    "related_facilities": _("related facilities"),
    "author": _("author"),
    "file_status": _("file status"),
    "reviewer": _("reviewer"),
    "last_audit_date": _("last audit date"),
    "score": _("score"),
    "label": _("label"),
    "evidence": _("evidence"),
    "citation": _("citation"),
    "audit_note": _("audit note"),
    "verdict": _("verdict"),
    "body": _("body"),
}
# The keys that mappings usually have, as labels beside the keys themselves.
KEYS: dict[str, StrOrPromise] = {
    "co2_definition": _("CO₂ definition"),
    "cross_border_rules": _("Cross border rules"),
    "financial_assurance": _("Financial assurance"),
    "liability_period": _("Liability period"),
    "liability_transfer": _("Liability transfer"),
    "permitting_lead_time": _("Permitting lead time"),
    "pore_space_rights": _("Pore space rights"),
    "economic": _("Economic"),
    "environmental": _("Environmental"),
    "technical": _("Technical"),
}


def label_of(at: KeyPath) -> str:
    """Return a place as people call it: ``market · audit note``, ``regulatory · liability_period``."""
    parts = [str(part) for part in at if part not in ("analysis", "extra")]
    is_unreadable = bool(at) and at[0] == "misfits"
    names = [str(FIELDS.get(part, part)) for part in parts]
    return " · ".join([gettext("unreadable"), *names[1:]] if is_unreadable else names)


def listed(names: Iterable[str]) -> str:
    """Return the names one after the other, as people list them."""
    return pgettext("between the items of a list", ", ").join(names)


def told(sentences: Iterable[str]) -> str:
    """Return the sentences one after the other, with the space between them that their language has."""
    said = pgettext("two sentences", "%(first)s %(second)s")
    texts = list(sentences)
    return reduce(lambda text, following: said % {"first": text, "second": following}, texts) if texts else ""
