"""What the edit page shows: sections and controls, what is read-only beside them, and what others changed meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.models import User
from django.forms import BoundField
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reviews.admin.differences import Difference, differ, plain
from reviews.admin.forms import IdentityForm, ReasonForm
from reviews.admin.pages import render_page
from reviews.admin.record_forms import RecordForms
from reviews.documents import REMOVED
from reviews.models import Decision, Policy
from reviews.permissions import Allowed, Denied, may
from reviews.schema import (
    CONTENT_FIELDS,
    MAPPING,
    Change,
    PolicyValues,
    compare_values,
    flatten,
    reason_of_misfit,
    unflatten,
)
from reviews.selectors.timeline import Meanwhile, changed_since
from reviews.selectors.versions import Version
from reviews.states import TRANSITIONS_BY_NAME, Standing, State, Transition

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from reviews.admin.policies import PolicyAdmin


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form under a heading of its own."""

    slug: str
    title: StrOrPromise
    fields: tuple[str, ...] = ()


SECTIONS = (
    Section(
        "basics", _("Basics"), ("title", "country", "category", "status", "legal_weight", "year", "pub_date")
    ),
    Section("source", _("Source"), ("source", "url", "author")),
    Section("texts", _("Texts"), ("description", "interpretation")),
    Section("dimensions", _("Dimensions")),
    Section("regulatory", _("Regulatory")),
    Section("impact", pgettext_lazy("section", "Impact")),
    Section(
        "relations",
        _("Relations"),
        ("sectors", "supersedes", "superseded_by", "clusters", "related_facilities"),
    ),
    Section("body", _("Markdown body"), ("body",)),
)
_ROWS = {row.dotted: row for row in CONTENT_FIELDS if row.kind is not MAPPING}
SUBMITS = (TRANSITIONS_BY_NAME["submit"],)  # the moves that go with saving


@dataclass(frozen=True, slots=True)
class Clash:
    """A value that the editor and somebody else both changed, each from what stood there before."""

    theirs: Difference
    mine: Difference
    version: Version
    control: str


# -- the page ---------------------------------------------------------------------------------------------


def render_form(
    model_admin: PolicyAdmin,
    request: HttpRequest,
    policy: Policy | None,
    forms: RecordForms,
    reason: ReasonForm,
    *,
    version: int | None = None,
    identity: IdentityForm | None = None,
    refusals: Collection[str] = (),
    clashes: Collection[Clash] = (),
    is_showing_errors: bool = True,
    status: int = 200,
    **context: Any,
) -> TemplateResponse:
    may_edit = policy is None or model_admin.has_change_permission(request)
    if policy:
        forms.speak(policy.language)
    errors = _errors(forms, identity, reason) if forms.data is not None and is_showing_errors else []
    return render_page(
        model_admin,
        request,
        "edit.html",
        policy=policy,
        tab="change",
        context={
            **context,
            "version": version or (policy.version if policy else ""),
            "forms": forms,
            "identity": identity,
            "reason": reason,
            "may_edit": may_edit,
            "is_showing_errors": is_showing_errors,
            "errors": errors,
            "refusals": refusals,
            "clashes": clashes,
            "clashing": {clash.control for clash in clashes},
            "sections": _sections(forms),
            "dimensions": _dimension_cards(forms, policy),
            "blank_dimension": {"form": forms.dimensions.blank},
            "mappings": {
                "regulatory": forms.mappings["regulatory"],
                "impact": forms.mappings["impact_analysis"],
            },
            "extra": [(key, plain(value)) for key, value in forms.seen.extra.items()],
            "misfits": _misfits(forms.seen.misfits, but=_ROWS),
            "submits": _submits(request, policy) if may_edit else [],
            "request_reason": _request_for_changes(policy),
        },
        status=status,
    )


def _errors(
    forms: RecordForms, identity: IdentityForm | None, reason: ReasonForm
) -> list[tuple[str, str, str]]:
    plain_forms = [form for form in (identity, reason) if form]
    return [
        *(
            (form[name].id_for_label, str(form[name].label), str(message))
            for form in plain_forms
            for name, found in form.errors.items()
            for message in found
        ),
        *forms.errors(),
    ]


