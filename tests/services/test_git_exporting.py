"""Export to git: a commit for each decision, by its reviewer, and nothing else; against real repositories."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db.models.query import QuerySet
from django.utils import timezone

from reviews.models import Decision, Policy, Run
from reviews.services.exporting import ExportOutcome, ExportReport, export_policies
from reviews.services.git_exporting import export_to_git
from reviews.services.git_source import GitSource
from reviews.services.import_plan import Outcome
from reviews.services.importing import import_policies
from tests.factories import Folder, decide, get_policy, verify
from tests.git.sites import PATH, Site, git
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db


def outcomes(report: ExportReport) -> list[tuple[str, str]]:
    return [(item.path, item.outcome.value) for item in report.files]


def reason_of(report: ExportReport) -> str:
    """Why the one record was held back."""
    (item,) = report.files
    assert item.outcome is ExportOutcome.HELD_BACK, item
    return item.reason


@pytest.fixture
def site(tmp_path: Path, git_home: Path) -> Site:
    """A site with one policy, imported."""
    site = Site.create(tmp_path / "site")
    site.import_policy()
    return site


@pytest.fixture
def signed_site(site: Site, reviewer: User) -> Site:
    """The same, and Rosa Lindqvist signed it."""
    verify(get_policy(), reviewer)
    return site


def test_decision_becomes_a_commit_by_its_reviewer(signed_site: Site, publisher: User) -> None:
    site, policy = signed_site, get_policy()
    decision = policy.signoff
    assert decision is not None

    report = export_to_git(site.root, actor=publisher)

    tip = site.git("rev-parse", "main")
    assert (outcomes(report), report.commit) == ([(PATH, "written")], tip)
    assert site.git("show", "--no-patch", "--format=%an <%ae>%n%at%n%cn <%ce>%n%n%B") == f"""\
Rosa Lindqvist <reviewer@127.0.0.1>
{int(decision.created_at.timestamp())}
Hub <hub@example.org>

Verify no-storage-act (en)

Dimensions: market, mrv
Audit notes: market, mrv

PolicyHub-Decision: {decision.trail_number}
PolicyHub-Digest: {decision.signed_text_digest}
Reviewed-by: Rosa Lindqvist <reviewer@127.0.0.1>
"""
    assert site.git("diff", "--name-only", "HEAD~1", "HEAD").splitlines() == ["SIGNOFFS.jsonl", PATH]
    assert site.show(PATH) == decision.signed_text
    (line,) = map(json.loads, site.show("SIGNOFFS.jsonl").splitlines())
    assert (line["path"], line["digest"]) == (PATH, decision.signed_text_digest)
    assert site.is_sound()
    source = get_policy().source_file
    assert (source.text, source.commit, source.root) == (decision.signed_text, tip, str(site.root))
    row = source.history.latest()
    assert (row.history_user, row.history_change_reason) == (publisher, f"Exported to {PATH}")
    run = Run.objects.latest("pk")
    assert (run.commit, run.counts, run.source) == (tip, {"written": 1}, f"git {site.root}")
