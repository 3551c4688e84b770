"""Export: the signed texts and nothing else, to files that are still the ones that were signed on."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews.models import Policy
from reviews.services.editing import restore_version
from reviews.services.export_report import ExportedFile, ExportOutcome, ExportReport
from reviews.services.exporting import export_policies, preview_policy
from reviews.services.importing import import_policies
from tests.factories import (
    TEXTS,
    Folder,
    claim,
    decide,
    front_matter,
    get_policy,
    verify,
)
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db


PATH = "policies/en/no-storage-act.md"


HELD_BACK = (
    "The file changed on disk since Rosa Lindqvist signed it, so it was left as it is: "
    "import it, review what changed, and sign it again."
)


def outcomes(report: ExportReport) -> list[tuple[str, str]]:
    return [(item.path, item.outcome.value) for item in report.files]


def lines_that_differ(old: str, new: str) -> tuple[list[str], list[str]]:
    """Lines of the old text that are gone, and of the new one that came."""
    before, after = old.split("\n"), new.split("\n")
    return [line for line in before if line not in after], [line for line in after if line not in before]


def test_signed_record_is_written_as_it_was_signed(folder: Folder, signed: Policy, publisher: User) -> None:
    before = count_rows()

    report = export_policies(actor=publisher)

    assert report.files == (ExportedFile("no-storage-act (en)", PATH, ExportOutcome.WRITTEN),)
    assert folder.read(PATH) == signed.signoff.signed_text
    assert (report.is_clean, report.is_dry_run) == (False, False)
    policy = get_policy()
    assert (policy.source_file.text, policy.standing) == (signed.signoff.signed_text, "verified")
    assert count_rows() - before == {"SourceFile history": 1}
    row = policy.source_file.history.latest()
    assert (row.history_user, row.history_change_reason) == (publisher, f"Exported to {PATH}")


@pytest.mark.parametrize(
    ("style", "gone", "came"),
    [
        (
            "json",
            [
                '      "auditNote": "",',
                '    "lastAuditDate": "2026-02-08",',
                '    "reviewer": "Human Audit Pending"',
                '  "reviewStatus": "draft",',
            ],
            [
                '      "auditNote": "Read the source on market.",',
                '      "auditNote": "Read the source on mrv.",',
                '    "lastAuditDate": "{day}",',
                '    "reviewer": "Rosa Lindqvist"',
                '  "reviewStatus": "verified",',
            ],
        ),
        (
            "flow",
            [
                "          'auditNote': '',",
                "      'lastAuditDate': '2026-02-08',",
                "      'reviewer': 'Human Audit Pending',",
                "  'reviewStatus': 'draft',",
            ],
            [
                "          'auditNote': 'Read the source on market.',",
                "          'auditNote': 'Read the source on mrv.',",
                "      'lastAuditDate': '{day}',",
                "      'reviewer': 'Rosa Lindqvist',",
                "  'reviewStatus': 'verified',",
            ],
        ),
        (
            "block",
            [
                "    auditNote: ''",
                "  lastAuditDate: '2026-02-08'",
                "  reviewer: Human Audit Pending",
                "reviewStatus: draft",
            ],
            [
                "    auditNote: 'Read the source on market.'",
                "    auditNote: Read the source on mrv.",
                "  lastAuditDate: '{day}'",
                "  reviewer: Rosa Lindqvist",
                "reviewStatus: verified",
            ],
        ),
        (
            "toml",
            [
                'reviewStatus = "draft"',
                'auditNote = ""',
                'lastAuditDate = "2026-02-08"',
                'reviewer = "Human Audit Pending"',
            ],
            [
                'reviewStatus = "verified"',
                'auditNote = "Read the source on market."',
                'auditNote = "Read the source on mrv."',
                'lastAuditDate = "{day}"',
                'reviewer = "Rosa Lindqvist"',
            ],
        ),
    ],
)
def test_file_differs_in_exactly_the_signed_lines(
    folder: Folder, reviewer: User, editor: User, style: str, gone: list[str], came: list[str]
) -> None:
    policy = folder.import_policy(style=style, reviewStatus="draft")
    before = folder.read(PATH)
    decide(policy, "submit", editor)
    verify(policy, reviewer)

    export_policies(actor=None)

    came = [line.replace("{day}", str(timezone.localdate())) for line in came]
    assert lines_that_differ(before, folder.read(PATH)) == (gone, came)
    assert get_policy().file_status == "verified"


@pytest.mark.parametrize("style", TEXTS)
def test_bom_and_crlf_survive(folder: Folder, reviewer: User, style: str) -> None:
    text = TEXTS[style](front_matter()).replace("\n", "\r\n")
    folder.write(PATH, f"\ufeff{text}")
    import_policies([folder.root], actor=None)

    verify(get_policy(), reviewer)
    export_policies(actor=None)

    exported = folder.read(PATH)
    assert exported.startswith("\ufeff---\r\n" if style != "toml" else "\ufeff+++\r\n")
    assert exported.count("\n") == exported.count("\r\n") == text.count("\n") + 1  # the note that mrv had not


def test_second_run_writes_nothing(folder: Folder, signed: Policy) -> None:
    export_policies(actor=None)
    place = folder.root / PATH
    before = (place.stat().st_mtime_ns, place.stat().st_ino, count_rows(), folder.content())

    with CaptureQueriesContext(connection) as queries:
        report = export_policies(actor=None)

    assert (outcomes(report), report.is_clean) == ([(PATH, "unchanged")], True)
    assert (place.stat().st_mtime_ns, place.stat().st_ino, count_rows(), folder.content()) == before
    # The run, the records (PostgreSQL declares a cursor), what became of them, that the run is done.
    told = [query["sql"].replace('"', "").removeprefix("1 times: ").split() for query in queries]
    assert [words[2] for words in told if words[0] == "INSERT"] == ["reviews_run", "reviews_runfile"]
    assert [words[1] for words in told if words[0] == "UPDATE"] == ["reviews_run"]
    assert sum(words[0] in ("SELECT", "DECLARE") for words in told) == 1


def test_dry_run_shows_the_diff_and_writes_nothing(folder: Folder, signed: Policy) -> None:
    before = (folder.content(), count_rows())

    report = export_policies(actor=None, is_dry_run=True)

    assert (folder.content(), count_rows()) == before
    assert (outcomes(report), report.is_dry_run, report.is_clean) == ([(PATH, "written")], True, False)
    assert [line for line in report.files[0].diff.splitlines() if line[0] in "+-"] == [
        f"--- a/{PATH}",
        f"+++ b/{PATH}",
        "-          'auditNote': '',",
        "+          'auditNote': 'Read the source on market.',",
        "+          'auditNote': 'Read the source on mrv.',",
        "-      'lastAuditDate': '2026-02-08',",
        "-      'reviewer': 'Human Audit Pending',",
        f"+      'lastAuditDate': '{timezone.localdate()}',",
        "+      'reviewer': 'Rosa Lindqvist',",
    ]
    assert preview_policy(signed) == report.files[0]


def test_export_of_a_selection_leaves_the_others(folder: Folder, signed: Policy, reviewer: User) -> None:
    verify(folder.import_policy("other"), reviewer)

    report = export_policies(actor=None, policies=Policy.objects.filter(policy_id="other"))

    assert outcomes(report) == [("policies/en/other.md", "written")]
    assert preview_policy(get_policy()).outcome is ExportOutcome.WRITTEN


def test_records_are_told_in_order_of_id_and_language(folder: Folder, imported: Policy) -> None:
    for policy_id, language in (("b", "zh"), ("b", "en"), ("a", "zh")):
        folder.import_policy(policy_id, language=language)

    assert [item.policy for item in export_policies(actor=None).files] == [
        "a (zh)",
        "b (en)",
        "b (zh)",
        "no-storage-act (en)",
    ]


def test_each_record_that_stays_says_why(
    folder: Folder, reviewer: User, editor: User, second_reviewer: User
) -> None:
    folder.import_policy("a-claimed")
    folder.import_policy("b-draft", reviewStatus="draft")
    folder.import_policy("c-open", reviewStatus="in_review", analysis={"market": claim(auditNote="Read.")})
    sent_back = folder.import_policy("d-sent-back")
    decide(sent_back, "request_changes", reviewer, "Which section?")
    verify(folder.import_policy("no-storage-act"), reviewer)
    edit(editor, title="Sea Act")
    verify(folder.import_policy("z-signed"), second_reviewer)
    before = folder.content()

    report = export_policies(actor=None)

    assert [(item.policy, item.outcome.value, item.reason) for item in report.files] == [
        (
            "a-claimed (en)",
            "not signed",
            "The file says verified, but no sign-off backs it; it waits for a reviewer. 2 audit notes missing.",
        ),
        ("b-draft (en)", "not signed", "A draft; an editor has to submit it. 2 audit notes missing."),
        ("c-open (en)", "not signed", "In review; it waits for a reviewer."),
        (
            "d-sent-back (en)",
            "not signed",
            "A reviewer requested changes; an editor has to submit it again. 2 audit notes missing.",
        ),
        (
            "no-storage-act (en)",
            "not signed",
            "Changed since Rosa Lindqvist signed it; it waits for a new sign-off.",
        ),
        ("z-signed (en)", "written", ""),
    ]
    after = folder.policy_files()
    assert {path for path in after if after[path] != before[path]} == {"policies/en/z-signed.md"}


def test_file_that_changed_on_disk_is_held_back(folder: Folder, signed: Policy) -> None:
    changed = folder.read(PATH).replace("Norway", "Sweden")
    folder.write(PATH, changed)

    report = export_policies(actor=None)

    assert report.files == (ExportedFile("no-storage-act (en)", PATH, ExportOutcome.HELD_BACK, HELD_BACK),)
    assert folder.read(PATH) == changed


def test_file_that_changed_and_was_imported_is_held_back_too(folder: Folder, signed: Policy) -> None:
    """A change of the file's spelling alone leaves the content as it was signed, but not the text."""
    export_policies(actor=None)
    changed = folder.read(PATH).replace("'year': 2024,", "'year': '2024',")
    folder.write(PATH, changed)
    import_policies([folder.root], actor=None)
    assert get_policy().standing == "verified"

    assert outcomes(export_policies(actor=None)) == [(PATH, "held back")]
    assert folder.read(PATH) == changed