def _dimension_cards(forms: RecordForms, policy: Policy | None) -> list[dict[str, Any]]:
    """Return each dimension's form with its note, its verdict and what is shown but not edited."""
    items = {item.key: item for item in policy.dimensions.all()} if policy else {}
    verdicts = policy.current_verdicts() if policy else {}
    return [
        {
            "form": form,
            "item": None if form.is_new else items.get(form.name),
            "verdict": None if form.is_new else verdicts.get(form.name),
            "is_there": form.is_there,
            "is_open": form.is_bound and form.has_changed(),
            "extra": [(key, plain(value)) for key, value in form.seen.extra.items()],
            "misfits": _misfits(form.seen.misfits),
        }
        for form in forms.dimensions.forms
    ]


def _sections(forms: RecordForms) -> list[tuple[Section, list[tuple[BoundField, str]]]]:
    """Return each section with its controls, and with what the file says where a control cannot show it."""
    misfits = forms.seen.misfits
    notes = {row.name: reason_of_misfit(key, misfits[key]) for key, row in _ROWS.items() if key in misfits}
    return [
        (section, [(forms.facts[name], notes.get(name, "")) for name in section.fields])
        for section in SECTIONS
    ]


def _misfits(misfits: Mapping[str, Any], *, but: Collection[str] = ()) -> list[str]:
    return [reason_of_misfit(key, raw) for key, raw in misfits.items() if key not in but]


def _submits(request: HttpRequest, policy: Policy | None) -> list[tuple[Transition, Allowed | Denied]]:
    """Return the moves that this page offers; a new record may always be tried."""
    if policy is None:
        return [(row, Allowed()) for row in SUBMITS if request.user.has_perm(f"reviews.{row.permission}")]
    facts = policy.facts()
    return [(row, may(cast(User, request.user), row.name, facts)) for row in SUBMITS]


def _request_for_changes(policy: Policy | None) -> Decision | None:
    """Return the decision that asks the editor for changes, where one does."""
    if policy is None or policy.state != State.CHANGES_REQUESTED:
        return None
    return policy.decisions.filter(transition="request_changes").order_by("-pk").first()


# -- two people at once -----------------------------------------------------------------------------------


def render_again(
    model_admin: PolicyAdmin,
    request: HttpRequest,
    policy: Policy,
    seen: Version,
    wanted: PolicyValues,
    reason: ReasonForm,
) -> TemplateResponse:
    """Show what the editor typed on top of what stands there now; saving again then knows of both."""
    current = policy.to_values()
    mine = {change.at: change for change in compare_values(seen.values, wanted)}
    shown, removed = _laid_over(current, wanted, mine.values())
    forms = RecordForms(current, shown=shown, removed=removed)
    meanwhile = changed_since(policy, seen.number)
    clashes = [
        _clash(item, mine[item.change.at], forms)
        for item in meanwhile
        if item.change.at in mine and mine[item.change.at].new != item.change.new
    ]
    kept = [item for item in meanwhile if item.change.at not in mine]
    return render_form(
        model_admin,
        request,
        policy,
        forms,
        reason,
        clashes=clashes,
        kept=[(differ(item.change), item.version) for item in kept],
        is_verified_meanwhile=policy.standing == Standing.VERIFIED and not was_verified(policy, seen),
        has_meanwhile=True,
    )


def _laid_over(
    current: PolicyValues, wanted: PolicyValues, mine: Iterable[Change]
) -> tuple[PolicyValues, set[tuple[str, str]]]:
    """Return the current values with the editor's over them, and the rows that the editor takes out."""
    flat, removed = flatten(current), set()
    for change in mine:
        if change.new is not REMOVED:
            flat[change.at] = change.new
        elif len(change.at) > 1:
            removed.add((str(change.at[0]), str(change.at[1])))
        if change.dimension in wanted.dimensions and change.dimension not in current.dimensions:
            whole = {at: value for at, value in flatten(wanted).items() if at[:2] == change.at[:2]}
            flat.update(whole)  # it was taken out meanwhile, and comes back with this edit
    return unflatten(flat), removed


def _clash(item: Meanwhile, mine: Change, forms: RecordForms) -> Clash:
    return Clash(differ(item.change), differ(mine), item.version, forms.control_at(mine.at))


def was_verified(policy: Policy, seen: Version) -> bool:
    """Whether the sign-off that stands now stood at that version already, so that the page told of it."""
    return policy.signoff is not None and policy.signoff.created_at <= seen.at
