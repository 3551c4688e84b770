"""The pages of questions about files: the list, what is known of one, and what a person answers."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from reviews.models import Answer, FileQuestion, Policy
from reviews.services.answering import ANSWERS, answer_question
from reviews.services.importing import import_policies
from tests.admin.html import read_text
from tests.factories import Folder, get_policy
from tests.questions import ask
from tests.services.counts import count_rows

pytestmark = pytest.mark.django_db

LIST = "/admin/reviews/policy/conflicts/files/"
OUT = f"{LIST}left-out/"
PATH = "policies/en/no-storage-act.md"


@pytest.fixture
def look(client: Client) -> Callable[..., Any]:
    """A page as somebody sees it."""

    def look(who: User, address: str = LIST) -> Any:
        client.force_login(who)
        return client.get(address)

    return look


def place_of(question: FileQuestion) -> str:
    """The address of a question's page."""
    return reverse("admin:reviews_policy_question", args=[question.pk])


def test_list_shows_each_question_with_its_record_and_its_files(
    folder: Folder, editor: User, look: Callable[..., Any]
) -> None:
    empty = look(editor)
    folder.policy("new")
    folder.write("second.md", folder.read("policies/en/new.md"))
    import_policies([folder.root], actor=editor, root=folder.root)
    for kind in ANSWERS:
        ask(folder.import_policy(f"p-{kind}", title=f"Act {kind}"), kind)

    page = look(editor)

    assert read_text(empty, "empty-title") == ["No file waits for an answer"]
    assert read_text(page, "question-list")[0].count("A record's file") == 3
    assert [(row.kind, row.path) for row, _title in page.context["rows"]] == [
        ("doubled", "policies/en/new.md"),
        ("doubled", "second.md"),
        ("gone", "policies/en/p-gone.md"),
        ("moved", "copies/p-moved.md"),
        ("renamed", "policies/en/p-renamed.md"),
        ("doubled", "copies/p-doubled.md"),
    ]
    assert read_text(page, "was") == [
        "and: second.md",
        "and: policies/en/new.md",
        "before: policies/en/p-moved.md",
        "now says: p-renamed · en",
        "and: policies/en/p-doubled.md",
    ]
    assert read_text(page, "record-title") == [f"Act {kind}" for kind in ANSWERS]
    assert read_text(page, "conflict-tabs") == ["Values (0) Files (6)"]


@pytest.mark.parametrize(
    ("kind", "title", "answers", "differences"),
    [
        ("gone", "A record's file is gone", ["retire", "write_again"], []),
        ("moved", "A record's file seems to have moved", ["follow", "ignore"], ["StorageSea Act"]),
        (
            "renamed",
            "A record's file has another id",
            ["rename", "new_record", "ignore"],
            ["StorageSea Act"],
        ),
        ("doubled", "Two files say that they are one record", ["follow", "ignore"], ["StorageSea Act"]),
    ],
)
def test_question_shows_what_is_known_and_what_each_answer_does(
    imported: Policy,
    editor: User,
    look: Callable[..., Any],
    kind: str,
    title: str,
    answers: list[str],
    differences: list[str],
) -> None:
    run = imported.run_files.get().run
    page = look(editor, place_of(ask(imported, kind, run=run, title="Sea Act")))

    assert (page.status_code, page.context["title"]) == (200, title)
    assert [choice.answer for choice in page.context["choices"]] == answers
    reason = f" Reason, for the history Its file is gone: {PATH}"
    assert read_text(page, "answer") == [
        f"{choice.effect}{reason if choice.answer == 'retire' else ''} {choice.answer.label}"
        for choice in page.context["choices"]
    ]
    assert read_text(page, "difference-text") == differences
    assert "Storage Act" in read_text(page, "question-known")[0]
    assert f'href="/admin/reviews/run/{run.pk}/"' in page.content.decode()


