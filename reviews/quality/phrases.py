"""What checks look for in texts: phrases that stand in for a statement, figures, marks, lengths.

The phrases are those that real files have, and their like, in English and in Chinese.
"""

from __future__ import annotations

import re
from functools import lru_cache

from reviews.schema import AI_MARK, has_ai_mark

# Whole texts that say nothing, whatever their case and the punctuation around them.
_EMPTY_WORDS = frozenset(
    {
        "initial assessment", "preliminary assessment", "baseline", "baseline assessment", "baseline alignment",
        "standard", "defined", "undefined", "not defined", "specified", "unspecified", "not specified",
        "not available", "not applicable", "not found", "none", "none found", "nothing found", "no data",
        "no information", "n a", "na", "nil", "tba", "tbc", "tbd", "todo", "to do", "unknown", "pending",
        "placeholder", "see above", "same as above", "as above", "test", "text", "example",
        "初步评估", "初始评估", "基线评估", "基线对齐", "标准", "已定义", "已明确", "未定义", "未明确", "未说明",
        "未指定", "未规定", "未找到", "未发现", "不适用", "不详", "未知", "无", "暂无", "没有", "待定", "同上", "见上",
        "占位符", "测试", "示例",
    }
)  # fmt: skip
# Parts of a short text that make it one that says nothing yet.
_PHRASES = (
    "initial assessment", "preliminary assessment", "baseline alignment", "baseline strategic alignment",
    "baseline assessment", "to be added", "to be assessed", "to be completed", "to be confirmed", "to be decided",
    "to be defined", "to be determined", "to be provided", "to be reviewed", "to be specified", "to be updated",
    "to be verified", "nothing found", "nothing was found", "none found", "not yet assessed", "not yet reviewed",
    "focus update", "standard reporting required", "human audit pending", "lorem ipsum", "placeholder",
    "language model",
)  # fmt: skip
_CHINESE_PHRASES = (
    "初步评估", "初始评估", "基线对齐", "基准对齐", "基线战略", "基线评估", "待补充", "待确认", "待核实", "待核查",
    "待审核", "待完善", "待更新", "待评估", "待明确", "尚未评估", "暂无信息", "暂无数据", "暂无资料", "占位",
    "语言模型",
)  # fmt: skip
# Short texts that say no more than that there is nothing: "No direct incentive found", "未找到直接激励措施". A whole
# sentence does: "Liability is not transferred", "检查未发现泄漏".
_NOTHING = re.compile(
    r"\bno (?:[\w-]+ ){0,4}(?:found|identified|specified|(?:data|information) available)$"
    r"|^no specific (?:[\w-]+ ){0,2}(?:rules?|provisions?|requirements?|measures?)$"
    r"|\bnot (?:\w+ly |yet )?(?:defined|specified|found|identified|stated|mentioned|assessed)$"
    r"|^(?:目前|暂|尚|经查)*(?:未发现|未找到|未查到|未检索到|未见|没有找到|没有|无)(?:任何|直接|明确|具体|特定|专门|相关)"
    r"|(?:未|尚未|没有)(?:作|做|有)?(?:明确|具体)(?:规定|说明|定义|提及|披露)?$"
)
LONGEST_PLACEHOLDER = 100  # characters, Chinese ones twice; a longer text says something besides
_EDGES = " \t\n.,:;!?…-–—·*_()[]<>\"'“”‘’。，、；：！？（）【】《》"
_MARK_EDGES = " \t\n[]【】()（）:："
_MARK_ENDS = 30  # characters from the beginning
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_DIGIT = re.compile(r"\d")
# A number that stands on its own: CO2 and Q3 hold none.
_FIGURE = re.compile(r"(?<![A-Za-z\d])\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d)[,\u00a0 ](?=\d{3}(?!\d))")
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*_`#>]+")
_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W_]+")


def without_mark(text: str) -> str:
    """Return a claim's text without the mark "[AI-Generated]", which is no part of what it says."""
    if has_ai_mark(text[:_MARK_ENDS]):
        text = AI_MARK.sub("", text, count=1).lstrip(_MARK_EDGES)
    return text.strip()


def is_placeholder(text: str) -> bool:
    """Whether a text only stands in for a statement: "Initial Assessment", "No direct incentive found", "待补充"."""
    return len(text) <= LONGEST_PLACEHOLDER and _is_placeholder(text)


@lru_cache(maxsize=4096)  # three checks ask, and the same placeholder stands in hundreds of claims
def _is_placeholder(text: str) -> bool:
    if weight_of(text) > LONGEST_PLACEHOLDER:
        return False
    plain = " ".join(text.casefold().replace("/", " ").split()).strip(_EDGES)
    if plain in _EMPTY_WORDS or any(map(plain.__contains__, _PHRASES)):
        return True
    if not plain.isascii() and any(map(plain.__contains__, _CHINESE_PHRASES)):
        return True
    return ("no" in plain or not plain.isascii()) and _NOTHING.search(plain) is not None


def weight_of(text: str) -> int:
    """Return a text's length in characters, where a Chinese one counts as two, for it says as much."""
    return len(text) if text.isascii() else len(text) + len(_CHINESE.findall(text))


def is_chinese(text: str) -> bool:
    """Whether any of it is written in Chinese characters."""
    return not text.isascii() and _CHINESE.search(text) is not None


def has_digit(text: str) -> bool:
    """Whether there may be a figure in a text at all."""
    return _DIGIT.search(text) is not None


def figures_of(text: str) -> list[str]:
    """Return the numbers in a text as they are spelled, thousands without their separator."""
    return _FIGURE.findall(_THOUSANDS.sub("", text))


_NUMBER_WORDS = {
    str(number): words
    for number, words in enumerate(
        zip(
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
            " eighteen nineteen twenty".split(),
            "一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四 十五 十六 十七 十八 十九 二十".split(),
            strict=True,
        ),
        start=1,
    )
}


def figures_without(backing: str, label: str) -> list[str]:
    """Return the numbers of a label that a text does not hold, up to twenty also as words."""
    wanted = dict.fromkeys(figures_of(label))
    if not wanted:
        return []
    there = set(figures_of(backing))
    missing = [figure for figure in wanted if figure not in there]
    if not any(figure in _NUMBER_WORDS for figure in missing):
        return missing
    words = tokens_of(backing)
    return [figure for figure in missing if not _is_spelled(figure, words, backing)]


def _is_spelled(figure: str, words: set[str], text: str) -> bool:
    if figure not in _NUMBER_WORDS:
        return False
    english, chinese = _NUMBER_WORDS[figure]
    return english in words or chinese in text


def plain_text(markdown: str) -> str:
    """Return a text without its Markdown and with single spaces."""
    return " ".join(_MARKUP.sub(r"\1", markdown).split())


def tokens_of(text: str) -> set[str]:
    """Return the words of a text, and its Chinese characters one by one."""
    return set(_TOKEN.findall(text.casefold()))
