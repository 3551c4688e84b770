"""The check of a folder by its manifest: every way of tampering is named, and nothing outside is looked at."""

import hashlib
import os
import tempfile
from pathlib import Path

import pytest

from reviews.signoffs import NAME, SIGNATURE, Manifest, SignedFile
from reviews.signoffs.checking import Problem, SignoffReport, find_files, verify_folder
from tests.services.test_disks import unprivileged

ACT, LAW, DRAFT = "policies/en/act.md", "policies/zh/law.md", "policies/en/draft.md"
SIGNED = "---\ntitle: %s\nreviewStatus: verified\n---\n"
TODAY = "2026-11-22"


def line(path: str, text: str, reviewer: str = "Rosa Lindqvist") -> SignedFile:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return SignedFile(Path(path).stem, "en", path, reviewer, TODAY, digest, 1, "a" * 64)


def put(folder: Path, path: str, text: str | bytes) -> None:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with two files that were signed and one that was not."""
    folder = tmp_path / "site"
    put(folder, ACT, SIGNED % "Act")
    put(folder, LAW, SIGNED % "法")
    put(folder, DRAFT, "---\nreviewStatus: draft\n---\n")
    put(folder, NAME, Manifest().sign(line(ACT, SIGNED % "Act"), line(LAW, SIGNED % "法", "张伟")).text)
    return folder


def found(folder: Path, *files: str) -> list[tuple[str, int, str, str]]:
    report = verify_folder(folder, files or None)
    return [(item.path, item.line, item.code.value, item.message) for item in report.problems]


def test_folder_as_it_was_signed_is_well(site: Path) -> None:
    assert verify_folder(site) == SignoffReport(files=3, signed=2, lines=2, problems=())


NOBODY = f"claims verified, but nobody signed it: {NAME} has no line for it"
CHANGED = (
    "claims verified, but was changed after Rosa Lindqvist signed it on 2026-11-22: "
    "import it, review what changed, sign it again"
)


def test_claim_without_a_line_is_named(site: Path) -> None:
    put(site, DRAFT, "---\ntitle: Draft\n\nreviewStatus: verified\n---\n")

    assert found(site) == [(DRAFT, 4, "not-signed", NOBODY)]


@pytest.mark.parametrize(
    "text",
    [
        SIGNED % "An act",
        SIGNED % "Act" + "\n",
        "\ufeff" + SIGNED % "Act",
        (SIGNED % "Act").replace("\n", "\r\n"),
    ],
)
def test_file_that_changed_after_it_was_signed_is_named(site: Path, text: str) -> None:
    put(site, ACT, text)

    assert found(site) == [(ACT, 3, "changed", CHANGED)]


def test_file_that_takes_its_claim_back_is_well(site: Path) -> None:
    put(site, ACT, "---\ntitle: Act\nreviewStatus: draft\n---\n")
    (site / LAW).unlink()

    assert verify_folder(site) == SignoffReport(files=2, signed=0, lines=2, problems=())


def test_older_text_is_none_that_counts(site: Path) -> None:
    manifest = Manifest.parse((site / NAME).read_text(encoding="utf-8"))
    put(site, NAME, manifest.sign(line(ACT, SIGNED % "Sea Act", "Ruben Silva")).text)

    assert found(site) == [
        (
            ACT,
            3,
            "changed",
            (
                "claims verified with an older text: Ruben Silva signed another one on 2026-11-22, which counts; "
                "bring that one back, or sign this one"
            ),
        )
    ]


def test_older_place_counts_no_more_once_the_record_was_signed_anew_elsewhere(site: Path) -> None:
    """Else the file that was there, brought back, would be as it was signed."""
    manifest = Manifest.parse((site / NAME).read_text(encoding="utf-8"))
    moved = "policies/en/moved/act.md"
    put(site, moved, SIGNED % "Act")
    put(site, NAME, manifest.sign(line(moved, SIGNED % "Act")).text)
    assert found(site) == []

    put(site, moved, SIGNED % "Sea Act")
    anew = line(moved, SIGNED % "Sea Act", "Ruben Silva")._replace(decision=2)
    put(site, NAME, manifest.sign(anew).text)
    ((path, _line, code, message),) = found(site)
    assert (path, code) == (ACT, "changed")
    assert message.startswith(
        "claims verified with an older text: Ruben Silva signed another one on 2026-11-22"
    )


def test_copy_and_move_are_named_with_what_they_are_of(site: Path) -> None:
    put(site, "policies/en/copy.md", SIGNED % "Act")

    assert found(site) == [
        (
            "policies/en/copy.md",
            3,
            "not-signed",
            (
                "claims verified, but was signed as policies/en/act.md (SIGNOFFS.jsonl, line 1): "
                "import it from its new place, and export"
            ),
        )
    ]


def test_without_a_manifest_every_claim_is_named(site: Path) -> None:
    (site / NAME).unlink()

    assert [item[0] for item in found(site)] == [ACT, LAW]
    assert verify_folder(site, [DRAFT]).problems == ()


def test_line_that_breaks_the_chain_is_named_and_nothing_from_there_on_counts(site: Path) -> None:
    first, second, _ = (site / NAME).read_text(encoding="utf-8").split("\n")
    put(site, NAME, f"{first}\n{second.replace('张伟', '张三')}\n")

    assert found(site) == [
        (
            NAME,
            2,
            "broken-manifest",
            "the chain breaks in this line: it was changed after it was written: its hash does not fit",
        ),
        (LAW, 3, "not-signed", NOBODY),
    ]


def test_file_that_was_changed_together_with_its_line_is_named(site: Path) -> None:
    text = SIGNED % "An act for sale"
    manifest = (site / NAME).read_text(encoding="utf-8")
    old, new = (hashlib.sha256(item.encode()).hexdigest() for item in (SIGNED % "Act", text))
    put(site, ACT, text)
    put(site, NAME, manifest.replace(old, new))

    assert [item[:3] for item in found(site)] == [
        (NAME, 1, "broken-manifest"),
        (ACT, 3, "not-signed"),
        (LAW, 3, "not-signed"),
    ]


def test_manifest_may_only_grow(site: Path) -> None:
    old = (site / NAME).read_bytes()
    rewritten = Manifest().sign(line(ACT, SIGNED % "Act", "Somebody Else"), line(LAW, SIGNED % "法"))
    grown = Manifest.parse(old.decode()).sign(line(ACT, SIGNED % "Act")._replace(decision=2))

    put(site, NAME, grown.text)
    assert verify_folder(site, since=old).problems == ()
    put(site, NAME, rewritten.text)  # a whole chain in itself
    assert verify_folder(site).problems == ()
    assert [(item.path, item.code) for item in verify_folder(site, since=old).problems] == [
        (NAME, "rewritten-manifest")
    ]


def test_named_files_alone_are_looked_at_and_the_manifest_in_any_case(site: Path) -> None:
    put(site, DRAFT, SIGNED % "Draft")
    put(site, "policies/en/other.mdx", SIGNED % "Other")
    put(site, NAME, (site / NAME).read_text(encoding="utf-8") + "{}\n")

    assert [item[0] for item in found(site, DRAFT, ACT)] == [NAME, DRAFT]
    assert [item[0] for item in found(site)] == [NAME, DRAFT, "policies/en/other.mdx"]


def test_hidden_files_and_other_endings_are_nobodys_policies(site: Path) -> None:
    for path in (".git/a.md", ".a.md", "policies/.b/c.md", "policies/a.txt"):
        put(site, path, SIGNED % "Hidden")
    put(site, "policies/A.MD", SIGNED % "Loud")

    assert [item[0] for item in found(site)] == ["policies/A.MD"]


def test_links_out_of_the_folder_are_named_and_not_followed(site: Path, tmp_path: Path) -> None:
    put(tmp_path, "outside/secret.md", SIGNED % "Secret")
    (site / "out.md").symlink_to(tmp_path / "outside/secret.md")
    (site / "outside").symlink_to(tmp_path / "outside")
    (site / "within.md").symlink_to(site / ACT)
    (site / "all").symlink_to(site / "policies")
    (site / "loop.md").symlink_to(site / "loop.md")
    (site / "gone.md").symlink_to(site / "nowhere.md")

    out = "unreadable: it is a link out of the folder, which is not followed"
    moved = "claims verified, but was signed as policies/en/act.md"
    assert [(path, message.partition(" (")[0]) for path, _line, _code, message in found(site)] == [
        ("gone.md", "unreadable: No such file or directory"),
        ("loop.md", "unreadable: Too many levels of symbolic links"),
        ("out.md", out),
        ("outside", out),
        ("within.md", moved),
    ]
    assert found(site, "outside/secret.md") == [("outside/secret.md", 1, "unreadable", out)]


def test_what_only_a_link_shows_is_looked_at_once(site: Path) -> None:
    """A hidden folder is nobody's, until a link makes it somebody's: site loaders follow it."""
    put(site, ".drafts/new.md", SIGNED % "New")
    (site / ".drafts/loop").symlink_to(site / ".drafts")
    (site / ".drafts/up").symlink_to(site)
    (site / "policies/de").symlink_to(Path("../.drafts"))
    (site / "all").symlink_to(site / "policies")

    new = ("policies/de/new.md", 3, "not-signed", NOBODY)
    assert (found(site), found(site, *find_files(site, "policies/de"))) == ([new], [new])


def test_link_in_a_circle_is_named_and_the_others_are_looked_at(site: Path) -> None:
    put(site, DRAFT, SIGNED % "Draft")
    (site / "loop").symlink_to("loop")

    circle = "unreadable: Too many levels of symbolic links"
    assert [item[::3] for item in found(site)] == [("loop", circle), (DRAFT, NOBODY)]


def test_what_is_no_regular_file_is_named(site: Path) -> None:
    os.mkfifo(site / "pipe.md")

    assert found(site) == [("pipe.md", 1, "unreadable", "unreadable: it is no regular file")]


def test_folder_that_cannot_be_read_is_named() -> None:
    with tempfile.TemporaryDirectory() as name:  # which others may reach, unlike pytest's own
        folder = Path(name)
        put(folder, "a/hidden.md", SIGNED % "Hidden")
        put(folder, "b.md", SIGNED % "B")
        folder.chmod(0o755)
        (folder / "a").chmod(0)
        with unprivileged():
            problems = found(folder)

    assert [(path, message) for path, _line, _code, message in problems] == [
        ("a", "unreadable: Permission denied"),
        ("b.md", NOBODY),
    ]


def test_signature_is_asked_for_where_there_is_a_key(site: Path) -> None:
    signed = (site / NAME).read_text(encoding="utf-8")

    def check(text: str, signature: str) -> str:
        return "" if (text, signature) == (signed, "ours") else "not ours"

    missing = f"{SIGNATURE} is missing: {NAME} is not signed"
    assert verify_folder(site, check=check).problems == (
        Problem(SIGNATURE, 1, "bad-signature", missing),  # type: ignore[arg-type] # equal to its code
    )
    put(site, SIGNATURE, "ours")
    assert verify_folder(site, check=check).problems == ()
    put(site, SIGNATURE, b"\xff")
    assert [item.message for item in verify_folder(site, check=check).problems] == ["not ours"]
    (site / NAME).unlink()
    assert [item.path for item in verify_folder(site, check=check).problems] == [SIGNATURE, ACT, LAW]
