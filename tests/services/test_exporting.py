"""Export: the signed texts and nothing else, to files that are still the ones that were signed on."""

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews.models import Policy
from reviews.schema import read_policy
from reviews.selectors.outgoing import outgoing
from reviews.services.atomic_files import check_relative
from reviews.services.editing import add_policy, restore_version
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.exporting import (
    ExportedFile,
    ExportOutcome,
    ExportReport,
    export_policies,
    preview_policy,
    zip_policies,
)
from reviews.services.importing import import_policies
from tests.factories import (
    TEXTS,
    Folder,
    claim,
    decide,
    front_matter,
    get_policy,
    json_text,
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


# -- what goes out ----------------------------------------------------------------------------------------


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
    (query,) = queries
    assert query["sql"].split()[0] in ("SELECT", "DECLARE")  # PostgreSQL declares a cursor


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


# -- what does not go out ---------------------------------------------------------------------------------


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
            "The file says verified, but nobody signed it; it waits for a reviewer. 2 audit notes missing.",
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
    after = folder.content()
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


def test_text_that_was_signed_earlier_may_be_replaced(
    folder: Folder, signed: Policy, editor: User, reviewer: User
) -> None:
    export_policies(actor=None)
    edit(editor, title="Sea Act")
    decide(signed, "verify", reviewer)
    export_policies(actor=None)
    assert "'title': 'Sea Act'" in folder.read(PATH)
    restore_version(signed.pk, signed.version, actor=editor)
    decide(signed, "verify", reviewer)
    folder.write(PATH, signed.signoff.signed_text)  # git brought the first one back

    report = export_policies(actor=None)

    assert outcomes(report) in ([(PATH, "written")], [(PATH, "unchanged")])
    assert folder.read(PATH) == get_policy().signoff.signed_text


def test_restored_content_goes_out_as_it_was_signed(folder: Folder, signed: Policy, editor: User) -> None:
    edit(editor, title="Sea Act")
    assert outcomes(export_policies(actor=None)) == [(PATH, "not signed")]

    restore_version(signed.pk, signed.version, actor=editor)

    assert outcomes(export_policies(actor=None)) == [(PATH, "written")]
    assert folder.read(PATH) == signed.signoff.signed_text


def test_file_that_is_gone_is_written_again(folder: Folder, signed: Policy) -> None:
    (folder.root / PATH).unlink()

    assert outcomes(export_policies(actor=None)) == [(PATH, "written")]
    assert folder.read(PATH) == signed.signoff.signed_text


# -- where it goes ----------------------------------------------------------------------------------------


def test_export_to_another_folder_leaves_the_files_and_what_is_known_of_them(
    folder: Folder, signed: Policy, tmp_path: Path
) -> None:
    before, target = folder.content(), Folder(tmp_path / "site" / "content")

    report = export_policies(target.root, actor=None)

    assert outcomes(report) == [(PATH, "written")]
    assert target.content() == {PATH: signed.signoff.signed_text.encode()}
    assert (folder.content(), get_policy().source_file.text_digest) == (
        before,
        signed.source_file.text_digest,
    )
    assert outcomes(export_policies(target.root, actor=None)) == [(PATH, "unchanged")]

    target.write(PATH, "Somebody's own.\n")
    assert outcomes(export_policies(target.root, actor=None)) == [(PATH, "held back")]
    target.write(PATH, signed.source_file.text)
    assert outcomes(export_policies(target.root, actor=None)) == [(PATH, "written")]


def test_record_that_was_added_here_gets_a_file_in_the_seeds_form(
    folder: Folder, imported: Policy, editor: User, reviewer: User
) -> None:
    policy = add_policy("born-here", "zh", imported.to_values(), actor=editor)
    decide(policy, "submit", editor)
    verify(policy, reviewer)

    report = export_policies(actor=None, policies=Policy.objects.filter(pk=policy.pk))

    path = "policies/zh/born-here.md"
    assert outcomes(report) == [(path, "written")]
    assert folder.read(path) == json_text(
        front_matter(
            "born-here",
            analysis={
                key: dict(sorted({**item, "auditNote": f"Read the source on {key}."}.items()))
                for key, item in front_matter()["analysis"].items()
            },
            evolution={"clusters": [], "supersededBy": "", "supersedes": ["no-storage-act-1985"]},
            provenance={
                "author": "Gemini Intelligence",
                "lastAuditDate": str(timezone.localdate()),
                "reviewer": "Rosa Lindqvist",
            },
        )
    )
    assert get_policy("born-here", "zh").source_file.path == path
    again = import_policies([folder.root], actor=None)
    assert [item.outcome.value for item in again.files] == ["unchanged", "unchanged"]


@pytest.mark.parametrize("body", ["", "Text.\n", "\nText.\n", "\n\nText"])
def test_file_of_a_record_that_was_added_here_may_change_on_disk_afterwards(
    folder: Folder, editor: User, reviewer: User, body: str
) -> None:
    policy = add_policy("born-here", "en", read_policy(front_matter(), body), actor=editor)
    decide(policy, "submit", editor)
    verify(policy, reviewer)
    export_policies(actor=None)
    text = folder.read("policies/en/born-here.md")
    assert text.endswith(f"}}\n---\n{body}" if body != "Text.\n" else "}\n---\n\nText.\n")

    folder.write("policies/en/born-here.md", text.replace("Storage Act", "Sea Act"))
    (item,) = import_policies([folder.root], actor=None).files

    assert (item.outcome.value, get_policy("born-here").title) == ("updated", "Sea Act")


@pytest.mark.parametrize(
    "path",
    ["../x.md", "/etc/passwd", "a/../../x.md", "a/./x.md", "a//x.md", "a\\x.md", "a\0.md", "", ".", ".."],
)
def test_path_that_leads_out_is_refused(path: str) -> None:
    with pytest.raises(RefusedError) as error:
        check_relative(path)

    assert str(error.value) == f"{path}: is no path inside a folder; nothing was written."


@pytest.mark.parametrize("path", ["../../evil.md", "/tmp/evil.md", "a/../../evil.md"])
def test_path_that_leads_out_is_held_back_even_where_the_database_says_so(
    folder: Folder, signed: Policy, publisher: User, path: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reviews_sourcefile SET path = %s", [path])

    (item,) = export_policies(actor=None).files

    assert (item.outcome, item.reason) == (
        ExportOutcome.HELD_BACK,
        f"{path}: is no path inside a folder; nothing was written.",
    )
    with pytest.raises(RefusedError, match="is no path inside a folder"):
        zip_policies(Policy.objects.all(), actor=publisher)


def test_symbolic_link_in_place_of_the_file_is_not_followed(
    folder: Folder, signed: Policy, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("secret", encoding="utf-8")
    place = folder.root / PATH
    place.unlink()
    place.symlink_to(secret)

    (item,) = export_policies(actor=None).files

    assert item.outcome is ExportOutcome.HELD_BACK
    assert item.reason == (
        f"{place} is a symbolic link, which could lead anywhere: import what it points to."
    )
    assert (secret.read_text(encoding="utf-8"), place.is_symlink()) == ("secret", True)


@pytest.mark.parametrize("link", ["policies", "policies/en"])
def test_symbolic_link_in_place_of_a_folder_is_not_followed(
    folder: Folder, signed: Policy, tmp_path: Path, link: str
) -> None:
    outside = tmp_path / "outside"
    (folder.root / link).rename(outside)
    (folder.root / link).symlink_to(outside)
    before = Folder(outside).content()

    (item,) = export_policies(actor=None).files

    assert (item.outcome, item.reason) == (
        ExportOutcome.HELD_BACK,
        f"{PATH}: {folder.root / link} is a symbolic link; an export does not follow it. Replace it by hand.",
    )
    assert Folder(outside).content() == before


def test_folder_in_place_of_the_file_is_held_back(folder: Folder, signed: Policy) -> None:
    (folder.root / PATH).unlink()
    (folder.root / PATH).mkdir()

    (item,) = export_policies(actor=None).files

    assert (item.outcome, item.reason) == (
        ExportOutcome.HELD_BACK,
        f"{folder.root / PATH} is no regular file: move it out of the folder.",
    )


def test_permissions_of_the_file_stay(folder: Folder, signed: Policy) -> None:
    (folder.root / PATH).chmod(0o640)

    export_policies(actor=None)

    assert stat.S_IMODE((folder.root / PATH).stat().st_mode) == 0o640


def test_new_file_has_the_permissions_that_the_process_gives(signed: Policy, tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        export_policies(tmp_path / "new", actor=None)
    finally:
        os.umask(mask)

    assert stat.S_IMODE((tmp_path / "new" / PATH).stat().st_mode) == 0o640


def test_what_a_killed_run_left_is_cleared_away(folder: Folder, signed: Policy) -> None:
    folder.write("policies/en/.no-storage-act.md.x1y2z3.policyhub-tmp", "half")
    folder.write("policies/en/.other.md.x1y2z3.policyhub-tmp", "not of this file")

    export_policies(actor=None)

    assert list(folder.content()) == ["policies/en/.other.md.x1y2z3.policyhub-tmp", PATH]


# -- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["nobody", "editor", "reviewer", "inactive"])
def test_export_is_for_publishers(
    folder: Folder, signed: Policy, publisher: User, request: pytest.FixtureRequest, role: str
) -> None:
    if role == "inactive":
        publisher.is_active = False
        publisher.save()
    actor = publisher if role == "inactive" else request.getfixturevalue(role)
    before = folder.content()

    for export in (
        lambda: export_policies(actor=actor),
        lambda: export_policies(actor=actor, is_dry_run=True),
        lambda: zip_policies(Policy.objects.all(), actor=actor),
    ):
        with pytest.raises(ForbiddenError) as error:
            export()
        assert str(error.value) == (
            "Exporting needs the permission “export_policy”: ask an administrator for the role Publishers."
        )
    assert folder.content() == before


def test_zip_holds_the_signed_texts_under_their_paths(
    folder: Folder, signed: Policy, publisher: User, superuser: User
) -> None:
    folder.import_policy("a-claimed")
    before = (folder.content(), count_rows())

    data, report = zip_policies(Policy.objects.all(), actor=publisher)

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {item.filename: archive.read(item) for item in archive.infolist()} == {
            PATH: signed.signoff.signed_text.encode()
        }
    assert outcomes(report) == [("policies/en/a-claimed.md", "not signed"), (PATH, "written")]
    assert (folder.content(), count_rows()) == before
    assert zip_policies(Policy.objects.all(), actor=superuser)[0] == data


def test_outgoing_asks_the_database_once(folder: Folder, signed: Policy) -> None:
    folder.import_policy("a-claimed")

    with CaptureQueriesContext(connection) as queries:
        names = [item.name for item in outgoing()]

    assert (names, len(queries)) == (["a-claimed (en)", "no-storage-act (en)"], 1)
