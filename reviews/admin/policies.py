"""Policies in the admin: the list, who may do what, and the pages of one policy."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import smart_split, unescape_string_literal
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from import_export.admin import ExportMixin
from import_export.forms import ExportForm

from reviews.admin import (
    assigning,
    comments,
    conflicts,
    edit,
    file,
    holding,
    outbox,
    questions,
    queue,
    review,
    selection,
    timeline,
)
from reviews.admin.comment_list import OpenCommentsFilter
from reviews.admin.filters import FILTERS, ChoiceFilter
from reviews.admin.progress_filters import PROGRESS_FILTERS
from reviews.admin.queue_filters import QUEUE_FILTERS
from reviews.models import Assignment, DimensionAnalysis, Policy
from reviews.resources import FORMATS, PolicyResource
from reviews.selectors.comments import count_open_threads
from reviews.selectors.export_status import ExportStatus, with_export_status
from reviews.states import REVIEW

# Each module offers ``urls(model_admin)``.
PAGES = (queue, holding, assigning, outbox, review, comments, file, timeline, conflicts, questions)

COLUMNS = (
    "policy_id", "language", "title", "country", "category", "year", "state", "standing", "missing_notes", "updated_at",
    "next_review_on", "assignment__due_on", "assignment__assignee__username", "assignment__assignee__first_name",
    "assignment__assignee__last_name",
)  # fmt: skip
FIRST_FILTERS = {"state", "standing", "country", "language", "check", "assigned"}  # the others fold away
SEARCHED = ("policy_id", "title", "country", "source")
SEARCHED_CLAIMS = ("label", "evidence")
MAX_WORDS = 20  # of a search: each is a condition, and SQLite stops at a thousand


class PolicyList(ChangeList):
    """The list as one person sees it: without the long texts, and leading to where they work."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        may = request.user.has_perm
        self.page = "change" if may("reviews.change_policy") and not may(f"reviews.{REVIEW}") else "review"
        super().__init__(request, *args, **kwargs)

    def get_filters(self, request: HttpRequest) -> Any:
        """Return what Django's list does; ``first_filters`` are those that are used most."""
        found = super().get_filters(request)
        specs = cast("list[ChoiceFilter]", found[0])
        self.first_filters = [item for item in specs if item.parameter_name in FIRST_FILTERS]
        self.more_filters = [item for item in specs if item.parameter_name not in FIRST_FILTERS]
        self.chosen = sum(item.value() is not None for item in specs)
        self.is_more_chosen = any(item.value() is not None for item in self.more_filters)
        return found

    def get_results(self, request: HttpRequest) -> None:
        rows = self.queryset.select_related("assignment__assignee").only(*COLUMNS)
        self.queryset = with_export_status(rows).annotate(open_threads=count_open_threads())
        super().get_results(request)

    def url_for_result(self, result: Model) -> str:
        return reverse(f"admin:reviews_policy_{self.page}", args=[result.pk])


