"""`manage.py send_digest`: who is told what, at most once a day, and how it ends."""

import datetime as dt
import io
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from reviews.models import Assignment, Comment, Policy, Preferences
from reviews.models.door import Door, open_door
from reviews.selectors.digest import Part, digest_of
from reviews.services.commenting import add_comment, resolve_thread
from reviews.services.digests import Outcome, send_digests
from reviews.services.preferences import set_preferences
from tests.factories import Folder, decide, get_policy, make_user, verify
from tests.services.counts import edit
from tests.services.test_concurrency import at_once

TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def addresses(settings: LazySettings, reviewer: User, editor: User) -> None:
    settings.POLICYHUB_URL = "https://hub.example"
    for person in (reviewer, editor):
        person.email = f"{person.username}@example.org"
        person.save()


@pytest.fixture
def due(folder: Folder, signed: Policy, reviewer: User, editor: User) -> dict[str, Policy]:
    """One thing of each kind for the reviewer, and a mention for the editor."""
    edit(editor, title="Sea Act")  # what the reviewer signed is stale now
    add_comment(signed.pk, "@reviewer, look again.", actor=editor)
    add_comment(signed.pk, "@editor, why?", actor=reviewer)
    again, assigned, later = (folder.import_policy(name) for name in ("again", "assigned", "later"))
    verify(again, make_user("third", "Theo", "Lund", "Reviewers"))
    with open_door(Door.STATE):
        Policy.objects.filter(pk=again.pk).update(next_review_on=TODAY)
        for policy, days in ((assigned, -1), (later, 1)):
            Assignment.objects.create(
                policy=policy,
                assignee=reviewer,
                assigned_by=editor,
                assigned_at=timezone.now(),
                due_on=TODAY + dt.timedelta(days),
            )
    return {"stale": get_policy(), "again": again, "assigned": assigned}


def run(*arguments: str, **options: Any) -> tuple[int, str, str]:
    """The exit code, and what was printed on both channels."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("send_digest", *arguments, stdout=out, stderr=err, no_color=True, **options)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def summary(verb: str, sent: int, nothing_due: int, had_today: int, failed: int) -> str:
    names = ("sent", "nothing due", "had today", "failed")
    counts = (sent, nothing_due, had_today, failed)
    rows = [f"  {name:<11} {count:>6}\n" for name, count in zip(names, counts, strict=True)]
    return f"{verb} {sent} of {sum(counts)} digests\n{''.join(rows)}"


FOR_REVIEWER = "reviewer <reviewer@example.org>: 1 assigned, 1 to review again, 1 stale, 1 to answer\n"
FOR_EDITOR = "editor <editor@example.org>: 1 to answer\n"


@pytest.mark.django_db
def test_digest_tells_each_person_what_is_due_for_them(
    due: dict[str, Policy], editor: User, mailoutbox: list[EmailMessage]
) -> None:
    assert run() == (0, f"sent  {FOR_EDITOR}sent  {FOR_REVIEWER}{summary('Sent', 2, 0, 0, 0)}", "")

    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        (["editor@example.org"], "PolicyHub: 1 thing waits for you"),
        (["reviewer@example.org"], "PolicyHub: 4 things wait for you"),
    ]
    yesterday = TODAY - dt.timedelta(1)
    mention = Comment.objects.get(author=editor)
    assert (
        mailoutbox[1].body
        == f"""\
ASSIGNED TO YOU, AND DUE

* Storage Act (assigned, en)
  Was due on {yesterday.day} {yesterday:%B %Y}
  https://hub.example/admin/reviews/policy/{due["assigned"].pk}/review/

SIGNED, AND DUE TO BE REVIEWED AGAIN

* Storage Act (again, en)
  Due since {TODAY.day} {TODAY:%B %Y}
  https://hub.example/admin/reviews/policy/{due["again"].pk}/review/

SIGNED BY YOU, AND CHANGED SINCE

* Sea Act (no-storage-act, en)
  https://hub.example/admin/reviews/policy/{due["stale"].pk}/review/

OPEN COMMENTS THAT MENTION YOU

* Elena Ortiz: @reviewer, look again.
  Sea Act (no-storage-act, en)
  https://hub.example/admin/reviews/policy/{due["stale"].pk}/review/#comment-{mention.pk}

