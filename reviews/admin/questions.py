"""The pages of questions about files: all that wait, what was left out, and one with all that can be answered."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews.admin.conflicts import conflict_tabs
from reviews.admin.fields import TextField
from reviews.admin.pages import tell_busy
from reviews.admin.timeline import Group, group_changes
from reviews.models import Answer, FileQuestion, Policy, QuestionKind
from reviews.permissions import has_role, lacks_role
from reviews.schema import PolicyValues, compare_values
from reviews.selectors.questions import (
    count_left_out,
    list_left_out,
    list_questions,
    question_with_record,
    text_of_other,
)
from reviews.services.answering import ANSWERS, AnswerReport, answer_question, ask_again, place_to_write
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.folders import UnreadableError
from reviews.services.reading import parse_text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from reviews.admin.policies import PolicyAdmin

PER_PAGE = 50

TITLES: dict[QuestionKind, StrOrPromise] = {
    QuestionKind.GONE: gettext_lazy("A record's file is gone"),
    QuestionKind.MOVED: gettext_lazy("A record's file seems to have moved"),
    QuestionKind.RENAMED: gettext_lazy("A record's file has another id"),
    QuestionKind.DOUBLED: gettext_lazy("Two files say that they are one record"),
}
# What each answer does; of some it depends on what was asked.
EFFECTS: dict[tuple[QuestionKind, Answer], StrOrPromise] = {
    (QuestionKind.GONE, Answer.RETIRE): gettext_lazy(
        "The record leaves the knowledge base: it waits for nobody, counts nowhere and is not exported. All that it "
        "has stays, and it can be brought back."
    ),
    (QuestionKind.GONE, Answer.WRITE_AGAIN): gettext_lazy(
        "The record stays. Once a reviewer has signed it, an export writes its file again, to the same place."
    ),
    (QuestionKind.MOVED, Answer.FOLLOW): gettext_lazy(
        "The record follows its file to the new path. What else changed in the file is merged in; what changed here as "
        "well becomes a conflict."
    ),
    (QuestionKind.MOVED, Answer.IGNORE): gettext_lazy(
        "Imports pass this file over as long as it says that it is this record. The next one asks what becomes of the "
        "record, whose own file is gone."
    ),
    (QuestionKind.RENAMED, Answer.RENAME): gettext_lazy(
        "The record keeps its history and takes the file's id. A signature does not cover another id: a verified "
        "record is in review again."
    ),
    (QuestionKind.RENAMED, Answer.NEW_RECORD): gettext_lazy(
        "The file becomes a new record, which waits for a review. The old record stays without a file, and you are "
        "asked next what becomes of it."
    ),
    (QuestionKind.RENAMED, Answer.IGNORE): gettext_lazy(
        "Imports pass this file over as long as it says this id. The record stays as it is, and is not exported over "
        "the file."
    ),
    (QuestionKind.DOUBLED, Answer.FOLLOW): gettext_lazy(
        "This file is the record's from now on, and its text is merged in. Imports pass the other one over."
    ),
    (QuestionKind.DOUBLED, Answer.IGNORE): gettext_lazy(
        "Imports pass this file over as long as it says that it is this record. The other file stays the record's, or "
        "becomes it with the next import."
    ),
}


class AnswerForm(forms.Form):
    """The pressed button, and the reason that retiring takes."""

    answer = forms.ChoiceField(choices=Answer)
    reason = TextField(label=gettext_lazy("Reason, for the history"), max_length=1_000)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer as a button, and what it does."""

    answer: Answer
    effect: StrOrPromise
    takes_reason: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the file says otherwise than what it is compared with, or why that cannot be told."""

    groups: Sequence[Group] = ()
    refusal: str = ""


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the pages' addresses."""
    wrap = model_admin.admin_site.admin_view
    every = require_safe(partial(show_list, model_admin))
    left_out = require_safe(partial(show_left_out, model_admin))
    one = require_http_methods(["GET", "HEAD", "POST"])(partial(show_question, model_admin))
    again = require_POST(partial(ask_file_again, model_admin))
    return [
        path("conflicts/files/", wrap(every), name="reviews_policy_questions"),
        path("conflicts/files/left-out/", wrap(left_out), name="reviews_policy_left_out"),
        path("conflicts/files/<int:question_pk>/", wrap(one), name="reviews_policy_question"),
        path("conflicts/files/<int:question_pk>/again/", wrap(again), name="reviews_policy_ask_again"),
    ]


