"""History: every change on every path has one row, with actor, time and reason, and none goes past it."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from reviews.models import DimensionAnalysis, Policy, SourceFile
from reviews.services.editing import add_policy, restore_version
from reviews.services.exporting import export_policies
from reviews.services.importing import import_policies
from reviews.services.workflow import judge_dimensions
from reviews.states import VerdictKind
from tests.factories import Folder, claim, decide, front_matter, get_policy, judgement, verify
from tests.services.counts import edit

pytestmark = pytest.mark.django_db

PATH = "policies/en/no-storage-act.md"


@pytest.fixture
def story(folder: Folder, editor: User, reviewer: User, second_reviewer: User, publisher: User) -> Folder:
    """A record that went every way there is, beside a translation and one that was added here."""
    folder.policy(reviewStatus="draft")
    folder.policy(language="zh", title="封存法")
    import_policies([folder.root], actor=editor)
    policy = get_policy()
    edit(editor, title="Sea Act", tags=["x"])
    edit(editor, title="Sea Act", analysis={"market": claim(), "strategic": claim(score=5)})
    restore_version(policy.pk, 1, actor=editor, reason="The old text was right")
    decide(policy, "submit", editor)
    judge_dimensions(
        policy.pk,
        [
            judgement(
                get_policy(), "market", "Not there.", VerdictKind.REJECTED, is_covering_translations=True
            )
        ],
        actor=second_reviewer,
    )
    decide(policy, "request_changes", second_reviewer, "Section 4 says otherwise")
    edit(editor, analysis={**front_matter()["analysis"], "market": claim(evidence="New.")})
    decide(policy, "submit", editor, "Corrected")
    verify(get_policy(), reviewer)
    export_policies(actor=publisher)
    folder.write(PATH, folder.read(PATH).replace("Norway", "Sweden"))
    import_policies([folder.root], actor=None)
    decide(policy, "verify", reviewer)
    decide(policy, "reopen", reviewer, "A new decree")
    add_policy("born-here", "en", get_policy().to_values(), actor=editor)
    return folder


def test_each_step_is_one_version_with_actor_and_reason(story: Folder) -> None:
    rows = Policy.history.filter(policy_id="no-storage-act", language="en").order_by("version")

    assert [
        (row.version, row.history_user.username if row.history_user else None, row.history_change_reason)
        for row in rows
    ] == [
        (1, "editor", f"Imported from {PATH}"),
        (2, "editor", "Edited"),
        (3, "editor", "Edited"),
        (4, "editor", "Restored version 1: The old text was right"),
        (5, "editor", "Submit for review"),
        (6, "second_reviewer", "Audit note: market"),
        (7, "second_reviewer", "Request changes: Section 4 says otherwise"),
        (8, "editor", "Edited"),
        (9, "editor", "Submit for review: Corrected"),
        (10, "reviewer", "Audit note: market, mrv"),
        (11, "reviewer", "Verify"),
        (12, "publisher", f"Exported to {PATH}"),
        (13, None, f"Imported from {PATH}"),
        (14, "reviewer", "Verify"),
        (15, "reviewer", "Reopen review: A new decree"),
    ]


def test_file_has_its_own_history(story: Folder) -> None:
    rows = SourceFile.history.filter(path=PATH).order_by("history_id")

    assert [
        (row.history_user.username if row.history_user else None, row.history_change_reason) for row in rows
    ] == [
        ("editor", f"Imported from {PATH}"),
        ("publisher", f"Exported to {PATH}"),
        (None, f"Imported from {PATH}"),
    ]


def test_versions_count_on_without_a_gap(story: Folder) -> None:
    for policy in Policy.objects.all():
        numbers = policy.history.order_by("history_id").values_list("version", flat=True)
        assert list(numbers) == list(range(1, policy.version + 1))


def test_every_row_of_history_has_time_and_reason(story: Folder) -> None:
    for model in (Policy, DimensionAnalysis, SourceFile):
        rows = model.history.all()
        assert rows.count() > 0
        assert all(row.history_change_reason for row in rows)
        assert all(row.history_date <= timezone.now() for row in rows)


def test_dimensions_change_at_a_version_of_their_policy_and_once(story: Folder) -> None:
    rows = DimensionAnalysis.history.order_by("history_id")
    moments = {(row.id, row.history_date) for row in Policy.history.all()}

    assert {(row.policy_id, row.history_date) for row in rows} <= moments
    assert len({(row.id, row.history_date) for row in rows}) == rows.count()


def values_of(row: models.Model, names: list[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


@pytest.mark.parametrize("model", [Policy, DimensionAnalysis, SourceFile])
def test_latest_history_row_is_what_stands_in_the_table(story: Folder, model: Any) -> None:
    names = [field.attname for field in model.history.model.tracked_fields]

    for row in model.objects.all():
        assert values_of(row.history.latest("history_id"), names) == values_of(row, names)


def test_what_is_gone_has_a_last_row(story: Folder) -> None:
    standing = set(DimensionAnalysis.objects.values_list("pk", flat=True))
    ended = DimensionAnalysis.history.filter(history_type="-")

    assert {row.id for row in DimensionAnalysis.history.all()} - standing == {row.id for row in ended}
    assert [(row.key, row.history_user.username) for row in ended.order_by("key")] == [
        ("mrv", "editor"),
        ("strategic", "editor"),
    ]
