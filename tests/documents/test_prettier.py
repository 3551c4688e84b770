"""Prettier's rules, one by one, and made-up files against the real one."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reviews.documents import Document, DocumentError, Style
from reviews.documents.prettier import requote, width
from tests.documents.conftest import Formatter
from tests.documents.generated import block_documents, flow_documents
from tests.documents.test_properties import draw_change


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("plain", 5),
        ("中国", 4),
        ("ａ", 2),
        ("é", 1),
        ("e\u0301", 1),
        ("😀", 2),
        ("👨\u200d👩\u200d👧", 2),
        ("👍🏽", 2),
        ("🇨🇳", 2),
        ("1\ufe0f\u20e3", 2),
        ("☀", 1),
        ("☀\ufe0f", 2),
        ("“quoted”…", 9),
        ("\U00061663", 1),
        ("\U0002fffd", 2),
    ],
)
def test_width_counts_columns(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("scalar", "preferred", "expected"),
    [
        ('"a"', "'", "'a'"),
        ("'a'", '"', '"a"'),
        ("'it''s'", "'", '"it\'s"'),
        ('"it\'s"', "'", '"it\'s"'),
        ('"a \\"b\\""', "'", "'a \"b\"'"),
        ('"it\'s \\"b\\""', "'", "'it''s \"b\"'"),
        ("'it''s \"b\"'", "'", "'it''s \"b\"'"),
        ('"a\\n"', "'", '"a\\n"'),
        ("'a\\n'", '"', "'a\\n'"),
        ("plain", "'", "plain"),
        ("''", "'", "''"),
    ],
)
def test_requote_chooses_quotes_as_prettier_does(scalar: str, preferred: str, expected: str) -> None:
    assert requote(scalar, preferred) == expected


@pytest.mark.parametrize("kind", ["flow", "block"])
def test_made_up_files_stay_as_the_real_prettier_writes_them(kind: str, prettier: Formatter) -> None:
    """Generated files are made clean by the real Prettier, edited here, and must be clean still."""
    made = []

    @settings(max_examples=25, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.data())
    def make(data: st.DataObject) -> None:
        written = data.draw(flow_documents() if kind == "flow" else block_documents())
        if written.values:
            changes = [draw_change(data, written, kind) for _ in range(3)]
            made.append((written.text.removeprefix("\ufeff").replace("\r\n", "\n"), changes))

    make()
    edited = []
    for clean, (_, changes) in zip(prettier([text for text, _ in made]), made, strict=True):
        document = Document.parse(clean)
        for path, value in changes:
            if document.style is Style.YAML:  # JSON stays JSON
                try:
                    edited.append(document.replacing({path: value}).text)
                except DocumentError as error:
                    assert "comment" in error.reason  # noqa: PT017 -- most are not refused

    assert len(edited) > 40
    assert prettier(edited) == edited
