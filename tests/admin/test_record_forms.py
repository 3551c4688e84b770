"""The editor's forms: what nobody touched comes back exactly, and what was typed is read as what it is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.admin.edit_page import SECTIONS
from reviews.admin.record_forms import RecordForms
from reviews.documents import Document
from reviews.schema import CONTENT_FIELDS, MAPPING, PolicyValues, compare_values, read_policy
from tests.admin.html import read_form
from tests.factories import claim, front_matter

ODD = read_policy(
    front_matter(
        title="Two\nlines",
        country=" Norway ",
        description="\n\n  Starts with newlines, ends with one.\n",
        sectors=["storage", "two\nlines", " spaced ", "storage"],
        regulatory={
            "liability_period": 20,
            "share": 0.5,
            "is_open": True,
            "none": None,
            "a\nkey": "x",
            "": "y",
        },
        impactAnalysis={"economic": {"low": 1, "high": [2, 3]}, "technical": "<b>&amp;</b>"},
        analysis={"market": claim(score=70.0, label="\n", note="kept"), "a name": claim(score="many")},
        year="n.d.",
        further={"deep": ["kept", 1]},
    ),
    "\n\n\n<script>alert(1)</script></textarea>\n\n",
)


class Page:
    """A rendered form as the test client would return it."""

    def __init__(self, forms: RecordForms) -> None:
        rows = [form for rows in forms.rows for form in rows.forms]
        controls = [str(field) for form in (forms.facts, *rows) for field in form]
        self.content = f'<form id="edit">{"".join(controls)}</form>'.encode()


def sent(forms: RecordForms) -> dict[str, str]:
    """What a browser sends: line ends as CRLF."""
    return {name: text.replace("\n", "\r\n") for name, text in read_form(Page(forms), "edit").items()}


def wanted(seen: PolicyValues, **typed: str) -> PolicyValues:
    """What the forms read when this is typed; `regulatory_3_value` is a row's control."""
    posted = sent(RecordForms(seen))
    names = {name.replace("-", "_"): name for name in posted}
    forms = RecordForms(seen, posted | {names.get(name, name): text for name, text in typed.items()})
    assert forms.is_valid(), list(forms.errors())
    return forms.wanted()


def changed(seen: PolicyValues, result: PolicyValues) -> dict[tuple[Any, ...], Any]:
    """The new values by place."""
    return {change.at: change.new for change in compare_values(seen, result)}


def test_sections_show_each_content_field_once() -> None:
    shown = [name for section in SECTIONS for name in section.fields]
    mappings = [row.name for row in CONTENT_FIELDS if row.kind is MAPPING]

    assert sorted([*shown, *mappings]) == sorted(["body", *(row.name for row in CONTENT_FIELDS)])
    assert list(RecordForms(ODD).mappings) == mappings


# -- untouched --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seen", [read_policy({"title": "T"}, ""), read_policy(front_matter(), "\nText.\n"), ODD]
)
def test_what_nobody_touched_is_the_very_same(seen: PolicyValues) -> None:
    assert wanted(seen) == seen


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")))
def test_any_text_survives_the_browser(text: str) -> None:
    seen = read_policy(
        front_matter(
            title=f"x{text}",
            url=text,
            sectors=[text, "b"],
            regulatory={"liability_period": text},
            analysis={"market": claim(evidence=text, citation=text)},
        ),
        text,
    )

    assert wanted(seen) == seen


def test_no_value_of_the_corpus_changes(corpus: Path) -> None:
    paths = sorted(corpus.glob("**/*.md"))
    policies = [path for path in paths if path.parent.name in ("en", "zh")]
    changed_files = [path.name for path in policies if wanted(seen := read(path)) != seen]

    assert (len(policies), changed_files) == (432, [])


def read(path: Path) -> PolicyValues:
    document = Document.parse(path.read_bytes().decode())
    return read_policy(document.values, document.body)


def test_controls_that_were_not_posted_change_nothing() -> None:
    forms = RecordForms(ODD, {"title": ODD.fields["title"]})

    assert forms.is_valid()
    assert forms.wanted() == ODD


# -- typed ------------------------------------------------------------------------------------------------

SEEN = read_policy(front_matter(sectors=["storage", "two\nlines"]), "\nText.\n")


