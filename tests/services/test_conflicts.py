"""Conflicts as rows: opened by an import, kept, replaced or settled by the next; what they stop."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from reviews.models import Conflict, Policy, Resolution
from reviews.permissions import Denied, may
from reviews.selectors.conflicts import count_open, count_values, records_in_conflict
from reviews.selectors.queue import next_to_review
from reviews.services.errors import RefusedError
from reviews.services.exporting import export_policies
from reviews.services.import_plan import Outcome
from reviews.services.importing import import_policies
from reviews.services.resolving import resolve_conflicts
from reviews.services.upload_source import UploadSource, pack_files
from reviews.services.zipping import zip_policies
from tests.conflicts import BASE, OURS, PLACES, THEIRS, disagree, open_at
from tests.factories import Folder, claim, decide, flow_text, front_matter, get_policy, judge_all, verify
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db


def run(folder: Folder, **theirs: Any) -> Policy:
    """Change the file and import it."""
    import_policies([folder.policy(**{**THEIRS, **theirs})], actor=None, root=folder.root)
    return get_policy()


def rows() -> list[tuple[str, str]]:
    return [(row.place, row.resolution) for row in Conflict.objects.order_by("pk")]


def test_import_opens_a_conflict_for_each_value_that_both_changed(folder: Folder, editor: User) -> None:
    policy = disagree(folder, editor)

    assert rows() == [(place, "") for place in PLACES]
    assert policy.open_conflicts == count_values() == count_open() == 6
    assert [(record.pk, len(record.conflicts.all())) for record in records_in_conflict()] == [(policy.pk, 6)]
    year, dimension = open_at(policy, '["year"]'), open_at(policy, '["analysis", "liability"]')
    assert (year.base, year.theirs, year.ours) == ({"value": 2024}, {"value": 2020}, {"value": 2021})
    blank = {"auditNote": "", "citation": "", "evidence": "", "label": ""}
    assert (dimension.base, dimension.theirs, dimension.ours) == (
        {"value": {**blank, "score": 5}},
        {},
        {"value": {**blank, "score": 6}},
    )
    assert (policy.year, policy.source, policy.sectors) == (2021, "Our ministry", OURS["sectors"])


def test_import_of_the_same_file_changes_nothing(folder: Folder, editor: User) -> None:
    disagree(folder, editor)
    before, conflicts = count_rows(), list(Conflict.objects.values())

    import_policies([folder.root], actor=None)

    assert (count_rows(), list(Conflict.objects.values())) == (before, conflicts)


def test_conflict_is_kept_where_the_file_changed_elsewhere(folder: Folder, editor: User) -> None:
    policy = disagree(folder, editor)
    kept = open_at(policy, '["year"]')

    policy = run(folder, title="Sea Act")

    assert (policy.title, policy.year, policy.open_conflicts) == ("Sea Act", 2021, 6)
    assert open_at(policy, '["year"]') == kept
    assert rows() == [(place, "") for place in PLACES]


def test_conflict_is_replaced_where_the_file_says_something_else_by_now(folder: Folder, editor: User) -> None:
    disagree(folder, editor)

    policy = run(folder, year=2019)

    assert rows() == [(PLACES[0], "replaced"), *((place, "") for place in PLACES[1:]), (PLACES[0], "")]
    row = open_at(policy, '["year"]')
    assert (row.base, row.theirs, row.ours) == ({"value": 2024}, {"value": 2019}, {"value": 2021})
    assert (policy.year, policy.open_conflicts) == (2021, 6)


def test_conflict_of_a_value_is_replaced_by_that_of_its_dimension(folder: Folder, editor: User) -> None:
    disagree(folder, editor)

    policy = run(folder, analysis={"mrv": THEIRS["analysis"]["mrv"]})

    assert rows()[4:] == [
        ('["analysis", "market", "evidence"]', "replaced"),
        ('["analysis", "liability"]', ""),
        ('["analysis", "market"]', ""),
    ]
    assert open_at(policy, '["analysis", "market"]').base["value"]["evidence"] == claim()["evidence"]


def test_conflict_is_settled_where_a_side_took_its_change_back_or_both_agree(
    folder: Folder, editor: User
) -> None:
    disagree(folder, editor)

    policy = run(folder, year=2024, source="Our ministry", sectors=BASE["sectors"])

    assert rows() == [
        *(
            (place, "settled" if place in ('["year"]', '["source"]', '["sectors"]') else "")
            for place in PLACES
        )
    ]
    assert (policy.year, policy.source, policy.sectors) == (2021, "Our ministry", OURS["sectors"])
    edit(editor, **{**OURS, "source": "Our ministry", "description": THEIRS["description"]})
    policy = get_policy()
    assert rows()[2] == ('["description"]', "settled")
    assert policy.open_conflicts == count_values() == 2


def test_what_an_upload_brought_waits_while_its_file_says_nothing_new_of_it(
    folder: Folder, editor: User
) -> None:
    folder.import_policy()
    edit(editor, year=2021)
    text = flow_text(front_matter(year=2020))
    upload = UploadSource("up.zip", pack_files([("no-storage-act.md", text.encode())]), language="en")
    import_policies(upload, actor=editor)
    opened = open_at(get_policy(), '["year"]')

    import_policies([folder.policy(title="Sea Act")], actor=None, root=folder.root)

    assert (get_policy().title, get_policy().year, get_policy().open_conflicts) == ("Sea Act", 2021, 1)
    assert open_at(get_policy(), '["year"]') == opened
    import_policies([folder.policy(year=2019)], actor=None, root=folder.root)
    assert rows() == [('["year"]', "replaced"), ('["year"]', "")]


def test_conflicts_in_a_dimension_that_is_taken_out_become_one_on_the_whole(
    folder: Folder, editor: User
) -> None:
    analysis = front_matter()["analysis"]
    theirs, ours = ({**analysis, "market": claim(score=score, label=str(score))} for score in (72, 71))
    policy = disagree(folder, editor, base={}, theirs={"analysis": theirs}, ours={"analysis": ours})
    assert policy.open_conflicts == 2

    edit(editor, analysis={"mrv": analysis["mrv"]})

    policy = get_policy()
    assert rows() == [
        ('["analysis", "market", "score"]', "replaced"),
        ('["analysis", "market", "label"]', "replaced"),
        ('["analysis", "market"]', ""),
    ]
    row = policy.conflicts.get(resolution="")
    sides = [{**claim(), "auditNote": ""}, {**claim(score=72, label="72"), "auditNote": ""}]
    assert [row.base, row.theirs, row.ours] == [*({"value": side} for side in sides), {}]
    assert policy.open_conflicts == 1
    import_policies([folder.policy(title="Sea Act", analysis=theirs)], actor=None, root=folder.root)
    assert (policy.conflicts.get(resolution=""), get_policy().title) == (row, "Sea Act")

    resolve_conflicts(policy.pk, {row.pk: (Resolution.THEIRS, None)}, actor=editor)

    item = get_policy().dimensions.get(key="market")
    assert (item.score, item.label, item.evidence) == (72, "72", claim()["evidence"])


@pytest.mark.parametrize("how", [Resolution.OURS, Resolution.OTHER])
def test_upload_that_comes_again_asks_nothing_that_was_answered(
    how: Resolution, folder: Folder, editor: User
) -> None:
    folder.import_policy()
    edit(editor, year=2021)
    files = [("no-storage-act.md", flow_text(front_matter(year=2020)).encode())]
    upload = UploadSource("up.zip", pack_files(files), language="en")
    assert import_policies(upload, actor=editor).conflicts == 1
    policy = get_policy()
    resolve_conflicts(policy.pk, {open_at(policy, '["year"]').pk: (how, 2022)}, actor=editor)

    report = import_policies(upload, actor=editor)

    assert (report.conflicts, report.count(Outcome.UNCHANGED), get_policy().open_conflicts) == (0, 1, 0)
    assert get_policy().year == (2021 if how is Resolution.OURS else 2022)
    edit(editor, year=2023)  # this was not compared with the file
    assert import_policies(upload, actor=editor).conflicts == get_policy().open_conflicts == 1


def test_record_with_a_conflict_is_not_verified(folder: Folder, editor: User, reviewer: User) -> None:
    policy = disagree(folder, editor, base={}, theirs={"year": 2020}, ours={"year": 2021})
    judge_all(policy, reviewer)

    with pytest.raises(RefusedError) as refusal:
        decide(policy, "verify", reviewer)

    said = "1 value changed both in the file and here: resolve the conflict first."
    assert refusal.value.reasons == (said,)
    assert next_to_review(reviewer) is None
    assert may(reviewer, "verify", get_policy().facts()) == Denied((said,))


def test_signed_record_with_a_conflict_is_not_exported(
    folder: Folder, editor: User, reviewer: User, publisher: User
) -> None:
    policy = folder.import_policy()
    edit(editor, year=2021)
    verify(policy, reviewer)
    path = folder.policy(year=2020)
    import_policies([path], actor=None, root=folder.root)
    text = path.read_bytes()

    report = export_policies(actor=publisher)

    assert get_policy().standing == "verified"
    assert [(item.outcome.value, item.reason) for item in report.files] == [
        ("held back", "1 value changed both in the file and here: resolve the conflict first.")
    ]
    assert path.read_bytes() == text
    assert zip_policies(Policy.objects.all(), actor=publisher)[1].files[0].outcome.value == "held back"
