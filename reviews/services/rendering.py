"""The text that a record's file would have: the file as last seen, with the changed values replaced."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from reviews.documents import Document, DocumentError
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
        if source is None:
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
        raise RefusedError(said % {"path": policy.file_path, "why": error}) from error
