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
        "baseline", "standard", "standard reporting required", "defined", "undefined", "specified", "unspecified",
        "none", "nothing", "n a", "na", "nil", "unknown", "pending", "see above", "same as above", "as above", "test",
        "text", "example",
        "标准", "已定义", "已明确", "未定义", "未明确", "未说明", "未指定", "未规定", "未知", "无", "暂无", "没有",
        "待定", "同上", "见上", "测试", "示例", "不适用", "不详",
    }
)  # fmt: skip
# Longer ones: a whole text has this form from beginning to end. "Rates to be confirmed" is none that anybody could
# sign; "the ministry is to be told" is a statement, and so is what goes on: "to be updated every five years".
_WORD = r"(?!(?:is|are|was|were|be|may|must|shall|can|will|has|have|does|do)\b)[\w'’-]+"
_ON = rf"(?: (?:of|on|about|for|regarding|to|in)(?: {_WORD}){{1,5}})?"
_MATTER = r"(?:evidence|information|data|details?|sources?|documentation|texts?|descriptions?)"
_ADDED = (
    r"(?:added|assessed|confirmed|decided|defined|determined|filled in|specified|verified)(?: later| soon)?"
)
_DONE = r"(?:completed|provided|reviewed|supplied|updated)(?: later| soon)?"
_FOUND = r"(?:found|identified|specified|mentioned|stated|defined|assessed)"
_PLACEHOLDER = re.compile(
    r"(?:initial|preliminary|baseline)(?: strategic)? (?:assessment|alignment|review)(?: under v[\d.]+ migration)?"
    rf"|batch \d+(?: {_WORD}){{0,4}} update"
    rf"|(?:{_WORD} ){{0,4}}to be {_ADDED}|to be {_DONE}|(?:(?:it|this|{_MATTER}) )?will be (?:{_ADDED}|{_DONE})"
    rf"|(?:{_WORD} ){{0,3}}(?:audit|review|assessment|verification) (?:is )?pending"
    rf"|(?:awaiting|pending) (?:{_WORD} ){{0,2}}(?:audit|review|assessment|confirmation|verification|sources?)"
    r"|(?:tba|tbc|tbd|todo|to do|placeholder|lorem ipsum|as an? (?:ai |large )*language model)\b.*"
    rf"|(?:nothing|none) (?:was |were )?{_FOUND}{_ON}"
    rf"|(?!.*\bleak)(?:no (?:{_WORD} ){{0,4}}|(?:{_WORD} ){{0,6}}not (?:\w+ly |yet )?){_FOUND}"
    rf"|(?:there (?:is|are|was|were) )?no (?:{_WORD} ){{0,2}}"
    rf"(?:mention|indication|{_MATTER})(?: available| provided)?{_ON}"
    rf"|(?:there (?:is|are) )?no specific (?:{_WORD} ){{0,2}}(?:rules?|provisions?|requirements?|measures?)"
    rf"|(?:insufficient|not enough) {_MATTER}(?: available| provided)?{_ON}"
    r"|not (?:yet )?(?:reviewed|applicable)"
    rf"|(?:{_MATTER} )?not (?:yet )?(?:available|provided|given|published|disclosed)"
)
_HAN = r"[\u3400-\u9fff]"
_CHINESE_MATTER = r"(?:信息|数据|资料|证据|依据|内容|来源|详情|记录)"
_CHINESE_PLACEHOLDER = re.compile(
    r"(?:v[\d.]+ ?迁移(?:下|中)?的?)?(?:初步|初始|基线|基准)(?:战略)?(?:评估|对齐|审核)"
    rf"|(?:(?![须应需可]){_HAN}){{0,8}}待(?:进一步)?(?:补充|确认|核实|核查|审核|完善|更新|评估|明确|填写|提供|公布)"
    r"|(?:目前|暂|尚|经查)*(?:未发现|未找到|未查到|未检索到|未见|没有找到|未提及|没有|无)"
    rf"(?:任何|直接|明确|具体|特定|专门|相关)的?(?:(?![可须应得必违被]){_HAN}){{0,6}}"
    rf"(?:激励|措施|规定|条款|要求|机制|政策|规则|说明|{_CHINESE_MATTER})"
    rf"|(?:目前|暂|尚)*(?:未找到|未发现|未提供|没有|缺乏|无)(?:可用|足够)?的?{_CHINESE_MATTER}"
    rf"|{_CHINESE_MATTER}?(?:目前|暂|尚)*(?:未|没有)(?:提供|公布|评估|审核|填写|补充|披露|找到|发现|提及)"
    rf"|{_CHINESE_MATTER}(?:尚|暂|仍)?(?:不足|缺失|不全|不详)"
    rf"|{_HAN}{{0,12}}(?:未|没有)(?:作|做)?出?(?:明确|具体)(?:规定|说明|定义|提及|披露)?"
    r"|占位(?:符|文本|内容)?"
)
# In a short text that says something besides, these leave something open: read it twice.
_VAGUE = re.compile(
    r"\bto be (?:added|assessed|confirmed|decided|defined|determined|filled in|specified|verified)\b"
    r"|\b(?:initial|preliminary) assessment\b|\bbaseline (?:strategic )?alignment\b|\b(?:tba|tbc|tbd|placeholder)\b"
    rf"|\bno (?!leak)(?:{_WORD} ){{0,4}}{_FOUND}\b|\bnot (?:\w+ly |yet )?{_FOUND}$|\bnot yet (?:assessed|reviewed)\b"
    r"|待(?:进一步)?(?:补充|确认|核实|核查|审核|完善|更新|评估|明确)(?!后)|尚未评估|初步评估|初始评估|(?:基线|基准)对齐"
    r"|未(?:作|做)?(?:明确|具体)(?:规定|说明|定义)|未提及|没有提及"
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
    """Whether a whole text only stands in for a statement: "Initial Assessment", "No incentive found", "待补充"."""
    return len(text) <= LONGEST_PLACEHOLDER and _is_placeholder(text)


def is_vague(text: str) -> bool:
    """Whether a short text leaves something open, and is no placeholder: "It is to be confirmed by the ministry"."""
    return len(text) <= LONGEST_PLACEHOLDER and not _is_placeholder(text) and _is_vague(text)


@lru_cache(maxsize=4096)  # three checks ask, and the same placeholder stands in hundreds of claims
def _is_placeholder(text: str) -> bool:
    plain = _plain(text)
    if plain in _EMPTY_WORDS or _PLACEHOLDER.fullmatch(plain):
        return True
    return not plain.isascii() and _CHINESE_PLACEHOLDER.fullmatch(plain) is not None


def _is_vague(text: str) -> bool:
    return weight_of(text) <= LONGEST_PLACEHOLDER and _VAGUE.search(_plain(text)) is not None


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("/", " ").split()).strip(_EDGES)


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
