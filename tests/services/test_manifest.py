"""SIGNOFFS.jsonl beside what is exported: a line for each signed file that stands there, chained, signed where
there is a key; and what the standalone verifier says of it.
"""

import base64
import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from reviews.models import Policy, RunFile
from reviews.services.errors import RefusedError
from reviews.services.export_report import ExportOutcome
from reviews.services.exporting import export_policies, preview_policy
from reviews.services.manifest import ManifestReport
from reviews.services.zipping import zip_policies
from reviews.signoffs import NAME, SIGNATURE, Manifest
from reviews.signoffs.checking import verify_folder
from reviews.signoffs.signing import check_signature, read_public_key
from tests.factories import Folder, decide, get_policy, signed_line, verify
from tests.services.counts import edit

pytestmark = pytest.mark.django_db

PATH = "policies/en/no-storage-act.md"


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


OLDER = "it is an older sign-off than one that stands before it: that of a record is replaced for ever"


def make_key(place: Path) -> Path:
    """A key as the documents say to make one; its public half beside it, as `….pub.pem`."""
    openssl("genpkey", "-algorithm", "ed25519", "-out", str(place))
    openssl("pkey", "-in", str(place), "-pubout", "-out", str(place.with_suffix(".pub.pem")))
    return place


def manifest_of(folder: Folder) -> Manifest:
    return Manifest.parse(folder.read(NAME))


def problems(folder: Folder) -> list[tuple[str, str]]:
    return [(item.path, item.code.value) for item in verify_folder(folder.root).problems]


def test_export_adds_a_line_for_each_file_that_stands_as_it_was_signed(
    folder: Folder, signed: Policy, reviewer: User
) -> None:
    folder.import_policy("claimed")
    assert problems(folder) == [
        ("policies/en/claimed.md", "not-signed"),
        (PATH, "not-signed"),
    ]

    report = export_policies(actor=None)

    assert report.manifests == (ManifestReport(folder.root / NAME, 1, is_changed=True),)
    assert manifest_of(folder).entries == (signed_line(signed),)
    assert problems(folder) == [("policies/en/claimed.md", "not-signed")]

    verify(get_policy("claimed"), reviewer)
    export_policies(actor=None)
    assert manifest_of(folder).entries == (signed_line(signed), signed_line(get_policy("claimed")))
    assert problems(folder) == []


def test_second_export_leaves_the_manifest_as_it_is(folder: Folder, signed: Policy) -> None:
    export_policies(actor=None)
    place = folder.root / NAME
    before = (place.stat().st_mtime_ns, place.stat().st_ino)

    report = export_policies(actor=None)

    assert report.manifests == (ManifestReport(place, 0, is_changed=False),)
    assert (place.stat().st_mtime_ns, place.stat().st_ino, report.is_clean) == (*before, True)


def test_what_is_signed_anew_gets_another_line_and_the_older_one_stays(
    folder: Folder, signed: Policy, editor: User, reviewer: User
) -> None:
    export_policies(actor=None)
    old_text = folder.read(PATH)
    edit(editor, title="Sea Act")
    export_policies(actor=None)  # stale: its file and its line stay
    assert (manifest_of(folder).entries, problems(folder)) == ((signed_line(signed),), [])

    decide(signed, "verify", reviewer)
    export_policies(actor=None)

    assert manifest_of(folder).entries == (signed_line(signed), signed_line(get_policy()))
    assert problems(folder) == []
    folder.write(PATH, old_text)
    (problem,) = verify_folder(folder.root).problems
    assert problem.message.startswith(
        "claims verified with an older text: Rosa Lindqvist signed another one on "
    )


def test_lines_that_a_killed_run_did_not_get_to_are_added_by_the_next(
    folder: Folder, signed: Policy, reviewer: User
) -> None:
    verify(folder.import_policy("other"), reviewer)
    export_policies(actor=None)
    (folder.root / NAME).unlink()  # it is written after all files
    assert problems(folder) == [(PATH, "not-signed"), ("policies/en/other.md", "not-signed")]

    assert export_policies(actor=None, is_dry_run=True).is_clean is False
    report = export_policies(actor=None)

    assert [item.outcome.value for item in report.files] == ["unchanged", "unchanged"]
    assert report.manifests == (ManifestReport(folder.root / NAME, 2, is_changed=True),)
    assert problems(folder) == []


