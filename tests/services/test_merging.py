"""Import of files whose records changed too: merged value by value, and what both sides changed is a conflict."""

import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User

from reviews.models import Conflict, Policy, Run, SourceFile
from reviews.services.editing import add_policy, edit_policy
from reviews.services.export_report import ExportOutcome
from reviews.services.exporting import export_policies
from reviews.services.import_plan import FilePlan, ImportReport, Outcome
from reviews.services.importing import import_policies
from reviews.services.telling import key_of, tell_value
from reviews.services.upload_source import UploadSource
from tests.factories import (
    BODY,
    Folder,
    claim,
    flow_text,
    front_matter,
    get_policy,
    json_text,
    judge_all,
    make_user,
    verify,
)
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db

PATH = "policies/en/no-storage-act.md"
MRV = front_matter()["analysis"]["mrv"]


def run(folder: Folder, **options: Any) -> FilePlan:
    (plan,) = import_policies([folder.root], actor=None, **options).files
    return plan


def last_run() -> int:
    return Run.objects.latest("pk").pk


def sides(plan: FilePlan) -> dict[str, str]:
    return {key_of(value.at): value.side.value for value in plan.values}


def rewrite(policy: Policy, actor: User, **values: Any) -> None:
    """Edit fields of the record alone, its body and dimensions as they are."""
    seen = policy.to_values()
    body = values.pop("body", seen.body)
    edit_policy(
        policy.pk, seen=seen, wanted=replace(seen, fields=seen.fields | values, body=body), actor=actor
    )


def test_each_side_keeps_what_it_alone_changed(folder: Folder, imported: Policy, editor: User) -> None:
    edit(editor, title="Sea Act", analysis={"market": claim(score=1), "mrv": MRV}, sectors=["storage"])
    changes: dict[str, Any] = {
        "year": 2025,
        "regulatory": {"liability_period": "30 years", "pore_space_rights": ""},
        "sectors": ["storage", "transport", "capture"],
        "analysis": {"market": claim(label="Closed"), "mrv": MRV, "strategic": claim()},
    }
    folder.policy(**changes)
    text, before = folder.read(PATH), count_rows()

    plan = run(folder)

    assert (plan.outcome, plan.conflicts, sides(plan)) == (
        Outcome.UPDATED,
        0,
        {
            "title": "ours",
            "year": "theirs",
            "sectors": "both",
            "regulatory.liability_period": "theirs",
            "analysis.market.score": "ours",
            "analysis.market.label": "theirs",
            "analysis.strategic": "theirs",
        },
    )
    policy = get_policy()
    assert (policy.title, policy.year, policy.sectors) == ("Sea Act", 2025, ["storage", "capture"])
    assert policy.regulatory["liability_period"] == "30 years"
    market = policy.dimensions.get(key="market")
    assert (market.score, market.label, market.content_digest != "") == (1, "Closed", True)
    assert [item.key for item in policy.dimensions.all()] == ["market", "mrv", "strategic"]
    assert (policy.source_file.text, policy.version, Conflict.objects.count()) == (text, 3, 0)
    # market and strategic changed
    assert count_rows() - before == {
        "Policy history": 1,
        "DimensionAnalysis history": 2,
        "SourceFile history": 1,
    }
    assert run(folder).outcome is Outcome.UNCHANGED


def test_what_was_merged_of_both_is_still_its_writers_work(
    folder: Folder, imported: Policy, editor: User
) -> None:
    """Four eyes: whose items stand in the list may not sign it alone; what came from the file is nobody's."""
    rewrite(imported, editor, sectors=["storage"], title="Sea Act")
    folder.policy(sectors=["storage", "transport", "capture"], year=2025)

    run(folder)

    assert get_policy().authors == {"sectors": editor.pk, "title": editor.pk}


def test_both_sides_changed_one_value_and_neither_is_overwritten(
    folder: Folder, imported: Policy, editor: User
) -> None:
    edit(editor, title="Sea Act", analysis={"market": claim(score=1), "mrv": MRV})
    folder.policy(title="Lake Act", year=2025, analysis={"market": claim(score=2), "mrv": MRV})
    text = folder.read(PATH)

    plan = run(folder)

    assert (plan.outcome, plan.conflicts) == (Outcome.UPDATED, 2)
    assert [tell_value(value) for value in plan.values] == [
        "conflict title: the file says “Lake Act”, here stands “Sea Act”, before both “Storage Act”",
        "year: the file's “2025” (here still “2024”)",
        "conflict analysis.market.score: the file says “2”, here stands “1”, before both “70”",
    ]
    policy = get_policy()
    assert (policy.title, policy.year, policy.dimensions.get(key="market").score) == ("Sea Act", 2025, 1)
    assert (policy.open_conflicts, policy.source_file.text, folder.read(PATH)) == (2, text, text)
    assert list(Conflict.objects.values_list("place", "base", "theirs", "ours", "run")) == [
        ('["title"]', {"value": "Storage Act"}, {"value": "Lake Act"}, {"value": "Sea Act"}, last_run()),
        ('["analysis", "market", "score"]', {"value": 70}, {"value": 2}, {"value": 1}, last_run()),
    ]
    assert run(folder).outcome is Outcome.UNCHANGED
    assert Conflict.objects.filter(resolution="").count() == 2


