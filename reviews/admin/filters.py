"""The list's filters: each a choice of one column, shown as a select, and each an index or a plain column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from reviews.admin.links import KEPT
from reviews.models import Finding, Policy
from reviews.quality import CHECKS, SEVERITY_LABELS
from reviews.states import STANDING_CHOICES, STATE_CHOICES, State

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Choices = list[tuple[str, "StrOrPromise"]]
NONE_GIVEN = "-"  # in the address: the records where the column is empty


class ChoiceFilter(SimpleListFilter):
    """A filter that a form can send: an empty value means all, an unknown one is refused."""

    def has_output(self) -> bool:
        return True

    def value(self) -> str | None:
        return super().value() or None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list. Raises ``IncorrectLookupParameters``, upon which the admin shows the whole list."""
        value = self.value()
        if value is None:
            return queryset
        if value not in dict(self.lookup_choices):
            raise IncorrectLookupParameters(f"{self.title}: there is no choice “{value}”.")
        return queryset.filter(self.condition(value))

    def condition(self, value: str) -> Q:
        """Return what holds of the records that are shown."""
        raise NotImplementedError


class FixedFilter(ChoiceFilter):
    """Choices that are known beforehand, each with its condition."""

    options: ClassVar[Sequence[tuple[str, StrOrPromise, Q]]]

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [(value, label) for value, label, _condition in self.options]

    def condition(self, value: str) -> Q:
        return next(condition for key, _label, condition in self.options if key == value)


class StateFilter(FixedFilter):
    title = _("status")
    parameter_name = "state"
    options = [
        *((value, label, Q(state=value)) for value, label in STATE_CHOICES),
        (KEPT, _("All but retired"), ~Q(state=State.RETIRED)),
    ]


class StandingFilter(FixedFilter):
    title = _("standing")
    parameter_name = "standing"
    options = [(value, label, Q(standing=value)) for value, label in STANDING_CHOICES]


class NotesFilter(FixedFilter):
    title = _("audit notes")
    parameter_name = "notes"
    options = [
        ("some", _("Some missing"), Q(missing_notes__gt=0)),
        ("none", _("None missing"), Q(missing_notes=0)),
    ]


class MarkedFilter(FixedFilter):
    title = _("AI mark")
    parameter_name = "marked"
    options = [
        ("yes", _("Marked AI-generated"), Q(is_marked_ai=True)),
        ("no", _("Not marked"), Q(is_marked_ai=False)),
    ]


class ReviewerFilter(FixedFilter):
    title = _("reviewer")
    parameter_name = "reviewer"
    options = [
        ("nobody", _("Is no person"), Q(is_reviewer_person=False)),
        ("person", _("Is a person"), Q(is_reviewer_person=True)),
    ]


def _found_by(*check_ids: str) -> Q:
    """Return the condition that one of these checks found something; asked of an index, so no row doubles."""
    return Q(pk__in=Finding.objects.filter(check_id__in=check_ids).values("policy"))


class SeverityFilter(FixedFilter):
    title = _("findings")
    parameter_name = "severity"
    options = [
        *(
            (severity.value, label, _found_by(*(check.id for check in CHECKS if check.severity is severity)))
            for severity, label in SEVERITY_LABELS.items()
        ),
        ("none", _("None"), ~_found_by(*(check.id for check in CHECKS))),
    ]


class CheckFilter(FixedFilter):
    title = _("check")
    parameter_name = "check"
    options = [(check.id, check.message, _found_by(check.id)) for check in CHECKS]


class ColumnFilter(ChoiceFilter):
    """The values that stand in a column, in one query on its index."""

    column: ClassVar[str]
    empty: ClassVar[str | None] = ""

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        values = Policy.objects.order_by(self.column).values_list(self.column, flat=True).distinct()
        given: Choices = [(str(value), str(value)) for value in values if value != self.empty]
        return [*given, (NONE_GIVEN, _("None given"))] if len(given) < len(values) else given

    def condition(self, value: str) -> Q:
        return Q(**{self.column: self.empty if value == NONE_GIVEN else value})


class CountryFilter(ColumnFilter):
    title = _("country")
    parameter_name = column = "country"


class CategoryFilter(ColumnFilter):
    title = _("category")
    parameter_name = column = "category"


class LanguageFilter(ColumnFilter):
    title = _("language")
    parameter_name = column = "language"


class YearFilter(ColumnFilter):
    title = _("year")
    parameter_name = column = "year"
    empty = None


FILTERS = (
    StateFilter,
    StandingFilter,
    NotesFilter,
    CountryFilter,
    CategoryFilter,
    LanguageFilter,
    YearFilter,
    MarkedFilter,
    ReviewerFilter,
    SeverityFilter,
    CheckFilter,
)
