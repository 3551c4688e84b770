"""Records in conflict with their file, as they come about: an edit here, another one in the file, an import."""

from typing import Any

from django.contrib.auth.models import User

from reviews.models import Conflict, Policy
from reviews.services.importing import import_policies
from tests.factories import Folder, claim, front_matter, get_policy
from tests.services.counts import edit

# Six values that both change: a number, a text of one line, a long one, a list in two orders, a claim, a dimension.
MRV = front_matter()["analysis"]["mrv"]
BASE: dict[str, Any] = {
    "description": "One.\n\nTwo.\n\nThree.",
    "sectors": ["storage", "transport", "steel"],
    "analysis": {"market": claim(), "mrv": MRV, "liability": {"score": 5}},
}
THEIRS: dict[str, Any] = {
    **BASE,
    "year": 2020,
    "source": "The file's ministry",
    "description": "ONE.\n\nTwo, says the file.\n\nThree.",
    "sectors": ["steel", "storage", "transport"],
    "analysis": {"market": claim(evidence="Permits, says the file."), "mrv": MRV},
}
OURS: dict[str, Any] = {
    **BASE,
    "year": 2021,
    "source": "Our ministry",
    "description": "One.\n\nTwo, says the editor.\n\nTHREE.",
    "sectors": ["transport", "storage", "steel"],
    "analysis": {
        "market": claim(evidence="Permits, says the editor."),
        "mrv": MRV,
        "liability": {"score": 6},
    },
}
PLACES = [
    '["year"]',
    '["source"]',
    '["description"]',
    '["sectors"]',
    '["analysis", "market", "evidence"]',
    '["analysis", "liability"]',
]


def disagree(
    folder: Folder,
    editor: User,
    *,
    policy_id: str = "no-storage-act",
    base: dict[str, Any] | None = None,
    theirs: dict[str, Any] | None = None,
    ours: dict[str, Any] | None = None,
) -> Policy:
    """Import a record, edit it, change its file, import again; return it with the conflicts that it has then."""
    folder.import_policy(policy_id, **(BASE if base is None else base))
    edit(editor, policy_id=policy_id, **(OURS if ours is None else ours))
    path = folder.policy(policy_id, **(THEIRS if theirs is None else theirs))
    import_policies([path], actor=None, root=folder.root)
    return get_policy(policy_id)


def open_at(policy: Policy, place: str) -> Conflict:
    """The open conflict at a place, told as it is stored."""
    return policy.conflicts.get(place=place, resolution="")