@admin.register(Policy)
class PolicyAdmin(ExportMixin, admin.ModelAdmin):  # type: ignore[type-arg, misc]  # generic for the type checker alone
    """The list of policies; every page of one policy is a module of its own."""

    list_display = (
        "record", "language", "country", "category", "year", "status_badge", "standing_badge", "notes", "assigned",
        "stays", "changed",
    )  # fmt: skip
    list_display_links = ("record",)
    list_filter = (*FILTERS, *QUEUE_FILTERS, *PROGRESS_FILTERS, OpenCommentsFilter)
    search_fields = (*SEARCHED, *(f"dimensions__{name}" for name in SEARCHED_CLAIMS))
    search_help_text = _(
        "Id, title, country, source, and the claims' labels and evidence. “Quotes” keep words together."
    )
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    preserve_filters = False
    empty_value_display = "–"
    ordering = ("policy_id", "language")
    actions = ("assign_selected", "export_selected")
    import_export_change_list_template = "admin/reviews/policy/change_list.html"
    export_template_name = "admin/reviews/policy/export.html"
    resource_classes = [PolicyResource]
    export_form_class = ExportForm  # type: ignore[assignment]  # declared as the default one
    formats = FORMATS

    def get_urls(self) -> list[URLPattern]:
        """Return the pages' addresses and the admin's own, but its last, which takes any word for a policy."""
        return [*(url for page in PAGES for url in page.urls(self)), *super().get_urls()[:-1]]  # type: ignore[no-untyped-call]  # import-export has no types

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes a policy, superusers included: its history stays."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Leave adding and changing to the edit page."""
        return edit.show_form(self, request, object_id)

    # -- the list -----------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PolicyList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Policy], search_term: str
    ) -> tuple[QuerySet[Policy], bool]:
        """Return the policies that have every word somewhere; claims are asked by ``EXISTS``, so no row doubles."""
        for bit in list(smart_split(search_term))[:MAX_WORDS]:
            word = (
                unescape_string_literal(bit)
                if bit[0] in "\"'" and bit[0] == bit[-1] and len(bit) > 1
                else bit
            )
            claims = DimensionAnalysis.objects.filter(_has(word, SEARCHED_CLAIMS), policy=OuterRef("pk"))
            queryset = queryset.filter(_has(word, SEARCHED) | Q(Exists(claims)))
        return queryset, False

    @admin.display(description=_("policy"), ordering="policy_id")
    def record(self, policy: Policy) -> SafeString:
        said = format_html(
            '<span class="record-title" lang="{}">{}</span> <span class="record-id">{}</span>',
            policy.language,
            policy.title,
            policy.policy_id,
        )
        count: int = getattr(policy, "open_threads", 0)  # which the list adds
        if not count:
            return said
        told = ngettext("%(count)d open comment", "%(count)d open comments", count) % {"count": count}
        return format_html('{} <span class="badge tone-amber">{}</span>', said, told)

    @admin.display(description=_("status"), ordering="state")
    def status_badge(self, policy: Policy) -> SafeString:
        return format_html('<span class="badge state-{}">{}</span>', policy.state, policy.get_state_display())

    @admin.display(description=_("standing"), ordering="standing")
    def standing_badge(self, policy: Policy) -> SafeString:
        label = policy.get_standing_display()
        badge = format_html('<span class="badge standing-{}">{}</span>', policy.standing, label)
        due = format_html(' <span class="badge tone-blue">{}</span>', _("Due")) if policy.is_due else ""
        return format_html("{}{}", badge, due)

    @admin.display(description=_("notes missing"), ordering="missing_notes")
    def notes(self, policy: Policy) -> SafeString:
        label = _("Notes missing:")  # for narrow screens, where the table has no head
        return format_html('<span data-label="{}">{}</span>', label, policy.missing_notes)

    @admin.display(description=_("assigned to"), ordering="assignment__due_on")
    def assigned(self, policy: Policy) -> SafeString | str:
        assignment: Assignment | None = getattr(policy, "assignment", None)
        if assignment is None:
            return format_html('<span class="muted">{}</span>', self.empty_value_display)
        name = holding.name_of(assignment.assignee)
        if assignment.due_on is None:
            return name
        day = _("due %(day)s") % {"day": date_format(assignment.due_on, "SHORT_DATE_FORMAT")}
        said = format_html('{} <span class="muted">{}</span>', name, day)
        if not assignment.is_overdue:
            return said
        return format_html('{} <span class="badge tone-red">{}</span>', said, _("Overdue"))

    @admin.display(description=_("not exported because"))
    def stays(self, policy: Policy) -> SafeString:
        status = ExportStatus(policy.export_status)  # type: ignore[attr-defined]  # which the list adds
        tone = "" if status.is_reason else "muted"
        label = _("Not exported because:") if status.is_reason else _("Export:")  # for narrow screens
        return format_html('<span class="{}" data-label="{}">{}</span>', tone, label, status.label)

    @admin.display(description=_("changed"), ordering="updated_at")
    def changed(self, policy: Policy) -> SafeString:
        at = localtime(policy.updated_at)
        day, label = date_format(at, "SHORT_DATE_FORMAT"), _("Changed")
        return format_html(
            '<span data-label="{}"><time datetime="{}">{}</time></span>', label, at.isoformat(), day
        )

    # -- export -------------------------------------------------------------------------------------------

    @admin.action(description=_("Export selected…"), permissions=["export"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Policy]) -> TemplateResponse:
        """Show what of the selection goes out; from there the ZIP is downloaded."""
        return outbox.show_outbox(self, request, queryset, selection=selection.selection_of(queryset))

    # -- assigning ----------------------------------------------------------------------------------------

    def has_assign_permission(self, request: HttpRequest) -> bool:
        """Who reviews may ask others to, and themselves."""
        return request.user.has_perm(f"reviews.{REVIEW}")

    @admin.action(description=_("Assign…"), permissions=["assign"])
    def assign_selected(self, request: HttpRequest, queryset: QuerySet[Policy]) -> HttpResponse:
        """Ask who reviews the selection, and by when."""
        return assigning.show_page(self, request, [policy.pk for policy in queryset.only("pk")])


def _has(word: str, columns: tuple[str, ...]) -> Q:
    condition = Q()
    for column in columns:
        condition |= Q(**{f"{column}__icontains": word})
    return condition
