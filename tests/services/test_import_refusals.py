"""Import of bad files: each is refused with a sentence that names line and key, and the others still go in."""

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.conf import LazySettings

from reviews.models import Policy
from reviews.services.import_plan import ImportReport, Outcome
from reviews.services.importing import import_policies
from reviews.services.upload_source import UploadSource, pack_files
from tests.factories import Folder, block_text, claim, flow_text, front_matter, json_text, toml_text
from tests.services.counts import count_rows

pytestmark = pytest.mark.django_db

MIB = 2**20
JSON = json_text(front_matter("x"))
FLOW = flow_text(front_matter("x"))
BLOCK = block_text(front_matter("x"))
TOML = toml_text(front_matter("x"))
WHAT_AN_ID_IS = (
    "An id starts with a letter or digit and holds letters, digits, “-”, “_” and single dots only."
)
BACKSLASH = "has a backslash in its path, which elsewhere separates folders: rename it."
UNSEEN = "has characters in its path that nobody sees, or that turn it round: rename it."
LONG = "/".join(["en", *(["法" * 66] * 4), "n" * 199 + ".md"])
BOMB = "\n".join(["a0: &a0 [x, x]", *(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]" for n in range(40))])


def test_text_without_front_matter_is_no_policy_but_a_known_file_without_one_is_refused(
    folder: Folder,
) -> None:
    """An uploaded one too: somebody sent it as a policy."""
    folder.policy()
    import_policies([folder.root], actor=None)
    folder.write("README.md", "# About\n\nHow these files are kept.\n")
    folder.write("policies/en/no-storage-act.md", "# Storage Act\n")

    report = import_policies([folder.root], actor=None)

    refusal = "line 1: has no front matter: it must begin with a line “---” or “+++”."
    assert [(item.path, item.outcome, item.reason) for item in report.files] == [
        (
            "README.md",
            Outcome.IGNORED,
            "has no front matter, so it is no policy: one begins with a line “---” or “+++”.",
        ),
        ("policies/en/no-storage-act.md", Outcome.REFUSED, refusal),
    ]
    upload = UploadSource("up.zip", pack_files([("README.md", b"# About\n")]), language="en")
    (uploaded,) = import_policies(upload, actor=None, is_dry_run=True).files
    assert (uploaded.outcome, uploaded.reason) == (Outcome.REFUSED, refusal)


def with_good_one(folder: Folder, bad: str | bytes, path: str = "en/bad.md") -> ImportReport:
    """Import the bad file between two good ones."""
    folder.write("en/a.md", json_text(front_matter("a")))
    folder.write(path, bad)
    folder.write("zh/z.md", json_text(front_matter("z")))
    return import_policies([folder.root], actor=None)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param(b"", "is empty: a policy needs front matter with a title.", id="empty"),
        pytest.param("\ufeff \r\n\n\t", "is empty: a policy needs front matter with a title.", id="blank"),
        pytest.param(
            "---\ntitle: Storage Act\n",
            "line 1, column 1: the front matter is opened with --- but never closed; "
            "add a line --- after its last key",
            id="unclosed fence",
        ),
        pytest.param(
            "+++\ntitle = 'Storage Act'\n",
            "line 1, column 1: the front matter is opened with +++ but never closed; "
            "add a line +++ after its last key",
            id="unclosed TOML fence",
        ),
        pytest.param(
            JSON.replace('"country": "Norway",', '"country": "Norway"'),
            "line 20, column 3: not JSON: Expecting ',' delimiter; correct this place",
            id="broken JSON",
        ),
        pytest.param(
            FLOW.replace("'country': 'Norway',", "'country': 'Norway'"),
            "line 23, column 3: not YAML: while parsing a flow mapping did not find expected ',' or '}'; "
            "correct this place",
            id="broken flow YAML",
        ),
        pytest.param(
            BLOCK.replace("country: Norway", "country: Norway: north"),
            "line 15, column 16: not YAML: mapping values are not allowed in this context; correct this place",
            id="broken block YAML",
        ),
        pytest.param(
            TOML.replace('country = "Norway"', "country = Norway"),
            "line 3, column 11: not TOML: Invalid value; correct this place",
            id="broken TOML",
        ),
        pytest.param(
            JSON.replace('"country": "Norway",', '"country": "Norway",\n  "country": "Sweden",'),
            "line 20, column 3, country: this key stands twice; remove one of the two",
            id="duplicate key in JSON",
        ),
        pytest.param(
            FLOW.replace("'label': 'Yearly',", "'label': 'Yearly',\n          'label': 'Monthly',"),
            "line 18, column 11, analysis.mrv.label: this key stands twice; remove one of the two",
            id="duplicate key in flow YAML",
        ),
        pytest.param(
            BLOCK.replace("country: Norway", "country: Norway\ncountry: Sweden"),
            "line 16, column 1, country: this key stands twice; remove one of the two",
            id="duplicate key in block YAML",
        ),
        pytest.param(
            JSON.encode().replace("打".encode(), b"\xff"),
            "line 61: is not UTF-8 (byte 0xff at offset 1385): save it as UTF-8.",
            id="not UTF-8",
        ),
        pytest.param(
            JSON.encode("utf-16"),
            "line 1: is not UTF-8 (byte 0xff at offset 0): save it as UTF-8.",
            id="UTF-16",
        ),
        pytest.param(
            f"---\ntitle: Bomb\n{BOMB}\n---\n",
            "line 2, column 1: the aliases stand for more than 100,000 values; "
            "write the values out or drop the aliases",
            id="alias bomb",
        ),
        pytest.param(
            "---\ntitle: Deep\nx: " + "[" * 500 + "]" * 500 + "\n---\n",
            "line 3, column 103: the values are nested deeper than 100 levels; flatten them",
            id="deep nesting",
        ),
        pytest.param(
            json_text(front_matter("x", title=None)),
            "title: is missing or empty; a policy needs one.",
            id="no title",
        ),
        pytest.param(
            json_text(front_matter("x", title="  ")),
            "line 53: title: is missing or empty; a policy needs one.",
            id="empty title",
        ),
        pytest.param(
            json_text(front_matter("x", title=["a"])),
            "line 53: title: is missing or empty; a policy needs one.",
            id="title that is a list",
        ),
        pytest.param(
            json_text(front_matter("x", analysis={"m" * 201: claim()})),
            f"line 4: analysis: “{'m' * 59}…” cannot name a dimension: a name has 1 to 200 characters.",
            id="long name of a dimension",
        ),
        pytest.param(
            json_text(front_matter("x", analysis={"": claim()})),
            "line 4: analysis: “” cannot name a dimension: a name has 1 to 200 characters.",
            id="empty name of a dimension",
        ),
        pytest.param(
            json_text(front_matter("x", analysis={f"d{n}": {} for n in range(501)})),
            "line 3: analysis: has 501 dimensions, more than the 500 allowed; take some away.",
            id="too many dimensions",
        ),
        pytest.param(
            json_text(front_matter("x", tags=["a\x00b"])),
            "tags[0]: holds a NUL or half a surrogate pair, which no database can store: remove it.",
            id="NUL in JSON",
        ),
        pytest.param(
            JSON.replace("Norway", "\\ud83d"),
            "country: holds a NUL or half a surrogate pair, which no database can store: remove it.",
            id="half a surrogate pair",
        ),
        pytest.param(
            '---\ntitle: Storage Act\nextra: { "a\\0b": 1 }\n---\n',
            "extra: holds a NUL or half a surrogate pair, which no database can store: remove it.",
            id="NUL in a key of YAML",
        ),
        pytest.param(
            '---\ntitle: "a\\U00000000b"\n---\n',
            "title: holds a NUL or half a surrogate pair, which no database can store: remove it.",
            id="NUL in YAML",
        ),
        pytest.param(
            "---\ntitle: Storage Act\n---\nOne\nt\x00wo\n",
            "line 5: holds a NUL, which no database can store: remove it.",
            id="NUL in the body",
        ),
    ],
)
def test_bad_file_is_refused_and_the_others_go_in(folder: Folder, bad: str | bytes, reason: str) -> None:
    report = with_good_one(folder, bad)

    assert [(item.path, item.outcome.value, item.reason) for item in report.files] == [
        ("en/a.md", "created", ""),
        ("en/bad.md", "refused", reason),
        ("zh/z.md", "created", ""),
    ]
    assert list(Policy.objects.values_list("policy_id", flat=True)) == ["a", "z"]


