"""Policies as a table: what the columns hold in each format, that no cell is a formula, and that nothing comes in."""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # it has no types
import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries
from tablib import Dataset  # type: ignore[import-untyped]  # it has no types

from reviews.models import Policy
from reviews.resources import FORMATS, PolicyResource, guard, unguard
from reviews.services.errors import RefusedError
from tests.admin.html import read_text
from tests.factories import Folder, claim, get_policy
from tests.services.counts import count_rows

EXPORT = "/admin/reviews/policy/export/"
XLSX, CSV, JSON = "0", "1", "2"
# session, person, permissions (2), choices of the filters (6), count, rows, dimensions; the last two for each hundred
QUERIES = 13

COLUMNS = [
    "id", "language", "title", "country", "category", "year", "pub_date", "source", "url", "legal_status",
    "legal_weight", "sectors", "supersedes", "superseded_by", "state", "standing", "reviewer", "last_audit_date",
    "missing_notes", "score_incentive", "score_statutory", "score_market", "score_strategic", "score_mrv",
    "score_technical", "score_liability", "other_scores",
]  # fmt: skip


@pytest.fixture
def download(publisher: User, client: Client) -> Callable[..., Any]:
    """`download(CSV, country="Norway")` is the answer to the button, by a publisher."""

    def download(file_format: str, **query: str) -> Any:
        client.force_login(publisher)
        return client.post(EXPORT, {"resource": "0", "format": file_format}, query_params=query)

    return download


def read_csv(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))


def read_xlsx(response: Any) -> list[dict[str, Any]]:
    """The rows, and no cell of them a formula."""
    cells = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows())
    assert "f" not in {cell.data_type for row in cells for cell in row}
    names = [cell.value for cell in cells[0]]
    return [dict(zip(names, (cell.value for cell in row), strict=True)) for row in cells[1:]]


def dimensions() -> dict[str, Any]:
    return {
        "market": claim(score=70),
        "mrv": claim(score=None),
        "transparency": claim(score=12.5),
        "equity": claim(score=None),
    }


def test_table_has_these_columns_and_values(folder: Folder, download: Callable[..., Any]) -> None:
    folder.import_policy(title="封存法 🌍", country="", year=None, analysis=dimensions(), superseded="x")

    assert json.loads(download(JSON).content) == [
        {
            "id": "no-storage-act",
            "language": "en",
            "title": "封存法 🌍",
            "country": "",
            "category": "Regulatory",
            "year": None,
            "pub_date": "2024-05-01",
            "source": "Ministry of Energy",
            "url": "https://example.org/act",
            "legal_status": "Active",
            "legal_weight": "Primary Legislation",
            "sectors": "storage; transport",
            "supersedes": "no-storage-act-1985",
            "superseded_by": "",
            "state": "in_review",
            "standing": "claimed",
            "reviewer": "Human Audit Pending",
            "last_audit_date": "2026-02-08",
            "missing_notes": 4,
            "score_incentive": None,
            "score_statutory": None,
            "score_market": 70.0,
            "score_strategic": None,
            "score_mrv": None,
            "score_technical": None,
            "score_liability": None,
            "other_scores": "transparency: 12.5; equity: –",
        }
    ]


def test_csv_says_the_same_in_text_and_nothing_where_there_is_nothing(
    folder: Folder, download: Callable[..., Any]
) -> None:
    folder.import_policy(title='He said "no",\nand left', year=None, analysis=dimensions())

    response = download(CSV)

    (row,) = read_csv(response)
    assert list(row) == COLUMNS
    assert (row["title"], row["year"], row["pub_date"]) == ('He said "no",\nand left', "", "2024-05-01")
    assert (row["score_market"], row["score_mrv"], row["missing_notes"]) == ("70.0", "", "4")
    assert response.headers["Content-Type"] == "text/csv"


def test_xlsx_holds_numbers_and_dates(folder: Folder, download: Callable[..., Any]) -> None:
    folder.import_policy(title="封存法", analysis=dimensions())

    (row,) = read_xlsx(download(XLSX))

    assert list(row) == COLUMNS
    assert (row["title"], row["year"], row["pub_date"]) == ("封存法", 2024, dt.datetime(2024, 5, 1))  # noqa: DTZ001 - a day
    assert (row["score_market"], row["score_mrv"], row["superseded_by"]) == (70, None, None)


def test_table_has_the_rows_of_the_filtered_list(folder: Folder, download: Callable[..., Any]) -> None:
    for number, country in enumerate(("Norway", "Sweden", "Norway")):
        folder.import_policy(f"policy-{number}", country=country)

    assert [row["id"] for row in read_csv(download(CSV, country="Norway"))] == ["policy-0", "policy-2"]
    assert [row["id"] for row in read_csv(download(CSV, q="sweden"))] == ["policy-1"]


