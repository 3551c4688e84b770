"""What an export knows of each record, in one query, or two where a file raises a question."""

import pytest

from reviews.models import Policy
from reviews.selectors.export_status import ExportStatus
from reviews.selectors.outgoing import Outgoing, is_text_of_ours, outgoing
from tests.factories import Folder, get_policy


@pytest.mark.django_db
def test_outgoing_tells_of_each_record_what_an_export_needs(folder: Folder, signed: Policy) -> None:
    folder.import_policy("a-claimed", reviewStatus="verified")
    claimed, decision = get_policy("a-claimed"), signed.signoff

    assert list(outgoing()) == [
        Outgoing(
            claimed.pk,
            "a-claimed",
            "en",
            "claimed",
            "in_review",
            2,
            None,
            "",
            "",
            "",
            str(folder.root),
            "policies/en/a-claimed.md",
            claimed.source_file.text_digest,
            "",
            0,
            None,
            0,
            ExportStatus.CLAIMED,
            "",
            "",
        ),
        Outgoing(
            signed.pk,
            "no-storage-act",
            "en",
            "verified",
            "verified",
            0,
            decision.pk,
            decision.signed_text_digest,
            decision.base_digest,
            "Rosa Lindqvist",
            str(folder.root),
            "policies/en/no-storage-act.md",
            signed.source_file.text_digest,
            decision.trail_hash,
            decision.trail_number,
            decision.created_at,
            0,
            ExportStatus.READY,
            "",
            "",
        ),
    ]
    assert [item.is_signed for item in outgoing()] == [False, True]


@pytest.mark.django_db
def test_text_is_ours_where_it_was_signed_for_this_record(signed: Policy) -> None:
    digest = signed.signoff.signed_text_digest

    assert is_text_of_ours(signed.pk, digest) is True
    assert is_text_of_ours(signed.pk, signed.source_file.text_digest) is False
    assert is_text_of_ours(signed.pk + 1, digest) is False
