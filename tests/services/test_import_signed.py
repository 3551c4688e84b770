"""Import into a record that somebody signed: content comes in, reviewer, date and notes stay theirs."""

import re

import pytest
from django.contrib.auth.models import User

from reviews.documents import REMOVED, Document
from reviews.merge import Side
from reviews.models import Conflict, Policy
from reviews.services.export_report import ExportOutcome
from reviews.services.exporting import export_policies
from reviews.services.import_plan import ImportReport
from reviews.services.importing import import_policies
from reviews.services.judging import judge_dimensions
from tests.factories import Folder, get_policy, judgement
from tests.services.counts import count_rows

pytestmark = pytest.mark.django_db

PATH = "policies/en/no-storage-act.md"
SIGNED_TODAY = {
    "market": "Read the source on market.",
    "mrv": "Read the source on mrv.",
}
BUT = "but Rosa Lindqvist signed the record: "


def run(folder: Folder) -> ImportReport:
    return import_policies([folder.root], actor=None)


def outcomes(report: ImportReport) -> list[tuple[str, str]]:
    return [(item.path, item.outcome.value) for item in report.files]


def forge(text: str) -> str:
    """The signed text with another reviewer, another day and another note in it."""
    text = text.replace("Rosa Lindqvist", "Mallory Malone").replace("Read the source on market.", "Forged.")
    forged, count = re.subn(r"('lastAuditDate': )'[^']+'", r"\1'2020-01-01'", text)
    assert (count, "Forged." in forged, "Mallory" in forged) == (1, True, True)
    return forged


def notes() -> dict[str, str]:
    return {item.key: item.audit_note for item in get_policy().dimensions.all()}


def test_content_from_disk_makes_a_signed_record_stale(
    folder: Folder, signed: Policy, reviewer: User
) -> None:
    export_policies(actor=None)
    text = folder.read(PATH)

    folder.write(PATH, text.replace("Open access", "Closed"))
    report = run(folder)

    policy = get_policy()
    assert outcomes(report) == [(PATH, "updated")]
    assert (policy.state, policy.standing, policy.signoff) == ("in_review", "stale", signed.signoff)
    assert set(policy.current_verdicts()) == {"mrv"}
    assert report.claimed == 0

    judge_dimensions(policy.pk, [judgement(policy, "market", "Closed by now.")], actor=reviewer)
    assert notes()["market"] == "Closed by now."

    folder.write(PATH, text)
    run(folder)
    assert (get_policy().state, get_policy().standing, notes()) == ("verified", "verified", SIGNED_TODAY)


def test_signed_record_keeps_reviewer_date_and_notes_whatever_the_file_says(
    folder: Folder, signed: Policy
) -> None:
    export_policies(actor=None)
    folder.write(PATH, forge(folder.read(PATH)))
    before = count_rows()

    report = run(folder)

    policy, day = get_policy(), signed.last_audit_date
    assert outcomes(report) == [(PATH, "updated")]
    assert (policy.standing, policy.reviewer, policy.last_audit_date) == ("verified", "Rosa Lindqvist", day)
    assert (notes(), policy.is_reviewer_person) == (SIGNED_TODAY, True)
    assert report.files[0].warnings == (
        f"provenance.reviewer: the file says “Mallory Malone”, {BUT}“Rosa Lindqvist” stays.",
        f"provenance.lastAuditDate: the file says “2020-01-01”, {BUT}“{day}” stays.",
    )
    # A note is a person's word as well: another person says whose it is to be.
    conflicts = [(value.at, value.theirs) for value in report.files[0].values if value.side is Side.CONFLICT]
    assert conflicts == [(("analysis", "market", "audit_note"), "Forged.")]
    assert count_rows() - before == {"SourceFile history": 1}
    assert policy.source_file.text == folder.read(PATH)
    (held,) = export_policies(actor=None).files
    assert held.outcome is ExportOutcome.HELD_BACK
    assert outcomes(run(folder)) == [(PATH, "unchanged")]


def test_forged_review_fields_do_not_come_in_with_content_and_stay_when_it_goes(
    folder: Folder, signed: Policy, editor: User
) -> None:
    export_policies(actor=None)
    folder.write(PATH, forge(folder.read(PATH)).replace("Open access", "Closed"))
    run(folder)
    assert (get_policy().standing, get_policy().reviewer, notes()) == (
        "stale",
        "Rosa Lindqvist",
        SIGNED_TODAY,
    )

    folder.write(PATH, folder.read(PATH).replace("Closed", "Open access").replace("Forged.", "Forged again."))
    report = run(folder)

    assert (get_policy().standing, get_policy().reviewer, notes()) == (
        "verified",
        "Rosa Lindqvist",
        SIGNED_TODAY,
    )
    assert (report.conflicts, report.files[0].warnings) == (1, ())
    assert [row.theirs for row in Conflict.objects.filter(resolution="")] == [{"value": "Forged again."}]


def test_dimension_that_comes_back_from_disk_has_the_note_that_was_signed(
    folder: Folder, signed: Policy
) -> None:
    export_policies(actor=None)
    text, values = folder.read(PATH), Document.parse(folder.read(PATH)).values
    folder.write(PATH, Document.parse(text).replacing({("analysis", "mrv"): REMOVED}).text)
    run(folder)
    assert (get_policy().standing, notes()) == ("stale", {"market": "Read the source on market."})

    forged = {**values["analysis"]["mrv"], "auditNote": "Forged."}
    folder.write(PATH, Document.parse(text).replacing({("analysis", "mrv"): forged}).text)
    run(folder)

    assert (get_policy().standing, notes()) == ("verified", SIGNED_TODAY)


def test_content_from_disk_comes_into_a_record_that_was_signed_and_not_exported(
    folder: Folder, signed: Policy
) -> None:
    folder.policy(year=2025)  # beside the old reviewer and empty notes, which nobody changed on disk

    report = run(folder)

    policy = get_policy()
    assert (outcomes(report), report.files[0].warnings) == ([(PATH, "updated")], ())
    assert (policy.year, policy.standing, policy.state) == (2025, "stale", "in_review")
    assert (policy.reviewer, notes()) == ("Rosa Lindqvist", SIGNED_TODAY)

    folder.policy(year=2026)
    run(folder)
    assert (get_policy().year, get_policy().reviewer, notes()) == (2026, "Rosa Lindqvist", SIGNED_TODAY)


def test_unreadable_date_in_the_file_leaves_a_signed_record_its_own(folder: Folder, signed: Policy) -> None:
    export_policies(actor=None)
    folder.write(PATH, re.sub(r"('lastAuditDate': )'[^']+'", r"\1'soon'", folder.read(PATH)))

    run(folder)

    assert (get_policy().standing, get_policy().last_audit_date) == ("verified", signed.last_audit_date)
    assert get_policy().warnings == []