def test_page_says_where_a_file_goes_whose_place_is_taken(
    folder: Folder, imported: Policy, editor: User, look: Callable[..., Any]
) -> None:
    folder.write(PATH, folder.read(PATH).replace("'no-storage-act'", "'no-sea-act'"))
    import_policies([folder.root], actor=None, root=folder.root)
    answer_question(FileQuestion.objects.get().pk, Answer.NEW_RECORD, actor=editor)

    page = look(editor, place_of(FileQuestion.objects.get(answer="")))

    assert str(page.context["choices"][1].effect) == (
        f"The record stays. {PATH} is the file of another record now: once a reviewer has signed this one, an export "
        "writes its file to policies/en/no-storage-act-2.md, beside it."
    )


def test_rename_names_the_translation_that_keeps_the_id(
    folder: Folder, imported: Policy, editor: User, look: Callable[..., Any]
) -> None:
    question = ask(imported, "renamed", policy_id="no-sea-act")

    def effect() -> str:
        return str(look(editor, place_of(question)).context["choices"][0].effect)

    alone = effect()
    folder.import_policy(language="zh")

    assert effect().removeprefix(f"{alone} ") == (
        "Its translation (zh) keeps the id “no-storage-act”, and is a policy of its own until its file says the new "
        "id too."
    )


def test_two_new_files_are_compared_with_each_other(
    folder: Folder, editor: User, look: Callable[..., Any], db: None
) -> None:
    folder.policy()
    folder.write("second.md", folder.read(PATH).replace("Norway", "Sweden"))
    import_policies([folder.root], actor=None, root=folder.root)

    page = look(editor, place_of(FileQuestion.objects.get(path="second.md")))

    assert read_text(page, "difference-text") == ["NorwaySweden"]
    assert "None yet no-storage-act · en" in read_text(page, "question-known")[0]


@pytest.mark.parametrize(
    ("kind", "answer", "message", "state"),
    [
        ("gone", "retire", "The record is retired: Storage Act", "retired"),
        ("gone", "write_again", "An export will write the file again: Storage Act", "in_review"),
        ("moved", "follow", "copies/no-storage-act.md is the record's file now: Sea Act", "in_review"),
        ("doubled", "ignore", "copies/no-storage-act.md is left out.", "in_review"),
    ],
)
def test_answer_is_done_and_told(
    imported: Policy, editor: User, client: Client, kind: str, answer: str, message: str, state: str
) -> None:
    question = ask(imported, kind, title="Sea Act")
    client.force_login(editor)
    reason = client.get(place_of(question)).context["reason"]

    page = client.post(place_of(question), {"answer": answer, "reason": reason}, follow=True)

    assert page.redirect_chain == [(LIST, 302)]
    assert read_text(page, "success") == [message]
    assert get_policy().state == state
    done = client.get(place_of(question))
    assert (done.context["choices"], read_text(done, "notice-info")[0].split(" on ")[0]) == (
        [],
        "Elena Ortiz answered",
    )
    if answer == "retire":
        assert get_policy().decisions.get().reason == f"Its file is gone: {PATH}"


def test_refused_answer_says_why_and_keeps_the_reason(imported: Policy, editor: User, client: Client) -> None:
    question = ask(imported, "gone")
    client.force_login(editor)
    before = count_rows()

    refused = client.post(place_of(question), {"answer": "retire", "reason": "  "})
    odd = client.post(place_of(question), {"answer": "follow"})
    broken = client.post(place_of(question), {"answer": "burn"})

    assert (refused.status_code, odd.status_code, broken.status_code) == (200, 200, 400)
    assert read_text(refused, "question-refusal") == [
        "Nothing was changed Retire needs a reason: say what has to change, or why."
    ]
    assert read_text(odd, "question-refusal") == [
        "Nothing was changed “This is its file from now on” is no answer to “Its file is gone”: choose another."
    ]
    assert (count_rows(), question.__class__.objects.get().answer) == (before, "")
    assert (
        client.get(f"{LIST}4711/").status_code,
        client.post(f"{LIST}4711/", {"answer": "retire"}).status_code,
    ) == (
        404,
        404,
    )


