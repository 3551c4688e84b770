"""Comments: who may say what where, threads that are resolved and opened again, and words that outlive accounts."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.deletion import ProtectedError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reviews.models import Comment, Hold, Policy, Preferences, Skip
from reviews.models.door import Door, open_door
from reviews.selectors.comments import open_mention_keys, open_mentions, threads_of
from reviews.services.commenting import LONGEST, add_comment, reopen_thread, resolve_thread
from reviews.services.errors import ForbiddenError, RefusedError
from tests.factories import Folder, front_matter, get_policy, make_user
from tests.services.counts import edit
from tests.services.test_concurrency import at_once

pytestmark = pytest.mark.django_db


def shown(policy: Policy) -> dict[str, list[tuple[bool, list[str]]]]:
    """By place, whether each thread is resolved and what was said in it."""
    return {
        key: [(item.is_resolved, [said.comment.text for said in item.said]) for item in threads]
        for key, threads in threads_of(get_policy(policy.policy_id)).items()
    }


@pytest.mark.parametrize("who", ["editor", "reviewer", "publisher", "superuser"])
def test_whoever_may_look_may_comment_resolve_and_reopen(
    who: str, people: dict[str, User], imported: Policy
) -> None:
    thread = add_comment(imported.pk, "Which section?", actor=people[who], dimension_key="mrv")

    closed = resolve_thread(imported.pk, thread.pk, actor=people[who])
    assert (closed.resolved_by, closed.resolved_by_name) == (people[who], people[who].get_full_name())
    reopened = reopen_thread(imported.pk, thread.pk, actor=people[who])
    assert (reopened.resolved_at, reopened.resolved_by, reopened.resolved_by_name) == (None, None, "")


@pytest.mark.parametrize("who", ["nobody", "inactive"])
def test_who_may_not_look_may_not_comment_nor_resolve(
    who: str, people: dict[str, User], imported: Policy, reviewer: User
) -> None:
    thread = add_comment(imported.pk, "Which section?", actor=reviewer)
    lacks = "needs the permission “view_policy”: ask an administrator for the role."

    with pytest.raises(ForbiddenError) as refused:
        add_comment(imported.pk, "Hello", actor=people[who])
    assert str(refused.value) == f"Commenting {lacks}"
    for move in (resolve_thread, reopen_thread):
        with pytest.raises(ForbiddenError) as refused:
            move(imported.pk, thread.pk, actor=people[who])
        assert str(refused.value) == f"Resolving comments {lacks}"
    assert shown(imported) == {"": [(False, ["Which section?"])], "market": [], "mrv": []}


def test_comment_keeps_what_was_said_by_whom_and_when(imported: Policy, reviewer: User) -> None:
    before = timezone.now()

    comment = add_comment(imported.pk, "  Two\r\nlines\rhere <b>\n", actor=reviewer, dimension_key="mrv")

    comment.refresh_from_db()
    assert (comment.policy, comment.dimension_key, comment.thread) == (imported, "mrv", None)
    assert (comment.author, comment.author_name, comment.text) == (
        reviewer,
        "Rosa Lindqvist",
        "Two\nlines\nhere <b>",
    )
    assert before <= comment.created_at <= timezone.now()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "empty": ({"text": " \r\n "}, "The comment says nothing: write something, then send it."),
    "no text": ({"text": "a\x00b"}, "The comment holds a character that is no text (U+0000): take it out."),
    "one too long": (
        {"text": "é" * (LONGEST + 1)},
        "The comment has 10,001 characters, and at most 10,000 fit: shorten it by 1 character.",
    ),
    "too long": (
        {"text": "é" * (LONGEST + 2000)},
        "The comment has 12,000 characters, and at most 10,000 fit: shorten it by 2,000 characters.",
    ),
    "no such dimension": (
        {"text": "x", "dimension_key": "gone"},
        "no-storage-act (en) has no dimension “gone” any more: reload the page.",
    ),
    "no such thread": (
        {"text": "x", "thread_pk": 10**15},
        "no-storage-act (en) has no such thread: reload the page.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_comment_is_refused_and_nothing_written(what: str, imported: Policy, reviewer: User) -> None:
    options, message = REFUSED[what]

    with pytest.raises(RefusedError) as refused:
        add_comment(imported.pk, actor=reviewer, **options)

    assert str(refused.value) == message
    assert not Comment.objects.exists()


def test_longest_comment_fits(imported: Policy, reviewer: User) -> None:
    assert add_comment(imported.pk, "é" * LONGEST, actor=reviewer).text == "é" * LONGEST


def test_thread_is_answered_where_it_stands(
    folder: Folder, imported: Policy, reviewer: User, editor: User
) -> None:
    thread = add_comment(imported.pk, "Which section?", actor=reviewer, dimension_key="mrv")
    other = folder.import_policy("other-act")

    reply = add_comment(imported.pk, "Section 4.", actor=editor, thread_pk=thread.pk)

    assert (reply.thread, reply.dimension_key) == (thread, "mrv")
    assert shown(imported) == {"": [], "market": [], "mrv": [(False, ["Which section?", "Section 4."])]}
    for place, pk in ((other, thread.pk), (imported, reply.pk)):  # of another record; an answer is no thread
        with pytest.raises(RefusedError):
            add_comment(place.pk, "Here?", actor=editor, thread_pk=pk)
        with pytest.raises(RefusedError):
            resolve_thread(place.pk, pk, actor=editor)


def test_answer_opens_a_resolved_thread_again(imported: Policy, reviewer: User, editor: User) -> None:
    thread = add_comment(imported.pk, "Which section?", actor=reviewer)
    resolve_thread(imported.pk, thread.pk, actor=reviewer)

    add_comment(imported.pk, "Are you sure?", actor=editor, thread_pk=thread.pk)

    thread.refresh_from_db()
    assert (thread.resolved_at, thread.resolved_by, thread.resolved_by_name) == (None, None, "")


def test_second_who_resolves_changes_nothing(imported: Policy, reviewer: User, editor: User) -> None:
    thread = add_comment(imported.pk, "Which section?", actor=reviewer)
    first = resolve_thread(imported.pk, thread.pk, actor=reviewer)

    second = resolve_thread(imported.pk, thread.pk, actor=editor)

    assert (second.resolved_at, second.resolved_by) == (first.resolved_at, reviewer)


def test_comment_sent_twice_is_one(imported: Policy, reviewer: User, editor: User) -> None:
    thread = add_comment(imported.pk, "Yes.", actor=reviewer)

    assert add_comment(imported.pk, "Yes.\r\n", actor=reviewer) == thread
    reply = add_comment(imported.pk, "Yes.", actor=reviewer, thread_pk=thread.pk)
    assert add_comment(imported.pk, "Yes.", actor=reviewer, thread_pk=thread.pk) == reply
    # somebody else, another place, other words, and the same words later are said anew
    for options in ({"actor": editor}, {"actor": reviewer, "dimension_key": "mrv"}):
        add_comment(imported.pk, "Yes.", **options)
    add_comment(imported.pk, "Yes!", actor=reviewer)
    with open_door(Door.CONTENT):
        Comment.objects.update(created_at=timezone.now() - dt.timedelta(minutes=2))
    add_comment(imported.pk, "Yes.", actor=reviewer)
    assert Comment.objects.count() == 6


def test_open_threads_come_first_and_those_of_a_dimension_that_went_stand_with_the_record(
    imported: Policy, reviewer: User, editor: User
) -> None:
    for text, key in (("first", ""), ("second", ""), ("on mrv", "mrv"), ("on market", "market")):
        add_comment(imported.pk, text, actor=reviewer, dimension_key=key)
    resolve_thread(imported.pk, Comment.objects.get(text="first").pk, actor=reviewer)

    edit(editor, analysis={"market": front_matter()["analysis"]["market"]})

    assert shown(imported) == {
        "": [(False, ["second"]), (False, ["on mrv"]), (True, ["first"])],
        "market": [(False, ["on market"])],
    }
    orphan = threads_of(get_policy())[""][1]
    assert (orphan.is_orphan, orphan.opener.dimension_key) == (True, "mrv")
    add_comment(imported.pk, "Why?", actor=editor, thread_pk=orphan.opener.pk)  # it can still be answered


def test_open_mentions_are_those_by_others_in_open_threads(
    imported: Policy, reviewer: User, editor: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def say(text: str, actor: User = editor, thread: Comment | None = None) -> Comment:
        return add_comment(imported.pk, text, actor=actor, thread_pk=thread.pk if thread else None)

    asked = say("@reviewer, look at this")
    say("@reviewer2 is somebody else")
    say("I am @reviewer", actor=reviewer)
    answered = say("no name")
    reply = say("＠reviewer, and this", thread=answered)
    done = say("@reviewer, done")
    resolve_thread(imported.pk, done.pk, actor=editor)

    assert open_mentions(reviewer) == [reply, asked]
    with django_assert_num_queries(2):  # texts, and names
        assert open_mention_keys(reviewer) == [reply.pk, asked.pk]
    resolve_thread(imported.pk, answered.pk, actor=editor)
    assert open_mentions(reviewer) == [asked]


def test_comments_outlive_the_account_that_wrote_them(imported: Policy, reviewer: User, editor: User) -> None:
    leaver = make_user("leaver", "Lea", "Voss", "Reviewers")
    thread = add_comment(imported.pk, "Which section?", actor=leaver)
    add_comment(imported.pk, "Section 4, @leaver.", actor=editor, thread_pk=thread.pk)
    resolve_thread(imported.pk, thread.pk, actor=leaver)
    now = timezone.now()
    with open_door(Door.CONTENT):
        Hold.objects.create(policy=imported, person=leaver, since=now, until=now)
        Skip.objects.create(policy=imported, person=leaver, at=now)
        Preferences.objects.create(user=leaver)

    leaver.delete()

    thread.refresh_from_db()
    assert (thread.author, thread.author_name, thread.text) == (None, "Lea Voss", "Which section?")
    assert (thread.resolved_by, thread.resolved_by_name) == (None, "Lea Voss")
    assert shown(imported)[""] == [(True, ["Which section?", "Section 4, @leaver."])]
    assert [model.objects.count() for model in (Hold, Skip, Preferences)] == [0, 0, 0]


def test_account_that_signed_cannot_be_deleted(signed: Policy, reviewer: User) -> None:
    add_comment(signed.pk, "Done.", actor=reviewer)

    with pytest.raises(ProtectedError):
        reviewer.delete()

    assert Comment.objects.get().author == reviewer


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_presses_at_once_make_one_comment(imported: Policy, reviewer: User, editor: User) -> None:
    thread = add_comment(imported.pk, "Which section?", actor=editor)

    def press() -> Comment:
        return add_comment(imported.pk, "Section 4.", actor=reviewer, thread_pk=thread.pk)

    first, second = at_once(press, press)

    assert first == second == Comment.objects.get(thread=thread)
