"""Policy files in every style, and the steps that bring a record to a state: where most tests start from.

The texts are written by the standard library, PyYAML, tomlkit and a page of our own, never by the code under test.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
import yaml
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.utils import timezone

from reviews.models import Decision, Policy, Verdict
from reviews.services.importing import import_policies
from reviews.services.workflow import Judgement, judge_dimensions, make_decision
from reviews.signoffs import NAME, SignedFile
from reviews.states import VerdictKind
from tests.trail import behind_the_back

BODY = "\n## What it does\n\nOpens the seabed to storage. 打开海底。\n"


# -- people -----------------------------------------------------------------------------------------------


def make_user(username: str, first_name: str, last_name: str, *groups: str, **fields: Any) -> User:
    """A person who may enter the admin, in these groups."""
    user = User.objects.create_user(
        username, first_name=first_name, last_name=last_name, is_staff=True, **fields
    )
    user.groups.set([Group.objects.get(name=name) for name in groups])
    return user


# -- files ------------------------------------------------------------------------------------------------


def claim(**changes: Any) -> dict[str, Any]:
    """One dimension as it stands in a file; a value of `None` takes the key away."""
    values = {
        "auditNote": "",
        "citation": "Act 12 of 2024, section 4",
        "evidence": "[AI-Generated] Permits are open to all who can pay for monitoring.",
        "label": "Open access",
        "score": 70,
    } | changes
    return {key: value for key, value in sorted(values.items()) if value is not None}


def front_matter(policy_id: str = "no-storage-act", **changes: Any) -> dict[str, Any]:
    """What a file holds, keys sorted, claiming `verified`; a change of `None` takes the key away.

    Two dimensions: `market` with an empty audit note, `mrv` with none.
    """
    values: dict[str, Any] = {
        "analysis": {
            "market": claim(),
            "mrv": claim(auditNote=None, evidence="Reports are due every year.", label="Yearly", score=62.5),
        },
        "category": "Regulatory",
        "country": "Norway",
        "description": "Rules for storage below the seabed, and who pays for what goes wrong afterwards.",
        "evolution": {"clusters": [], "supersedes": ["no-storage-act-1985"]},
        "id": policy_id,
        "impactAnalysis": {"economic": "Costs fall.", "environmental": "", "technical": ""},
        "interpretation": "",
        "legalWeight": "Primary Legislation",
        "provenance": {
            "author": "Gemini Intelligence",
            "lastAuditDate": "2026-02-08",
            "reviewer": "Human Audit Pending",
        },
        "pubDate": "2024-05-01",
        "regulatory": {"liability_period": "20 years", "pore_space_rights": ""},
        "relatedFacilities": [],
        "reviewStatus": "verified",
        "sectors": ["storage", "transport"],
        "source": "Ministry of Energy",
        "status": "Active",
        "title": "Storage Act",
        "url": "https://example.org/act",
        "year": 2024,
    } | changes
    return {key: value for key, value in sorted(values.items()) if value is not None}


def json_text(values: Mapping[str, Any], body: str = BODY) -> str:
    """JSON between fences, in the seed's form."""
    return f"---\n{json.dumps(values, indent=2, ensure_ascii=False)}\n---\n{body}"


def flow_text(values: Mapping[str, Any], body: str = BODY) -> str:
    """YAML in flow style, as Prettier with single quotes lays it out."""
    return f"---\n{_flow(values, 0, 81)}\n---\n{body}"


def block_text(values: Mapping[str, Any], body: str = BODY) -> str:
    """YAML in block style."""
    return f"---\n{yaml.safe_dump(values, allow_unicode=True, width=10_000)}---\n{body}"


def toml_text(values: Mapping[str, Any], body: str = BODY) -> str:
    """TOML between `+++`."""
    return f"+++\n{tomlkit.dumps(values)}+++\n{body}"


TEXTS: dict[str, Callable[..., str]] = {
    "json": json_text,
    "flow": flow_text,
    "block": block_text,
    "toml": toml_text,
}


def _flow(value: Any, indent: int, used: int) -> str:
    line = _flow_line(value)
    if used + len(line) <= 80 or not value or not isinstance(value, dict | list):
        return line
    inner, pad = " " * (indent + 2), " " * indent
    if isinstance(value, list):
        items = [_flow(item, indent + 2, indent + 3) for item in value]
        return "\n".join(["[", *(f"{inner}{item}," for item in items), f"{pad}]"])
    items = []
    for key, item in value.items():
        name = f"{inner}'{key}':"
        if not isinstance(item, dict | list) or not item or len(name) + 2 + len(_flow_line(item)) <= 80:
            items.append(f"{name} {_flow_line(item)},")
        else:
            items.append(f"{name}\n{inner}  {_flow(item, indent + 4, indent + 5)},")
    return "\n".join(["{", *items, f"{pad}}}"])