def show_list(model_admin: PolicyAdmin, request: HttpRequest) -> HttpResponse:
    """List the files about which an import asks."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    page = Paginator(list_questions(), PER_PAGE).get_page(request.GET.get("page"))
    return _render(
        model_admin,
        request,
        "questions.html",
        {
            "title": _("Conflicts"),
            "conflict_tabs": conflict_tabs("files"),
            "rows": [(row, TITLES[QuestionKind(row.kind)]) for row in page],
            "left_out": count_left_out(),
            "page": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
        },
    )


def show_left_out(model_admin: PolicyAdmin, request: HttpRequest) -> HttpResponse:
    """List the files that stay out because somebody said so."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    page = Paginator(list_left_out(), PER_PAGE).get_page(request.GET.get("page"))
    return _render(
        model_admin,
        request,
        "left_out.html",
        {
            "title": _("Files that are left out"),
            "may_ask": has_role(cast(User, request.user), "change_policy"),
            "page": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
        },
    )


def ask_file_again(model_admin: PolicyAdmin, request: HttpRequest, question_pk: int) -> HttpResponse:
    """Open the question about a file that was left out again, and lead to it."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    try:
        question = ask_again(question_pk, actor=cast(User, request.user))
    except FileQuestion.DoesNotExist as error:
        raise _unknown(question_pk) from error
    except ForbiddenError as error:
        raise PermissionDenied(str(error)) from error
    except RefusedError as error:
        messages.error(request, str(error))
    except OperationalError as error:
        messages.error(request, tell_busy(error))
    else:
        messages.success(request, _("%(path)s waits for an answer again.") % {"path": question.path})
        return HttpResponseRedirect(reverse("admin:reviews_policy_question", args=[question.pk]))
    return HttpResponseRedirect(reverse("admin:reviews_policy_left_out"))


def show_question(model_admin: PolicyAdmin, request: HttpRequest, question_pk: int) -> HttpResponse:
    """Show one question, and do what is answered."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    refusals: tuple[str, ...] = ()
    status = 200
    form = AnswerForm(request.POST or None)
    if request.method == "POST":
        if not form.is_valid():
            return HttpResponseBadRequest(
                _("This is no answer to a question: load the page and send it again.")
            )
        answer = Answer(form.cleaned_data["answer"])
        try:
            report = answer_question(
                question_pk, answer, actor=cast(User, request.user), reason=form.cleaned_data["reason"]
            )
        except FileQuestion.DoesNotExist as error:
            raise _unknown(question_pk) from error
        except RefusedError as error:
            refusals, status = error.reasons, 403 if isinstance(error, ForbiddenError) else 200
        except OperationalError as error:
            refusals, status = (tell_busy(error),), 503
        else:
            _tell(request, report)
            return HttpResponseRedirect(reverse("admin:reviews_policy_questions"))
    question = question_with_record(question_pk)
    if question is None:
        raise _unknown(question_pk)
    kind = QuestionKind(question.kind)
    actor = cast(User, request.user)
    may_answer = question.is_open and has_role(actor, "change_policy")
    return _render(
        model_admin,
        request,
        "question.html",
        {
            "title": TITLES[kind],
            "question": question,
            "record": question.policy,
            "comparison": _compare(question),
            "choices": [
                Choice(item, _effect_of(question, item), item is Answer.RETIRE)
                for item in (ANSWERS[kind] if may_answer else ())
            ],
            "why_not": ""
            if may_answer or not question.is_open
            else str(lacks_role("change_policy", _("Answering a question about a file"))),
            "reason": form["reason"].value() if form.is_bound else _first_reason(question),
            "refusals": refusals,
        },
        status=status,
    )


