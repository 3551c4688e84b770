"""A reviewer's correction of evidence, in place: an edit like any other, of one value, by who judges the rest."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from reviews.models import Policy
from reviews.permissions import Denied, has_role, may_correct
from reviews.schema import Change
from reviews.services.errors import ForbiddenError, MeanwhileChangedError, RefusedError
from reviews.services.recording import credit_authors, record_revision
from reviews.states import REVIEW


def correct_evidence(
    policy: Policy, key: str, text: str, *, seen: str, actor: User, reason: str = ""
) -> bool:
    """Set the evidence of one dimension, as an edit with history, and return whether that changed anything.

    ``policy`` comes from ``lock_policy``; the caller holds the door. The actor becomes the evidence's author, and
    somebody else has to judge that dimension. ``seen`` is the evidence that the actor read: raises
    ``MeanwhileChangedError`` where it is another by now, ``RefusedError`` where the actor may not or the dimension
    went away. The same text writes nothing.
    """
    answer = may_correct(actor, policy.facts())
    if isinstance(answer, Denied):
        raise (RefusedError if has_role(actor, REVIEW) else ForbiddenError)(*answer.reasons)
    dimensions = list(policy.dimensions.all())
    item = next((row for row in dimensions if row.key == key), None)
    if item is None:
        raise RefusedError(
            _("%(record)s has no dimension “%(key)s” any more: reload the page.")
            % {"record": policy, "key": key}
        )
    if text == item.evidence:
        return False
    if seen != item.evidence:
        raise MeanwhileChangedError(
            _(
                "Somebody changed %(names)s while you were writing. Nothing you typed is lost: "
                "compare the two below and save again."
            )
            % {"names": key},
            (Change(("analysis", key, "evidence"), seen, item.evidence),),
        )
    changes = (Change(("analysis", key, "evidence"), item.evidence, text),)
    item.evidence = text
    item.misfits = {name: raw for name, raw in item.misfits.items() if name != "evidence"}
    credit_authors(policy, dimensions, changes, author=actor)
    record_revision(
        policy, dimensions=dimensions, changed=[item], actor=actor, reason=reason or f"Corrected {key}"
    )
    return True
