"""The records in `seeds/`: which there are, in which form, what they claim, and that each can be judged.

They are read here with python-frontmatter and the standard library alone, so they vouch for the
project's own reader and not the other way round.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import frontmatter
import pytest

POLICIES = Path(__file__).resolve().parent.parent / "seeds" / "policies"

# file: style, reviewStatus, reviewer as it stands there (None: no such key), country
SEEDS = {
    "en/au-opggs-act-2006": ("block", "verified", "", "Australia"),
    "en/ca-ab-reg-68-2011": ("block", "draft", "", "Canada"),
    "en/ca-ita-127-44": ("json", "draft", "", "Canada"),
    "en/cn-ccer": ("json", "verified", "", "China"),
    "en/de-ksptg-2025": ("flow", "verified", "Human Audit Pending", "Germany"),
    "en/eu-directive-2009-31": ("flow", "verified", "", "European Union"),
    "en/eu-reg-2024-1735": ("flow", "verified", "Human Audit Pending", "European Union"),
    "en/id-perpres-14-2024": ("json", "verified", "", "Indonesia"),
    "en/intl-lp-article-6": ("toml", "draft", "", "International"),
    "en/jp-act-38-2024": ("block", "verified", "Human Audit Pending", "Japan"),
    "en/no-for-2014-1517": ("flow", "draft", "", "Norway"),
    "en/uk-energy-act-2023-part-1": ("block", "verified", "", "United Kingdom"),
    "en/us-cfr-40-146-h": ("flow", "verified", None, "United States"),
    "en/us-irc-45q": ("json", "verified", "Human Audit Pending", "United States"),
    "zh/eu-directive-2009-31": ("flow", "draft", "", "欧盟"),
    "zh/jp-act-38-2024": ("block", "draft", "", "日本"),
    "zh/us-irc-45q": ("json", "verified", "Human Audit Pending", "美国"),
}

FIVE = ["incentive", "market", "mrv", "statutory", "strategic"]

each_seed = pytest.mark.parametrize("name", SEEDS)


def text_of(name: str) -> str:
    return (POLICIES / f"{name}.md").read_bytes().decode("utf-8")


def read(name: str) -> tuple[dict[str, Any], str]:
    """The values and the body; python-frontmatter reads TOML only with a package of its own."""
    text = text_of(name)
    if text.startswith("+++\n"):
        _, header, body = text.split("+++\n", maxsplit=2)
        return tomllib.loads(header), body
    post = frontmatter.loads(text)
    return post.metadata, post.content


def style_of(name: str) -> str:
    text = text_of(name)
    if text.startswith("+++\n"):
        return "toml"
    if text.startswith('---\n{\n  "'):
        return "json"
    return "flow" if text.startswith("---\n{\n  '") else "block"


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for item in value:
            yield from strings_in(item)
    elif isinstance(value, str):
        yield value


def test_seeds_are_these_files_and_no_others() -> None:
    files = sorted(path.relative_to(POLICIES).as_posix() for path in POLICIES.rglob("*") if path.is_file())

    assert files == sorted(f"{name}.md" for name in SEEDS)


@each_seed
def test_seed_is_what_the_table_says(name: str) -> None:
    values, _ = read(name)
    reviewer = values["provenance"].get("reviewer")

    assert (style_of(name), values["reviewStatus"], reviewer, values["country"]) == SEEDS[name]


@each_seed
def test_seed_names_itself_and_its_source(name: str) -> None:
    values, _ = read(name)

    assert values["id"] == name.partition("/")[2]
    assert values["title"].strip()
    assert isinstance(values["year"], int)
    assert str(values["pubDate"]).startswith(str(values["year"]))
    assert urlsplit(values["url"]).scheme == "https"


def test_seeds_are_unique_by_id_and_language() -> None:
    keys = [(read(name)[0]["id"], name.partition("/")[0]) for name in SEEDS]

    assert len(set(keys)) == len(keys) == 17


def test_seeds_with_a_translation_are_these() -> None:
    languages: dict[str, list[str]] = {}
    for name in SEEDS:
        language, _, policy_id = name.partition("/")
        languages.setdefault(policy_id, []).append(language)

    assert {policy_id for policy_id, found in languages.items() if found == ["en", "zh"]} == {
        "eu-directive-2009-31",
        "jp-act-38-2024",
        "us-irc-45q",
    }


@pytest.mark.parametrize(
    ("policy_id", "same"),
    [("eu-directive-2009-31", ["mrv"]), ("jp-act-38-2024", []), ("us-irc-45q", [])],
)
def test_translations_share_the_scores_and_the_content_of_these_dimensions(
    policy_id: str, same: list[str]
) -> None:
    english, chinese = (read(f"{language}/{policy_id}")[0]["analysis"] for language in ("en", "zh"))
    judged = ("score", "label", "evidence", "citation")

    assert {key: one["score"] for key, one in english.items()} == {
        key: one["score"] for key, one in chinese.items()
    }
    assert same == [
        key for key in english if all(english[key][field] == chinese[key][field] for field in judged)
    ]


@each_seed
def test_seed_has_the_five_dimensions_and_australia_a_sixth(name: str) -> None:
    more = ["liability"] if name == "en/au-opggs-act-2006" else []

    assert sorted(read(name)[0]["analysis"]) == sorted(FIVE + more)


@each_seed
def test_each_dimension_can_be_judged(name: str) -> None:
    for key, dimension in read(name)[0]["analysis"].items():
        assert set(dimension) - {"auditNote"} == {"score", "label", "evidence", "citation"}, key
        assert type(dimension["score"]) is int, key
        assert 0 <= dimension["score"] <= 100, key
        assert all(dimension[field].strip() for field in ("label", "evidence", "citation")), key


def test_dimensions_come_with_a_note_with_an_empty_one_and_with_none() -> None:
    counts = {"filled": 0, "empty": 0, "missing": 0, "marked": 0}
    for name in SEEDS:
        for dimension in read(name)[0]["analysis"].values():
            note = dimension.get("auditNote")
            counts["missing" if note is None else "filled" if note else "empty"] += 1
            if dimension["evidence"].startswith("[AI-Generated]"):
                counts["marked"] += 1

    assert counts == {"filled": 11, "empty": 61, "missing": 14, "marked": 34}


@each_seed
def test_body_is_long_enough_to_be_read(name: str) -> None:
    body = read(name)[1]

    assert len(body) >= (150 if name.startswith("zh/") else 250)
    assert text_of(name).endswith("\n")
    if name.startswith("zh/"):
        assert len(re.findall("[\u4e00-\u9fff]", body)) >= 120


@each_seed
def test_json_is_canonical_and_flow_yaml_stays_within_its_form(name: str) -> None:
    values, _ = read(name)
    header = text_of(name).split("---\n", maxsplit=2)[1] if style_of(name) != "toml" else ""

    if style_of(name) == "json":
        assert header == json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    if style_of(name) == "flow":
        assert header.endswith(",\n}\n")
        assert list(values) == sorted(values)


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("en/au-opggs-act-2006", {"folded-strip", "literal", "quoted", "plain", "flow list", "comment"}),
        (
            "en/ca-ab-reg-68-2011",
            {"folded", "literal", "quoted", "plain", "flow list", "flow mapping", "comment"},
        ),
        ("en/jp-act-38-2024", {"folded-strip", "quoted", "plain", "flow list", "comment"}),
        ("en/uk-energy-act-2023-part-1", {"quoted", "plain", "comment"}),
        ("zh/jp-act-38-2024", {"folded-strip", "literal-strip", "quoted", "plain", "flow list", "comment"}),
    ],
)
def test_block_yaml_shows_these_forms_of_values(name: str, forms: set[str]) -> None:
    patterns = {
        "folded": r": +>$",
        "folded-strip": r": +>-$",
        "literal": r": +\|$",
        "literal-strip": r": +\|-$",
        "quoted": r": +(?:'[^']+'|\"[^\"]+\")",
        "plain": r"^\w+: +[A-Z一-鿿][^'\"]*$",
        "flow list": r": +\[ ?[\"\w]",
        "flow mapping": r": +\{ ",
        "comment": r"(?:^|\s)#\s",
    }
    header = text_of(name).split("---\n", maxsplit=2)[1]

    assert {form for form, pattern in patterns.items() if re.search(pattern, header, re.MULTILINE)} == forms


def test_keys_that_the_model_does_not_know_are_among_them() -> None:
    assert {name for name in SEEDS if "tags" in read(name)[0]} == {
        "en/eu-reg-2024-1735",
        "en/uk-energy-act-2023-part-1",
    }
    assert {name for name in SEEDS if "milestones" in read(name)[0]["evolution"]} == {
        "en/eu-reg-2024-1735",
        "en/intl-lp-article-6",
        "en/uk-energy-act-2023-part-1",
    }


def test_addresses_lead_to_those_who_made_the_policy_and_to_nobody_else() -> None:
    addresses = {
        address
        for name in SEEDS
        for text in [*strings_in(read(name)[0]), read(name)[1]]
        for address in re.findall(r"\w+://[^\s)>\"']+", text)
    }

    assert {urlsplit(address).hostname for address in addresses} == {
        "eur-lex.europa.eu",
        "laws-lois.justice.gc.ca",
        "laws.e-gov.go.jp",
        "lovdata.no",
        "open.alberta.ca",
        "peraturan.go.id",
        "uscode.house.gov",
        "www.ecfr.gov",
        "www.imo.org",
        "www.legislation.gov.au",
        "www.legislation.gov.uk",
        "www.mee.gov.cn",
        "www.recht.bund.de",
    }
