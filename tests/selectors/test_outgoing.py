"""Why a record does not go out: one sentence for each standing and state."""

import pytest

from reviews.models import Policy
from reviews.selectors.outgoing import Outgoing, is_text_of_ours, outgoing, why_not_exported
from tests.factories import Folder, get_policy


@pytest.mark.parametrize(
    ("standing", "state", "missing_notes", "sentence"),
    [
        ("verified", "verified", 0, ""),
        ("verified", "verified", 2, ""),
        ("open", "draft", 0, "A draft; an editor has to submit it."),
        ("open", "draft", 1, "A draft; an editor has to submit it. 1 audit note missing."),
        ("open", "in_review", 0, "In review; it waits for a reviewer."),
        ("open", "in_review", 5, "In review; it waits for a reviewer. 5 audit notes missing."),
        ("open", "changes_requested", 0, "A reviewer requested changes; an editor has to submit it again."),
        (
            "claimed",
            "in_review",
            5,
            "The file says verified, but no sign-off backs it; it waits for a reviewer. 5 audit notes missing.",
        ),
        (
            "claimed",
            "in_review",
            0,
            "The file says verified, but no sign-off backs it; it waits for a reviewer.",
        ),
        (
            "claimed",
            "changes_requested",
            2,
            "A reviewer requested changes; an editor has to submit it again. 2 audit notes missing.",
        ),
        ("stale", "in_review", 0, "Changed since Rosa Lindqvist signed it; it waits for a new sign-off."),
        (
            "stale",
            "in_review",
            1,
            "Changed since Rosa Lindqvist signed it; it waits for a new sign-off. 1 audit note missing.",
        ),
    ],
)
def test_reason_is_told_in_a_sentence(standing: str, state: str, missing_notes: int, sentence: str) -> None:
    assert why_not_exported(standing, state, missing_notes, "Rosa Lindqvist") == sentence


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
        ),
    ]
    assert [item.is_signed for item in outgoing()] == [False, True]


@pytest.mark.django_db
def test_text_is_ours_where_it_was_signed_for_this_record(signed: Policy) -> None:
    digest = signed.signoff.signed_text_digest

    assert is_text_of_ours(signed.pk, digest) is True
    assert is_text_of_ours(signed.pk, signed.source_file.text_digest) is False
    assert is_text_of_ours(signed.pk + 1, digest) is False
