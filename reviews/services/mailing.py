"""E-mail to people, once what it tells is committed: never of their own act, never of what they turned off.

A mail server that fails costs the mail and nothing else: the log names it, and what the person did stands.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing
from enum import StrEnum
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from reviews.models import Assignment, Comment, Decision, Policy
from reviews.permissions import has_role

SHOWN = 20  # records that one mail lists; of the others it says how many
Contexts = Mapping[int, Mapping[str, Any]]  # by person: what their mail's templates are given
_GAPS = re.compile(r"\n\s*\n")  # between paragraphs, where templates and texts leave more than one line
_log = logging.getLogger(__name__)


class Kind(StrEnum):
    """What a mail is about: each has its templates, and its column of ``Preferences``, ``mails_…``."""

    ASSIGNED = "assigned"
    CHANGES_REQUESTED = "changes_requested"
    MENTIONED = "mentioned"
    DIGEST = "digest"


# -- what is told -----------------------------------------------------------------------------------------


def tell_assigned(assignments: Iterable[Assignment], *, actor: User) -> None:
    """Tell each assignee what they were asked to review: one mail a person, however many records."""
    given: dict[int, list[Assignment]] = {}
    for assignment in assignments:
        given.setdefault(assignment.assignee_id, []).append(assignment)

    def contexts() -> Contexts:
        shown = [row.policy_id for rows in given.values() for row in rows[:SHOWN]]
        policies = Policy.objects.only("policy_id", "language", "title").in_bulk(shown)
        return {
            person: {
                "actor": actor,
                "total": len(rows),
                "records": [(policies[row.policy_id], row.due_on) for row in rows[:SHOWN]],
                "further": max(len(rows) - SHOWN, 0),
            }
            for person, rows in given.items()
        }

    _tell(Kind.ASSIGNED, contexts, actor=actor)


def tell_changes_requested(decision: Decision) -> None:
    """Tell the last editor of the record, and who submitted it: one mail where it is the same person."""
    policy = decision.policy

    def contexts() -> Contexts:
        submitted = (
            policy.decisions.filter(transition="submit").order_by("-pk").values_list("actor_id", flat=True)
        )
        people = {last_editor(policy, besides=decision.actor), submitted.first()} - {None}
        return {person: {"decision": decision, "policy": policy} for person in people if person}

    _tell(Kind.CHANGES_REQUESTED, contexts, actor=decision.actor)


def tell_mentioned(comment: Comment, people: Iterable[User]) -> None:
    """Tell those whom a comment names and who may read it."""
    named = list(people)

    def contexts() -> Contexts:
        context = {"comment": comment, "policy": comment.policy}
        return {person.pk: context for person in named if has_role(person, "view_policy")}

    if named and comment.author:
        _tell(Kind.MENTIONED, contexts, actor=comment.author)


def last_editor(policy: Policy, *, besides: User | None = None) -> int | None:
    """Return, by primary key, who wrote last of those whose values stand in the record; nobody where files gave all.

    ``besides`` is passed over: who decides on the record may have corrected it.
    """
    writers = {policy.edited_by_id, *policy.dimensions.values_list("edited_by", flat=True)}
    writers -= {None, besides.pk if besides else None}
    if len(writers) < 2:
        return next(iter(writers), None)
    # Reviewers make versions too, with their notes: only one with another content is an edit.
    versions = policy.history.order_by("-version").values_list("content_digest", "history_user")
    edits = (user for (digest, user), (before, _) in pairwise([*versions, ("", None)]) if digest != before)
    return next((user for user in edits if user in writers), None)


# -- how it is sent ---------------------------------------------------------------------------------------


def readers(kind: Kind, people: Collection[int] | None = None) -> QuerySet[User]:
    """Return those of the people, or of all, who can get this mail and want it, with their preferences."""
    users = (
        User.objects.filter(is_active=True).exclude(email="").exclude(**{f"preferences__mails_{kind}": False})
    )
    chosen = users if people is None else users.filter(pk__in=people)
    return chosen.select_related("preferences").order_by("username")


def language_of(person: User) -> str:
    """Return the language in which the person is written to."""
    preferences = getattr(person, "preferences", None)
    chosen = preferences.language if preferences else ""
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class Postbox:
    """One connection for several mails, opened for the first. A server that does not answer is waited for once."""

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None
        self._error: Exception | None = None

    def send(self, message: EmailMessage) -> None:
        """Send it. Raises whatever the backend does, and that again where no connection came about."""
        if self._error:
            raise self._error
        if self._connection is None:
            try:
                connection = get_connection()
                connection.open()
            except Exception as error:
                self._error = error
                raise
            self._connection = connection
        self._connection.send_messages([message])

    def close(self) -> None:
        """Let the connection go."""
        if self._connection:
            self._connection.close()


def deliver(kind: Kind, person: User, context: Mapping[str, Any], post: Postbox) -> bool:
    """Write one mail in the person's language and send it; return whether it went out, else the log says why not."""
    settings_page = f"{settings.POLICYHUB_URL}{reverse('admin:preferences')}"
    context = {**context, "person": person, "site": settings.POLICYHUB_URL, "settings_page": settings_page}
    headers = {"Auto-Submitted": "auto-generated", "List-Unsubscribe": f"<{settings_page}>"}
    try:
        with translation.override(language_of(person)):
            # A header is one line, whatever stands in a title.
            subject = " ".join(render_to_string(f"reviews/mail/{kind}_subject.txt", context).split())
            body = render_to_string(f"reviews/mail/{kind}.txt", context)
        text = _GAPS.sub("\n\n", body).strip() + "\n"
        post.send(EmailMessage(subject, text, to=[person.email], headers=headers))
    except Exception as error:  # noqa: BLE001 - each mail backend raises its own, and it concerns this mail alone
        _log.error("The e-mail “%s” to %s did not go out: %s: %s", kind, person, type(error).__name__, error)
        return False
    return True


def _tell(kind: Kind, contexts: Callable[[], Contexts], *, actor: User) -> None:
    """Send it to everybody but the actor, once the transaction is committed."""

    def send() -> None:
        found = contexts()
        with closing(Postbox()) as post:
            for person in readers(kind, found.keys() - {actor.pk}):
                deliver(kind, person, found[person.pk], post)

    transaction.on_commit(send, robust=True)  # what fails here, Django logs: the act is done and stands
