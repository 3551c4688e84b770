"""Comments as people read them: the threads of a record by dimension, and those that wait for somebody's answer."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from reviews.models import Comment, Policy
from reviews.selectors.mentions import Piece, known_usernames, split_mentions

# Of a comment: it opens a thread that nobody has resolved; it stands in such a thread.
OPENS_OPEN_THREAD = Q(thread=None, resolved_at=None)
IN_OPEN_THREAD = OPENS_OPEN_THREAD | Q(thread__isnull=False, thread__resolved_at=None)


@dataclass(frozen=True, slots=True)
class Said:
    """One comment, its text in pieces: those that name a person are told apart."""

    comment: Comment
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """What somebody said and the answers to it, oldest first. ``is_orphan``: its dimension is gone."""

    opener: Comment
    said: tuple[Said, ...]
    is_orphan: bool

    @property
    def is_resolved(self) -> bool:
        """Whether somebody closed it, and nobody answered since."""
        return self.opener.resolved_at is not None


def threads_of(policy: Policy) -> dict[str, list[Thread]]:
    """Return the threads by dimension key, "" for the record: open before resolved, then oldest first.

    Each dimension of the record has an entry; threads on one that is gone stand with the record. One query, and
    one for the names where a comment has an @.
    """
    comments = list(policy.comments.all())
    known = known_usernames([comment.text for comment in comments])
    threads: dict[int, list[Said]] = {}
    for comment in comments:
        said = Said(comment, tuple(split_mentions(comment.text, known)))
        threads.setdefault(comment.thread_id or comment.pk, []).append(said)
    grouped: dict[str, list[Thread]] = {"": [], **{item.key: [] for item in policy.dimensions.all()}}
    for members in threads.values():
        opener = members[0].comment
        is_orphan = opener.dimension_key not in grouped
        grouped["" if is_orphan else opener.dimension_key].append(Thread(opener, tuple(members), is_orphan))
    for members_of_key in grouped.values():
        members_of_key.sort(key=lambda thread: thread.is_resolved)
    return grouped


def open_mention_keys(person: User) -> list[int]:
    """Return the primary keys of what others said to this person in threads that are open, newest first.

    The database says which texts hold the name, the parser in which of them it is a mention.
    """
    name = person.get_username()
    rows = (
        Comment.objects.filter(Q(text__contains=f"@{name}") | Q(text__contains=f"＠{name}"))
        .filter(IN_OPEN_THREAD)
        .exclude(author=person)
        .order_by("-pk")
        .values_list("pk", "text")
    )
    texts = dict(rows)
    known = known_usernames(texts.values())
    return [
        pk
        for pk, text in texts.items()
        if any(piece.username == name for piece in split_mentions(text, known))
    ]


def open_mentions(person: User) -> list[Comment]:
    """Return what others said to this person in threads that are open, newest first, with the records."""
    keys = open_mention_keys(person)
    rows = Comment.objects.filter(pk__in=keys).select_related("policy").defer("policy__body")
    return list(rows.order_by("-pk")) if keys else []


def count_open_threads() -> Combinable:
    """Return the expression that counts, of a row of policies, the threads that nobody has resolved."""
    threads = Comment.objects.filter(OPENS_OPEN_THREAD, policy=OuterRef("pk")).order_by()
    counted = threads.values("policy").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)