def _effect_of(question: FileQuestion, answer: Answer) -> StrOrPromise:
    """Say what an answer does; of a file that is to be written, also where, if its place was taken; of a record that
    takes another id, also which languages keep the old one.
    """
    place = place_to_write(question) if answer is Answer.WRITE_AGAIN else question.path
    if place == question.path:
        effect = EFFECTS[QuestionKind(question.kind), answer]
        left = _left_behind(question) if answer is Answer.RENAME else ""
        return f"{effect} {left}" if left else effect
    said = _(
        "The record stays. %(path)s is the file of another record now: once a reviewer has signed this one, an export "
        "writes its file to %(place)s, beside it."
    )
    return said % {"path": question.path, "place": place}


def _left_behind(question: FileQuestion) -> str:
    """Name the record's translations, which do not take the id that its file has now."""
    record = question.policy
    if record is None or record.policy_id == question.policy_name:
        return ""
    languages = list(record.translations().order_by("language").values_list("language", flat=True))
    said = ngettext(
        "Its translation (%(languages)s) keeps the id “%(id)s”, and is a policy of its own until its file says the new "
        "id too.",
        "Its translations (%(languages)s) keep the id “%(id)s”, and are policies of their own until their files say "
        "the new id too.",
        len(languages),
    )
    return said % {"languages": ", ".join(languages), "id": record.policy_id} if languages else ""


def _first_reason(question: FileQuestion) -> str:
    return _("Its file is gone: %(path)s") % {"path": question.path}


def _compare(question: FileQuestion) -> Comparison | None:
    """Return what the file says otherwise than the record, or of two new files than the other; nothing of one gone."""
    if question.kind == QuestionKind.GONE:
        return None
    try:
        theirs = parse_text(question.path, question.language, question.text).values
        ours = question.policy.to_values() if question.policy else _read_other(question)
    except UnreadableError as error:
        return Comparison(refusal=str(error))
    if ours is None:
        return None
    return Comparison(group_changes(compare_values(ours, theirs)))


def _read_other(question: FileQuestion) -> PolicyValues | None:
    text = text_of_other(question)
    with suppress(UnreadableError):
        return parse_text(question.other_path, question.language, text).values if text else None
    return None


def _tell(request: HttpRequest, report: AnswerReport) -> None:
    question, policy = report.question, report.policy
    said = {
        Answer.RETIRE: _("The record is retired:"),
        Answer.WRITE_AGAIN: _("An export will write the file again:"),
        Answer.FOLLOW: _("%(path)s is the record's file now:"),
        Answer.RENAME: _("The record has the id of its file now:"),
        Answer.NEW_RECORD: _("%(path)s is a new record:"),
        Answer.IGNORE: _("%(path)s is left out."),
    }[Answer(question.answer)] % {"path": question.path}
    if policy is None or question.answer == Answer.IGNORE:
        messages.success(request, said)
        return
    messages.success(
        request, format_html('{} <a href="{}">{}</a>', said, policy.get_absolute_url(), policy.title)
    )
    if report.conflicts:
        told = ngettext(
            "%(count)s value changed both in the file and here.",
            "%(count)s values changed both in the file and here.",
            report.conflicts,
        ) % {"count": report.conflicts}
        url = reverse("admin:reviews_policy_resolve", args=[policy.pk])
        messages.warning(
            request, format_html('{} <a href="{}">{}</a>', told, url, _("Resolve the conflicts"))
        )


def _unknown(pk: int) -> Http404:
    return Http404(_("There is no question with the number %(number)s.") % {"number": pk})


def _render(
    model_admin: PolicyAdmin,
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> TemplateResponse:
    request.current_app = model_admin.admin_site.name
    shared = {**model_admin.admin_site.each_context(request), "opts": Policy._meta}
    return TemplateResponse(request, f"admin/reviews/policy/{template}", {**shared, **context}, status=status)
