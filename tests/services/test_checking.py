"""Findings stay true: after every save what is stored is what checking everything anew would find."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.models import ClosedDoorError, Finding, Policy
from reviews.models.door import Door, open_door
from reviews.schema import read_policy
from reviews.services.bulk_rows import insert_values
from reviews.services.checking import CheckReport, check_all_policies
from reviews.services.editing import add_policy, edit_policy, restore_version
from reviews.services.errors import RefusedError
from reviews.services.importing import import_policies
from reviews.services.workflow import judge_dimensions
from tests.factories import Folder, claim, decide, get_policy, judge_all, judgement, verify
from tests.quality.records import values
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db

Found = tuple[str, str, str, str]


def stored(*check_ids: str) -> list[Found]:
    """What is stored, or what these checks found: record, check, dimension, datum."""
    rows = Finding.objects.filter(check_id__in=check_ids) if check_ids else Finding.objects.all()
    return sorted(
        (str(row.policy), row.check_id, row.dimension_key, row.detail)
        for row in rows.select_related("policy")
    )


def assert_true() -> None:
    """Checking everything anew changes nothing."""
    report = check_all_policies()
    assert (report.added, report.removed, report.found) == (0, 0, Finding.objects.count())


# -- of one record ----------------------------------------------------------------------------------------

AS_IT_CAME = [
    ("no-storage-act (en)", "body-short", "", "51"),
    ("no-storage-act (en)", "claim-unbacked", "", ""),
    ("no-storage-act (en)", "evidence-marked-ai", "market", ""),
    ("no-storage-act (en)", "evidence-short", "market", "51"),
    ("no-storage-act (en)", "evidence-short", "mrv", "27"),
    ("no-storage-act (en)", "reviewer-nobody", "", "Human Audit Pending"),
    ("no-storage-act (en)", "supersession-unknown", "", "no-storage-act-1985"),
    ("no-storage-act (en)", "translation-missing", "", "zh"),
]


def test_findings_follow_a_record_from_its_file_to_its_signature_and_back(
    imported: Policy, reviewer: User, editor: User
) -> None:
    assert stored() == AS_IT_CAME
    rows = {row.pk for row in Finding.objects.all()}

    verify(imported, reviewer)
    cured = ("claim-unbacked", "reviewer-nobody")
    assert stored() == [row for row in AS_IT_CAME if row[1] not in cured]
    assert {row.pk for row in Finding.objects.all()} < rows  # the others were not written again
    assert_true()

    edit(editor, url="", year=2023)
    assert stored("source-link-missing", "year-mismatch") == [
        ("no-storage-act (en)", "source-link-missing", "", ""),
        ("no-storage-act (en)", "year-mismatch", "", "2023 ≠ 2024-05-01"),
    ]
    assert_true()

    restore_version(imported.pk, 1, actor=editor)
    assert stored() == [row for row in AS_IT_CAME if row[1] not in cured]
    assert_true()


def test_file_that_changed_changes_the_findings(folder: Folder, imported: Policy) -> None:
    folder.policy(**values(analysis={"market": claim(score=101)}))

    import_policies([folder.root], actor=None)

    assert stored("evidence-short", "score-off-scale") == [
        ("no-storage-act (en)", "evidence-short", "market", "51"),
        ("no-storage-act (en)", "score-off-scale", "market", "101"),
    ]
    assert_true()


def test_record_added_in_the_hub_is_checked(editor: User) -> None:
    add_policy("new", "en", read_policy(values(url="soon", supersedes=["old"]), ""), actor=editor)

    assert ("new (en)", "source-link-missing", "", "soon") in stored()
    assert_true()


def test_findings_leave_no_history(imported: Policy, reviewer: User) -> None:
    before = count_rows()

    assert check_all_policies(today=dt.date(2030, 1, 1)).added == 1

    assert count_rows() == before
    assert Policy.objects.get().version == imported.version


@pytest.mark.parametrize(
    ("today", "added", "removed"),
    [(dt.date(2027, 2, 8), 0, 0), (dt.date(2027, 2, 9), 1, 0), (dt.date(2026, 1, 1), 0, 0)],
)
def test_audit_grows_old_with_time_alone(imported: Policy, today: dt.date, added: int, removed: int) -> None:
    assert check_all_policies(today=today) == CheckReport(1, len(AS_IT_CAME) + added, added, removed)
    assert len(stored("audit-old")) == added


def test_doubled_and_forgotten_findings_go(imported: Policy) -> None:
    first = Finding.objects.order_by("pk")[0]
    with open_door(Door.CONTENT):
        rows = [
            (imported.pk, first.check_id, first.dimension_key, first.detail),
            (imported.pk, "year-mismatch", "", "x"),
        ]
        insert_values(Finding, ("policy_id", "check_id", "dimension_key", "detail"), rows)

    assert check_all_policies() == CheckReport(1, len(AS_IT_CAME), 0, 2)
    assert stored() == AS_IT_CAME


def test_findings_are_written_through_the_door_alone(imported: Policy) -> None:
    for write in (Finding(policy=imported).save, Finding.objects.all().delete):
        with pytest.raises(ClosedDoorError):
            write()


# -- what blocks ------------------------------------------------------------------------------------------

REPLACE = "Replace it with what the source says. Where the source says nothing, write what was read."


def test_blocking_finding_stops_verify_until_it_is_put_right(
    folder: Folder, reviewer: User, editor: User
) -> None:
    policy = folder.import_policy(
        analysis={"market": claim(evidence="Standard reporting required.")}, url="n/a"
    )
    judge_all(policy, reviewer)

    with pytest.raises(RefusedError) as error:
        decide(policy, "verify", reviewer)

    assert error.value.reasons == (
        f"Placeholder instead of evidence: “market”. {REPLACE}",
        "No source link that opens: “n/a”. Give the address of the source, one that begins with http:// or https://.",
    )
    edit(editor, analysis={"market": claim(evidence="Reports are due every May.")})
    judge_all(get_policy(), reviewer)
    decide(policy, "verify", reviewer)
    assert get_policy().state == "verified"


# -- of its neighbours ------------------------------------------------------------------------------------

Act = Callable[[User], Any]
BARE: dict[str, Any] = {"analysis": {"market": claim()}, "evolution": None}


def change(policy_id: str, **changes: Any) -> Act:
    """An editor's change of the record in English."""

    def act(editor: User) -> None:
        policy = get_policy(policy_id)
        wanted = read_policy(
            {**values(), **BARE, "title": policy.title, "reviewStatus": None, **changes}, policy.body
        )
        edit_policy(policy.pk, seen=policy.to_values(), wanted=wanted, actor=editor)

    return act


