"""Why a record does not go out: one status and one sentence for each reason, the same for lists, counts and exports."""

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reviews.models import Answer, FileQuestion, Policy
from reviews.models.door import Door, open_door
from reviews.selectors.export_status import (
    ExportStatus,
    has_export_status,
    tell_export_status,
    with_export_status,
)
from reviews.selectors.outgoing import outgoing
from reviews.services.answering import answer_question
from reviews.services.exporting import export_policies
from reviews.services.importing import import_policies
from tests.factories import Folder, decide, get_policy, verify
from tests.services.counts import edit

NOTES = {"missing_notes": 2}
CLAIMED = "The file says verified, but no sign-off backs it; it waits for a reviewer."
STALE = "Changed since Rosa Lindqvist signed it; it waits for a new sign-off."


@pytest.mark.parametrize(
    ("status", "options", "label", "sentence"),
    [
        ("retired", NOTES, "Retired", "Retired; an editor can bring it back."),
        (
            "conflict",
            {"conflicts": 1, **NOTES},
            "Open conflict",
            "1 value changed both in the file and here: resolve the conflict first.",
        ),
        (
            "conflict",
            {"conflicts": 3},
            "Open conflict",
            "3 values changed both in the file and here: resolve the conflicts first.",
        ),
        (
            "question",
            {"question": "gone", **NOTES},
            "Question about its file",
            "Its file is gone; an editor has to say what becomes of the record.",
        ),
        (
            "question",
            {"question": "moved"},
            "Question about its file",
            "Its file seems to have moved; an editor has to say whether it did.",
        ),
        (
            "question",
            {"question": "renamed"},
            "Question about its file",
            "Its file has another id now; an editor has to say what that means.",
        ),
        (
            "question",
            {"question": "doubled"},
            "Question about its file",
            "Another file says that it is this record; an editor has to say which one is.",
        ),
        (
            "changes_requested",
            {},
            "Changes requested",
            "A reviewer requested changes; an editor has to submit it again.",
        ),
        ("stale", {}, "Changed since it was signed", STALE),
        ("stale", {"missing_notes": 1}, "Changed since it was signed", f"{STALE} 1 audit note missing."),
        ("claimed", {}, "Claimed, not signed", CLAIMED),
        ("claimed", NOTES, "Claimed, not signed", f"{CLAIMED} 2 audit notes missing."),
        ("draft", {}, "Draft", "A draft; an editor has to submit it."),
        (
            "in_review",
            NOTES,
            "In review",
            "In review; it waits for a reviewer. 2 audit notes missing.",
        ),
        (
            "left_out",
            NOTES,
            "Its file is left out",
            (
                "Its file says another id and was left out, so no export writes over it: give the file the record's "
                "id again and import it, or ask again under Conflicts, Files."
            ),
        ),
        (
            "file_newer",
            NOTES,
            "File changed since it was signed",
            (
                "The file changed and was imported after Rosa Lindqvist signed it: reopen the review, "
                "and verify it on the file as it is now."
            ),
        ),
        ("ready", NOTES, "Ready to go out", ""),
        ("exported", NOTES, "Exported", ""),
    ],
)
def test_status_is_told_in_a_sentence(
    status: str, options: dict[str, object], label: str, sentence: str
) -> None:
    told = tell_export_status(ExportStatus(status), signed_by="Rosa Lindqvist", **options)  # type: ignore[arg-type]  # rows of the table

    assert (ExportStatus(status).label, told) == (label, sentence)
    assert ExportStatus(status).is_reason is bool(sentence)


def ask(policy: Policy, kind: str = "gone") -> FileQuestion:
    """An open question about a record's file."""
    with open_door(Door.CONTENT):
        return FileQuestion.objects.create(
            kind=kind,
            policy=policy,
            policy_name=policy.policy_id,
            language=policy.language,
            root="/files",
            path=f"{policy.policy_id}.md",
            asked_at=timezone.now(),
        )


@pytest.fixture
def one_of_each(folder: Folder, editor: User, reviewer: User, db: None) -> dict[str, ExportStatus]:
    """A record for each reason, and those for which several hold, of which the first one counts."""
    for name in (
        "retired",
        "conflict",
        "question",
        "stale",
        "exported",
        "newer",
        "ready",
        "signed-asked",
        "left",
    ):
        verify(folder.import_policy(name), reviewer)
    export_policies(actor=None, policies=Policy.objects.filter(policy_id="exported"))
    for name in ("retired", "question", "signed-asked"):
        ask(get_policy(name))
    QuerySet(Policy).filter(policy_id__in=["retired", "conflict", "question-conflict"]).update(
        open_conflicts=1
    )
    folder.policy("left", id="another")
    import_policies([folder.root], actor=None, root=folder.root)
    answer_question(FileQuestion.objects.get(kind="renamed").pk, Answer.IGNORE, actor=editor)
    decide(get_policy("retired"), "retire", editor, "Repealed.")
    decide(get_policy("question"), "reopen", reviewer, "Look again.")
    import_policies([folder.policy("newer", style="block")], actor=None, root=folder.root)
    edit(editor, policy_id="stale", title="Changed")
    folder.import_policy("draft", reviewStatus="draft")
    folder.import_policy("in-review", reviewStatus="in_review")
    folder.import_policy("claimed")
    decide(folder.import_policy("changes"), "request_changes", reviewer, "Why?")
    return {
        "changes": ExportStatus.CHANGES_REQUESTED,
        "claimed": ExportStatus.CLAIMED,
        "conflict": ExportStatus.CONFLICT,
        "draft": ExportStatus.DRAFT,
        "exported": ExportStatus.EXPORTED,
        "in-review": ExportStatus.IN_REVIEW,
        "left": ExportStatus.LEFT_OUT,
        "newer": ExportStatus.FILE_NEWER,
        "question": ExportStatus.QUESTION,
        "ready": ExportStatus.READY,
        "retired": ExportStatus.RETIRED,
        "signed-asked": ExportStatus.QUESTION,
        "stale": ExportStatus.STALE,
    }


def test_status_is_the_same_for_export_list_and_filter(
    one_of_each: dict[str, ExportStatus], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):  # the second for the questions
        items = list(outgoing())
    rows = with_export_status(Policy.objects.order_by("policy_id"))

    assert {item.policy_id: item.status for item in items} == one_of_each
    statuses = rows.values_list("policy_id", "export_status")  # type: ignore[misc]  # annotated
    assert dict(statuses) == one_of_each
    for status in ExportStatus:
        found = Policy.objects.filter(has_export_status(status)).order_by("policy_id")
        assert [row.policy_id for row in found] == [
            name for name, expected in one_of_each.items() if expected is status
        ]


def test_export_writes_none_for_which_there_is_a_reason(one_of_each: dict[str, ExportStatus]) -> None:
    report = export_policies(actor=None)

    assert [item.policy for item in report.files if item.outcome == "written"] == ["ready (en)"]
    reasons = {item.policy: item.reason for item in report.files if item.reason}
    assert sorted(reasons) == sorted(
        f"{name} (en)" for name, status in one_of_each.items() if status.is_reason
    )
    assert (
        reasons["conflict (en)"] == "1 value changed both in the file and here: resolve the conflict first."
    )
    assert (
        reasons["signed-asked (en)"] == "Its file is gone; an editor has to say what becomes of the record."
    )