@pytest.mark.parametrize(
    "policy_id",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..",
        ".",
        ".hidden",
        "a/b",
        "a\\b",
        "C:\\windows",
        "a b",
        "-rf",
        "a\nb",
        "a\u202eb",
        "<script>",
    ],
)
def test_id_that_is_no_file_name_is_refused(folder: Folder, policy_id: str) -> None:
    report = with_good_one(folder, json_text(front_matter(policy_id)))

    assert [item.reason for item in report.refused] == [
        f"line 27: id: “{policy_id}” cannot be used. {WHAT_AN_ID_IS}"
    ]
    assert Policy.objects.count() == 2


def test_id_that_is_too_long_is_refused(folder: Folder) -> None:
    report = with_good_one(folder, json_text(front_matter("x" * 201)))

    assert [item.reason for item in report.refused] == [
        f"line 27: id: “{'x' * 59}…” cannot be used. Ensure this value has at most 200 characters (it has 201)."
    ]


@pytest.mark.parametrize(
    ("path", "shown", "reason"),
    [
        *((path, path, BACKSLASH) for path in ("en/a\\b.md", "en\\fr/a.md")),
        ("en/a\x1b[31m\n.md", "en/a\\x1b[31m\\n.md", UNSEEN),
        ("en/a\x7f\x9b.md", "en/a\\x7f\\x9b.md", UNSEEN),
        ("\u202een/dm.a\u202c.md", "\\u202een/dm.a\\u202c.md", UNSEEN),
        ("\u2067en\u200e/a\u2028.md", "\\u2067en\\u200e/a\\u2028.md", UNSEEN),
        (
            LONG,
            LONG,
            "has a path of 1,001 bytes, more than the 1,000 allowed: give it or its folders shorter names.",
        ),
    ],
)
def test_path_that_could_not_be_kept_or_read_is_refused(
    folder: Folder, path: str, shown: str, reason: str
) -> None:
    report = with_good_one(folder, json_text(front_matter("x")), path=path)

    assert [(item.path, item.reason) for item in report.refused] == [(shown, reason)]
    assert Policy.objects.count() == 2