# -- formulas ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20SUM(A1)", "'\uff20SUM(A1)"),
        ("'=1", "''=1"),
        ("''=1", "'''=1"),
        ("'", "'"),
        ("'tis", "'tis"),
        ("a=1", "a=1"),
        (" =1", " =1"),
        ("", ""),
        (None, None),
        (-5, -5),
        (dt.date(2024, 5, 1), dt.date(2024, 5, 1)),
    ],
)
def test_guard_puts_an_apostrophe_before_what_would_be_computed(cell: Any, guarded: Any) -> None:
    assert guard(cell) == guarded
    assert unguard(guarded) == cell


@given(st.text(st.sampled_from("'=+-@\t\r\na \uff1d\uff0b\uff0d\uff20")) | st.text())
def test_guard_can_be_undone(cell: str) -> None:
    assert unguard(guard(cell)) == cell


@given(st.text(st.sampled_from("'=+-@\t\r\na \uff1d\uff0b\uff0d\uff20")))
def test_guarded_cell_is_no_formula(cell: str) -> None:
    assert guard(cell)[:1] not in tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def test_no_cell_of_a_spreadsheet_is_a_formula_and_json_is_as_it_is(
    folder: Folder, download: Callable[..., Any]
) -> None:
    title, source = '=HYPERLINK("https://example.org","x")', "'@cmd"
    folder.import_policy(title=title, source=source, sectors=["=1+1"])

    (from_csv,), (from_xlsx,) = read_csv(download(CSV)), read_xlsx(download(XLSX))
    (from_json,) = json.loads(download(JSON).content)

    for row in (from_csv, from_xlsx):
        assert (row["title"], row["source"], row["sectors"]) == (f"'{title}", f"'{source}", "'=1+1")
        assert (unguard(row["title"]), unguard(row["source"])) == (title, source)
    assert (from_json["title"], from_json["source"], from_json["sectors"]) == (title, source, "=1+1")


def test_character_that_xml_cannot_hold_is_marked(folder: Folder, download: Callable[..., Any]) -> None:
    folder.import_policy(title="Storage\x0bAct", style="json")

    assert read_xlsx(download(XLSX))[0]["title"] == "Storage\ufffdAct"
    assert read_csv(download(CSV))[0]["title"] == "Storage\x0bAct"


# -- the page, and who may --------------------------------------------------------------------------------


def test_page_names_the_columns_and_offers_three_formats(publisher: User, client: Client) -> None:
    client.force_login(publisher)

    page = client.get(EXPORT)

    assert read_text(page, "badge") == COLUMNS
    assert read_text(page, "button") == ["XLSX", "CSV", "JSON"]
    assert [item().get_title() for item in FORMATS] == ["xlsx", "csv", "json"]


def test_unknown_format_is_refused(imported: Policy, download: Callable[..., Any]) -> None:
    response = download("7")

    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert read_text(response, "errorlist") == [
        "format Select a valid choice. 7 is not one of the available choices."
    ]


@pytest.mark.parametrize(
    ("who", "status"), [("editor", 403), ("reviewer", 403), ("nobody", 403), ("superuser", 200)]
)
def test_tables_are_for_publishers(
    who: str, status: int, imported: Policy, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))

    assert client.get(EXPORT).status_code == status
    assert client.post(EXPORT, {"resource": "0", "format": CSV}).status_code == status


def test_export_sends_strangers_to_the_login(client: Client, db: None) -> None:
    assert client.get(EXPORT).headers["Location"] == f"/admin/login/?next={EXPORT}"


def test_nothing_comes_in(imported: Policy) -> None:
    before = count_rows()
    dataset = Dataset(("no-storage-act", "verified"), headers=["id", "review_status"])

    with pytest.raises(RefusedError) as refusal:
        PolicyResource().import_data(dataset, dry_run=False)

    assert str(refusal.value) == (
        "Tables do not come in: they hold a part of each policy only. "
        "Change policies in the admin, or change their files and import these."
    )
    assert get_policy().review_status == "in_review"
    assert count_rows() == before


@pytest.mark.parametrize("count", [1, 3])
def test_table_asks_the_same_number_of_queries_however_many_rows_it_has(
    count: int,
    folder: Folder,
    publisher: User,
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(count):
        folder.import_policy(f"policy-{number}")
    client.force_login(publisher)

    with django_assert_num_queries(QUERIES):
        response = client.post(EXPORT, {"resource": "0", "format": CSV})

    assert len(read_csv(response)) == count
