"""The one table between front matter and the database, and all that derives from it. Of Django it knows
gettext alone.

``table`` is the table; ``values`` reads a file by it, ``patch`` says what to change in a file, ``comparison``
tells two versions apart, ``digests`` names what was judged.
"""

from reviews.schema.comparison import Change, compare_values, flatten, unflatten
from reviews.schema.digests import digest_dimension, digest_policy, digest_text
from reviews.schema.kinds import (
    DATE,
    INTEGER,
    LINE,
    LIST,
    MAPPING,
    NUMBER,
    TEXT,
    Kind,
    MisfitError,
    jsonable,
    with_unix_newlines,
)
from reviews.schema.labels import label_of, listed, told
from reviews.schema.marks import AI_MARK, has_ai_mark, is_claim_marked_ai, is_marked_ai, is_person
from reviews.schema.patch import changed_values, compose_values, write_dimension
from reviews.schema.table import (
    CLAIM_FIELDS,
    CONTENT_FIELDS,
    DIMENSION_FIELDS,
    IMPACT_KEYS,
    KNOWN_DIMENSIONS,
    LONGEST_KEY,
    MOST_DIMENSIONS,
    POLICY_FIELDS,
    REGULATORY_KEYS,
    Field,
    dotted,
)
from reviews.schema.values import DimensionValues, PolicyValues, read_dimension, read_policy, reason_of_misfit

__all__ = [
    "AI_MARK",
    "CLAIM_FIELDS",
    "CONTENT_FIELDS",
    "DATE",
    "DIMENSION_FIELDS",
    "IMPACT_KEYS",
    "INTEGER",
    "KNOWN_DIMENSIONS",
    "LINE",
    "LIST",
    "LONGEST_KEY",
    "MAPPING",
    "MOST_DIMENSIONS",
    "NUMBER",
    "POLICY_FIELDS",
    "REGULATORY_KEYS",
    "TEXT",
    "Change",
    "DimensionValues",
    "Field",
    "Kind",
    "MisfitError",
    "PolicyValues",
    "changed_values",
    "compare_values",
    "compose_values",
    "digest_dimension",
    "digest_policy",
    "digest_text",
    "dotted",
    "flatten",
    "has_ai_mark",
    "is_claim_marked_ai",
    "is_marked_ai",
    "is_person",
    "jsonable",
    "label_of",
    "listed",
    "read_dimension",
    "read_policy",
    "reason_of_misfit",
    "told",
    "unflatten",
    "with_unix_newlines",
    "write_dimension",
]