def test_longest_path_goes_in_below_a_long_root(tmp_path: Path) -> None:
    """Random names, which an index cannot pack: 1,000 bytes, below a root of 1,200."""
    name = Random(1).randbytes(1000).hex()
    folder = Folder(tmp_path.joinpath(*(name[at : at + 200] for at in range(0, 1200, 200))))
    folder.write(
        path := "/".join([*(name[at : at + 199] for at in range(1000, 1800, 200)), f"{name[-197:]}.md"]), JSON
    )

    assert [len(path), import_policies([folder.root], actor=None).count(Outcome.CREATED)] == [1000, 1]


def test_stem_that_is_no_id_is_refused(folder: Folder) -> None:
    report = with_good_one(folder, json_text(front_matter("x", id=None)), path="en/my file.md")

    assert [item.reason for item in report.refused] == [f"id: “my file” cannot be used. {WHAT_AN_ID_IS}"]


def test_language_of_the_setting_that_is_none_is_refused(folder: Folder, settings: LazySettings) -> None:
    settings.POLICYHUB_LANGUAGE = "../.."
    folder.write("a.md", json_text(front_matter("a")))

    report = import_policies([folder.root], actor=None)

    assert [item.reason for item in report.refused] == [
        "language: “../..” cannot be used. A language is a tag like “en”, “zh” or “pt-BR”."
    ]


def test_refused_file_changes_nothing_about_its_record(folder: Folder, imported: Policy) -> None:
    before = (count_rows(), list(Policy.objects.values()))
    folder.write("policies/en/no-storage-act.md", "---\ntitle: [\n---\n")

    report = import_policies([folder.root], actor=None)

    assert [item.outcome for item in report.files] == [Outcome.REFUSED]
    assert (count_rows(), list(Policy.objects.values())) == before


# -- what is no ordinary file -----------------------------------------------------------------------------


def refused(folder: Folder) -> list[tuple[str, str]]:
    folder.write("en/a.md", json_text(front_matter("a")))
    report = import_policies([folder.root], actor=None)
    assert list(Policy.objects.values_list("policy_id", flat=True)) == ["a"]
    return [(item.path, item.reason) for item in report.refused]


def test_file_of_50_megabytes_is_refused_unread(folder: Folder) -> None:
    with folder.write("en/big.md", "---\n").open("r+b") as stream:
        stream.truncate(50 * MIB)

    assert refused(folder) == [
        ("en/big.md", "has 52,428,800 bytes, more than the 2,097,152 allowed (POLICYHUB_MAX_FILE_BYTES).")
    ]