# Files, what an editor does then, and what comes and goes between records.
BETWEEN: list[tuple[list[dict[str, Any]], Act, list[Found], list[Found]]] = [
    (
        [{"policy_id": "a"}, {"policy_id": "a", "language": "zh", "status": "现行"}],
        change("a", analysis={"market": claim(score=5)}, status="Repealed", url="https://example.org/b"),
        [
            ("a (en)", "translation-score", "market", "5 ≠ 70 (zh)"),
            ("a (en)", "translation-source", "", "https://example.org/b ≠ https://example.org/act (zh)"),
            ("a (en)", "translation-status", "", "Repealed ≠ 现行 (zh)"),
            ("a (zh)", "translation-score", "market", "70 ≠ 5 (en)"),
            ("a (zh)", "translation-source", "", "https://example.org/act ≠ https://example.org/b (en)"),
            ("a (zh)", "translation-status", "", "现行 ≠ Repealed (en)"),
        ],
        [],
    ),
    (
        [{"policy_id": "a", "title": "One"}, {"policy_id": "b"}, {"policy_id": "c"}],
        change("a", title="storage act"),
        [("a (en)", "title-twice", "", "b"), ("b (en)", "title-twice", "", "a"), ("c (en)", "title-twice", "", "a")],
        [("b (en)", "title-twice", "", "c"), ("c (en)", "title-twice", "", "b")],
    ),
    (  # the same but for spaces and the case of a letter that ASCII has not
        [{"policy_id": "a", "title": "Énergie  Act"}, {"policy_id": "b", "title": "One"}, {"policy_id": "c"}],
        change("c", title="énergie ACT"),
        [("a (en)", "title-twice", "", "c"), ("c (en)", "title-twice", "", "a")],
        [],
    ),
    (
        [{"policy_id": "a", "title": "Énergie  Act"}, {"policy_id": "b", "title": "énergie act"}],
        change("a", title="Other"),
        [],
        [("a (en)", "title-twice", "", "b"), ("b (en)", "title-twice", "", "a")],
    ),
    (
        [{"policy_id": "a"}, {"policy_id": "b"}],
        change("b", title="Other"),
        [],
        [("a (en)", "title-twice", "", "b"), ("b (en)", "title-twice", "", "a")],
    ),
    (
        [{"policy_id": "a", "title": "A", "evolution": {"supersedes": ["b", "x"]}}, {"policy_id": "b"}],
        change("b", evolution={"supersededBy": "a"}),
        [],
        [("a (en)", "supersession-one-sided", "", "b")],
    ),
    (
        [{"policy_id": "a", "title": "A", "evolution": {"supersedes": ["b"]}},
         {"policy_id": "b", "evolution": {"supersededBy": "a"}}],
        change("b", evolution={"supersededBy": "c"}),
        [("a (en)", "supersession-one-sided", "", "b"), ("b (en)", "supersession-unknown", "", "c")],
        [],
    ),
    (
        [{"policy_id": "a", "title": "A", "evolution": {"supersedes": ["b", "x"]}}],
        lambda editor: add_policy("b", "en", get_policy("a").to_values(), actor=editor),
        [
            ("a (en)", "supersession-one-sided", "", "b"), ("a (en)", "title-twice", "", "b"),
            ("b (en)", "supersession-one-sided", "", "b"), ("b (en)", "supersession-unknown", "", "x"),
            ("b (en)", "title-twice", "", "a"), ("b (en)", "translation-missing", "", "zh"),
        ],
        [("a (en)", "supersession-unknown", "", "b")],
    ),
    (
        [{"policy_id": "a"}],
        lambda editor: add_policy("a", "zh", get_policy("a").to_values(), actor=editor),
        [],
        [("a (en)", "translation-missing", "", "zh")],
    ),
]  # fmt: skip
BETWEEN_CHECKS = (
    "translation-score", "translation-source", "translation-status", "translation-missing", "title-twice",
    "supersession-unknown", "supersession-one-sided",
)  # fmt: skip