def test_dry_run_says_what_it_would_add_and_writes_nothing(folder: Folder, signed: Policy) -> None:
    before = folder.content()

    report = export_policies(actor=None, is_dry_run=True)

    assert report.manifests == (ManifestReport(folder.root / NAME, 1, is_changed=True),)
    assert folder.content() == before


def test_each_folder_has_its_own(folder: Folder, signed: Policy, reviewer: User, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other")
    verify(other.import_policy("se-act"), reviewer)
    site = Folder(tmp_path / "site")

    report = export_policies(actor=None)
    export_policies(site.root, actor=None)

    assert [item.place for item in report.manifests] == [folder.root / NAME, other.root / NAME]
    assert (manifest_of(folder).entries, manifest_of(other).entries) == (
        (signed_line(signed),),
        (signed_line(get_policy("se-act")),),
    )
    assert manifest_of(site).entries == (signed_line(signed), signed_line(get_policy("se-act")))


def test_what_nothing_was_signed_for_gets_none(folder: Folder, imported: Policy) -> None:
    assert export_policies(actor=None).manifests == ()
    assert NAME not in folder.content()


def test_zip_has_one_of_its_own(folder: Folder, signed: Policy, publisher: User, tmp_path: Path) -> None:
    data, _report = zip_policies(Policy.objects.all(), actor=publisher)

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path / "unpacked")
    unpacked = Folder(tmp_path / "unpacked")
    assert manifest_of(unpacked).entries == (signed_line(signed),)
    assert problems(unpacked) == []
    assert list(folder.content()) == [PATH]


BROKEN = (
    "%s is not as an export left it: %s. Bring back the last good one (git has it), or move it away: the next export "
    "writes one for all signed files."
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}\n", "line 1: it is no line that PolicyHub writes"),
        ('{"id"', "line 1: it is not whole: its end is missing"),
        (b"\xff\n", "it is no UTF-8"),
    ],
)
def test_broken_manifest_is_left_and_no_file_goes_out(
    folder: Folder, signed: Policy, text: str | bytes, problem: str
) -> None:
    folder.write(NAME, text)
    before = folder.content()

    (item,) = export_policies(actor=None).files

    assert (item.outcome, item.reason) == (ExportOutcome.HELD_BACK, BROKEN % (folder.root / NAME, problem))
    assert (folder.content(), preview_policy(signed)) == (before, item)
    (folder.root / NAME).rename(folder.root / "moved-away")
    export_policies(actor=None)
    assert manifest_of(folder).entries == (signed_line(signed),)