def test_long_texts_merge_line_by_line(folder: Folder, imported: Policy, editor: User) -> None:
    rewrite(imported, editor, body=BODY.replace("What it does", "What it does now"))
    folder.policy(body=f"{BODY}\nFees are due.\n")

    plan = run(folder)

    assert (plan.conflicts, sides(plan)) == (0, {"body": "both"})
    assert get_policy().body == f"{BODY}\nFees are due.\n".replace("What it does", "What it does now")
    assert tell_value(plan.values[0]) == (
        "body: merged of both, “## What it does now Opens the seabed to storage. 打开海底。 Fees…”"
    )


def test_lines_that_both_sides_changed_are_a_conflict(folder: Folder, imported: Policy, editor: User) -> None:
    rewrite(imported, editor, body="\nMine.\n")
    folder.policy(body="\nTheirs.\n")

    assert (run(folder).conflicts, get_policy().body) == (1, "\nMine.\n")


def test_conflict_goes_on_while_the_file_changes_and_ends_with_its_cause(
    folder: Folder, imported: Policy, editor: User
) -> None:
    rewrite(imported, editor, title="Sea Act")
    steps = []
    for title, year in (("Lake Act", 2024), ("Lake Act", 2025), ("Pond Act", 2025), ("Storage Act", 2025)):
        folder.policy(title=title, year=year)
        plan = run(folder)
        rows = Conflict.objects.values_list("base", "theirs", "resolution")
        steps.append(
            (plan.conflicts, get_policy().open_conflicts, [(*map(said, row[:2]), row[2]) for row in rows])
        )

    assert steps == [
        (1, 1, [("Storage Act", "Lake Act", "")]),
        (1, 1, [("Storage Act", "Lake Act", "")]),
        (1, 1, [("Storage Act", "Lake Act", "replaced"), ("Storage Act", "Pond Act", "")]),
        (0, 0, [("Storage Act", "Lake Act", "replaced"), ("Storage Act", "Pond Act", "settled")]),
    ]
    assert (get_policy().title, get_policy().year) == ("Sea Act", 2025)


def said(stored: dict[str, Any]) -> Any:
    return stored["value"]


def test_notes_of_a_reviewer_stay_while_the_file_changes_elsewhere(
    folder: Folder, imported: Policy, reviewer: User
) -> None:
    judge_all(imported, reviewer)
    folder.policy(year=2025)

    assert sides(run(folder)) == {
        "year": "theirs",
        "analysis.market.auditNote": "ours",
        "analysis.mrv.auditNote": "ours",
    }
    policy = get_policy()
    assert (policy.year, policy.judged, policy.missing_notes) == (2025, 2, 0)


def test_spelling_alone_changed_beside_an_edit_touches_the_file_alone(
    folder: Folder, imported: Policy, editor: User
) -> None:
    rewrite(imported, editor, title="Sea Act")
    folder.policy(style="json")
    before = count_rows()

    assert sides(run(folder)) == {"title": "ours"}

    assert count_rows() - before == {"SourceFile history": 1}
    assert (get_policy().title, get_policy().source_file.text) == ("Sea Act", folder.read(PATH))


def test_dimension_that_one_side_took_out_and_the_other_changed_is_one_conflict(
    folder: Folder, imported: Policy, editor: User
) -> None:
    edit(editor, analysis={"market": claim(score=1), "mrv": MRV})
    folder.policy(analysis={"mrv": MRV})

    plan = run(folder)

    assert (plan.conflicts, sides(plan)) == (1, {"analysis.market": "conflict"})
    assert get_policy().dimensions.get(key="market").score == 1
    assert tell_value(plan.values[0]).startswith(
        "conflict analysis.market: the file says nothing, here stands “"
    )


def test_record_that_was_added_here_meets_its_file(folder: Folder, imported: Policy, editor: User) -> None:
    """It never saw a file, so what both say differently is a conflict."""
    wanted = imported.to_values()
    wanted = replace(wanted, fields={**wanted.fields, "title": "Sea Act", "country": ""})
    policy = add_policy("born-here", "en", wanted, actor=editor)
    folder.policy("born-here")

    plans = import_policies([folder.root], actor=None).files

    assert [(plan.path, plan.outcome, plan.conflicts) for plan in plans] == [
        ("policies/en/born-here.md", Outcome.UPDATED, 1),
        (PATH, Outcome.UNCHANGED, 0),
    ]
    policy = get_policy("born-here")
    assert (policy.title, policy.country, policy.open_conflicts) == ("Sea Act", "Norway", 1)
    assert (policy.source_file.path, policy.file_status) == ("policies/en/born-here.md", "verified")


