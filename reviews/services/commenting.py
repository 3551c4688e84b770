"""Comments: whoever may look at policies may comment, answer, resolve a thread and open it again.

Nothing that was said is edited or deleted; a thread that is resolved is closed, not gone.
"""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.models import Comment, Policy
from reviews.models.door import Door, open_door
from reviews.permissions import has_role, lacks_role
from reviews.schema import with_unix_newlines
from reviews.selectors.mentions import mentioned_in
from reviews.selectors.versions import name_of
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.mailing import tell_mentioned

LONGEST = 10_000  # characters of one comment
_SAME_PRESS = dt.timedelta(minutes=1)  # the same words within it were sent twice, not said twice


def add_comment(
    policy_pk: int, text: str, *, actor: User, dimension_key: str = "", thread_pk: int | None = None
) -> Comment:
    """Open a thread on a record or on one of its dimensions, or answer in one; return the comment.

    An answer opens a resolved thread again. Who sends the same words to the same place twice in a row gets the
    comment that stands. Raises ``RefusedError``, ``Policy.DoesNotExist``.
    """
    _require_role(actor, _("Commenting"))
    said = _required(text)
    with transaction.atomic(), open_door(Door.CONTENT):
        policy = _lock(policy_pk)
        thread = _find_thread(policy, thread_pk) if thread_pk is not None else None
        if thread is None:
            _require_dimension(policy, dimension_key)
        key = thread.dimension_key if thread else dimension_key
        now = timezone.now()
        twin = Comment.objects.filter(
            policy=policy,
            dimension_key=key,
            thread=thread,
            author=actor,
            created_at__gt=now - _SAME_PRESS,
            text=said,
        ).first()
        if twin:
            return twin
        comment = Comment.objects.create(
            policy=policy,
            dimension_key=key,
            thread=thread,
            author=actor,
            author_name=name_of(actor),
            text=said,
            created_at=now,
        )
        if thread and thread.resolved_at:
            _set_resolved(thread, None)
        tell_mentioned(comment, mentioned_in(said))
    return comment


def resolve_thread(policy_pk: int, thread_pk: int, *, actor: User) -> Comment:
    """Close a thread; one that is closed keeps who closed it. Raises ``RefusedError``."""
    return _move(policy_pk, thread_pk, actor=actor, is_resolved=True)


def reopen_thread(policy_pk: int, thread_pk: int, *, actor: User) -> Comment:
    """Open a closed thread again; nothing happens to one that is open. Raises ``RefusedError``."""
    return _move(policy_pk, thread_pk, actor=actor, is_resolved=False)


def _move(policy_pk: int, thread_pk: int, *, actor: User, is_resolved: bool) -> Comment:
    _require_role(actor, _("Resolving comments"))
    with transaction.atomic(), open_door(Door.CONTENT):
        thread = _find_thread(_lock(policy_pk), thread_pk)
        if is_resolved != bool(thread.resolved_at):
            _set_resolved(thread, actor if is_resolved else None)
    return thread


def _set_resolved(thread: Comment, actor: User | None) -> None:
    thread.resolved_at = timezone.now() if actor else None
    thread.resolved_by = actor
    thread.resolved_by_name = name_of(actor) if actor else ""
    thread.save()


def _require_role(actor: User, label: str) -> None:
    if not has_role(actor, "view_policy"):
        raise ForbiddenError(*lacks_role("view_policy", label).reasons)


def _required(text: str) -> str:
    """Return the text as it is stored. Raises ``RefusedError`` where it is empty, too long or no text."""
    said = with_unix_newlines(text).strip()
    if not said:
        raise RefusedError(_("The comment says nothing: write something, then send it."))
    if "\x00" in said:
        raise RefusedError(_("The comment holds a character that is no text (U+0000): take it out."))
    if len(said) > LONGEST:
        raise RefusedError(
            ngettext(
                "The comment has %(size)s characters, and at most %(most)s fit: shorten it by %(over)s character.",
                "The comment has %(size)s characters, and at most %(most)s fit: shorten it by %(over)s characters.",
                len(said) - LONGEST,
            )
            % {"size": f"{len(said):,}", "most": f"{LONGEST:,}", "over": f"{len(said) - LONGEST:,}"}
        )
    return said


def _lock(policy_pk: int) -> Policy:
    """Return the record, locked, so that two presses of one button come one after the other."""
    rows = Policy.objects.select_for_update(no_key=True)
    return rows.only("policy_id", "language", "title").get(pk=policy_pk)


def _find_thread(policy: Policy, thread_pk: int) -> Comment:
    thread = Comment.objects.filter(policy=policy, thread=None, pk=thread_pk).first()
    if thread is None:
        raise RefusedError(_("%(record)s has no such thread: reload the page.") % {"record": policy})
    return thread


def _require_dimension(policy: Policy, key: str) -> None:
    if key and not policy.dimensions.filter(key=key).exists():
        raise RefusedError(
            _("%(record)s has no dimension “%(key)s” any more: reload the page.")
            % {"record": policy, "key": key}
        )