@pytest.mark.parametrize(
    ("control", "typed", "at", "value"),
    [
        ("title", "Storage  Act ", ("title",), "Storage  Act "),
        ("year", " 2025 ", ("year",), 2025),
        ("year", "", ("year",), None),
        ("pub_date", "", ("pub_date",), None),
        ("url", "", ("url",), ""),
        ("description", "One\r\ntwo\rthree", ("description",), "One\ntwo\nthree"),
        ("sectors", "use\r\n\r\n  storage \r\n", ("sectors",), ["use", "storage"]),
        ("sectors", "two ↵ lines\r\nnew ↵ item", ("sectors",), ["two\nlines", "new\nitem"]),
        ("sectors", "", ("sectors",), []),
        ("related_facilities", "Sleipner\r\n雪芙", ("related_facilities",), ["Sleipner", "雪芙"]),
        ("body", "\r\n\r\nText.", ("body",), "\n\nText."),
        ("body", "", ("body",), ""),
        ("regulatory_3_value", "30 years", ("regulatory", "liability_period"), "30 years"),
        ("regulatory_0_value", "Dense phase", ("regulatory", "co2_definition"), "Dense phase"),
        ("analysis_0_score", "71.5", ("analysis", "market", "score"), 71.5),
        ("analysis_0_score", "", ("analysis", "market", "score"), None),
        ("analysis_1_evidence", "\r\n", ("analysis", "mrv", "evidence"), "\n"),
    ],
)
def test_what_is_typed_is_read_as_its_kind(control: str, typed: str, at: tuple[str, ...], value: Any) -> None:
    assert changed(SEEN, wanted(SEEN, **{control: typed})) == {at: value}


@pytest.mark.parametrize(
    ("before", "typed", "after"),
    [
        (20, "30", 30),
        (20, "30.5", 30.5),
        (20, "thirty", "thirty"),
        (20, "nan", "nan"),
        (20, "1e999", "1e999"),
        (20, "9" * 300, int("9" * 300)),
        ("20", "9" * 5_000, "9" * 5_000),
        (0.5, "2", 2),
        (True, "False", False),
        (True, "no", "no"),
        (None, "some", "some"),
        ("20", "30", "30"),
    ],
)
def test_values_of_a_mapping_keep_their_type_where_they_can(before: Any, typed: str, after: Any) -> None:
    seen = read_policy({"title": "T", "regulatory": {"share": before}}, "")
    value = wanted(seen, regulatory_7_value=typed).fields["regulatory"]["share"]

    assert (value, type(value)) == (after, type(after))


def test_value_with_parts_is_shown_and_kept() -> None:
    seen = read_policy({"title": "T", "regulatory": {"bands": {"low": 1, "high": [2, 3]}}}, "")
    form = RecordForms(seen).mappings["regulatory"].forms[7]

    assert form.parts == "low: 1\nhigh: \n  - 2\n  - 3"
    assert changed(seen, wanted(seen, regulatory_7_value="crafted")) == {}
    assert changed(seen, wanted(seen, **{"regulatory-7-remove": "on"})).keys() == {("regulatory", "bands")}


def test_rows_are_added_under_a_name() -> None:
    result = wanted(
        SEEN,
        **{
            "regulatory-70-key": " permit fee ",
            "regulatory-70-value": "1 EUR",
            "regulatory-71-key": "",
            "regulatory-71-value": "",
            "regulatory-72-key": "empty",
            "regulatory-72-value": "",
            "analysis-9-key": "equity",
            "analysis-9-label": "Fair",
        },
    )

    assert changed(SEEN, result) == {
        ("regulatory", "permit fee"): "1 EUR",
        ("regulatory", "empty"): "",
        ("analysis", "equity", "score"): None,
        ("analysis", "equity", "label"): "Fair",
        ("analysis", "equity", "evidence"): "",
        ("analysis", "equity", "citation"): "",
    }


def test_known_dimension_is_added_by_filling_it_in() -> None:
    assert wanted(SEEN, analysis_2_label="Tax credit").dimensions["incentive"].fields == {
        "score": None,
        "label": "Tax credit",
        "evidence": "",
        "citation": "",
        "audit_note": "",
    }


