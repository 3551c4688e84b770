"""The page that assigns: to a person or evenly over a group, perhaps by a day, or back; the plan before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from reviews.admin.accounts import role_name
from reviews.admin.holding import name_of
from reviews.admin.pages import tell_busy
from reviews.admin.selection import read_selection
from reviews.models import Assignment, Policy
from reviews.selectors.queue import reviewers
from reviews.services.assigning import (
    AssignPlan,
    AssignReport,
    assign_evenly,
    assign_policies,
    members_of,
    plan_assignments,
    unassign_policies,
)
from reviews.services.errors import RefusedError
from reviews.states import REVIEW

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin

SHOWN = 500  # rows of the plan; more are counted, not listed


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the page's address."""
    view = require_http_methods(["GET", "HEAD", "POST"])(partial(assign_view, model_admin))
    return [path("assign/", model_admin.admin_site.admin_view(view), name="reviews_policy_assign")]


class AssignForm(forms.Form):
    """Who is asked, and by when. ``to`` is ``person-<pk>`` or ``group-<pk>``: one select, so that only one is meant."""

    to = forms.ChoiceField(label=gettext_lazy("Assign to"))
    due_on = forms.DateField(
        label=gettext_lazy("Due"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("Leave it empty where no day matters."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = reviewers()
        open_work = Count("assignments", Q(assignments__policy__in=Policy.objects.waiting().values("pk")))
        self.people = {
            person.pk: person
            for person in able.annotate(load=open_work).order_by("first_name", "last_name", "pk")
        }
        size = Count("user", Q(user__in=able.values("pk")))
        self.groups = {group.pk: group for group in Group.objects.annotate(size=size).filter(size__gt=0)}
        field = cast("forms.ChoiceField", self.fields["to"])
        field.choices = [
            ("", "–"),
            (
                _("One person"),
                [(f"person-{pk}", self._person(person, actor)) for pk, person in self.people.items()],
            ),
            (
                _("Evenly over a group"),
                [(f"group-{pk}", self._group(group)) for pk, group in self.groups.items()],
            ),
        ]

    @staticmethod
    def _person(person: User, actor: User) -> str:
        load: int = person.load  # type: ignore[attr-defined]  # annotated
        said = ngettext("%(name)s (%(load)d open)", "%(name)s (%(load)d open)", load)
        name = _("%(name)s, me") % {"name": name_of(person)} if person == actor else name_of(person)
        return said % {"name": name, "load": load}

    @staticmethod
    def _group(group: Group) -> str:
        size: int = group.size  # type: ignore[attr-defined]  # annotated
        said = ngettext("%(name)s (%(size)d reviewer)", "%(name)s (%(size)d reviewers)", size)
        return said % {"name": role_name(group), "size": size}

    def target(self) -> User | Group:
        """Return who was chosen."""
        kind, _dash, pk = self.cleaned_data["to"].partition("-")
        return self.people[int(pk)] if kind == "person" else self.groups[int(pk)]


@dataclass(frozen=True, slots=True)
class Share:
    """What one person has, gets, and has then."""

    person: User
    load: int
    gets: int

    @property
    def total(self) -> int:
        return self.load + self.gets


def assign_view(model_admin: PolicyAdmin, request: HttpRequest) -> HttpResponse:
    """Take what the page's form, or the small one of the review page, sends. Raises ``BadRequest``."""
    if request.method != "POST":  # as after a login, which sends nothing again
        return HttpResponseRedirect(reverse("admin:reviews_policy_changelist"))
    pks = read_selection(request.POST.get("selection", ""))
    act = request.POST.get("act", "")
    if act not in ("plan", "assign", "take_back"):
        return show_page(model_admin, request, pks)
    _require(request)
    actor = cast("User", request.user)
    form = AssignForm(request.POST, actor=actor) if act != "take_back" else None
    reasons: tuple[str, ...] = ()
    try:
        if form is None:
            _tell_taken_back(request, unassign_policies(pks, actor=actor))
            return _leave(request, pks)
        if act == "assign" and form.is_valid():
            _tell(request, _assign(pks, form, actor))
            return _leave(request, pks)
    except RefusedError as error:
        reasons = error.reasons
    except OperationalError as error:
        reasons = (tell_busy(error),)
    return show_page(model_admin, request, pks, form=form, reasons=reasons)


def show_page(
    model_admin: PolicyAdmin,
    request: HttpRequest,
    pks: Sequence[int],
    *,
    form: AssignForm | None = None,
    reasons: Sequence[str] = (),
) -> TemplateResponse:
    """Show the form, and the plan where it says to whom."""
    _require(request)
    actor = cast("User", request.user)
    form = form or AssignForm(actor=actor)
    plan = _plan(pks, form) if form.is_bound and form.is_valid() else None
    taken = Assignment.objects.filter(policy__in=pks).count()
    return TemplateResponse(
        request,
        "admin/reviews/policy/assign.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": Policy._meta,
            "title": ngettext("Assign %(count)d policy", "Assign %(count)d policies", len(pks))
            % {"count": len(pks)},
            "selection": ",".join(map(str, pks)),
            "back": request.POST.get("back", ""),
            "form": form,
            "plan": plan,
            "rows": plan.rows[:SHOWN] if plan else (),
            "shown": SHOWN,
            "refused": sum(row.assignee is None for row in plan.rows) if plan else 0,
            "shares": _shares(plan, form) if plan else (),
            "gets": sum(plan.shares.values()) if plan else 0,
            "taken": taken,
            "reasons": reasons,
        },
    )


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm(f"reviews.{REVIEW}"):
        raise PermissionDenied


def _plan(pks: Sequence[int], form: AssignForm) -> AssignPlan:
    target = form.target()
    return plan_assignments(pks, [target] if isinstance(target, User) else members_of(target))


def _assign(pks: Sequence[int], form: AssignForm, actor: User) -> AssignReport:
    target, due_on, seen = form.target(), form.cleaned_data["due_on"], form.cleaned_data["seen"]
    if isinstance(target, User):
        return assign_policies(pks, assignee=target, due_on=due_on, actor=actor, seen=seen)
    return assign_evenly(pks, group=target, due_on=due_on, actor=actor, seen=seen)


def _shares(plan: AssignPlan, form: AssignForm) -> list[Share]:
    return [
        Share(person, plan.loads[pk], plan.shares[pk])
        for pk, person in form.people.items()
        if pk in plan.loads
    ]


def _leave(request: HttpRequest, pks: Sequence[int]) -> HttpResponseRedirect:
    """Return to where the person came from: the one record's review page, or the list."""
    if request.POST.get("back") == "review" and len(pks) == 1:
        return HttpResponseRedirect(reverse("admin:reviews_policy_review", args=pks))
    return HttpResponseRedirect(reverse("admin:reviews_policy_changelist"))


def _tell(request: HttpRequest, report: AssignReport) -> None:
    count = len(report.assignments)
    if count:
        said = ngettext("Assigned %(count)d policy.", "Assigned %(count)d policies.", count)
        messages.success(request, said % {"count": count})
    if report.unchanged:
        said = ngettext(
            "%(count)d was assigned like this already.",
            "%(count)d were assigned like this already.",
            report.unchanged,
        )
        messages.info(request, said % {"count": report.unchanged})
    for row in report.refused[:5]:
        messages.warning(request, _("%(policy)s: %(why)s") % {"policy": row.policy, "why": row.why_not})
    if more := len(report.refused[5:]):
        said = ngettext("%(count)d more was not assigned.", "%(count)d more were not assigned.", more)
        messages.warning(request, said % {"count": more})


def _tell_taken_back(request: HttpRequest, count: int) -> None:
    if not count:
        messages.info(request, _("None of them was assigned, so nothing was taken back."))
        return
    said = ngettext("Took back %(count)d policy.", "Took back %(count)d policies.", count)
    messages.success(request, said % {"count": count})
