"""The list's filters by how far the work is: what the file says, what was judged, signed, written, and by whom."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from reviews.admin.filters import ChoiceFilter, Choices, FixedFilter
from reviews.models import DimensionAnalysis, Hold, Policy
from reviews.selectors.coverage import KNOWN_DIMENSIONS
from reviews.selectors.export_status import LABELS, has_export_status
from reviews.selectors.progress import (
    IS_BEGUN,
    IS_CALLED_VERIFIED,
    IS_JUDGED,
    IS_UNWRITTEN,
    IS_WRITTEN,
    is_by,
)
from reviews.selectors.queue import is_signable


class ClaimFilter(FixedFilter):
    title = _("status in the file")
    parameter_name = "says"
    options = [
        ("verified", _("Verified"), IS_CALLED_VERIFIED),
        ("else", _("Something else, or nothing"), ~IS_CALLED_VERIFIED),
    ]


class JudgedFilter(FixedFilter):
    title = _("judged")
    parameter_name = "judged"
    options = [
        ("none", _("No dimension"), ~IS_BEGUN),
        ("some", _("At least one dimension"), IS_BEGUN),
        ("all", _("Every dimension"), IS_JUDGED),
    ]


class WrittenFilter(FixedFilter):
    title = _("signed text")
    parameter_name = "written"
    options = [
        ("yes", _("Stands in the file"), IS_WRITTEN),
        ("no", _("Not in the file yet"), IS_UNWRITTEN),
    ]


class ExportFilter(FixedFilter):
    title = _("not exported because")
    parameter_name = "stays"
    options = [(status.value, label, has_export_status(status)) for status, label in LABELS.items()]


class DimensionFilter(ChoiceFilter):
    """The known dimensions, and whatever other the address names."""

    title = _("dimension")
    parameter_name = "dimension"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [(key, key) for key in dict.fromkeys((*KNOWN_DIMENSIONS, *filter(None, [self.value()])))]

    def condition(self, value: str) -> Q:
        return Q(Exists(DimensionAnalysis.objects.filter(policy=OuterRef("pk"), key=value)))


class AuthorFilter(ChoiceFilter):
    title = _("author")
    parameter_name = "author"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        self.condition_of = {"me": is_by(request.user)}  # type: ignore[arg-type]  # nobody else gets here
        return [("me", _("I wrote part of it"))]

    def condition(self, value: str) -> Q:
        return self.condition_of[value]


class HolderFilter(ChoiceFilter):
    """Who has a record open just now."""

    title = _("reviewed by now")
    parameter_name = "holder"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        holds = Hold.objects.filter(person=OuterRef("pk"), until__gt=now())
        people = User.objects.filter(Exists(holds)).order_by("first_name", "last_name", "pk")
        return [(str(person.pk), person.get_full_name() or person.get_username()) for person in people]

    def condition(self, value: str) -> Q:
        return Q(hold__person=int(value), hold__until__gt=now())


class SignerFilter(ChoiceFilter):
    title = _("to sign")
    parameter_name = "signer"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        self.person = request.user
        return [("me", _("Waits, and I may sign it"))]

    def condition(self, value: str) -> Q:
        signable = is_signable(self.person)  # type: ignore[arg-type]  # as above
        return Q(pk__in=Policy.objects.waiting().filter(signable).order_by().values("pk"))


PROGRESS_FILTERS = (
    ClaimFilter,
    JudgedFilter,
    WrittenFilter,
    ExportFilter,
    DimensionFilter,
    AuthorFilter,
    HolderFilter,
    SignerFilter,
)
