"""ZIPs made to do harm, or by mistake: each entry is named with what is wrong, and the others can be read."""

import io
import stat
import struct
import zipfile

import pytest
from django.conf import LazySettings

from reviews.services import upload_source
from reviews.services.errors import RefusedError
from reviews.services.folders import UnreadableError
from reviews.services.upload_source import UploadSource, pack_files
from tests.factories import front_matter, json_text

TEXT = json_text(front_matter()).encode()
OUT = "has a path that leads out of the ZIP: pack the folder again, from inside it."
TWICE = "stands in the ZIP more than once: leave one."
BACKSLASH = "has a backslash in its path, which elsewhere separates folders: rename it."
BURSTS = "unpacks to more than 100 times its size, as files do that are made to burst."
PACKED = "is packed in a way that is not read here: pack it as ZIPs usually are (deflate)."
LINK = "is a symbolic link, which could lead anywhere: pack what it points to."
DEVICE = "is no regular file: leave it out of the ZIP."


def entry(name: str, *, mode: int = 0, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr, info.compress_type = mode << 16, method
    return info


def make_zip(*entries: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for info, data in entries:
            archive.writestr(info, data)
    return buffer.getvalue()


def read_all(data: bytes) -> dict[str, bytes | str]:
    """What becomes of each file: its bytes, or why it cannot be read."""
    source = UploadSource("files.zip", data, language="zh")
    found: dict[str, bytes | str] = {}
    for item in source.find():
        try:
            found[item.path] = source.read(item)
        except UnreadableError as error:
            found[item.path] = str(error)
    return found


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zip_gives_its_markdown_files_and_names_what_is_refused() -> None:
    data = make_zip(
        (entry("policies/en/a.md"), TEXT),
        (entry("b.md", method=zipfile.ZIP_STORED), b"b"),
        (entry("政策/丙.md"), b"c"),
        (entry("both.md"), TEXT),
        (entry("zh/both.md"), TEXT),
        (entry("readme.txt"), b"no policy"),
        (entry(".hidden.md"), b"hidden"),
        (entry("__MACOSX/policies/._a.md"), b"hidden"),
        (entry("nested.zip"), make_zip((entry("d.md"), TEXT))),
        (entry("folder/", mode=stat.S_IFDIR | 0o755), b""),
        (entry("/etc/passwd"), b""),
        (entry("../up.md"), TEXT),
        (entry("a/../../up.md"), TEXT),
        (entry("C:/up.md"), TEXT),
        (entry("a//b.md"), TEXT),
        (entry("en\\a.md"), TEXT),
        (entry("twice.md"), b"1"),
        (entry("twice.md"), b"2"),
        (entry("link.md", mode=stat.S_IFLNK | 0o777), b"/etc/passwd"),
        (entry("link", mode=stat.S_IFLNK | 0o777), b"/etc"),
        (entry("device.md", mode=stat.S_IFCHR | 0o666), b""),
        (entry("pipe.md", mode=stat.S_IFIFO | 0o666), b""),
        (entry("lzma.md", method=zipfile.ZIP_LZMA), TEXT),
        (entry("bomb.md"), b"\0" * 1_000_000),
    )

    assert read_all(data) == {
        "policies/en/a.md": TEXT,
        "zh/b.md": b"b",
        "zh/政策/丙.md": b"c",
        "both.md": "would stand at zh/both.md, where the ZIP has another file: leave one of the two.",
        "zh/both.md": "would be one file with both.md, which names no language: leave one of the two.",
        "/etc/passwd": OUT,
        "../up.md": OUT,
        "a/../../up.md": OUT,
        "C:/up.md": OUT,
        "a//b.md": OUT,
        "en\\a.md": BACKSLASH,
        "twice.md": TWICE,
        "link.md": LINK,
        "link": LINK,
        "device.md": DEVICE,
        "pipe.md": DEVICE,
        "lzma.md": PACKED,
        "zh/bomb.md": BURSTS,
    }


@pytest.mark.parametrize(
    ("name", "flags", "found"),
    [
        ("法.md".encode(), 0x800, {"zh/法.md": TEXT}),
        ("法.md".encode(), 0, {"zh/法.md": TEXT}),  # as macOS packs it
        ("é.md".encode("latin-1"), 0, {"Θ.md": "has a name that is not UTF-8: rename it."}),
        (b"a\0.md", 0, {"a\0.md": OUT}),
        (b"a.md", 0x1, {"a.md": "is encrypted: pack it without a password."}),
    ],
)
def test_names_and_flags_are_not_believed(name: bytes, flags: int, found: dict[str, bytes | str]) -> None:
    """Python's own writer would not write such a name, so it is put in place of another one of its length."""
    plain = b"x" * (len(name) - 3) + b".md"
    data = make_zip((entry(plain.decode()), TEXT)).replace(plain, name)
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = data.index(signature) + at
        data = data[:start] + struct.pack("<H", flags) + data[start + 2 :]

    assert read_all(data) == found


def test_sizes_are_counted_while_reading(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory says one byte each: what is unpacked counts."""
    settings.POLICYHUB_MAX_FILE_BYTES = 1000
    monkeypatch.setattr(upload_source, "MOST_UNPACKED", 2500)
    data = make_zip(*((entry(f"{n}.md"), b"x" * size) for n, size in enumerate((1000, 1001, 400, 100))))
    past_all = "is past the 2,500 bytes that a ZIP may hold unpacked: split the ZIP."

    assert read_all(data) == {
        "zh/0.md": b"x" * 1000,
        "zh/1.md": "has more than the 1,000 bytes allowed (POLICYHUB_MAX_FILE_BYTES).",
        "zh/2.md": b"x" * 400,
        "zh/3.md": past_all,
    }
    source = UploadSource("files.zip", data, language="en")
    first = source.find()[0]
    assert [source.read(first) for _ in range(3)] == [b"x" * 1000] * 3  # counted once

    start = data.index(b"PK\1\2") + 24
    lying = data[:start] + struct.pack("<I", 1) + data[start + 4 :]
    assert read_all(lying)["zh/0.md"] == "is broken in the ZIP: make the ZIP anew."


def test_broken_entry_is_named_and_the_others_are_read() -> None:
    data = make_zip((entry("a.md", method=zipfile.ZIP_STORED), b"first"), (entry("b.md"), TEXT))

    assert read_all(data.replace(b"first", b"fisrt")) == {
        "zh/a.md": "is broken in the ZIP: make the ZIP anew.",
        "zh/b.md": TEXT,
    }


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (TEXT, "The file is no ZIP that can be read: make it anew."),
        (
            make_zip((entry("a.md"), TEXT))[:-30],
            "The file is no ZIP that can be read: make it anew.",
        ),
        (
            make_zip((entry("a.txt"), TEXT)),
            "The ZIP holds no Markdown file: policies are files whose names end in .md.",
        ),
        (b"PK\1\2" * 20_001, "The ZIP has 20,001 entries, more than the 20,000 allowed: split it."),
    ],
)
def test_what_is_no_zip_of_policies_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedError) as refused:
        UploadSource("files.zip", data, language="en").find()

    assert str(refused.value) == reason


def test_files_that_were_uploaded_one_by_one_are_packed() -> None:
    assert read_all(pack_files([("a.md", TEXT), ("法.md", b"b")])) == {"zh/a.md": TEXT, "zh/法.md": b"b"}
