"""What services are measured by: how many rows stand in each table, and an edit told by what the file would say."""

from collections import Counter
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User

from reviews.models import Decision, DimensionAnalysis, Policy, SourceFile, Verdict
from reviews.schema import read_policy
from reviews.services.editing import EditReport, edit_policy
from tests.factories import claim, front_matter, get_policy


class Counts(Counter[str]):
    """Rows by table; `after - before` is what came, and fails where rows went."""

    def __sub__(self, before: "Counter[str]") -> "Counts":
        change = Counts({name: count - before[name] for name, count in self.items()})
        assert all(count >= 0 for count in change.values()), change
        return Counts({name: count for name, count in change.items() if count})


def count_rows() -> Counts:
    """How many rows each table holds that never loses one: history, verdicts, decisions."""
    counts = Counts(Verdict=Verdict.objects.count(), Decision=Decision.objects.count())
    for model in (Policy, DimensionAnalysis, SourceFile):
        counts[f"{model.__name__} history"] = model.history.count()
    return counts


def edit(
    actor: User, *, policy_id: str = "no-storage-act", language: str = "en", **changes: Any
) -> EditReport:
    """Edit the record so that it says what `front_matter` says with these changes, body as it is."""
    policy = get_policy(policy_id, language)
    seen = policy.to_values()
    kept = {"title": seen.fields["title"]} if "title" not in changes else {}
    wanted = replace(read_policy(front_matter(**{**kept, **changes}), ""), body=seen.body)
    return edit_policy(policy.pk, seen=seen, wanted=wanted, actor=actor)


EDITS: dict[str, dict[str, Any]] = {
    "a field": {"title": "Sea Act"},
    "a claim": {"analysis": {"market": claim(score=71), "mrv": front_matter()["analysis"]["mrv"]}},
    "a new dimension": {"analysis": {**front_matter()["analysis"], "strategic": claim()}},
    "a dimension less": {"analysis": {"market": claim()}},
    "an unknown key": {"tags": ["x"]},
}
