"""New records out of files: inserted with dimensions, files, history and findings, a handful of statements for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.utils import timezone

from reviews.models import DimensionAnalysis, Policy, SourceFile
from reviews.schema import compare_values, read_policy
from reviews.services.bulk_rows import copy_into_history, insert_rows
from reviews.services.checking import insert_findings, refresh_neighbours
from reviews.services.recording import credit_authors, derive_columns
from reviews.services.workflow import receive_file_status

if TYPE_CHECKING:
    from reviews.quality import Outline
    from reviews.services.reading import ReadFile
    from reviews.services.sources import Origin


def take_new(item: ReadFile, origin: Origin, *, actor: User | None) -> Policy:
    """Make a record of one file and return it. The caller holds the door.

    Raises ``IntegrityError`` where a record of that id and language, or of that file, is there already.
    """
    refresh_neighbours(create_records([item], origin, actor=actor))
    return Policy.objects.get(policy_id=item.policy_id, language=item.language)


def create_records(items: Sequence[ReadFile], origin: Origin, *, actor: User | None) -> dict[int, Outline]:
    """Make records of files, and return their outlines by primary key: ``refresh_neighbours`` wants them in the end.

    Running an import makes nobody an author, but who uploads a record brings it, and answers for all that it says.
    """
    now = timezone.now()
    policies: list[Policy] = []
    claims: list[list[DimensionAnalysis]] = []
    sources: list[SourceFile] = []
    for item in items:
        values = item.values
        policy = Policy(
            policy_id=item.policy_id,
            language=item.language,
            body=values.body,
            extra=values.extra,
            misfits=values.misfits,
            updated_at=now,
            **values.fields,
        )
        receive_file_status(policy, item.file_status)
        rows = [
            DimensionAnalysis(
                key=key,
                position=position,
                extra=entry.extra,
                misfits=entry.misfits,
                **entry.fields,
            )
            for position, (key, entry) in enumerate(item.values.dimensions.items())
        ]
        if origin.is_upload:
            credit_authors(policy, rows, compare_values(read_policy({}, ""), item.values), author=actor)
        derive_columns(policy, rows, item.values)
        policies.append(policy)
        claims.append(rows)
        sources.append(
            SourceFile(
                policy=policy,
                root=origin.root,
                path=item.path,
                text=item.text,
                text_digest=item.digest,
                seen_at=now,
                commit=origin.commit,
            )
        )
    insert_rows(policies)
    records = _keys_of(items)
    for policy, source, rows in zip(policies, sources, claims, strict=True):
        policy.pk = source.policy_id = records[policy.policy_id, policy.language]
        for row in rows:
            row.policy_id = policy.pk
    insert_rows(list(chain.from_iterable(claims)))
    insert_rows(sources)
    keys = list(records.values())
    for new, path in (
        (Policy.objects.filter(pk__in=keys), "source_file__path"),
        (DimensionAnalysis.objects.filter(policy__in=keys), "policy__source_file__path"),
        (SourceFile.objects.filter(policy__in=keys), "path"),
    ):
        copy_into_history(new, path=path, actor=actor, at=now)
    return insert_findings(zip(policies, claims, (item.values for item in items), strict=True))


def _keys_of(items: Sequence[ReadFile]) -> dict[tuple[str, str], int]:
    wanted = {item.identity for item in items}
    ids = {policy_id for policy_id, _language in wanted}
    rows = Policy.objects.filter(policy_id__in=ids).values_list("policy_id", "language", "pk")
    return {(policy_id, language): pk for policy_id, language, pk in rows if (policy_id, language) in wanted}


def owners_of_paths(items: Iterable[ReadFile]) -> dict[str, str]:
    """Return the records, as people call them, whose files stand at these paths already, below whatever root."""
    files = SourceFile.objects.filter(path__in=[item.path for item in items])
    rows = files.values_list("path", "policy__policy_id", "policy__language")
    return {path: f"{policy_id} ({language})" for path, policy_id, language in rows}
