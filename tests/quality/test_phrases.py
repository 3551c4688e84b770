"""What counts as a placeholder, a figure and a length."""

import pytest

from reviews.quality.phrases import (
    figures_of,
    figures_without,
    is_placeholder,
    is_vague,
    weight_of,
    without_mark,
)


@pytest.mark.parametrize(
    "text",
    [
        "Initial Assessment", "initial assessment.", "Standard", "Undefined", "Not specified", "N/A", "TBD", "–", "",
        "Baseline strategic alignment under V5.0 migration.", "Batch 4 Offshore Focus update.",
        "Standard reporting required.", "No direct incentive found.", "No specific market rules.",
        "Pore space rights not explicitly defined.", "Rates to be confirmed", "Not yet assessed", "Nothing found.",
        "No information available", "Lorem ipsum dolor",
        "初步评估", "待补充。", "待定", "暂无", "不适用", "未找到直接激励措施", "目前未发现相关规定", "暂无信息",
        "孔隙空间权利未明确规定。", "费率待确认", "Evidence not provided", "No evidence available",
        "Insufficient information", "To be filled in", "Will be added later", "Awaiting review", "TBD - pending source",
        "There is no mention of MRV.", "No information on liability", "Baseline assessment", "Baseline alignment",
        "To be confirmed.", "None found", "Human audit pending", "As an AI language model, I cannot say.",
        "未提供", "有待进一步确认", "信息不足", "暂未公布", "没有相关信息", "基线评估", "基线对齐", "尚未评估", "占位",
    ],
)  # fmt: skip
def test_placeholder_says_nothing(text: str) -> None:
    assert is_placeholder(text) is (text not in ("", "–"))


@pytest.mark.parametrize(
    "text",
    [
        "Standard reporting under 40 CFR part 98 is required every year.",
        "The regulations pay nothing.",
        "Liability is not transferred to the state.",
        "The act regulates permits and pipelines and pays no support.",
        "Defines distinct licenses for projects, wells, and pipelines - the world's first operational baseline.",
        "Integrates CCUS into the national EIA (Environmental Impact Assessment) system.",
        "Modernizes the 2006 baseline to support massive offshore GHG hubs.",
        "An initial assessment of storage capacity by the geological survey found 78 gigatonnes in saline aquifers.",
        "Enhanced oil recovery is not an eligible use.",
        "目前仅限境内，暂无跨境封存实例",
        "2023年监测未发现泄漏。",
        "指令本身不提供资金。",
        "国家所有（宪法规定地下资源归国家所有）",
        "无正当理由不得拒绝第三方使用。",
        "无任何单位可以在未经许可的情况下注入二氧化碳。",
        "没有相关条款要求运营者承担责任的上限…",
        "Sites will be assessed by the ministry every year.",
        "Monitoring plans to be reviewed",
        "Operators must submit a baseline assessment before injection.",
        "Monitoring plan to be updated every five years",
        "A language model is not used by the regulator",
        "No data on operators may be published.",
        "No leakage found.",
        "监测计划待审核后方可注入",
        "基线评估须在注入前完成并报主管部门批准",
        "许可证申请待核查后公布",
        "无任何单位违反规定。",
    ],
)
def test_statement_is_neither_placeholder_nor_vague(text: str) -> None:
    assert (is_placeholder(text), is_vague(text)) == (False, False)


@pytest.mark.parametrize(
    "text",
    [
        "Site approval is to be confirmed by the ministry within 90 days",
        "Liability is not explicitly defined.",
        "To be confirmed: 5 % off.",
        "Initial assessment based on the draft of 2024",
        "The act pays for transport; no incentive was found for storage, no rules found for export",
        "运营者的责任期限待主管部门确认，费率待补充，以公告为准",
    ],
)
def test_statement_that_leaves_something_open_is_vague(text: str) -> None:
    assert (is_placeholder(text), is_vague(text)) == (False, True)


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("Up to $85 per ton", ["85"]),
        ("INR 20,000 Crore, 3.2 Mtpa", ["20000", "3.2"]),
        ("20-30 Mtpa (2030)", ["20", "30", "2030"]),
        ("CO2, Q3, ISO27914", []),
        ("封存每吨最高85美元", ["85"]),
        ("1, 2 and 3.", ["1", "2", "3"]),
    ],
)
def test_figures_stand_on_their_own(text: str, figures: list[str]) -> None:
    assert figures_of(text) == figures


@pytest.mark.parametrize(
    ("backing", "label", "missing"),
    [
        ("Fifteen years, and 104.5 RMB", "15 years, 100 RMB", ["100"]),
        ("监测期为十五年", "15年", []),
        ("$1 500 a year", "$1,500", []),
        ("a hundred", "100", ["100"]),
        ("50 and 50", "50 of 50 of 60", ["60"]),
    ],
)
def test_figures_without_backing(backing: str, label: str, missing: list[str]) -> None:
    assert figures_without(backing, label) == missing


@pytest.mark.parametrize(
    ("text", "weight"), [("abc", 3), ("封存", 4), ("CO₂ 封存", 8), ("é", 1)]
)  # fmt: skip
def test_chinese_characters_weigh_twice(text: str, weight: int) -> None:
    assert weight_of(text) == weight


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("[AI-Generated] Reports are due (section 4).", "Reports are due (section 4)."),
        ("【AI生成】须每年报告。", "须每年报告。"),
        ("[AI-Generated]", ""),
        (" An AI reads the meters. ", "An AI reads the meters."),
        (
            f"{'Reports are due every year. ' * 2}(AI-generated)",
            f"{'Reports are due every year. ' * 2}(AI-generated)",
        ),
    ],
)
def test_mark_at_the_beginning_is_no_part_of_the_text(text: str, without: str) -> None:
    assert without_mark(text) == without
