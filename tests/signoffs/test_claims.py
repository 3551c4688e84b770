"""What a file claims: what some reader takes for `verified` counts, and what nobody can read is named."""

import pytest

from reviews.signoffs.claims import UnreadableError, claims_verified

DEEP = "[" * 101 + "]" * 101


def yaml(header: str) -> str:
    return f"---\n{header}\n---\nBody\n"


CLAIMS = {
    "json": yaml('{"reviewStatus": "verified"}'),
    "json key with an escape": yaml('{"review\\u0053tatus": "verified"}'),
    "json value with an escape": yaml('{"reviewStatus": "\\u0076erified"}'),
    "json key twice": yaml('{"reviewStatus": "verified", "reviewStatus": "draft"}'),
    "json that is no yaml": yaml('{"reviewStatus":\t"verified", "title": "\\ud83d\\ude00"}'),
    "json named at the fence": '---json\n{"reviewStatus": "verified"}\n---\n',
    "yaml": yaml("reviewStatus: verified"),
    "flow yaml": yaml("{ 'title': 'An act', 'reviewStatus': 'verified' }"),
    "yaml key twice": yaml("reviewStatus: verified\nreviewStatus: draft"),
    "yaml key with an escape": yaml('"review\\x53tatus": verified'),
    "yaml key over two lines": yaml('? "review\\\n  Status"\n: verified'),
    "yaml key after a question mark": yaml("? reviewStatus\n: verified"),
    "yaml with a tag": yaml("!!str reviewStatus: !!str verified"),
    "yaml with a tag of somebody's": yaml("reviewStatus: !sure verified"),
    "yaml block text": yaml("reviewStatus: >-\n  verified"),
    "yaml alias": yaml("word: &word verified\nreviewStatus: *word"),
    "yaml alias for the key": yaml("word: &word reviewStatus\n*word : verified"),
    "yaml merged in": yaml("base: &base { reviewStatus: verified }\n<<: *base\nreviewStatus: draft"),
    "yaml merged in twice over": yaml(
        "a: &a { reviewStatus: verified }\nb: &b { <<: *a }\n<<: [{ c: 1 }, *b]"
    ),
    "yaml merged in by its tag": yaml("!!merge x: { reviewStatus: verified }"),
    "yaml merged in by its whole tag": yaml(
        "b: &b { reviewStatus: verified }\n!<tag:yaml.org,2002:merge> also: *b"
    ),
    # A comment for PyYAML up to there, for JavaScript up to the end of the line.
    "next line": yaml("# note\x85b: |\n  reviewStatus: verified"),
    "line separator": yaml("# note\u2028b: |\n  reviewStatus: verified"),
    "paragraph separator": yaml("# note\u2029b: |\n  reviewStatus: verified"),
    "line separator, the other way round": yaml("# note\u2028reviewStatus: verified"),
    "json without fences": '\n{"title": "An act", "reviewStatus": "verified"}\n\nBody\n',
    "json without fences after a mark": '\ufeff{"reviewStatus": "verified"}',
    "closed with dots": "---\nreviewStatus: verified\n...\nBody\n",
    "toml": '+++\nreviewStatus = "verified"\n+++\n',
    "toml key with an escape": '+++\n"review\\u0053tatus" = "verified"\n+++\n',
    "toml named at the fence": '---toml\nreviewStatus = "verified"\n---\n',
    "capitals and spaces": yaml("reviewStatus: ' Verified '"),
    "wide letters": yaml("reviewStatus: ｖｅｒｉｆｉｅｄ"),
    "signs that cannot be seen": yaml("reviewStatus: veri\u200bfied"),
    "bom": "\ufeff" + yaml("reviewStatus: verified"),
    "crlf": yaml("reviewStatus: verified").replace("\n", "\r\n"),
    "cr": yaml("reviewStatus: verified").replace("\n", "\r"),
    "blank lines before, long fences": "\n \n-----  \nreviewStatus: verified\n----\t\n",
    "fence at the end of the file": "---\nreviewStatus: verified\n---",
}
CLAIMS_NOTHING = {
    "another word": yaml("reviewStatus: draft"),
    "no word": yaml("reviewStatus:"),
    "null": yaml('{"reviewStatus": null}'),
    "the opposite": yaml("reviewStatus: unverified"),
    "deeper": yaml("notes:\n  reviewStatus: verified"),
    "in the body": "---\ntitle: \\x\n---\nreviewStatus: verified\n",
    "no front matter": "# How reviewStatus: verified comes about\n",
    "a list": yaml("- reviewStatus: verified"),
    "a rule and a text": "---\nreviewStatus says more\n---\n",
    "another key": yaml("reviewStatuses: verified"),
    "merged with itself": yaml("a: &a\n  <<: *a\n  b: reviewStatus"),
    "front matter that nobody reads, without the key": "---\n{ broken: [\n---\n",
    "opened, never closed, without the key": "---\nA rule above a text.\n",
    "braces around no json": "{ reviewStatus: verified }\n",
    "json that is a list": '["reviewStatus", "verified"]',
    "nothing": "",
}
UNREADABLE = {
    "never closed": ("---\nreviewStatus: verified\n", "the front matter is opened with --- but never closed"),
    "a list for a word": (yaml("reviewStatus: [verified]"), "its reviewStatus is no text"),
    "a mapping for a word": (yaml('{"reviewStatus": {"verified": true}}'), "its reviewStatus is no text"),
    "bytes for a word": (yaml("reviewStatus: !!binary dmVyaWZpZWQ="), "its reviewStatus is no text"),
    "a list for a key": (yaml("[reviewStatus]: verified"), "its reviewStatus is no text"),
    "a list for a key over lines": (yaml("? - reviewStatus\n: verified"), "its reviewStatus is no text"),
    "a list for a key behind a comment for some": (
        yaml("# note\u2028b: |\n  [reviewStatus]: verified"),
        "its reviewStatus is no text",
    ),
    "closed later for some": (
        "---\ntitle: x\n?\n----\n: y\nreviewStatus: verified\n---\n",
        "its front matter cannot be read: while scanning",
    ),
    "closed by less for some": (
        "---\nreviewStatus: verified\n---x\nfoo\n---\n",
        "its front matter cannot be read: while scanning",
    ),
    "broken toml": (
        '+++\nreviewStatus = "verified"\nreviewStatus = "draft"\n+++\n',
        "its front matter cannot be read: Cannot overwrite a value (at line 2, column 23)",
    ),
    "two documents": (
        yaml("reviewStatus: draft\n--- !!map\nreviewStatus: verified"),
        "its front matter cannot be read: expected a single document in the stream",
    ),
    "too deep": (
        yaml(f"reviewStatus: verified\ndeep: {DEEP}"),
        "its front matter cannot be read: it is nested deeper than 100 levels",
    ),
}


