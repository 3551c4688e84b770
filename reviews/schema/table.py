"""The table between front matter and the database: key path <-> model field <-> kind of value."""

from __future__ import annotations

from dataclasses import dataclass

from reviews.documents import KeyPath
from reviews.schema.kinds import DATE, INTEGER, LINE, LIST, MAPPING, NUMBER, TEXT, Kind


@dataclass(frozen=True, slots=True)
class Field:
    """One row: where the value stands in the file, and in which model field."""

    key: KeyPath
    name: str
    kind: Kind
    is_review: bool = False  # written by a decision, and not part of the content digest

    @property
    def dotted(self) -> str:
        """The key as people read it, ``provenance.reviewer``."""
        return dotted(self.key)


def dotted(key: KeyPath) -> str:
    """Return a key path as people read it."""
    return ".".join(str(part) for part in key)


# In the order in which people meet them: forms, tables and comparisons follow it.
POLICY_FIELDS: tuple[Field, ...] = (
    Field(("title",), "title", TEXT),
    Field(("country",), "country", LINE),
    Field(("category",), "category", LINE),
    Field(("status",), "status", TEXT),
    Field(("legalWeight",), "legal_weight", TEXT),
    Field(("year",), "year", INTEGER),
    Field(("pubDate",), "pub_date", DATE),
    Field(("source",), "source", TEXT),
    Field(("url",), "url", TEXT),
    Field(("description",), "description", TEXT),
    Field(("interpretation",), "interpretation", TEXT),
    Field(("sectors",), "sectors", LIST),
    Field(("evolution", "supersedes"), "supersedes", LIST),
    Field(("evolution", "supersededBy"), "superseded_by", TEXT),
    Field(("evolution", "clusters"), "clusters", LIST),
    Field(("regulatory",), "regulatory", MAPPING),
    Field(("impactAnalysis",), "impact_analysis", MAPPING),
    Field(("relatedFacilities",), "related_facilities", LIST),
    Field(("provenance", "author"), "author", TEXT),
    Field(("reviewStatus",), "file_status", TEXT, is_review=True),
    Field(("provenance", "reviewer"), "reviewer", TEXT, is_review=True),
    Field(("provenance", "lastAuditDate"), "last_audit_date", DATE, is_review=True),
)
DIMENSION_FIELDS: tuple[Field, ...] = (
    Field(("score",), "score", NUMBER),
    Field(("label",), "label", TEXT),
    Field(("evidence",), "evidence", TEXT),
    Field(("citation",), "citation", TEXT),
    Field(("auditNote",), "audit_note", TEXT, is_review=True),
)
CONTENT_FIELDS = tuple(row for row in POLICY_FIELDS if not row.is_review)
CLAIM_FIELDS = tuple(row for row in DIMENSION_FIELDS if not row.is_review)
MOST_DIMENSIONS = 500  # real records have five to seven; each is a row, and a form on the review page
LONGEST_KEY = 200  # characters of a dimension's name
KNOWN_DIMENSIONS = ("incentive", "statutory", "market", "strategic", "mrv", "technical", "liability")
REGULATORY_KEYS = (
    "co2_definition",
    "cross_border_rules",
    "financial_assurance",
    "liability_period",
    "liability_transfer",
    "permitting_lead_time",
    "pore_space_rights",
)
IMPACT_KEYS = ("economic", "environmental", "technical")
