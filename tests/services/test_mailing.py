"""E-mail: who is told what, in which language, and that a failing mail server costs nothing but the mail."""

import datetime as dt
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation

from reviews.models import Assignment, Policy
from reviews.models.door import Door, open_door
from reviews.services.commenting import add_comment
from reviews.services.language import choose_language
from reviews.services.mailing import last_editor, tell_assigned
from reviews.services.preferences import set_preferences
from tests.factories import Folder, claim, decide, front_matter, get_policy, judge_all, make_user
from tests.services.counts import edit

pytestmark = pytest.mark.django_db
Committing = Callable[..., Any]  # django_capture_on_commit_callbacks


@pytest.fixture(autouse=True)
def addresses(settings: LazySettings, reviewer: User, editor: User, second_reviewer: User) -> None:
    """Everybody has one."""
    settings.POLICYHUB_URL = "https://hub.example"
    for person in (reviewer, editor, second_reviewer):
        person.email = f"{person.username}@example.org"
        person.save()


def assign(policies: list[Policy], assignee: User, actor: User, due_on: dt.date | None = None) -> None:
    with transaction.atomic(), open_door(Door.CONTENT):
        given = [
            Assignment.objects.create(
                policy=policy, assignee=assignee, assigned_by=actor, assigned_at=timezone.now(), due_on=due_on
            )
            for policy in policies
        ]
        tell_assigned(given, actor=actor)


def told(mails: list[EmailMessage]) -> list[tuple[str, str]]:
    """To whom each mail went, and its subject."""
    return [(mail.to[0], str(mail.subject)) for mail in mails]


# -- assigned ---------------------------------------------------------------------------------------------