@pytest.mark.parametrize(
    ("who", "list_status", "page_status", "answer_status"),
    [("nobody", 403, 403, 403), ("publisher", 200, 200, 403), ("reviewer", 200, 200, 403)],
)
def test_who_may_not_edit_reads_and_answers_nothing(
    imported: Policy,
    request: pytest.FixtureRequest,
    client: Client,
    who: str,
    list_status: int,
    page_status: int,
    answer_status: int,
) -> None:
    question = ask(imported, "gone")
    client.force_login(request.getfixturevalue(who))

    page = client.get(place_of(question))
    answer = client.post(place_of(question), {"answer": "retire", "reason": "Repealed."})

    assert (client.get(LIST).status_code, page.status_code, answer.status_code) == (
        list_status,
        page_status,
        answer_status,
    )
    assert get_policy().state == "in_review"
    if page_status == 200:
        assert (read_text(page, "answer"), read_text(page, "notice-info")) == (
            [],
            [
                (
                    "Answering a question about a file needs the permission “change_policy”: "
                    "ask an administrator for the role."
                )
            ],
        )


def test_files_that_are_left_out_are_listed_and_asked_about_again(
    imported: Policy, editor: User, reviewer: User, client: Client
) -> None:
    question = ask(imported, "renamed", policy_id="another")
    client.force_login(editor)
    assert "left out" not in client.get(LIST).content.decode()
    assert read_text(client.get(OUT), "empty-title") == ["No file is left out"]
    client.post(place_of(question), {"answer": "ignore", "reason": ""})

    assert read_text(client.get(LIST), "left-out") == ["1 file is left out of imports"]
    (row,) = read_text(client.get(OUT), "question-list")
    told = f"{PATH} another · en the file of: Storage Act no-storage-act · en Elena Ortiz"
    assert told in row
    assert row.endswith("Ask again")

    client.force_login(reviewer)
    assert "Ask again" not in client.get(OUT).content.decode()
    assert client.post(f"{place_of(question)}again/").status_code == 403
    client.force_login(editor)
    assert (
        client.post(f"{LIST}4711/again/").status_code,
        client.get(f"{place_of(question)}again/").status_code,
    ) == (
        404,
        405,
    )
    page = client.post(f"{place_of(question)}again/", follow=True)

    asked = FileQuestion.objects.get(answer="")
    assert page.redirect_chain == [(place_of(asked), 302)]
    assert read_text(page, "success") == [f"{PATH} waits for an answer again."]
    assert [choice.answer for choice in page.context["choices"]] == ["rename", "new_record", "ignore"]
    before = read_text(client.get(place_of(question)), "notice-info")
    assert before[0].startswith("It was left out; on ")
    assert before[0].endswith("Elena Ortiz had it asked about again.")
    late = client.post(f"{place_of(question)}again/", follow=True)
    assert late.redirect_chain == [(OUT, 302)]
    assert read_text(late, "error") == [f"{PATH} is not left out any more: nothing was changed."]


@pytest.mark.parametrize("tab", ["review", "change", "history"])
def test_pages_of_a_record_say_why_it_stays_and_lead_to_the_question(
    imported: Policy, editor: User, look: Callable[..., Any], tab: str
) -> None:
    address = reverse(f"admin:reviews_policy_{tab}", args=[imported.pk])
    before = look(editor, address)
    question = ask(imported, "moved")

    page = look(editor, address)

    claimed = (
        "The file says verified, but no sign-off backs it; it waits for a reviewer. 2 audit notes missing."
    )
    assert read_text(before, "export-line") == [f"Not exported: {claimed}"]
    asked = "Its file seems to have moved; an editor has to say whether it did."
    assert read_text(page, "export-line") == [f"Not exported: {asked} Answer the question"]
    assert f'href="{place_of(question)}"' in page.content.decode()


def test_signed_record_says_that_it_goes_out(signed: Policy, editor: User, look: Callable[..., Any]) -> None:
    page = look(editor, reverse("admin:reviews_policy_history", args=[signed.pk]))

    assert read_text(page, "export-line") == ["Signed: the next export writes it to its file."]
