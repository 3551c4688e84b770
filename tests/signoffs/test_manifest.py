"""The manifest: a line for each signed file, each bound to all before it; whatever is changed breaks it by name."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.signoffs import BrokenManifestError, Manifest, SignedFile

ACT = SignedFile(
    "no-storage-act",
    "en",
    "policies/en/no-storage-act.md",
    "Rosa Lindqvist",
    "2026-11-22",
    "a" * 64,
    7,
    "b" * 64,
)
LAW = SignedFile(
    "cn-law", "zh", "policies/zh/cn-law.md", "张 伟\u2028“A”\n", "2026-11-23", "c" * 64, 9, "d" * 64
)
THREE = Manifest().sign(ACT, LAW, ACT._replace(digest="e" * 64))


def test_line_is_json_that_binds_all_before_it() -> None:
    line, *_ = THREE.text.split("\n")

    assert line == (
        '{"id": "no-storage-act", "language": "en", "path": "policies/en/no-storage-act.md", '
        '"reviewer": "Rosa Lindqvist", "date": "2026-11-22", '
        f'"digest": "{"a" * 64}", "decision": 7, "trail": "{"b" * 64}", "previous": "{"0" * 64}", '
        f'"hash": "{json.loads(line)["hash"]}"}}'
    )
    lines = [json.loads(line) for line in THREE.text.split("\n")[:-1]]
    assert [row["previous"] for row in lines] == ["0" * 64, lines[0]["hash"], lines[1]["hash"]]
    for row in lines:  # anybody can compute it
        digest = row.pop("hash")
        assert hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).hexdigest() == digest


def test_last_line_of_a_path_counts_and_what_it_says_is_not_said_again() -> None:
    again = ACT._replace(digest="e" * 64)

    assert THREE.entries == (ACT, LAW, again)
    assert THREE.current == {ACT.path: again, LAW.path: LAW}
    assert THREE.sign(LAW, again) is THREE
    assert THREE.sign() is THREE
    assert THREE.sign(ACT, LAW).entries == (ACT, LAW, again, ACT)  # an older text, signed anew


OLDER = "it is an older sign-off than one that stands before it: that of a record is replaced for ever"


def chained(*files: SignedFile) -> str:
    """A manifest's text as anybody can write it, hashes and all."""
    lines = [Manifest().sign(files[0]).text]
    for file in files[1:]:
        rest = json.dumps({**file._asdict(), "previous": json.loads(lines[-1])["hash"]}, ensure_ascii=False)
        digest = hashlib.sha256(rest.encode()).hexdigest()
        lines.append(f'{rest[:-1]}, "hash": "{digest}"}}\n')
    return "".join(lines)


@pytest.mark.parametrize("place", [ACT.path, "elsewhere.md"])
def test_sign_off_that_a_later_one_replaced_is_none_any_more(place: str) -> None:
    """Whoever has an old line and its text could otherwise bring both back, in a chain that is whole."""
    now, replayed = ACT._replace(decision=8, digest="e" * 64), ACT._replace(path=place)
    manifest = Manifest().sign(ACT, LAW, now)

    assert Manifest.parse(chained(ACT, LAW, now)) == manifest
    with pytest.raises(BrokenManifestError) as signing:
        manifest.sign(now._replace(decision=10), replayed)
    with pytest.raises(BrokenManifestError) as reading:
        Manifest.parse(chained(ACT, LAW, now, replayed))
    assert [(error.value.line, error.value.why) for error in (signing, reading)] == [(5, OLDER), (4, OLDER)]
    # Another record may come to stand where this one stood, whichever was signed first.
    manifest.sign(ACT._replace(id="other", decision=1))


@given(
    st.lists(
        st.builds(
            SignedFile,
            *(st.text() for _ in range(6)),
            st.integers(),
            st.text(st.characters(exclude_categories=[])),
        )
    )
)
def test_what_was_written_is_read(files: list[SignedFile]) -> None:
    manifest = Manifest()
    files.sort(key=lambda file: file.decision)
    for file in files:  # one by one, or all at once, is the same
        manifest = manifest.sign(file)

    assert Manifest.parse(manifest.text) == manifest
    assert Manifest().sign(*files).current == manifest.current


