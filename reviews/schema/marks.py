"""Marks that lists filter on: evidence that says it was generated, and reviewers that are no person."""

from __future__ import annotations

import re

from reviews.schema.values import DimensionValues, PolicyValues

AI_MARK = re.compile(r"AI[\s-]?[Gg]enerated|AI\s?生成|人工智能生成")
NO_PERSON = re.compile(
    r"\b(pending|audit\w*|agents?|system|scripts?|bot|intelligence|automat\w*|gemini|(chat)?gpt\w*|llm|(?-i:AI)"
    r"|unknown|n/?a|tbd|none|nobody|team)\b|\Aclaude(\W*\Z|\W+(code|opus|sonnet|haiku|instant|\d))"
    r"|审核|待定|系统|智能|自动",
    re.IGNORECASE,
)


def is_marked_ai(record: PolicyValues) -> bool:
    """Whether a label or an evidence of any dimension carries the mark "AI-Generated"."""
    return any(is_claim_marked_ai(item) for item in record.dimensions.values())


def is_claim_marked_ai(dimension: DimensionValues) -> bool:
    """Whether the label or the evidence of this dimension carries the mark "AI-Generated"."""
    return any(AI_MARK.search(dimension.fields[name]) for name in ("evidence", "label"))


def is_person(name: str) -> bool:
    """Whether a reviewer's name can be a person's: "Human Audit Pending" and the like are none."""
    return len(re.findall(r"[^\W\d_]", name)) >= 2 and not NO_PERSON.search(name)
