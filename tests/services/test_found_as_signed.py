"""A signed text that is on disk already, because an export was killed before it could say so, is taken as it is."""

import pytest
from django.contrib.auth.models import User

from reviews.models import Decision, Policy
from reviews.services.export_report import ExportOutcome
from reviews.services.exporting import export_policies
from reviews.services.import_plan import Outcome
from reviews.services.importing import import_policies
from tests.factories import Folder, decide, get_policy, make_user, verify
from tests.services.counts import edit

pytestmark = pytest.mark.django_db


def test_import_knows_a_signed_text_again(folder: Folder, signed: Policy) -> None:
    folder.write("policies/en/no-storage-act.md", Decision.objects.get(transition="verify").signed_text)
    report = import_policies([folder.root], actor=None)
    assert [(item.outcome, item.is_claimed) for item in report.files] == [(Outcome.UPDATED, False)]
    assert get_policy().standing == "verified"
    assert import_policies([folder.root], actor=None).count(Outcome.UNCHANGED) == 1


def test_import_takes_the_disks_changes_after_a_signed_text_was_known_again(
    folder: Folder, imported: Policy, reviewer: User
) -> None:
    folder.policy("drafted", reviewStatus="draft")
    import_policies([folder.root], actor=None)
    drafted = get_policy("drafted")
    decide(drafted, "submit", make_user("ed", "Edda", "Moe", "Editors"))
    verify(get_policy("drafted"), reviewer)
    signed_text = Decision.objects.get(transition="verify").signed_text
    folder.write("policies/en/drafted.md", signed_text)
    import_policies([folder.root], actor=None)
    folder.write("policies/en/drafted.md", signed_text.replace("Storage Act", "Storage Law"))
    report = import_policies([folder.root], actor=None)
    assert [item.outcome for item in report.files] == [Outcome.UPDATED, Outcome.UNCHANGED]
    assert (get_policy("drafted").title, get_policy("drafted").standing) == ("Storage Law", "stale")


@pytest.mark.parametrize("is_signed_again", [True, False])
def test_import_knows_an_older_signed_text_again(
    is_signed_again: bool, folder: Folder, signed: Policy, editor: User, reviewer: User
) -> None:
    text = Decision.objects.get(transition="verify").signed_text
    decide(signed, "reopen", reviewer, "The title changed.")
    edit(editor, title="Sea Act")
    if is_signed_again:
        verify(get_policy(), reviewer)
    before = get_policy().standing
    folder.write("policies/en/no-storage-act.md", text)

    import_policies([folder.root], actor=None)

    policy = get_policy()
    assert (policy.title, policy.open_conflicts, policy.source_file.text) == ("Sea Act", 0, text)
    assert (before, policy.standing) == (("verified",) * 2 if is_signed_again else ("claimed",) * 2)


def test_signed_text_that_somebody_put_back_is_a_change(folder: Folder, signed: Policy) -> None:
    place = "policies/en/no-storage-act.md"
    text = Decision.objects.get(transition="verify").signed_text
    for said in (text, text.replace("Storage Act", "Storage Law"), text):
        folder.write(place, said)
        import_policies([folder.root], actor=None)
    assert (get_policy().title, get_policy().standing) == ("Storage Act", "verified")


def test_export_knows_a_signed_text_again(folder: Folder, signed: Policy) -> None:
    place = folder.write(
        "policies/en/no-storage-act.md", Decision.objects.get(transition="verify").signed_text
    )
    before = place.stat().st_mtime_ns
    report = export_policies(actor=None)
    assert [item.outcome for item in report.files] == [ExportOutcome.UNCHANGED]
    assert place.stat().st_mtime_ns == before
    assert get_policy().source_file.text == signed.signoff.signed_text