@pytest.mark.parametrize("text", CLAIMS.values(), ids=CLAIMS)
def test_file_claims_to_be_verified(text: str) -> None:
    assert claims_verified(text.encode())


@pytest.mark.parametrize("text", CLAIMS_NOTHING.values(), ids=CLAIMS_NOTHING)
def test_file_claims_nothing(text: str) -> None:
    assert not claims_verified(text.encode())


@pytest.mark.parametrize(("text", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_file_that_might_claim_and_cannot_be_read_is_named(text: str, why: str) -> None:
    with pytest.raises(UnreadableError) as error:
        claims_verified(text.encode())

    assert str(error.value).startswith(why)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"---\nreviewStatus: verified\ntitle: \xe9\n---\n", "it is no UTF-8"),
        (
            "\ufeff---\nreviewStatus: verified\n---\n".encode("utf-16"),
            "it has NUL bytes: it is UTF-16, or no text",
        ),
        (b'{"reviewStatus": ' + b"[" * 1_000_000, "its front matter cannot be read: it is nested too deep"),
        (
            b"---\nreviewStatus: draft\nx: " + b"[" * 1_000_000 + b"\n---\n",
            "its front matter cannot be read: ",
        ),
        (
            b"---\nreviewStatus: draft\nx: " + b"- " * 500_000 + b"\n---\n",
            "its front matter cannot be read: ",
        ),
        (b'---\n{"reviewStatus": ' + b"[" * 1_000_000 + b"\n---\n", "its front matter cannot be read: "),
    ],
)
def test_hostile_bytes_cost_a_message(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableError) as error:
        claims_verified(data)

    assert str(error.value).startswith(why)


def test_aliases_upon_aliases_cost_nothing() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    merges = ["m0: &m0 { x: 1 }", *(f"m{n}: &m{n} {{ <<: [*m{n - 1}, *m{n - 1}] }}" for n in range(1, 60))]
    text = yaml("\n".join([*lines, *merges, "<<: *m59", "reviewStatus: verified"]))

    assert claims_verified(text.encode())
