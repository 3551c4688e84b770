"""The text that a record's file would have: the file as last seen, with the changed values replaced."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from reviews.documents import Document, DocumentError
from reviews.documents.errors import show_path
from reviews.models import DimensionAnalysis, Policy
from reviews.schema import changed_values, compose_values, with_unix_newlines
from reviews.services.errors import RefusedError
from reviews.states import State


def render_policy(
    policy: Policy, *, dimensions: list[DimensionAnalysis] | None = None, is_signed: bool = False
) -> str:
    """Return the file's text with the record's values in it; ``is_signed`` sets ``reviewStatus: verified``.

    Only values that read differently are replaced. Raises ``RefusedError`` where the file's form does
    not allow an exact edit.
    """
    record = policy.to_values(dimensions)
    if is_signed:
        record = replace(record, fields={**record.fields, "file_status": State.VERIFIED.value})
    source = getattr(policy, "source_file", None)
    try:
        if source is None or not source.text:  # or it is yet to be written
            return Document.compose(compose_values(policy.policy_id, record), record.body).text
        document = Document.parse(source.text)
        changes = changed_values(document.values, record, base_body=document.body)
        is_body_same = with_unix_newlines(document.body) == record.body
        return document.replacing(changes, body=None if is_body_same else record.body).text
    except DocumentError as error:
        said = _(
            "%(path)s cannot take the change exactly: %(why)s "
            "Edit the file by hand, import it again, then repeat this."
        )
        raise RefusedError(said % {"path": policy.file_path, "why": why_not_exact(error)}) from error


def why_not_exact(error: DocumentError) -> str:
    """Return the document's refusal in the language of the reader; documents themselves know no Django."""
    what = {
        "an alias": _("an alias"),
        "an anchor": _("an anchor"),
        "a tag": _("a tag"),
        "a merge key": _("a merge key"),
        "a dotted key in an inline table": _("a dotted key in an inline table"),
        "a truth value": _("a truth value"),
        "a number": _("a number"),
        "a date": _("a date"),
        "text": _("text"),
    }.get(error.what, error.what)
    places = [_("line %(number)s") % {"number": error.line}] if error.line else []
    if error.line and error.column:
        places.append(_("column %(number)s") % {"number": error.column})
    if error.path:
        places.append(show_path(error.path))
    reason = _(error.message) % {"what": what} if what else _(error.message)
    return _(", ").join(places) + _(": ") + reason if places else reason
