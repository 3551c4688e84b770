"""Marks that lists filter on: reviewers that are no person, evidence that says it was generated."""

import pytest

from reviews.schema import is_marked_ai, is_person, read_policy
from tests.factories import claim


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Rosa Lindqvist", True),
        ("Sargent", True),
        ("Dr. J. Ó Súilleabháin", True),
        ("张伟", True),
        ("伟 张", True),
        ("欧阳娜娜", True),
        ("Ng", True),
        ("Анна Каренина", True),
        ("Ai Weiwei", True),
        ("Claude Martin", True),
        ("Jean-Claude Juncker", True),
        ("Abbott", True),
        ("Systema Nagy", True),
        ("Li Na", True),
        ("Na Li", True),
        ("Na Yeon Kim", True),
        ("Ana Bot", True),
        ("D. Bot", True),
        ("Gemini Ganesan", True),
        ("Team Wang", True),
        ("AI Weiwei", True),
        ("Thi None", True),
        ("Ezio Auditore", True),
        ("rosa", True),
        ("Human Audit Pending", False),
        ("Primary-source metadata audit", False),
        ("Gemini Intelligence", False),
        ("Auditor Agent", False),
        ("AI", False),
        ("AI reviewer", False),
        ("Claude", False),
        ("Claude Code", False),
        ("Claude Opus 4", False),
        ("GPT-5", False),
        ("ChatGPT", False),
        ("Automated script", False),
        ("System", False),
        ("Review team", False),
        ("Reviewer", False),
        ("Admin", False),
        ("human", False),
        ("Human reviewer", False),
        ("reviewer-bot 3", False),
        ("audit_bot", False),
        ("policy-bot-3", False),
        ("Copilot", False),
        ("GitHub Copilot", False),
        ("DeepSeek V3", False),
        ("gpt4o", False),
        ("Gemini 2.5 Pro", False),
        ("none", False),
        ("n/a", False),
        ("N.A.", False),
        ("未知", False),
        ("人工智能", False),
        ("TBD", False),
        ("unknown", False),
        ("待定", False),
        ("人工审核", False),
        ("智能审查系统", False),
        ("", False),
        ("   ", False),
        ("—", False),
        ("7", False),
        ("12345", False),
        ("x", False),
    ],
)
def test_reviewer_is_a_person(name: str, expected: bool) -> None:
    assert is_person(name) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"evidence": "[AI-Generated] Permits are open."}, True),
        ({"evidence": "Permits are open (AI generated)."}, True),
        ({"evidence": "AIGenerated"}, True),
        ({"evidence": "[AI生成] 许可证对所有人开放。"}, True),
        ({"evidence": "[AI 生成] 许可证"}, True),
        ({"evidence": "人工智能生成"}, True),
        ({"evidence": "Open.", "label": "[AI-Generated] Open"}, True),
        ({"evidence": "Open.", "citation": "[AI-Generated] Act"}, False),
        ({"evidence": "Open.", "auditNote": "was AI-Generated"}, False),
        ({"evidence": "Paid by AI. Generated power is metered."}, False),
        ({"evidence": ""}, False),
    ],
)
def test_record_is_marked_ai_generated(changes: dict[str, str], expected: bool) -> None:
    values = {"analysis": {"market": claim(evidence="Plain."), "mrv": claim(**changes)}}

    assert is_marked_ai(read_policy(values, "")) is expected


def test_record_without_dimensions_is_not_marked() -> None:
    assert is_marked_ai(read_policy({"description": "[AI-Generated]"}, "")) is False