def test_manifest_that_is_a_link_is_not_followed(folder: Folder, signed: Policy, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("", encoding="utf-8")
    (folder.root / NAME).symlink_to(tmp_path / "elsewhere")

    (item,) = export_policies(actor=None).files

    assert (item.outcome, item.reason) == (
        ExportOutcome.HELD_BACK,
        f"{folder.root / NAME} is a symbolic link, which could lead anywhere: import what it points to.",
    )
    assert (tmp_path / "elsewhere").read_bytes() == b""


def test_manifest_that_cannot_be_written_is_told_and_recorded(
    folder: Folder, signed: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def replace_or_fail(place: Path, target: Path) -> Path:
        if target.name == NAME:
            raise OSError(28, "No space left on device")
        return replace(place, target)

    monkeypatch.setattr(Path, "replace", replace_or_fail)
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as exit_code:
        call_command("export_policies", stdout=out, stderr=err, no_color=True)

    said = "No space left on device: the files stand as they were signed, without their lines. Export again."
    assert (exit_code.value.code, err.getvalue()) == (1, f"failed  {folder.root / NAME}: {said}\n")
    assert list(RunFile.objects.order_by("pk").values_list("path", "outcome", "reason"))[-2:] == [
        (PATH, "written", ""),
        (str(folder.root / NAME), "failed", said),
    ]
    assert list(folder.content()) == [PATH]


def test_lines_that_another_export_adds_meanwhile_stay(
    folder: Folder, signed: Policy, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other export runs while the first one, which has read the manifest, writes its file."""
    verify(folder.import_policy(language="zh"), reviewer)
    replace = Path.replace

    def replace_and_export(place: Path, target: Path) -> Path:
        if target.parent.name == "en":
            export_policies(actor=None, policies=Policy.objects.filter(language="zh"))
        return replace(place, target)

    monkeypatch.setattr(Path, "replace", replace_and_export)
    export_policies(actor=None, policies=Policy.objects.filter(language="en"))

    assert manifest_of(folder).entries == (signed_line(get_policy(language="zh")), signed_line(signed))


# -- the key ----------------------------------------------------------------------------------------------


def test_key_signs_what_openssl_and_the_verifier_check(
    folder: Folder, signed: Policy, settings: LazySettings, tmp_path: Path
) -> None:
    export_policies(actor=None)  # without a key yet
    key = make_key(tmp_path / "key.pem")
    settings.POLICYHUB_SIGNING_KEY = str(key)

    assert run_checks(tags=["policyhub"], include_deployment_checks=True) == []
    key.chmod(0o640)
    (warning,) = run_checks(tags=["policyhub"], include_deployment_checks=True)
    assert (warning.id, warning.msg) == (
        "reviews.W003",
        f"Others than its owner may read the signing key: {key}",
    )

    report = export_policies(actor=None)

    assert report.manifests == (ManifestReport(folder.root / NAME, 0, is_changed=True),)
    text, signature = folder.read(NAME), folder.read(SIGNATURE)
    check_signature(text, signature, read_public_key(key.with_suffix(".pub.pem").read_bytes()))
    assert export_policies(actor=None).is_clean
    (tmp_path / "signature").write_bytes(base64.b64decode(signature))
    openssl(
        *("pkeyutl", "-verify", "-pubin", "-inkey", str(key.with_suffix(".pub.pem")), "-rawin"),
        *("-in", str(folder.root / NAME), "-sigfile", str(tmp_path / "signature")),
    )

    settings.POLICYHUB_SIGNING_KEY = ""
    (item,) = export_policies(actor=None).files
    assert (item.outcome, item.reason) == (
        ExportOutcome.HELD_BACK,
        (
            f"{folder.root / NAME} is signed, and POLICYHUB_SIGNING_KEY names no key here: name it, or remove the "
            "signature SIGNOFFS.jsonl.sig; then export again."
        ),
    )


def test_key_signs_no_line_that_is_no_sign_off_of_this_hub(
    folder: Folder, signed: Policy, settings: LazySettings, tmp_path: Path
) -> None:
    """Somebody wrote a whole chain of their own; a run that was killed before it signed wrote ours."""
    settings.POLICYHUB_SIGNING_KEY = str(make_key(tmp_path / "key.pem"))
    export_policies(actor=None)
    good = manifest_of(folder)
    line = signed_line(signed)
    forged = Manifest().sign(
        line, type(line)("x", "en", "x.md", "Rosa Lindqvist", "2026-01-01", "0" * 64, 1, "1")
    )
    folder.write(NAME, forged.text)

    (item,) = export_policies(actor=None).files

    why = "the line of x.md is no sign-off of this hub, and no signature of its key covers it"
    assert (item.outcome, item.reason) == (ExportOutcome.HELD_BACK, BROKEN % (folder.root / NAME, why))
    folder.write(NAME, good.text)
    (folder.root / SIGNATURE).write_text("of an older text\n", encoding="utf-8")
    report = export_policies(actor=None)
    assert report.manifests == (ManifestReport(folder.root / NAME, 0, is_changed=True),)
    assert (folder.read(NAME), export_policies(actor=None).is_clean) == (good.text, True)


@pytest.mark.parametrize("change", [{"id": "other"}, {"language": "zh"}, {"date": "2020-01-01"}])
def test_key_signs_no_line_that_says_of_a_sign_off_what_it_is_not(
    folder: Folder, signed: Policy, settings: LazySettings, tmp_path: Path, change: dict[str, Any]
) -> None:
    settings.POLICYHUB_SIGNING_KEY = str(make_key(tmp_path / "key.pem"))
    folder.write(NAME, Manifest().sign(signed_line(signed)._replace(**change)).text)

    (item,) = export_policies(actor=None).files

    why = f"the line of {PATH} is no sign-off of this hub, and no signature of its key covers it"
    assert (item.outcome, item.reason) == (ExportOutcome.HELD_BACK, BROKEN % (folder.root / NAME, why))


def test_sign_off_that_was_replaced_is_never_signed_again(
    folder: Folder, signed: Policy, second_reviewer: User, settings: LazySettings, tmp_path: Path
) -> None:
    """Its line and its text, both brought back by somebody who can write there."""
    settings.POLICYHUB_SIGNING_KEY = str(make_key(tmp_path / "key.pem"))
    export_policies(actor=None)
    first, old_text = manifest_of(folder), folder.read(PATH)
    decide(signed, "reopen", second_reviewer, "The note was wrong.")
    verify(get_policy(), second_reviewer)
    export_policies(actor=None)
    good = manifest_of(folder)
    folder.write(PATH, old_text)
    forged = first.entries[0]._asdict() | {"previous": good.head}
    digest = hashlib.sha256(json.dumps(forged, ensure_ascii=False).encode()).hexdigest()
    folder.write(NAME, good.text + json.dumps(forged | {"hash": digest}, ensure_ascii=False) + "\n")

    (item,) = export_policies(actor=None).files

    why = f"line 3: {OLDER}"
    assert (item.outcome, item.reason) == (ExportOutcome.HELD_BACK, BROKEN % (folder.root / NAME, why))
    assert [path for path, _code in problems(folder)] == [NAME, PATH]


def test_manifest_of_a_hub_that_was_set_up_anew_is_left(folder: Folder, signed: Policy) -> None:
    """Its trail begins at 1 again, and what it signs is older than the lines that stand there."""
    line = signed_line(signed)
    folder.write(NAME, Manifest().sign(line._replace(decision=1000)).text)
    before = folder.content()

    (item,) = export_policies(actor=None).files

    assert (item.outcome, item.reason) == (
        ExportOutcome.HELD_BACK,
        BROKEN % (folder.root / NAME, f"line 2: {OLDER}"),
    )
    assert folder.content() == before


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (None, "No such file or directory"),
        ("rubbish", "it is no private Ed25519 key in PEM without a password"),
        ("rsa", "it is no private Ed25519 key in PEM without a password"),
        ("locked", "it is no private Ed25519 key in PEM without a password"),
        ("public", "it is no private Ed25519 key in PEM without a password"),
    ],
)
def test_key_that_signs_nothing_is_refused_before_anything_is_written(
    folder: Folder, signed: Policy, publisher: User, settings: LazySettings, tmp_path: Path,
    key: str | None, problem: str,
) -> None:  # fmt: skip
    place = tmp_path / "key.pem"
    match key:
        case "rubbish":
            place.write_text("key", encoding="utf-8")
        case "rsa":
            openssl("genpkey", "-algorithm", "rsa", "-out", str(place))
        case "locked":
            openssl("genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x", "-out", str(place))
        case "public":
            place = make_key(place).with_suffix(".pub.pem")
    settings.POLICYHUB_SIGNING_KEY = str(place)
    before = folder.content()
    said = (
        f"The key that POLICYHUB_SIGNING_KEY names, {place}, signs nothing: {problem}. "
        "Nothing is exported until that is put right."
    )

    for export in (
        lambda: export_policies(actor=None),
        lambda: zip_policies(Policy.objects.all(), actor=publisher),
    ):
        with pytest.raises(RefusedError) as error:
            export()
        assert str(error.value) == said
    with pytest.raises(CommandError) as refusal:
        call_command("export_policies")
    assert str(refusal.value) == said
    assert [(item.id, item.msg) for item in run_checks(tags=["policyhub"])] == [("reviews.E002", said)]
    assert folder.content() == before