def test_rows_go_by_ticking() -> None:
    result = wanted(
        SEEN, **{"regulatory-3-remove": "on", "analysis-0-remove": "on", "analysis-0-label": "typed"}
    )

    assert list(result.fields["regulatory"]) == ["pore_space_rights"]
    assert list(result.dimensions) == ["mrv"]


def test_dimension_takes_the_place_of_an_entry_that_was_none() -> None:
    seen = read_policy({"title": "T", "analysis": {"market": "open to all"}}, "")
    numbers = {form.name: form.prefix for form in RecordForms(seen).dimensions.forms}
    result = wanted(seen, **{f"{numbers['market']}-label": "Open"})

    assert seen.misfits == {"analysis.market": "open to all"}
    assert (list(result.dimensions), result.misfits) == (["market"], {})


def test_rows_that_are_taken_out_are_shown_with_their_tick() -> None:
    forms = RecordForms(SEEN, removed={("regulatory", "liability_period"), ("analysis", "mrv")})
    ticked = [form.prefix for rows in forms.rows for form in rows.forms if form["remove"].value()]

    assert ticked == ["analysis-1", "regulatory-3"]


# -- refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        *(
            (
                {"regulatory-7-value": "9" * digits},
                (
                    "id_regulatory-7-value",
                    "share · Value",
                    "A number has no more than 300 digits: shorten it.",
                ),
            )
            for digits in (301, 5_000)
        ),
        ({"year": "9" * 5_000}, ("id_year", "Year", "Enter a whole number.")),
        ({"analysis-0-score": "9" * 5_000}, ("id_analysis-0-score", "market · Score", "Enter a number.")),
        ({"title": ""}, ("id_title", "Title", "A policy needs a title.")),
        ({"title": " \t"}, ("id_title", "Title", "A policy needs a title.")),
        ({"year": "twenty"}, ("id_year", "Year", "Enter a whole number.")),
        (
            {"year": "2147483648"},
            ("id_year", "Year", "Ensure this value is less than or equal to 2147483647."),
        ),
        ({"pub_date": "2024-13-45"}, ("id_pub_date", "Publication date", "Enter a valid date.")),
        (
            {"url": "javascript:alert(1)"},
            ("id_url", "Source link", "A link starts with https:// or http:// and has no spaces."),
        ),
        (
            {"body": "x" * 101},
            ("id_body", "Markdown body", "The body is larger than a file may be (100 bytes): shorten it."),
        ),
        ({"analysis-0-score": "62,5"}, ("id_analysis-0-score", "market · Score", "Enter a number.")),
        ({"analysis-0-score": "inf"}, ("id_analysis-0-score", "market · Score", "Enter a number.")),
        (
            {"analysis-9-key": "", "analysis-9-label": "x"},
            ("id_analysis-9-key", "New row · Name", "This field is required."),
        ),
        (
            {"analysis-9-key": "mrv", "analysis-9-label": "x"},
            ("id_analysis-9-key", "mrv · Name", "“mrv” is there already: choose another name."),
        ),
        (
            {"regulatory-70-key": "-", "regulatory-70-value": "x"},
            (
                "id_regulatory-70-key",
                "- · Name",
                "A name starts with a letter or digit and stands on one line.",
            ),
        ),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_control(
    typed: dict[str, str], error: tuple[str, str, str], settings: Any
) -> None:
    settings.POLICYHUB_MAX_FILE_BYTES = 100
    seen = replace(SEEN, fields=SEEN.fields | {"regulatory": {**SEEN.fields["regulatory"], "share": 20}})
    forms = RecordForms(seen, sent(RecordForms(seen)) | typed)

    assert not forms.is_valid()
    assert list(forms.errors()) == [error]


def test_link_that_stood_there_is_no_error() -> None:
    seen = replace(SEEN, fields=SEEN.fields | {"url": "see the gazette"})

    assert wanted(seen) == seen


def test_text_controls_say_their_language() -> None:
    forms = RecordForms(SEEN)
    forms.speak("zh")

    assert list(languages(forms)) == ["zh"] * 4
    assert "lang" not in forms.facts["year"].field.widget.attrs


def languages(forms: RecordForms) -> Iterator[str]:
    dimension, value = forms.dimensions.forms[0], forms.mappings["regulatory"].forms[0]
    for field in (forms.facts["title"], forms.facts["body"], dimension["evidence"], value["value"]):
        yield field.field.widget.attrs["lang"]
