"""Digests: what a reviewer judges changes them, what a reviewer writes does not."""

from dataclasses import replace
from typing import Any

import pytest

from reviews.schema import PolicyValues, digest_dimension, digest_policy, digest_text, read_policy
from tests.factories import BODY, claim, front_matter


def record(body: str = BODY, **changes: Any) -> PolicyValues:
    return read_policy(front_matter(**changes), body)


def digest(values: PolicyValues, policy_id: str = "no-storage-act", language: str = "en") -> str:
    claims = {key: digest_dimension(key, item) for key, item in values.dimensions.items()}
    return digest_policy(policy_id, language, values, claims)


CONTENT: dict[str, dict[str, Any]] = {
    "title": {"title": "Another"},
    "country": {"country": "Sweden"},
    "category": {"category": "Market"},
    "status": {"status": "Planned"},
    "legalWeight": {"legalWeight": "Guideline"},
    "year": {"year": 2025},
    "pubDate": {"pubDate": "2024-05-02"},
    "source": {"source": "Ministry of Finance"},
    "url": {"url": "https://example.org/other"},
    "description": {"description": "Other rules."},
    "interpretation": {"interpretation": "It opens the sea."},
    "sectors": {"sectors": ["transport", "storage"]},
    "evolution.supersedes": {"evolution": {"supersedes": []}},
    "evolution.supersededBy": {"evolution": {"supersedes": ["no-storage-act-1985"], "supersededBy": "x"}},
    "evolution.clusters": {"evolution": {"supersedes": ["no-storage-act-1985"], "clusters": ["x"]}},
    "regulatory": {"regulatory": {"liability_period": "30 years", "pore_space_rights": ""}},
    "impactAnalysis": {"impactAnalysis": {"economic": "Costs rise.", "environmental": "", "technical": ""}},
    "relatedFacilities": {"relatedFacilities": ["sleipner"]},
    "provenance.author": {"provenance": {"author": "Elena Ortiz"}},
    "an unknown key": {"tags": ["x"]},
    "a misfit": {"year": "soon"},
    "another dimension": {"analysis": {"market": claim(), "strategic": claim()}},
}
REVIEW: dict[str, dict[str, Any]] = {
    "reviewStatus": {"reviewStatus": "draft"},
    "an unreadable reviewStatus": {"reviewStatus": ["draft"]},
    "provenance.reviewer": {"provenance": {"author": "Gemini Intelligence", "reviewer": "Rosa Lindqvist"}},
    "provenance.lastAuditDate": {
        "provenance": {"author": "Gemini Intelligence", "lastAuditDate": "2026-11-22"}
    },
    "an unreadable lastAuditDate": {"provenance": {"author": "Gemini Intelligence", "lastAuditDate": "soon"}},
}
CLAIM: dict[str, dict[str, Any]] = {
    "score": {"score": 71},
    "label": {"label": "Closed"},
    "evidence": {"evidence": "Permits are closed."},
    "citation": {"citation": "Act 12 of 2024, section 5"},
    "an unknown key": {"weight": 1},
    "a misfit": {"score": "high"},
}


@pytest.mark.parametrize("what", CONTENT)
def test_content_changes_the_digest(what: str) -> None:
    assert digest(record(**CONTENT[what])) != digest(record())


@pytest.mark.parametrize("what", REVIEW)
def test_review_fields_leave_the_digest(what: str) -> None:
    assert digest(record(**REVIEW[what])) == digest(record())


def test_id_language_and_body_change_the_digest() -> None:
    same = record()

    assert len({digest(same), digest(same, policy_id="x"), digest(same, language="zh")}) == 3
    assert digest(record(body=f"{BODY}\n")) != digest(same)


@pytest.mark.parametrize("what", CLAIM)
def test_claim_changes_the_digest_of_its_dimension_and_of_the_record(what: str) -> None:
    analysis = front_matter()["analysis"]
    changed = record(analysis={**analysis, "market": claim(**CLAIM[what])})
    old, new = record().dimensions, changed.dimensions

    assert digest_dimension("market", new["market"]) != digest_dimension("market", old["market"])
    assert digest_dimension("mrv", new["mrv"]) == digest_dimension("mrv", old["mrv"])
    assert digest(changed) != digest(record())


@pytest.mark.parametrize("note", [None, "Read.", ["unreadable"]])
def test_audit_note_leaves_the_digests(note: Any) -> None:
    analysis = front_matter()["analysis"]
    changed = record(analysis={**analysis, "market": claim(auditNote=note)})

    assert digest_dimension("market", changed.dimensions["market"]) == digest_dimension(
        "market", record().dimensions["market"]
    )
    assert digest(changed) == digest(record())


def test_equal_claims_of_two_translations_have_equal_digests_and_two_keys_do_not() -> None:
    english, chinese = record(), record(title="封存法", country="挪威")

    assert digest_dimension("mrv", english.dimensions["mrv"]) == digest_dimension(
        "mrv", chinese.dimensions["mrv"]
    )
    assert digest_dimension("mrv", english.dimensions["mrv"]) != digest_dimension(
        "mvr", english.dimensions["mrv"]
    )


def test_spelling_leaves_the_digest() -> None:
    """The order of keys and dimensions, an empty key or none, 70 or 70.0, CRLF: all say the same."""
    values = front_matter()
    backwards = {key: values[key] for key in reversed(values)}
    backwards["analysis"] = {key: values["analysis"][key] for key in reversed(values["analysis"])}
    backwards["analysis"]["market"] |= {"score": 70.0}
    del backwards["interpretation"], backwards["relatedFacilities"]
    backwards["year"] = "2024"

    assert digest(read_policy(backwards, BODY.replace("\n", "\r\n"))) == digest(read_policy(values, BODY))


def test_digest_of_numbers_survives_a_database() -> None:
    """PostgreSQL returns 1e22 in JSON as a whole number, and `read_policy` takes it for one from the start."""
    tags = read_policy(front_matter(tags=[1e22, 2.0, 0.1]), "")

    assert tags.extra == {"tags": [10**22, 2, 0.1]}
    assert digest(tags) == digest(replace(tags, extra={"tags": [10**22, 2, 0.1]}))


def test_digest_of_a_text_is_its_sha_256() -> None:
    assert digest_text("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