NOT_OURS = "it is no line that PolicyHub writes"
CHANGED = "it was changed after it was written: its hash does not fit"
NO_CHAIN = "it does not follow the line before: one was changed or is gone"
MERGED = "a merge left both sides in it: take one side's whole file"
CRLF = "git changed its line end to CRLF: put “SIGNOFFS.jsonl* -text” into .gitattributes"
LINES = [f"{line}\n" for line in THREE.text.split("\n")[:-1]]  # a name may hold U+2028, which ends no line


def edited(number: int, old: str, new: str) -> str:
    """The text with one replacement in one line."""
    assert old in LINES[number - 1]
    return "".join(
        line.replace(old, new, 1) if place == number else line for place, line in enumerate(LINES, 1)
    )


def rehashed(number: int, old: str, new: str) -> str:
    """The text with one replacement in one line, and that line's hash made to fit."""
    rest, _, _ = LINES[number - 1].replace(old, new, 1).rpartition(', "hash"')
    digest = hashlib.sha256(f"{rest}}}".encode()).hexdigest()
    return "".join([*LINES[: number - 1], f'{rest}, "hash": "{digest}"}}\n', *LINES[number:]])


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        (edited(1, "Rosa Lindqvist", "Rosa Lindquist"), 1, CHANGED),
        (edited(2, '"decision": 9', '"decision": 8'), 2, CHANGED),
        (edited(2, "张", "\\u5f20"), 2, CHANGED),  # the same value in another spelling
        (edited(2, '{"id"', '{ "id"'), 2, CHANGED),
        (edited(3, '"language": "en"', '"language": "de", "language": "en"'), 3, CHANGED),
        (rehashed(1, "Rosa Lindqvist", "Rosa Lindquist"), 2, NO_CHAIN),
        ("".join(LINES[1:]), 1, NO_CHAIN),
        ("".join([LINES[0], LINES[2]]), 2, NO_CHAIN),
        ("".join([LINES[1], LINES[0], LINES[2]]), 1, NO_CHAIN),
        ("".join([*LINES, LINES[0]]), 4, NO_CHAIN),
        (THREE.text[:-1], 3, "it is not whole: its end is missing"),
        (THREE.text[:-30], 3, "it is not whole: its end is missing"),
        (f"{THREE.text}\n", 4, NOT_OURS),
        (f"\ufeff{THREE.text}", 1, NOT_OURS),
        (THREE.text.replace("\n", "\r\n"), 1, CRLF),
        ("".join([LINES[0], "<<<<<<< HEAD\n", LINES[1]]), 2, MERGED),
        ("".join([LINES[0], "=======\n", LINES[1]]), 2, MERGED),
        ("".join([LINES[0], ">>>>>>> main\n", LINES[1]]), 2, MERGED),
        ("[]\n", 1, NOT_OURS),
        ("null\n", 1, NOT_OURS),
        (f"{'[' * 100_000}\n", 1, NOT_OURS),
        (f'{{"decision": {"9" * 5000}}}\n', 1, NOT_OURS),
        (edited(1, '"decision": 7', '"decision": true'), 1, NOT_OURS),
        (edited(1, '"decision": 7', '"decision": "7"'), 1, NOT_OURS),
        (edited(1, '"date": "2026-11-22", ', ""), 1, NOT_OURS),
        (edited(1, '"id"', '"by": "", "id"'), 1, NOT_OURS),
    ],
)
def test_manifest_that_is_not_as_it_was_written_is_refused_at_its_line(
    text: str, line: int, why: str
) -> None:
    with pytest.raises(BrokenManifestError) as error:
        Manifest.parse(text)

    assert (error.value.line, error.value.why, str(error.value)) == (
        line,
        why,
        f"SIGNOFFS.jsonl, line {line}: {why}",
    )