@pytest.mark.parametrize(("files", "act", "came", "gone"), BETWEEN)
def test_change_of_one_record_changes_the_findings_of_others(
    folder: Folder, editor: User, files: list[dict[str, Any]], act: Act, came: list[Found], gone: list[Found]
) -> None:
    for file in files:
        folder.policy(**{**BARE, "title": "Storage Act", "reviewStatus": None, **file})
    import_policies([folder.root], actor=None)
    assert_true()
    before = stored(*BETWEEN_CHECKS)

    act(editor)

    after = stored(*BETWEEN_CHECKS)
    assert (sorted(set(after) - set(before)), sorted(set(before) - set(after))) == (came, gone)
    assert_true()


def test_note_on_five_records_is_found_on_all_and_on_none_once_one_has_its_own(
    folder: Folder, reviewer: User
) -> None:
    for number in range(5):
        note = "Same words." if number else ""
        folder.policy(f"p{number}", analysis={"market": claim(auditNote=note)})
    import_policies([folder.root], actor=None)
    assert stored("note-repeated") == []

    policy = get_policy("p0")
    for note, records in (("Same words.", 5), ("Section 4 says so.", 0)):
        judge_dimensions(policy.pk, [judgement(get_policy("p0"), "market", note)], actor=reviewer)
        assert stored("note-repeated") == [
            (f"p{number} (en)", "note-repeated", "market", "") for number in range(records)
        ]
        assert_true()