def _flow_line(value: Any) -> str:
    if isinstance(value, dict):
        items = ", ".join(f"'{key}': {_flow_line(item)}" for key, item in value.items())
        return f"{{ {items} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow_line, value))}]"
    is_plain = isinstance(value, str) and "'" not in value and "\n" not in value
    return f"'{value}'" if is_plain else json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class Folder:
    """A policy folder on disk that tests fill."""

    root: Path

    def write(self, path: str, text: str | bytes) -> Path:
        """Put a file there, folders and all, exactly these bytes."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return place

    def policy(
        self,
        policy_id: str = "no-storage-act",
        *,
        language: str = "en",
        style: str = "flow",
        body: str = BODY,
        **changes: Any,
    ) -> Path:
        """Put a policy file at `policies/<language>/<id>.md`; `changes` are those of `front_matter`."""
        text = TEXTS[style](front_matter(policy_id, **changes), body)
        return self.write(f"policies/{language}/{policy_id}.md", text)

    def read(self, path: str) -> str:
        """The text of a file, its line ends as they are."""
        return (self.root / path).read_bytes().decode()

    def content(self) -> dict[str, bytes]:
        """Every file's bytes by path, hidden ones too."""
        files = (place for place in sorted(self.root.rglob("*")) if place.is_file())
        return {place.relative_to(self.root).as_posix(): place.read_bytes() for place in files}

    def policy_files(self) -> dict[str, bytes]:
        """Every file's bytes by path, but those of the manifest that an export keeps."""
        return {path: data for path, data in self.content().items() if not path.startswith(NAME)}

    def import_policy(
        self, policy_id: str = "no-storage-act", *, language: str = "en", **options: Any
    ) -> Policy:
        """Put a policy file there (see `policy`), import it, and return the record."""
        path = self.policy(policy_id, language=language, **options)
        report = import_policies([path], actor=None, root=self.root)
        assert not report.refused, report.refused
        return get_policy(policy_id, language)


# -- records ----------------------------------------------------------------------------------------------


def get_policy(policy_id: str = "no-storage-act", language: str = "en") -> Policy:
    """The record as it is in the database now, with what a review reads."""
    return Policy.objects.for_review().get(policy_id=policy_id, language=language)


def judgement(
    policy: Policy,
    key: str,
    note: str | None = None,
    kind: VerdictKind | None = VerdictKind.ACCEPTED,
    **options: Any,
) -> Judgement:
    """What a reviewer who sees the record as it is would send; `note` is kept where it is not given."""
    item = policy.dimensions.get(key=key)
    note = item.audit_note if note is None else note
    return Judgement(key, note, kind, item.content_digest, item.audit_note, **options)


def judge_all(policy: Policy, actor: User, kind: VerdictKind = VerdictKind.ACCEPTED) -> None:
    """Note and verdict on every dimension."""
    judgements = [
        judgement(policy, item.key, f"Read the source on {item.key}.", kind)
        for item in policy.dimensions.all()
    ]
    judge_dimensions(policy.pk, judgements, actor=actor)


def decide(policy: Policy, transition: str, actor: User, reason: str = "") -> Decision:
    """Move the record as it is in the database now."""
    digest = Policy.objects.get(pk=policy.pk).content_digest
    return make_decision(policy.pk, transition, actor=actor, reason=reason, seen_digest=digest)


def let_fall_due(policy: Policy, *, days: int = 1) -> None:
    """Put a signature and its verdicts a year back: the next review is due since so many days."""
    ago = timezone.now() - dt.timedelta(days=365)
    with behind_the_back():
        for model in (Verdict, Decision):
            QuerySet(model).filter(policy=policy).update(created_at=ago)
    QuerySet(Policy).filter(pk=policy.pk).update(
        next_review_on=timezone.localdate() - dt.timedelta(days=days)
    )


def verify(policy: Policy, actor: User) -> Decision:
    """Judge every dimension and verify the record."""
    judge_all(policy, actor)
    return decide(policy, "verify", actor)


def signed_line(policy: Policy) -> SignedFile:
    """The manifest's line of a verified record whose file is where it came from."""
    signoff = policy.signoff
    assert signoff is not None
    return SignedFile(
        policy.policy_id,
        policy.language,
        policy.file_path,
        signoff.actor_name,
        timezone.localdate(signoff.created_at).isoformat(),
        hashlib.sha256(signoff.signed_text.encode()).hexdigest(),
        signoff.trail_number,
        signoff.trail_hash,
    )