def test_revert_of_a_signed_text_on_disk_is_held_back(
    folder: Folder, signed: Policy, editor: User, reviewer: User
) -> None:
    export_policies(actor=None)
    edit(editor, title="Sea Act")
    decide(signed, "verify", reviewer)
    export_policies(actor=None)
    folder.write(PATH, signed.signoff.signed_text)  # git brought the first one back

    (item,) = export_policies(actor=None).files

    assert (item.outcome, item.reason) == (ExportOutcome.HELD_BACK, HELD_BACK)
    assert folder.read(PATH) == signed.signoff.signed_text


def test_text_that_was_signed_earlier_may_be_replaced_below_another_folder(
    folder: Folder, signed: Policy, editor: User, reviewer: User, tmp_path: Path
) -> None:
    target = Folder(tmp_path / "site")
    assert outcomes(export_policies(target.root, actor=None)) == [(PATH, "written")]
    edit(editor, title="Sea Act")
    decide(signed, "verify", reviewer)

    assert outcomes(export_policies(target.root, actor=None)) == [(PATH, "written")]
    assert target.read(PATH) == get_policy().signoff.signed_text


def test_file_imported_after_the_signature_is_signed_anew(
    folder: Folder, signed: Policy, editor: User, reviewer: User
) -> None:
    export_policies(actor=None)
    exported = folder.read(PATH)
    folder.write(PATH, exported.replace("Storage Act", "Sea Act"))
    import_policies([folder.root], actor=None)
    restore_version(signed.pk, signed.version, actor=editor)  # the signed content again, on another text

    (item,) = export_policies(actor=None).files

    assert (item.outcome, item.reason) == (
        ExportOutcome.HELD_BACK,
        (
            "The file changed and was imported after Rosa Lindqvist signed it: reopen the review, and verify it on "
            "the file as it is now."
        ),
    )
    decide(signed, "reopen", reviewer, "The file moved on.")
    decide(signed, "verify", reviewer)
    assert outcomes(export_policies(actor=None)) == [(PATH, "written")]
    assert folder.read(PATH) == exported


