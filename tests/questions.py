"""An open question about a file, as an import asks it: where tests of pages start from."""

from copy import copy
from typing import Any

from django.utils import timezone

from reviews.models import FileQuestion, Policy, Run
from reviews.models.door import Door, open_door
from reviews.schema import digest_text
from reviews.services.rendering import render_policy


def ask(policy: Policy, kind: str = "doubled", *, run: Run | None = None, **changes: Any) -> FileQuestion:
    """Ask about a file that says what the record says, but for the values that are changed; or about its own."""
    changed, source = copy(policy), policy.source_file
    for name, value in changes.items():
        setattr(changed, name, value)
    is_own = kind in ("gone", "renamed")
    text = "" if kind == "gone" else render_policy(changed)
    with open_door(Door.CONTENT):
        return FileQuestion.objects.create(
            kind=kind,
            policy=policy,
            policy_name=changed.policy_id,
            language=policy.language,
            root=source.root,
            path=source.path if is_own else f"copies/{policy.policy_id}.md",
            other_path="" if is_own else source.path,
            text=text,
            text_digest=digest_text(text) if text else "",
            run=run,
            asked_at=timezone.now(),
        )
