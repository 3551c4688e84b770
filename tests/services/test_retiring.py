"""A retired record keeps all that it has, and is out of everything that waits, counts or is checked."""

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from reviews.models import Assignment, Finding, Policy
from reviews.selectors.conflicts import count_open, count_values
from reviews.selectors.coverage import coverage
from reviews.selectors.dashboard import progress
from reviews.selectors.questions import count_questions
from reviews.selectors.queue import next_to_review, queue
from reviews.services.assigning import assign_policies
from reviews.services.checking import check_all_policies
from reviews.services.errors import RefusedError
from reviews.services.exporting import export_policies
from reviews.services.importing import import_policies
from tests.admin.html import read_text
from tests.conflicts import disagree
from tests.factories import Folder, claim, decide, get_policy, judge_all, verify
from tests.questions import ask
from tests.services.counts import edit

pytestmark = pytest.mark.django_db


def findings(policy_id: str) -> set[str]:
    """The checks that found something in a record."""
    return set(
        Finding.objects.filter(policy__policy_id=policy_id, policy__language="en").values_list(
            "check_id", flat=True
        )
    )


def assert_findings_are_true() -> None:
    """Checking everything anew changes nothing."""
    report = check_all_policies()
    assert (report.added, report.removed) == (0, 0)


def test_retired_record_leaves_the_work_and_keeps_all_it_has(
    folder: Folder, editor: User, reviewer: User
) -> None:
    policy = folder.import_policy()
    other = folder.import_policy("a-same-title", language="en")
    judge_all(policy, reviewer)
    assign_policies([policy.pk], assignee=reviewer, actor=reviewer)
    before = get_policy()
    assert "title-twice" in findings("a-same-title")
    assert [str(row) for row in queue(reviewer)] == ["no-storage-act (en)", "a-same-title (en)"]

    decide(policy, "retire", editor, "Repealed.")

    policy = get_policy()
    assert (policy.state, policy.review_status, policy.is_waiting) == ("retired", "retired", False)
    assert policy.to_values() == before.to_values()
    assert policy.history.first().history_change_reason == "Retire: Repealed."
    assert [str(row) for row in queue(reviewer)] == ["a-same-title (en)"]
    assert next_to_review(reviewer) == other
    assert not Assignment.objects.exists()
    assert (progress(editor).policies, progress(editor).called_verified) == (1, 1)
    found = coverage("en")
    assert (found.languages, [cell.total for row in found.rows for cell in row.cells]) == (
        (("en", 1),),
        [1, 1],
    )
    assert findings("no-storage-act") == set()
    assert "title-twice" not in findings("a-same-title")
    assert_findings_are_true()

    decide(policy, "bring_back", editor)

    policy = get_policy()
    assert (policy.state, policy.judged) == ("in_review", 2)  # verdicts on the same content count again
    assert "title-twice" in findings("a-same-title")
    assert_findings_are_true()
    assert decide(policy, "verify", reviewer).to_state == "verified"


def test_signature_ends_with_retiring_and_what_was_signed_stays(
    signed: Policy, editor: User, reviewer: User
) -> None:
    decision = signed.signoff

    decide(signed, "retire", editor, "Withdrawn by the ministry.")

    policy = get_policy()
    assert (policy.signoff, policy.signed_digest, policy.next_review_on) == (None, "", None)
    assert [(row.transition, row.signed_text_digest) for row in policy.decisions.order_by("pk")] == [
        ("verify", decision.signed_text_digest),
        ("retire", ""),
    ]
    assert [item.outcome for item in export_policies(actor=None).files] == ["not signed"]
    with pytest.raises(
        RefusedError, match=r"Verify needs a record that is “In review”; this one is “Retired”."
    ):
        decide(policy, "verify", reviewer)


def test_edits_of_a_retired_record_concern_no_check(folder: Folder, editor: User, superuser: User) -> None:
    folder.import_policy()
    folder.import_policy("b-other", title="Another act")
    decide(get_policy(), "retire", editor, "Repealed.")

    edit(superuser, title="Another act")

    assert (findings("no-storage-act"), "title-twice" in findings("b-other")) == (set(), False)
    assert_findings_are_true()
    call_command("check_policies", verbosity=0)
    assert findings("no-storage-act") == set()


def test_import_leaves_a_retired_record_retired(folder: Folder, editor: User) -> None:
    decide(folder.import_policy(), "retire", editor, "Repealed.")

    folder.policy(title="Storage Act, amended", analysis={"market": claim()}, reviewStatus="retired")
    import_policies([folder.root], actor=None, root=folder.root)

    policy = get_policy()
    assert (policy.title, policy.state, policy.file_status) == (
        "Storage Act, amended",
        "retired",
        "retired",
    )
    assert policy.warnings == [
        'reviewStatus: "retired" is none of the known values; the file keeps it as it is.'
    ]


def test_deciding_again_takes_what_the_move_takes(folder: Folder, editor: User, reviewer: User) -> None:
    policy = folder.import_policy()
    with pytest.raises(RefusedError, match=r"Retire needs a reason: say what has to change, or why."):
        decide(policy, "retire", editor)
    verify(policy, reviewer)

    decide(policy, "retire", editor, "Repealed.")

    with pytest.raises(RefusedError, match=r"needs a record that is .*; this one is “Retired”."):
        decide(policy, "retire", editor, "Again.")


def test_what_is_open_about_a_retired_record_waits_until_it_is_brought_back(
    folder: Folder, editor: User, client: Client
) -> None:
    policy = disagree(folder, editor)
    ask(policy, "moved")
    ask(policy, "renamed")  # another policy may be in its file: that waits in any case
    client.force_login(editor)
    assert (count_open(), count_values(), count_questions()) == (8, 6, 2)

    decide(policy, "retire", editor, "Repealed.")

    assert (count_open(), count_values(), count_questions()) == (1, 0, 1)
    page = client.get(reverse("admin:reviews_policy_conflicts"))
    assert (read_text(page, "nav-count"), read_text(page, "conflict-tabs")) == (
        ["1"],
        ["Values (0) Files (1)"],
    )
    assert policy.title not in page.content.decode()
    files = client.get(reverse("admin:reviews_policy_questions"))
    assert [row.kind for row, _title in files.context["rows"]] == ["renamed"]

    decide(policy, "bring_back", editor, "It is in force again.")
    assert (count_open(), count_values(), count_questions()) == (8, 6, 2)