# -- what somebody signed ---------------------------------------------------------------------------------


def test_signed_note_that_the_file_changed_is_a_conflict(folder: Folder, signed: Policy) -> None:
    export_policies(actor=None)
    folder.write(PATH, folder.read(PATH).replace("Read the source on market.", "Looked at it."))

    plan = run(folder)

    (value,) = plan.values
    assert tell_value(value) == (
        "conflict analysis.market.auditNote: the file says “Looked at it.”, here stands “Read the source on market.”, "
        "before both “Read the source on market.”"
    )
    policy = get_policy()
    assert (policy.standing, policy.open_conflicts) == ("verified", 1)
    assert policy.dimensions.get(key="market").audit_note == "Read the source on market."


def test_merged_signed_record_is_signed_again_and_its_file_holds_both_sides(
    folder: Folder, signed: Policy, editor: User
) -> None:
    rewrite(signed, editor, country="Chile")
    folder.policy(year=2025, description="Shorter.")
    theirs = folder.read(PATH)

    assert sides(run(folder)) | {} == {
        "country": "ours",
        "year": "theirs",
        "description": "theirs",
        "provenance.reviewer": "ours",
        "provenance.lastAuditDate": "ours",
        "analysis.market.auditNote": "ours",
        "analysis.mrv.auditNote": "ours",
    }
    assert (get_policy().standing, folder.read(PATH)) == ("stale", theirs)

    verify(get_policy(), make_user("lead", "Lena", "Moe", "Reviewers"))
    assert [item.outcome for item in export_policies(actor=None).files] == [ExportOutcome.WRITTEN]

    changed = set(folder.read(PATH).splitlines()) - set(theirs.splitlines())
    assert {line.strip().partition(":")[0].strip("'") for line in changed} == {
        "auditNote",
        "country",
        "lastAuditDate",
        "reviewer",
    }
    assert run(folder).outcome is Outcome.UNCHANGED


# -- uploads ----------------------------------------------------------------------------------------------


def upload(*, language: str = "en", **texts: str) -> ImportReport:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in texts.items():
            archive.writestr(f"{name}.md", text)
    source = UploadSource("policies.zip", packed.getvalue(), language=language)
    return import_policies(source, actor=None)


def test_upload_brings_values_and_leaves_the_file_where_it_is(
    folder: Folder, imported: Policy, editor: User
) -> None:
    rewrite(imported, editor, country="Chile", title="Sea Act")
    text = flow_text(front_matter(year=2025, title="Lake Act", reviewStatus="draft"))
    source = SourceFile.objects.values().get()

    (plan,) = upload(x=text).files

    assert (plan.outcome, plan.policy_pk) == (Outcome.UPDATED, imported.pk)
    assert sides(plan) == {"title": "conflict", "country": "ours", "year": "theirs"}
    policy = get_policy()
    assert (policy.year, policy.country, policy.file_status) == (2025, "Chile", "verified")
    assert policy.history.latest().history_change_reason == "Imported from en/x.md"
    assert SourceFile.objects.values().get() == source
    # Not a byte changed on disk: nothing is merged, and the conflict with the upload stays.
    assert (run(folder).outcome, get_policy().open_conflicts) == (Outcome.UNCHANGED, 1)
    assert upload(x=text).files[0].outcome is Outcome.UPDATED
    assert (Conflict.objects.count(), Policy.history.count()) == (1, 3)


def test_upload_of_what_stands_here_changes_nothing(folder: Folder, imported: Policy) -> None:
    before = count_rows()

    plans = [upload(x=text).files[0] for text in (folder.read(PATH), json_text(front_matter()))]

    assert [plan.outcome for plan in plans] == [Outcome.UNCHANGED, Outcome.UNCHANGED]
    assert count_rows() == before


def test_upload_makes_new_records_that_stand_nowhere_until_a_file_comes(folder: Folder) -> None:
    first, second = (json_text(front_matter(name)) for name in ("first", "second"))

    assert upload(a=first).count(Outcome.CREATED) == upload(z=second).count(Outcome.CREATED) == 1

    stored = SourceFile.objects.order_by("pk").values_list("root", "path")
    assert list(stored) == [("", "en/a.md"), ("", "en/z.md")]
    twice = upload(b=json_text(front_matter("third")), c=json_text(front_matter("third")))
    assert [plan.reason for plan in twice.refused] == [
        "line 27: id: third (en) is also in en/c.md: two files cannot be one record.",
        "line 27: id: third (en) is also in en/b.md: two files cannot be one record.",
    ]
    folder.policy("first", title="Sea Act")
    assert run(folder).outcome is Outcome.UPDATED
    assert SourceFile.objects.get(policy__policy_id="first").path == "policies/en/first.md"
    assert get_policy("first").title == "Sea Act"
