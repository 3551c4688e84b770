"""What holds of every page: strangers are sent to the login, and no page asks more queries when there is more."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from reviews.models import Answer, Policy, Run
from reviews.services.answering import answer_question
from reviews.services.commenting import add_comment
from reviews.services.exporting import export_policies
from reviews.services.uploading import begin_upload
from tests.admin.html import read_text
from tests.conflicts import disagree
from tests.factories import (
    Folder,
    claim,
    decide,
    front_matter,
    get_policy,
    json_text,
    judge_all,
    make_user,
    verify,
)
from tests.questions import ask
from tests.services.counts import count_rows, edit

# Each page: the queries that it asks, an element of which it has one for each row, and how many at size 1 and 3.
# Every page begins with session, person, permissions (2), and ends with the number of conflicts in its navigation.
PAGES: dict[str, tuple[int, str, int, int]] = {
    # records; assignments, holds, verdicts, decisions and people; weeks; what waits; languages, the map; checks;
    # overdue, due, latest; mentions
    "": (20, "decided", 3, 6),
    # the choices of country, category, language, year, assignee and holder (6), count, rows
    "reviews/policy/?q=storage+permits&standing=claimed": (13, "field-record", 3, 7),
    # counts of the parts, page, next record
    "reviews/policy/queue/": (8, "standing-claimed", 3, 7),
    # the plan, records
    "reviews/policy/outbox/": (7, "mono", 1, 3),
    # people, count, rows with their policies
    "reviews/decision/": (8, "field-at", 3, 9),
    "reviews/verdict/": (8, "field-at", 2, 18),
    "reviews/comment/": (7, "field-at", 2, 6),
    # people, count, rows
    "reviews/run/": (8, "field-at", 7, 15),
    # the run, its first files of each outcome, why the others stayed
    "reviews/run/{exported}/": (8, "run-path", 4, 10),
    # the run, its files as they came; the plan: what is known, records, dimensions, files, conflicts open and decided
    "reviews/run/{planned}/": (17, "run-path", 2, 4),
    # nothing
    "reviews/run/upload/": (5, "drop", 1, 1),
    # preferences
    "preferences/": (6, "mail", 4, 4),
    # the record in all languages, dimensions, verdicts, hold, comments, findings, the texts judged before,
    # the same notes elsewhere, decisions
    "reviews/policy/{pk}/review/": (14, "claim-head", 1, 3),
    # record, dimensions, verdicts
    "reviews/policy/{pk}/change/": (8, "dimension-facts", 1, 3),
    # those of the edit page; the timeline (4), the page's versions (2), decisions, verdicts, comments; 25 entries
    "reviews/policy/{pk}/history/": (17, "moment", 8, 19),
    # those of the edit page; two versions (2 each)
    "reviews/policy/{pk}/compare/?from=1&all": (12, "side-row", 31, 41),
    # record, dimensions, verdicts, sign-off, signed text, who saw the file last
    "reviews/policy/{signed}/file/": (11, "diff-added", 3, 5),
    # how many values and files wait; count, records, their conflicts
    "reviews/policy/conflicts/": (10, "conflict-places", 1, 3),
    # how many values and files wait; count, questions with their records; how many files are left out
    "reviews/policy/conflicts/files/": (10, "was", 1, 3),
    # count, files with their records
    "reviews/policy/conflicts/files/left-out/": (7, "was", 2, 6),
    # the question with its run; record, dimensions, verdicts
    "reviews/policy/conflicts/files/{asked}/": (9, "difference-text", 1, 3),
    # those of the edit page; open conflicts, who changed the values here, conflicts of the past
    "reviews/policy/{in_conflict}/conflicts/": (11, "conflict-take", 3, 9),
}


def make_hub(size: int, folder: Folder, editor: User, reviewer: User) -> dict[str, Any]:
    """One record with so many claims, translations, edits, verdicts, decisions and threads; as many others."""
    analysis = {f"dimension-{n}": claim(evidence=f"Permits {n}.") for n in range(size)}
    policy = folder.import_policy(analysis=analysis)
    for language in ("zh", "fr", "pt-BR")[:size]:
        folder.import_policy(language=language, analysis=analysis)
    for number in range(size):
        edit(editor, analysis={key: value | {"score": number} for key, value in analysis.items()})
        judge_all(get_policy(), reviewer)
        decide(policy, "request_changes", reviewer, "Once more.")
        decide(policy, "submit", editor)
        question = add_comment(policy.pk, f"@reviewer, number {number}?", actor=editor)
        add_comment(policy.pk, "Yes.", actor=reviewer, thread_pk=question.pk)
        in_country = {"country": f"Country {number}"}
        theirs, ours = (
            in_country | dict.fromkeys(("source", "url", "interpretation")[:size], text) for text in "ab"
        )
        disagree(folder, editor, policy_id=f"claimed-{number}", base=in_country, theirs=theirs, ours=ours)
        verify(folder.import_policy(f"signed-{number}", analysis=analysis), reviewer)
        said: dict[str, Any] = dict.fromkeys(("status", "url", "title")[:size], "C")
        asked = ask(get_policy(f"claimed-{number}"), **said)
        left_out = ask(get_policy(f"claimed-{number}"), "moved")
        answer_question(left_out.pk, Answer.IGNORE, actor=editor)
    planned = [
        (f"claimed-{number}.md", json_text(front_matter(f"claimed-{number}", title="B")))
        for number in range(size)
    ]
    files = [*planned, ("new.md", json_text(front_matter("new")))]
    person = make_user("all", "Alva", "Rask", "Editors", "Reviewers", "Publishers")
    upload = begin_upload([(name, text.encode()) for name, text in files], language="en", actor=person)
    export_policies(folder.root.parent / "elsewhere", actor=person)
    return {
        "pk": policy.pk,
        "signed": get_policy("signed-0").pk,
        "in_conflict": get_policy("claimed-0").pk,
        "asked": asked.pk,
        "planned": upload.pk,
        "exported": Run.objects.latest("pk").pk,
    }


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("address", PAGES)
def test_page_asks_the_same_number_of_queries_however_much_there_is(
    address: str,
    size: int,
    folder: Folder,
    editor: User,
    reviewer: User,
    client: Client,
    settings: LazySettings,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.POLICYHUB_FOUR_EYES = False
    queries, element, *counts = PAGES[address]
    records = make_hub(size, folder, editor, reviewer)
    client.force_login(User.objects.get(username="all"))
    place = f"/admin/{address.format(**records)}"
    client.get(place)  # content types and the like are read once
    before = count_rows()

    with django_assert_num_queries(queries):
        page = client.get(place)

    assert len(read_text(page, element)) == counts[size // 2]
    assert count_rows() == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "address",
    [
        *PAGES,
        "reviews/policy/export/",
        "reviews/policy/outbox/write/",
        "reviews/policy/conflicts/files/1/again/",
        "reviews/run/1/decide/",
        "reviews/run/1/progress/",
        "reviews/run/1/failures/",
        "reviews/policy/add/",
        "reviews/policy/{pk}/restore/1/",
        "auth/user/",
        "auth/group/",
        "password_change/",
    ],
)
def test_strangers_are_sent_to_the_login(address: str, method: str, imported: Policy, client: Client) -> None:
    numbers = dict.fromkeys(("pk", "signed", "in_conflict", "asked", "planned", "exported"), imported.pk)
    place = f"/admin/{address.format(**numbers)}".partition("?")[0]
    before = count_rows()

    answer = getattr(client, method)(place)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next={place}")
    assert count_rows() == before