# -- what it costs ----------------------------------------------------------------------------------------


def about_findings(queries: CaptureQueriesContext) -> list[str]:
    """The statements that read or write findings, or count notes for them: verb and table."""
    verbs = [query["sql"].split(maxsplit=1)[0] for query in queries if "reviews_finding" in query["sql"]]
    notes = sum("DENSE_RANK" in query["sql"] for query in queries)
    return ["notes"] * notes + verbs


def test_review_costs_two_queries_and_a_decision_one_more(imported: Policy, reviewer: User) -> None:
    with CaptureQueriesContext(connection) as judging:
        judge_all(imported, reviewer)
    with CaptureQueriesContext(connection) as deciding:
        decide(imported, "verify", reviewer)

    assert about_findings(judging) == ["notes", "SELECT"]
    assert about_findings(deciding) == ["notes", "SELECT", "DELETE"]


@pytest.mark.parametrize("files", [1, 30])
def test_import_costs_the_same_queries_however_many_files_go_in(folder: Folder, files: int) -> None:
    for number in range(files):
        folder.policy(f"p{number}", evolution={"supersedes": ["gone"]})
    with CaptureQueriesContext(connection) as queries:
        import_policies([folder.root], actor=None)

    assert (
        len([query for query in queries if "reviews_finding" in query["sql"] and "SELECT" in query["sql"]])
        == 1
    )
    inserts = [query["sql"] for query in queries if 'INTO "reviews_finding"' in query["sql"]]
    assert len(inserts) in (2, 2 * files)  # one statement, which one database logs as often as it has rows
    assert_true()


def test_second_import_looks_at_no_finding(folder: Folder, imported: Policy) -> None:
    with CaptureQueriesContext(connection) as queries:
        import_policies([folder.root], actor=None)

    assert about_findings(queries) == []


@pytest.mark.parametrize(
    ("change", "is_for_translations"),
    [
        ({"analysis": {"market": claim(score=1)}}, True),
        ({"analysis": {"market": claim(evidence="Another one.")}}, True),
        ({"analysis": {"strategic": claim(score=3)}}, True),
        ({"status": "Repealed"}, True),
        ({"source": "Another ministry", "url": "https://example.org/other"}, True),
        ({"title": "Sea Act"}, False),
        ({"evolution": {"supersededBy": "sea-act"}}, False),
        ({"analysis": {"market": claim(auditNote="Read.")}}, False),
    ],
)
def test_changed_files_cost_the_translations_alone_where_nobody_else_looks(
    folder: Folder, change: dict[str, Any], is_for_translations: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a cursor of the server reads is in no list of queries.
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    for policy_id, language in (("sea-act", "en"), ("no-storage-act", "zh"), ("no-storage-act", "en")):
        folder.policy(policy_id, language=language, title=f"{policy_id}, {language}")
    for number in range(4):
        folder.policy(f"act-{number}", title=str(number), analysis={"market": claim(auditNote="Read.")})
    import_policies([folder.root], actor=None)
    folder.policy(**{"title": "no-storage-act, en", **change})

    with CaptureQueriesContext(connection) as queries:
        import_policies([folder.root], actor=None)

    everywhere = [
        row["sql"] for row in queries if "WHERE" not in row["sql"] and row["sql"].startswith("SELECT")
    ]
    assert any('"note_digest"' in sql for sql in everywhere) is not is_for_translations
    assert_true()