def test_assignee_is_told_what_and_by_when(
    imported: Policy,
    reviewer: User,
    editor: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assign([imported], reviewer, editor, dt.date(2026, 12, 24))
        assert mailoutbox == []  # not before the commit

    (mail,) = mailoutbox
    assert told(mailoutbox) == [("reviewer@example.org", "To review: Storage Act")]
    assert mail.extra_headers == {
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": "<https://hub.example/admin/preferences/>",
    }
    assert (
        mail.body
        == f"""\
Elena Ortiz asks you to review this record:

* Storage Act (no-storage-act, en)
  Due on 24 December 2026
  https://hub.example/admin/reviews/policy/{imported.pk}/review/

--\x20
PolicyHub, https://hub.example
Which mails you get: https://hub.example/admin/preferences/
"""
    )


def test_many_assignments_are_one_mail_a_person(
    folder: Folder,
    reviewer: User,
    second_reviewer: User,
    editor: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    policies = [folder.import_policy(f"act-{number:02}") for number in range(22)]

    with django_capture_on_commit_callbacks(execute=True):
        assign(policies, reviewer, editor)

    (mail,) = mailoutbox
    assert mail.subject == "To review: 22 records"
    assert [line for line in mail.body.splitlines() if line.startswith("*")] == [
        f"* Storage Act (act-{number:02}, en)" for number in range(20)
    ]
    assert "and 2 more. All of them stand first in your queue:\nhttps://hub.example/admin/" in mail.body


# -- changes requested ------------------------------------------------------------------------------------


def test_last_editor_and_submitter_are_told_what_to_change(
    imported: Policy,
    reviewer: User,
    editor: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    submitter = make_user("submitter", "Sam", "Ito", "Editors", email="sam@example.org")
    decide(imported, "request_changes", reviewer, "First.")
    edit(editor, title="Sea Act")
    decide(imported, "submit", submitter)

    with django_capture_on_commit_callbacks(execute=True):
        decide(imported, "request_changes", reviewer, "Cite <section> 4 & 5.")

    subject = "Changes requested: Sea Act"
    assert told(mailoutbox) == [("editor@example.org", subject), ("sam@example.org", subject)]
    assert mailoutbox[0].body.startswith(f"""\
Rosa Lindqvist requests changes of “Sea Act” (no-storage-act, en):

Cite <section> 4 & 5.

Change it, then submit it again:
https://hub.example/admin/reviews/policy/{imported.pk}/change/

--\x20
""")


def test_editor_who_submitted_is_told_once_and_nobody_of_their_own_act(
    imported: Policy,
    both: User,
    editor: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    both.email = "both@example.org"
    both.save()
    decide(imported, "request_changes", both, "First.")
    edit(editor, title="Sea Act")
    decide(imported, "submit", editor)

    with django_capture_on_commit_callbacks(execute=True):
        decide(imported, "request_changes", both, "Again.")
    assert told(mailoutbox) == [("editor@example.org", "Changes requested: Sea Act")]

    edit(both, title="Lake Act")
    decide(imported, "submit", both)
    with django_capture_on_commit_callbacks(execute=True):
        decide(imported, "request_changes", both, "My own work.")
    assert len(mailoutbox) == 1


def test_other_decisions_tell_nobody(
    imported: Policy,
    reviewer: User,
    editor: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    edit(editor, title="Sea Act")
    judge_all(get_policy(), reviewer)

    with django_capture_on_commit_callbacks(execute=True):
        decide(imported, "verify", reviewer)
        decide(imported, "reopen", reviewer, "Once more.")

    assert mailoutbox == []


def test_last_editor_is_who_changed_the_content_last(
    imported: Policy, editor: User, both: User, reviewer: User
) -> None:
    assert last_editor(get_policy()) is None  # all from the file

    edit(editor, title="Sea Act")
    assert last_editor(get_policy()) == editor.pk
    edit(both, analysis={"market": imported.dimensions.get(key="market").to_values().fields | {"score": 1}})
    edit(editor, title="Lake Act")
    judge_all(get_policy(), reviewer)  # notes make a version, and no editor

    assert last_editor(get_policy()) == editor.pk


def test_editor_is_told_also_where_the_decider_wrote_last(
    imported: Policy,
    both: User,
    editor: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    edit(editor, title="Sea Act")
    edit(both, analysis={"market": claim(evidence="Section 4."), "mrv": front_matter()["analysis"]["mrv"]})

    with django_capture_on_commit_callbacks(execute=True):
        decide(imported, "request_changes", both, "Cite the act.")

    assert told(mailoutbox) == [("editor@example.org", "Changes requested: Sea Act")]


# -- mentioned --------------------------------------------------------------------------------------------


def test_mentioned_people_are_told_who_may_read_it(
    imported: Policy,
    reviewer: User,
    editor: User,
    nobody: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    nobody.email = "nobody@example.org"  # may not look at policies
    nobody.save()
    text = "@reviewer, @nobody and @editor: is “20 years” & <b> right?"

    with django_capture_on_commit_callbacks(execute=True):
        comment = add_comment(imported.pk, text, actor=editor, dimension_key="mrv")
        add_comment(imported.pk, text, actor=editor, dimension_key="mrv")  # the same press

    assert told(mailoutbox) == [("reviewer@example.org", "Elena Ortiz mentions you: Storage Act")]
    assert mailoutbox[0].body.startswith(f"""\
Elena Ortiz mentions you in a comment on “mrv” of “Storage Act” (no-storage-act, en):

{text}

Read and answer:
https://hub.example/admin/reviews/policy/{imported.pk}/review/#comment-{comment.pk}

--\x20
""")


# -- to whom, and how -------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"email": ""}, {"is_active": False}])
def test_who_cannot_get_mail_is_passed_over(
    imported: Policy,
    reviewer: User,
    editor: User,
    change: dict[str, Any],
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    User.objects.filter(pk=reviewer.pk).update(**change)

    with django_capture_on_commit_callbacks(execute=True):
        assign([imported], reviewer, editor)

    assert mailoutbox == []


@pytest.mark.parametrize(
    ("off", "subjects"),
    [
        ("mails_assigned", ["Changes requested: Sea Act", "Rosa Lindqvist mentions you: Sea Act"]),
        ("mails_changes_requested", ["To review: Sea Act", "Rosa Lindqvist mentions you: Sea Act"]),
        ("mails_mentioned", ["To review: Sea Act", "Changes requested: Sea Act"]),
        (
            "mails_digest",
            ["To review: Sea Act", "Changes requested: Sea Act", "Rosa Lindqvist mentions you: Sea Act"],
        ),
    ],
)
def test_each_kind_can_be_turned_off(
    imported: Policy,
    reviewer: User,
    editor: User,
    off: str,
    subjects: list[str],
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    edit(editor, title="Sea Act")
    set_preferences(editor, **{off: False})

    with django_capture_on_commit_callbacks(execute=True):
        assign([imported], editor, reviewer)
        decide(imported, "request_changes", reviewer, "Cite it.")
        add_comment(imported.pk, "@editor?", actor=reviewer)

    assert [mail.subject for mail in mailoutbox] == subjects


def test_subject_is_one_line_whatever_a_title_holds(
    folder: Folder,
    reviewer: User,
    editor: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    policy = folder.import_policy(title="Act\r\nBcc: all@example.org\n\n<b>" + "x" * 200)

    with django_capture_on_commit_callbacks(execute=True):
        assign([policy], reviewer, editor)

    (mail,) = mailoutbox
    assert mail.subject == f"To review: Act Bcc: all@example.org <b>{'x' * 70}…"
    assert mail.recipients() == ["reviewer@example.org"]
    assert mail.message()["Bcc"] is None


def test_failing_mail_server_is_named_in_the_log_and_the_act_stands(
    imported: Policy,
    reviewer: User,
    editor: User,
    settings: LazySettings,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Committing,
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there

    with caplog.at_level(logging.ERROR), django_capture_on_commit_callbacks(execute=True):
        comment = add_comment(imported.pk, "@reviewer, @second_reviewer?", actor=editor)

    refused = "did not go out: ConnectionRefusedError: [Errno 111] Connection refused"
    assert [record.getMessage() for record in caplog.records] == [
        f"The e-mail “mentioned” to {name} {refused}" for name in ("reviewer", "second_reviewer")
    ]
    comment.refresh_from_db()


def test_act_that_is_rolled_back_tells_nobody(
    imported: Policy,
    reviewer: User,
    editor: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    def comment_and_fail() -> None:
        with transaction.atomic():
            add_comment(imported.pk, "@reviewer?", actor=editor)
            raise ZeroDivisionError

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        comment_and_fail()

    assert mailoutbox == []


def test_mail_is_in_the_language_of_its_reader(
    folder: Folder,
    imported: Policy,
    reviewer: User,
    second_reviewer: User,
    editor: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    choose_language("zh-hans", actor=reviewer)
    choose_language("xx", actor=second_reviewer)  # spoken once, and no more: the installation's own

    day = dt.date(2026, 12, 24)
    with translation.override("zh-hans"), django_capture_on_commit_callbacks(execute=True):
        assign([imported], second_reviewer, editor, day)
        assign([folder.import_policy("other-act")], reviewer, editor, day)
        assert translation.get_language() == "zh-hans"

    assert told(mailoutbox)[0] == ("second_reviewer@example.org", "To review: Storage Act")
    assert "24 December 2026" in mailoutbox[0].body
    assert mailoutbox[1].to == ["reviewer@example.org"]
    assert "2026年12月24日" in mailoutbox[1].body


def test_mail_server_that_does_not_answer_is_waited_for_once(
    imported: Policy,
    editor: User,
    settings: LazySettings,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Committing,
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_TIMEOUT = 0.2
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it listens, and says nothing
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        with caplog.at_level(logging.ERROR), django_capture_on_commit_callbacks(execute=True):
            add_comment(imported.pk, "@reviewer, @second_reviewer?", actor=editor)
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):  # nobody else called
            silent.accept()

    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        "SMTPServerDisconnected: Connection unexpectedly closed: timed out"
    ] * 2