def test_file_of_the_allowed_size_goes_in(folder: Folder, settings: LazySettings) -> None:
    text = json_text(front_matter("b"))
    folder.write("en/b.md", text)
    settings.POLICYHUB_MAX_FILE_BYTES = len(text.encode())

    assert not import_policies([folder.root], actor=None).refused


def test_symbolic_link_to_a_file_is_refused(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(json_text(front_matter("secret")), encoding="utf-8")
    folder.write("en/b.md", "")
    (folder.root / "en/b.md").unlink()
    (folder.root / "en/b.md").symlink_to(tmp_path / "secret.md")
    (folder.root / "en/c.md").symlink_to(tmp_path / "nothing.md")

    link = "is a symbolic link, which could lead anywhere: import what it points to."
    assert refused(folder) == [("en/b.md", link), ("en/c.md", link)]


def test_symbolic_link_to_a_folder_is_refused(folder: Folder, tmp_path: Path) -> None:
    secret = Folder(tmp_path / "secret")
    secret.policy("secret")
    (folder.root / "zh").symlink_to(secret.root)

    assert refused(folder) == [
        ("zh", "is a symbolic link, which could lead anywhere: import what it points to.")
    ]


def test_symbolic_link_that_turns_in_a_circle_is_refused(folder: Folder) -> None:
    (folder.root / "zh").symlink_to(folder.root)
    (folder.root / "loop").symlink_to("loop")

    link = "is a symbolic link, which could lead anywhere: import what it points to."
    assert refused(folder) == [("loop", link), ("zh", link)]


def test_pipe_is_refused_and_not_waited_for(folder: Folder) -> None:
    os.mkfifo(folder.root / "pipe.md")

    assert refused(folder) == [("pipe.md", "is no regular file: move it out of the folder.")]


def test_name_that_is_not_utf_8_is_refused(folder: Folder) -> None:
    bad = os.fsencode(folder.root) + b"/\xff.md"
    with open(bad, "wb") as stream:  # noqa: PTH123 - Path takes no bytes
        stream.write(json_text(front_matter("b")).encode())

    assert refused(folder) == [("\\udcff.md", "has a name that is not UTF-8: rename it.")]


# -- odd, and good ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"country": "挪" * 200, "category": os.urandom(100).hex()}, id="longest country"),
        pytest.param({"country": "挪" * 201, "category": os.urandom(5_000).hex()}, id="too long a country"),
        pytest.param({"source": os.urandom(50_000).hex(), "url": "x" * 50_000}, id="long texts"),
        pytest.param({"tags": [1e22, 1e-300, 10**300, -0.0]}, id="odd numbers"),
        pytest.param({"analysis": {f"d{n}": claim() for n in range(500)}}, id="500 dimensions"),
        pytest.param({"year": -(2**31) + 1, "pubDate": "0001-01-01"}, id="long ago"),
        pytest.param({"description": "x" * MIB}, id="1 MiB of text"),
        pytest.param({"title": "𝔘𝔫𝔦 👩‍👩‍👧 \u202e rtl \u0301"}, id="odd letters"),
    ],
)
def test_odd_file_goes_in_and_is_unchanged_afterwards(folder: Folder, changes: dict[str, Any]) -> None:
    folder.policy("odd", style="json", **changes)

    assert not import_policies([folder.root], actor=None).refused

    assert import_policies([folder.root], actor=None).count(Outcome.UNCHANGED) == 1
    policy = Policy.objects.get()
    digest = policy.content_digest
    folder.policy("odd", style="json", **changes, relatedFacilities=["x"])
    import_policies([folder.root], actor=None)
    folder.policy("odd", style="json", **changes)
    import_policies([folder.root], actor=None)
    assert Policy.objects.get().content_digest == digest


def test_number_too_long_to_print_goes_in(folder: Folder) -> None:
    folder.write("en/odd.md", f"---\ntitle: Odd\nyear: 0x{'f' * 5000}\ntags: [0x{'f' * 5000}]\n---\n")

    report = import_policies([folder.root], actor=None)

    assert [item.outcome for item in report.files] == [Outcome.CREATED]
    assert Policy.objects.get().extra == {"tags": [f"0x{'f' * 5000}"]}
    assert len(report.files[0].warnings) == 1
