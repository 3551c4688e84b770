"""Policies as a table, to read elsewhere: JSON, CSV and XLSX through django-import-export. Nothing comes back in.

In CSV and XLSX a text that a spreadsheet would take for a formula gets a leading apostrophe. The guard can
be undone exactly: ``unguard`` takes one apostrophe away, and only where the guard had put one.
"""

# mypy: allow-untyped-calls
# (import-export has no types)

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any, NoReturn

from django.db import models
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.formats.base_formats import CSV, JSON, XLSX
from import_export.resources import ModelResource
from import_export.widgets import Widget
from tablib import Dataset  # type: ignore[import-untyped]  # it has none

from reviews.models import DimensionAnalysis, Policy
from reviews.schema import KNOWN_DIMENSIONS
from reviews.services.errors import RefusedError

# What spreadsheets take for a formula, after any number of apostrophes: those have to be told apart from ours.
# The last four are the full-width = + - @, which some spreadsheets read as the plain ones.
_START = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(rf"'*{_START}")
_GUARDED = re.compile(rf"'+{_START}")
# What XML cannot hold, and so no XLSX file.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_LONG = (
    "description", "interpretation", "body", "regulatory", "impact_analysis", "related_facilities", "extra", "misfits",
)  # fmt: skip


def guard(value: Any) -> Any:
    """Return the cell so that no spreadsheet computes it; what is no text stays as it is."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def unguard(value: Any) -> Any:
    """Return the cell as it was before ``guard``."""
    return value[1:] if isinstance(value, str) and _GUARDED.match(value) else value


def _guarded(dataset: Dataset) -> Dataset:
    return Dataset(*([guard(cell) for cell in row] for row in dataset), headers=dataset.headers)


class GuardedCSV(CSV):
    """CSV whose cells are no formulas."""

    def export_data(self, dataset: Dataset, **kwargs: Any) -> Any:
        return super().export_data(_guarded(dataset), **kwargs)


class GuardedXLSX(XLSX):
    """XLSX whose cells are no formulas; a character that XML cannot hold becomes U+FFFD."""

    def export_data(self, dataset: Dataset, **kwargs: Any) -> Any:
        rows = (
            [_NOT_IN_XML.sub("\ufffd", cell) if isinstance(cell, str) else cell for cell in row]
            for row in dataset
        )
        return super().export_data(_guarded(Dataset(*rows, headers=dataset.headers)), **kwargs)


FORMATS = [GuardedXLSX, GuardedCSV, JSON]


class AsItIs(Widget):
    """Numbers stay numbers, dates stay dates, and nothing stays nothing."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value


class Joined(Widget):
    """The items of a list, parted by semicolons."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "; ".join(
            item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in value
        )


def _score_of(key: str, policy: Policy) -> float | None:
    return next((item.score for item in policy.dimensions.all() if item.key == key), None)


def _score(key: str) -> Field:
    return Field(column_name=f"score_{key}", dehydrate_method=partial(_score_of, key), widget=AsItIs())


class PolicyResource(ModelResource):
    """One row a policy: what identifies it, where it stands, and the score of each dimension."""

    id = Field("policy_id", "id", AsItIs())
    legal_status = Field("status", "legal_status", AsItIs())
    score_incentive = _score("incentive")
    score_statutory = _score("statutory")
    score_market = _score("market")
    score_strategic = _score("strategic")
    score_mrv = _score("mrv")
    score_technical = _score("technical")
    score_liability = _score("liability")
    other_scores = Field(column_name="other_scores", widget=AsItIs())

    class Meta:
        model = Policy
        name = "Policies"
        fields = export_order = (
            "id", "language", "title", "country", "category", "year", "pub_date", "source", "url", "legal_status",
            "legal_weight", "sectors", "supersedes", "superseded_by", "state", "standing", "reviewer",
            "last_audit_date", "missing_notes", *(f"score_{key}" for key in KNOWN_DIMENSIONS), "other_scores",
        )  # fmt: skip

    @classmethod
    def widget_from_django_field(cls, f: models.Field[Any, Any], default: Any = Widget) -> type[Widget]:  # noqa: ARG003 - theirs has it
        return Joined if isinstance(f, models.JSONField) else AsItIs

    def filter_export(self, queryset: QuerySet[Policy], **kwargs: Any) -> QuerySet[Policy]:
        """Return the policies with their scores, without the long texts."""
        scores = DimensionAnalysis.objects.only("policy", "key", "score", "position")
        return queryset.defer(*_LONG).prefetch_related(Prefetch("dimensions", scores))

    def dehydrate_other_scores(self, policy: Policy) -> str:
        others = (item for item in policy.dimensions.all() if item.key not in KNOWN_DIMENSIONS)
        return "; ".join(f"{item.key}: {'–' if item.score is None else f'{item.score:g}'}" for item in others)

    def import_data(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse. Raises ``RefusedError``: a table says nothing of who changed what, and why."""
        raise RefusedError(
            _(
                "Tables do not come in: they hold a part of each policy only. "
                "Change policies in the admin, or change their files and import these."
            )
        )
