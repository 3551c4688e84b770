"""The list of all comments, to read and to find one's own; each leads to where it stands on the review page."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, Model, OuterRef, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from reviews.admin.decisions import ReadOnly, ShortList, badge
from reviews.admin.filters import ChoiceFilter, Choices, FixedFilter
from reviews.models import Comment
from reviews.selectors.comments import IN_OPEN_THREAD, OPENS_OPEN_THREAD, open_mention_keys

_OPEN_HERE = Exists(Comment.objects.filter(OPENS_OPEN_THREAD, policy=OuterRef("pk")))


class OpenCommentsFilter(FixedFilter):
    """Of policies: whether a thread on them is open."""

    title = _("comments")
    parameter_name = "comments"
    options = [("open", _("Some open"), Q(_OPEN_HERE)), ("none", _("None open"), ~Q(_OPEN_HERE))]


class ThreadFilter(FixedFilter):
    """Whether the comment's thread is open."""

    title = _("thread")
    parameter_name = "thread"
    options = [
        ("open", pgettext_lazy("comments", "Open"), IN_OPEN_THREAD),
        ("resolved", _("Resolved"), ~IN_OPEN_THREAD),
    ]


class MentionFilter(ChoiceFilter):
    """What waits for an answer of the person who looks."""

    title = _("mentions")
    parameter_name = "mentions"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        self.request = request
        return [("me", _("Me, in open threads"))]

    def condition(self, value: str) -> Q:
        person: Any = self.request.user  # the admin lets nobody else in
        return Q(pk__in=open_mention_keys(person))


class CommentList(ShortList):
    """Each row leads to the comment among the others of its thread."""

    def url_for_result(self, result: Model) -> str:
        comment = cast("Comment", result)
        return f"{reverse('admin:reviews_policy_review', args=[comment.policy_id])}#comment-{comment.pk}"


@admin.register(Comment)
class CommentAdmin(ReadOnly):
    """What people said to each other, newest first."""

    list_display = ("at", "record", "dimension_key", "by", "said", "became")
    columns = (
        "created_at",
        "dimension_key",
        "author_name",
        "text",
        "thread",
        "resolved_at",
        "thread__resolved_at",
    )
    list_select_related = ("policy", "thread")  # type: ignore[assignment]  # as many as there are
    list_filter = (ThreadFilter, MentionFilter)
    search_fields = ("policy__policy_id", "policy__title", "author_name", "text")
    fields = ("record", "dimension_key", "by", "at", "text", "became")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CommentList

    @admin.display(description=pgettext_lazy("whose", "by"), ordering="author_name")
    def by(self, row: Any) -> str:
        return str(row.author_name)

    @admin.display(description=_("comment"))
    def said(self, comment: Comment) -> str:
        return Truncator(comment.text).chars(200)

    @admin.display(description=_("thread"))
    def became(self, comment: Comment) -> SafeString:
        opener = comment.thread or comment
        return (
            badge("", gettext("Resolved"))
            if opener.resolved_at
            else badge("tone-amber", pgettext("comments", "Open"))
        )
