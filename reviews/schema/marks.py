"""Marks that lists filter on: evidence that says it was generated, and reviewers that are no person."""

from __future__ import annotations

import re
from functools import lru_cache

from reviews.schema.values import DimensionValues, PolicyValues

AI_MARK = re.compile(r"AI[\s-]?[Gg]enerated|AI\s?生成|人工智能生成")
# No person where one of these words stands anywhere: nobody is called so.
_NEVER_A_NAME = re.compile(
    r"pending|audit(s|ed|ing|ors?)?|agents?|systems?|scripts?|intelligence|automat(ed|ic|ically|ion)"
    r"|.*(审核|待定|系统|智能|自动).*"
)
# No person where these and numbers are all there is: alone each is somebody's name (Gemini Ganesan, Ana Bot).
_NOBODY = frozenset(
    "admin administrator ai anonymous assistant bot chatgpt claude code copilot deepseek editor flash gemini github"
    " gpt grok haiku human llama llm machine mistral model na nobody none opus policy policyhub pro qwen review"
    " reviewer reviewers sonnet staff tba tbd team unknown user 人工 人工智能 团队 无 未知 机器人 管理员".split()
)
_WORD = re.compile(r"[^\W_]+")
_VERSION = re.compile(r"[a-z]?\d.*")  # 4, 4o, v3, r1


def is_marked_ai(record: PolicyValues) -> bool:
    """Whether a label or an evidence of any dimension carries the mark "AI-Generated"."""
    return any(is_claim_marked_ai(item) for item in record.dimensions.values())


def is_claim_marked_ai(dimension: DimensionValues) -> bool:
    """Whether the label or the evidence of this dimension carries the mark "AI-Generated"."""
    return has_ai_mark(dimension.fields["evidence"]) or has_ai_mark(dimension.fields["label"])


def has_ai_mark(text: str) -> bool:
    """Whether a text carries the mark "AI-Generated"."""
    # Most texts have neither, and asking for a word costs a tenth of searching a pattern.
    return ("AI" in text or "人工智能" in text) and AI_MARK.search(text) is not None


@lru_cache(maxsize=1024)  # many files name the same reviewer
def is_person(name: str) -> bool:
    """Whether a reviewer whom a file names can be a person: "Human Audit Pending" and the like are none.

    People with accounts are not asked this: see ``permissions``.
    """
    if len(re.findall(r"[^\W\d_]", name)) < 2 or re.fullmatch(r"\W*n\W*a\W*", name, re.IGNORECASE):
        return False
    words = _WORD.findall(name.casefold())
    if any(_NEVER_A_NAME.fullmatch(word) for word in words):
        return False
    return not all(_VERSION.fullmatch(word) or re.sub(r"\d.*", "", word) in _NOBODY for word in words)
