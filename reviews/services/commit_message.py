"""What a commit says of the decision that it brings: in English, as all that is stored, whoever runs the export."""

from __future__ import annotations

import textwrap
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from reviews.documents import Document
from reviews.git import Author
from reviews.models import Decision
from reviews.schema import compare_values, dotted, read_policy
from reviews.selectors.outgoing import Outgoing

WIDTH = 72  # columns, as git's own messages
_MOST = 20  # names that a message lists


def author_of(decision: Decision) -> Author:
    """Return the reviewer as git names them, at the time of the decision; ``decision`` comes with its actor.

    Who has no address gets one at the host of ``POLICYHUB_URL``: git wants one, and it is nobody else's.
    """
    name, account = decision.actor_name, decision.actor.get_username()
    host = urlsplit(settings.POLICYHUB_URL).hostname or "localhost"
    mail = decision.actor.email or (account if "@" in account else f"{account}@{host}")
    return Author(name, mail, timezone.localtime(decision.created_at))


def message_of(item: Outgoing, decision: Decision, old: str | None) -> str:
    """Return the message of a signed record's commit; ``old`` is the text that it replaces, where there is one.

    The last paragraph are trailers (``git help interpret-trailers``). What people typed comes before, on lines of its
    own that are indented: it can pass for none of them.
    """
    new = Document.parse(decision.signed_text)
    values = read_policy(new.values, new.body)
    said = [f"Dimensions: {_listed(list(values.dimensions))}"]
    if old is not None:
        before = Document.parse(old)
        changes = compare_values(read_policy(before.values, before.body), values, with_review=True)
        notes = [str(change.dimension) for change in changes if change.at[-1] == "audit_note"]
        others = [dotted(change.at) for change in changes if change.at[-1] not in _SIGNED]
        said += [f"Audit notes: {_listed(notes)}"] if notes else []
        said += [f"Values: {_listed(others)}"] if others else []
    paragraphs = [f"Verify {_line(item.name)}", "\n".join(map(_wrapped, said))]
    if decision.reason:
        paragraphs.append(
            "\n".join(f"    {line}" for line in textwrap.wrap(_line(decision.reason), WIDTH - 4))
        )
    if decision.is_four_eyes_waived:
        paragraphs.append("Signed by who last changed it: four eyes were waived.")
    trailers = (
        f"PolicyHub-Decision: {decision.trail_number}",
        f"PolicyHub-Digest: {decision.signed_text_digest}",
        f"Reviewed-by: {author_of(decision)}",
    )
    return "\n\n".join([*paragraphs, "\n".join(trailers)]) + "\n"


_SIGNED = {"audit_note", "reviewer", "last_audit_date", "file_status"}  # what every decision fills in


def _listed(names: list[str]) -> str:
    names = [_line(name) for name in names]
    more = [f"and {len(names) - _MOST} more"] if len(names) > _MOST else []
    return ", ".join([*names[:_MOST], *more]) or "none"


def _line(text: str) -> str:
    """Return a text that people typed as one line, without what no message may hold."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False))
