"""Export: where files go, that nothing leads out of the folder, and who may."""

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
from reviews.services.editing import add_policy
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.export_report import ExportOutcome, ExportReport
from reviews.services.exporting import export_policies
from reviews.services.importing import import_policies
from reviews.services.zipping import zip_policies
from reviews.signoffs import NAME, Manifest
from tests.factories import (
    Folder,
    decide,
    front_matter,
    get_policy,
    json_text,
    signed_line,
    verify,
)
from tests.services.counts import count_rows

pytestmark = pytest.mark.django_db


PATH = "policies/en/no-storage-act.md"


def outcomes(report: ExportReport) -> list[tuple[str, str]]:
    return [(item.path, item.outcome.value) for item in report.files]


def test_export_to_another_folder_leaves_the_files_and_what_is_known_of_them(
    folder: Folder, signed: Policy, tmp_path: Path
) -> None:
    before, target = folder.content(), Folder(tmp_path / "site" / "content")

    report = export_policies(target.root, actor=None)

    assert outcomes(report) == [(PATH, "written")]
    assert target.policy_files() == {PATH: signed.signoff.signed_text.encode()}
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
    data, report = zip_policies(Policy.objects.all(), actor=publisher)
    assert report.files == (item,)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == []


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

    assert list(folder.policy_files()) == ["policies/en/.other.md.x1y2z3.policyhub-tmp", PATH]


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
        packed = {item.filename: archive.read(item).decode() for item in archive.infolist()}
    assert packed == {PATH: signed.signoff.signed_text, NAME: Manifest().sign(signed_line(signed)).text}
    assert outcomes(report) == [("policies/en/a-claimed.md", "not signed"), (PATH, "written")]
    assert (folder.content(), count_rows()) == before
    assert zip_policies(Policy.objects.all(), actor=superuser)[0] == data


def test_outgoing_asks_the_database_once(folder: Folder, signed: Policy) -> None:
    folder.import_policy("a-claimed")

    with CaptureQueriesContext(connection) as queries:
        names = [item.name for item in outgoing()]

    assert (names, len(queries)) == (["a-claimed (en)", "no-storage-act (en)"], 1)