def test_folder_that_is_gone_is_not_made_again(folder: Folder, signed: Policy) -> None:
    folder.root.rename(folder.root.with_name("elsewhere"))

    (item,) = export_policies(actor=None).files

    assert (item.outcome, item.reason) == (
        ExportOutcome.HELD_BACK,
        f"The folder {folder.root} is not there: bring it back, or export below another one with --to.",
    )
    assert not folder.root.exists()


def test_decision_taken_while_an_export_runs_counts(
    folder: Folder, signed: Policy, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second record is reopened by its reviewer while the first one's file is being written."""
    other = folder.import_policy("zz-last-act")
    verify(other, reviewer)
    replace = Path.replace

    def replace_and_reopen(place: Path, target: Path) -> Path:
        if "no-storage-act" in target.name:
            decide(other, "reopen", reviewer, "Wait.")
        return replace(place, target)

    monkeypatch.setattr(Path, "replace", replace_and_reopen)
    report = export_policies(actor=None)

    assert [item.outcome.value for item in report.files] == ["written", "not signed"]
    assert "Rosa Lindqvist" not in folder.read("policies/en/zz-last-act.md")


def test_restored_content_goes_out_as_it_was_signed(folder: Folder, signed: Policy, editor: User) -> None:
    edit(editor, title="Sea Act")
    assert outcomes(export_policies(actor=None)) == [(PATH, "not signed")]

    restore_version(signed.pk, signed.version, actor=editor)

    assert outcomes(export_policies(actor=None)) == [(PATH, "written")]
    assert folder.read(PATH) == signed.signoff.signed_text


def test_file_that_is_gone_is_not_brought_back(folder: Folder, signed: Policy) -> None:
    (folder.root / PATH).unlink()

    (item,) = export_policies(actor=None).files

    assert (item.outcome, item.reason) == (
        ExportOutcome.HELD_BACK,
        "The file is gone from disk: restore it, or export below another folder with --to.",
    )
    assert folder.content() == {}
