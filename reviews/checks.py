"""System checks: settings that would make the hub do something else than it says. Run by ``manage.py check``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as CheckWarning

from reviews.models import DimensionAnalysis, Policy
from reviews.schema import DIMENSION_FIELDS, POLICY_FIELDS
from reviews.services.errors import RefusedError
from reviews.services.manifest import signing_key


@register("policyhub", deploy=True)
def check_settings(**_: Any) -> list[CheckMessage]:
    """Warn about a waived four-eyes rule, a content folder that is not there, and a key that others may read."""
    found: list[CheckMessage] = []
    if not settings.POLICYHUB_FOUR_EYES:
        found.append(
            CheckWarning(
                "POLICYHUB_FOUR_EYES is off: people can verify what they wrote themselves.",
                hint="Leave it on where more than one person works; each waiver is recorded on its decision.",
                id="reviews.W001",
            )
        )
    if not Path(settings.POLICYHUB_FOLDER).is_dir():
        found.append(
            CheckWarning(
                f"POLICYHUB_FOLDER is no folder: {settings.POLICYHUB_FOLDER}",
                hint="Name the folder in which the policy files stand.",
                id="reviews.W002",
            )
        )
    if (
        (place := settings.POLICYHUB_SIGNING_KEY)
        and Path(place).is_file()
        and Path(place).stat().st_mode & 0o077
    ):
        found.append(
            CheckWarning(
                f"Others than its owner may read the signing key: {place}",
                hint="Who has it can sign as this hub does: chmod 600.",
                id="reviews.W003",
            )
        )
    return found


@register("policyhub")
def check_signing_key(**_: Any) -> list[CheckMessage]:
    """Refuse a POLICYHUB_SIGNING_KEY that signs nothing: exports would be refused, one by one."""
    try:
        signing_key()
    except RefusedError as error:
        hint = "Name a private Ed25519 key: openssl genpkey -algorithm ed25519 -out signing-key.pem"
        return [Error(str(error), hint=hint, id="reviews.E002")]
    return []


@register("policyhub")
def check_schema(**_: Any) -> list[CheckMessage]:
    """Refuse a row of the schema's table that no model field stores."""
    return [
        Error(f"{model.__name__} has no field “{row.name}” for the key {row.dotted}.", id="reviews.E001")
        for model, rows in ((Policy, POLICY_FIELDS), (DimensionAnalysis, DIMENSION_FIELDS))
        for row in rows
        if row.name not in {field.name for field in model._meta.get_fields()}
    ]
