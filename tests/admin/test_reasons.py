"""Reasons of versions: stored in English, shown in the reader's language; what a person wrote stays as it is."""

import pytest
from django.utils import translation

from reviews.admin.reasons import say_reason

REASONS = {
    "Added": "添加",
    "Edited": "编辑",
    "Restored version 3": "恢复了版本 3",
    "Restored version 3: 更准确": "恢复了版本 3：更准确",
    "Audit note: market, mrv": "审核备注：market、mrv",
    "Audit note: market, covered by the verdict on a (en)": "审核备注：market（由对 a (en) 的结论涵盖）",
    "Imported from policies/zh/a.md": "从 policies/zh/a.md 导入",
    "Exported to policies/zh/a.md": "导出到 policies/zh/a.md",
    "Found as signed: a.md": "文件与签署文本一致：a.md",
    "Found as it is here: a.md": "文件与此处记录一致：a.md",
    "Moved with its folder to /srv/a": "随文件夹移至 /srv/a",
    "Verify": "核实",
    "Request changes: 请补充\n出处：第四条": "要求修改：请补充\n出处：第四条",
    "Reopen review: Once more.": "重新开启审核：Once more.",
    "": "",
    "Edited by hand": "Edited by hand",
    "Verify: the gazette, then ask": "核实：the gazette, then ask",
    "So it says: 100 %(of)s": "So it says: 100 %(of)s",
}


@pytest.mark.parametrize(("stored", "said"), REASONS.items())
def test_reason_is_shown_in_the_language_of_the_reader(stored: str, said: str) -> None:
    assert say_reason(stored) == stored
    with translation.override("zh-hans"):
        assert say_reason(stored) == said