--\x20
PolicyHub, https://hub.example
Which mails you get: https://hub.example/admin/preferences/
"""
    )


@pytest.mark.django_db
def test_digest_tells_of_due_records_only_whom_the_queue_offers_them(
    due: dict[str, Policy], reviewer: User
) -> None:
    for change in (
        lambda: decide(due["again"], "abstain", reviewer, "I advised the ministry."),
        lambda: User.objects.filter(pk=reviewer.pk).update(last_name=""),
    ):
        with transaction.atomic():
            change()
            assert digest_of(User.objects.get(pk=reviewer.pk)).due == Part(0, ())
            transaction.set_rollback(True)
    assert digest_of(reviewer).due.shown == (due["again"],)


@pytest.mark.django_db
def test_second_run_of_a_day_sends_nothing_and_the_next_day_does(
    due: dict[str, Policy], mailoutbox: list[EmailMessage]
) -> None:
    run(verbosity=0)

    assert run() == (0, summary("Sent", 0, 0, 2, 0), "")
    with open_door(Door.CONTENT):
        Preferences.objects.update(digest_sent_on=TODAY - dt.timedelta(1))
    assert run(verbosity=0) == (0, "", "")
    assert len(mailoutbox) == 4


@pytest.mark.django_db
def test_dry_run_says_who_would_get_what_and_sends_nothing(
    due: dict[str, Policy], mailoutbox: list[EmailMessage]
) -> None:
    for _ in range(2):
        assert run("--dry-run") == (
            0,
            f"would send  {FOR_EDITOR}would send  {FOR_REVIEWER}{summary('Would send', 2, 0, 0, 0)}",
            "",
        )
    assert (mailoutbox, Preferences.objects.exists()) == ([], False)


@pytest.mark.django_db
def test_nothing_due_is_no_mail_and_who_turned_it_off_is_not_asked_for(
    due: dict[str, Policy], reviewer: User, editor: User, mailoutbox: list[EmailMessage]
) -> None:
    resolve_thread(due["stale"].pk, due["stale"].comments.get(author=reviewer).pk, actor=editor)
    set_preferences(reviewer, mails_digest=False)

    assert run() == (0, summary("Sent", 0, 1, 0, 0), "")
    assert mailoutbox == []
    assert Preferences.objects.get().digest_sent_on is None


@pytest.mark.django_db
def test_failed_mail_ends_with_1_and_is_tried_again_by_the_next_run(
    due: dict[str, Policy], settings: LazySettings, mailoutbox: list[EmailMessage]
) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there

    assert run() == (
        1,
        summary("Sent", 0, 0, 0, 2),
        "".join(f"failed  {line.rstrip()}; the log says why\n" for line in (FOR_EDITOR, FOR_REVIEWER)),
    )

    settings.EMAIL_BACKEND = working
    assert run(verbosity=0)[0] == 0
    assert [mail.to for mail in mailoutbox] == [["editor@example.org"], ["reviewer@example.org"]]


@pytest.mark.django_db
def test_own_work_and_what_somebody_else_was_asked_for_is_not_due(
    due: dict[str, Policy], reviewer: User, second_reviewer: User, settings: LazySettings
) -> None:
    def due_again() -> int:
        (line,) = [line for line in send_digests(is_dry_run=True).lines if line.person == reviewer]
        assert line.digest is not None
        return line.digest.due.total

    with open_door(Door.STATE):
        Policy.objects.filter(pk=due["again"].pk).update(contributors=f",{reviewer.pk},")
    assert due_again() == 0
    settings.POLICYHUB_FOUR_EYES = False
    assert due_again() == 1
    with open_door(Door.CONTENT):
        Assignment.objects.create(
            policy=due["again"],
            assignee=second_reviewer,
            assigned_by=reviewer,
            assigned_at=timezone.now(),
        )
    assert due_again() == 0


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_runs_at_once_send_one_mail_a_person(
    due: dict[str, Policy], mailoutbox: list[EmailMessage]
) -> None:
    mailoutbox.clear()  # of those who were mentioned just now

    reports = at_once(send_digests, send_digests)

    assert sorted(mail.to for mail in mailoutbox) == [["editor@example.org"], ["reviewer@example.org"]]
    assert [sum(report.count(outcome) for report in reports) for outcome in Outcome] == [2, 0, 2, 0]
