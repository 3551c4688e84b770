"""The pages of conflicts: the list, three values side by side, and what a person chooses."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from reviews.models import Conflict, Policy
from reviews.services.exporting import export_policies
from reviews.services.importing import import_policies
from reviews.services.resolving import resolve_conflicts
from tests.admin.html import read_form, read_text
from tests.conflicts import BASE, MRV, OURS, PLACES, THEIRS, disagree, open_at
from tests.factories import Folder, claim, get_policy, judge_all, verify
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db
LIST = "/admin/reviews/policy/conflicts/"
MARKS = "Marks of clashing lines still stand in the text, as “%s”: choose between the lines, and take the marks out."
MEANWHILE = (
    "Somebody changed year of no-storage-act (en) while you were choosing, so nothing was written: "
    "look at what stands there now, and choose again."
)


def place_of(policy: Policy) -> str:
    return reverse("admin:reviews_policy_resolve", args=[policy.pk])


def send(client: Client, page: Any, policy: Policy, typed: dict[str, str]) -> Any:
    """Send the form as it stands on the page, with this typed into it; ``year`` names the choice of that value."""
    names = {row.at[-1]: str(row.pk) for row in policy.conflicts.filter(resolution="")}
    posted = {
        f"{names[name]}-choice": value if value in ("theirs", "ours") else "other"
        for name, value in typed.items()
        if name in names
    }
    written = {
        f"{names[name]}-other": value.replace("\n", "\r\n")
        for name, value in typed.items()
        if name in names and value not in ("theirs", "ours")
    }
    others = {name: value for name, value in typed.items() if name not in names}
    return client.post(place_of(policy), {**read_form(page, "resolve"), **posted, **written, **others})


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_list_tells_of_each_record_what_both_changed(folder: Folder, editor: User, client: Client) -> None:
    client.force_login(editor)
    empty = client.get(LIST)
    assert read_text(empty, "empty-title") == ["Nothing is in conflict"]
    assert (read_text(empty, "nav-count"), read_text(empty, "tabs")) == ([], ["Values (0) Files (0)"])
    disagree(folder, editor)
    disagree(folder, editor, policy_id="b", base={}, theirs={"year": 2020}, ours={"year": 2021})

    page = client.get(LIST)

    assert read_text(page, "conflict-places") == ["year", "year source description sectors 2 more"]
    assert read_text(page, "record-id") == ["b · en", "no-storage-act · en"]
    assert (read_text(page, "nav-count"), read_text(page, "tabs")) == (["7"], ["Values (7) Files (0)"])


def test_page_shows_the_three_values_of_each_conflict(folder: Folder, editor: User, client: Client) -> None:
    policy = disagree(folder, editor)
    client.force_login(editor)

    page = client.get(place_of(policy))

    sides = [text.partition("Choose")[0] for text in read_text(page, "conflict-side")]
    day = read_text(page, "muted")[0].removeprefix("read on ")
    assert [sides[n : n + 3] for n in (0, 3, 9)] == [
        [
            "Both said 2024",
            f"The file says read on {day} 20242020 Take the file’s",
            "PolicyHub says changed by Elena Ortiz 20242021 Keep PolicyHub’s",
        ],
        [
            "Both said Ministry of Energy",
            f"The file says read on {day} Ministry of EnergyThe file's ministry Take the file’s",
            "PolicyHub says changed by Elena Ortiz Ministry of EnergyOur ministry Keep PolicyHub’s",
        ],
        [
            "Both said storage transport steel",
            f"The file says read on {day} steel storage transport steel Take the file’s",
            "PolicyHub says changed by Elena Ortiz transport storage transport steel Keep PolicyHub’s",
        ],
    ]
    assert sides[-2] == f"The file says read on {day} Not there Take the file’s"
    assert "score: 56" in sides[-1]
    form = read_form(page, "resolve")
    draft = form[f"{open_at(policy, PLACES[2]).pk}-other"]
    assert draft.replace("\r", "") == (
        "ONE.\n\n<<<<<<< the file\nTwo, says the file.\n=======\nTwo, says the editor.\n>>>>>>> PolicyHub\n\nTHREE."
    )
    assert form[f"{open_at(policy, PLACES[3]).pk}-other"] == "transport\nstorage\nsteel"
    assert f"{open_at(policy, PLACES[5]).pk}-other" not in form  # a dimension is one or the other


def test_choices_are_saved_and_the_others_stay_open(folder: Folder, editor: User, client: Client) -> None:
    policy = disagree(folder, editor)
    client.force_login(editor)
    typed = {
        "year": "theirs",
        "source": "ours",
        "description": "ONE.\n\nTwo.\n\nTHREE.",
        "sectors": "steel\nstorage",
        "reason": "The gazette.",
    }

    answer = send(client, client.get(place_of(policy)), policy, typed)

    assert (answer.status_code, answer.headers["Location"]) == (302, place_of(policy))
    assert messages_of(answer) == [
        "Resolved 4 conflicts of no-storage-act (en): year, source, description, sectors."
    ]
    policy = get_policy()
    assert (policy.year, policy.source, policy.description, policy.sectors, policy.open_conflicts) == (
        2020,
        "Our ministry",
        "ONE.\n\nTwo.\n\nTHREE.",
        ["steel", "storage"],
        2,
    )
    page = client.get(place_of(policy), {"take": "theirs"})  # without a script
    assert [how.split(" ")[0] for how in read_text(page, "ended")] == ["4"]
    answer = send(client, page, policy, {})
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    assert [item.key for item in get_policy().dimensions.all()] == ["market", "mrv"]
    assert read_text(client.get(place_of(policy)), "empty-title") == ["No conflict is open"]
    history = client.get(reverse("admin:reviews_policy_history", args=[policy.pk]))
    assert "Resolved 4 conflicts with its file: The gazette." in history.content.decode()


# What is typed, and what the page says then; nothing is written.
@pytest.mark.parametrize(
    ("typed", "summary", "error"),
    [
        ({}, "Nothing is chosen: say of at least one value which one stands.", []),
        (
            {"year": "soon"},
            "Nothing was written: look at what is marked below. Year",
            ["Enter a whole number."],
        ),
        (
            {"year": "theirs", "description": "a\n<<<<<<< the file\nb"},
            "Nothing was written: look at what is marked below. Description",
            [MARKS % "<<<<<<< the file"],
        ),
        (
            {"year": "theirs", "description": "a\n=======\nb"},
            "Nothing was written: look at what is marked below. Description",
            [MARKS % "======="],
        ),
        (
            {"liability": "a whole dimension"},
            "Nothing was written: look at what is marked below. liability",
            [],
        ),
    ],
)
def test_page_refuses_what_cannot_be_saved(
    typed: dict[str, str], summary: str, error: list[str], folder: Folder, editor: User, client: Client
) -> None:
    policy = disagree(folder, editor)
    client.force_login(editor)
    before = count_rows()

    answer = send(client, client.get(place_of(policy)), policy, typed)

    assert (answer.status_code, read_text(answer, "summary"), read_text(answer, "field-error")) == (
        200,
        [summary],
        error,
    )
    form = read_form(answer, "resolve")
    for place, name in zip(PLACES, ("year", "source", "description"), strict=False):
        if name in typed and typed[name] != "theirs":
            assert form[f"{open_at(policy, place).pk}-other"].replace("\r", "") == typed[name]
    assert (count_rows(), get_policy().open_conflicts) == (before, 6)


def test_line_under_a_heading_is_no_mark(folder: Folder, editor: User, client: Client) -> None:
    theirs, ours, both = ({"description": f"Aim\n=======\n{text}"} for text in ("Theirs.", "Ours.", "Both."))
    policy = disagree(folder, editor, base={}, theirs=theirs, ours=ours)
    client.force_login(editor)

    send(client, client.get(place_of(policy)), policy, both)

    assert get_policy().description == both["description"]


def test_what_others_did_meanwhile_is_shown_and_nothing_typed_is_lost(
    folder: Folder, editor: User, superuser: User, client: Client
) -> None:
    policy = disagree(folder, editor)
    client.force_login(editor)
    page = client.get(place_of(policy))
    edit(superuser, **{**OURS, "year": 2030})

    answer = send(client, page, policy, {"year": "theirs", "source": "A third"})

    assert read_text(answer, "summary") == [MEANWHILE]
    assert "PolicyHub says changed by Ada Okafor 20242030" in read_text(answer, "conflict-side")[2]
    form = read_form(answer, "resolve")
    assert form[f"{open_at(policy, PLACES[1]).pk}-other"] == "A third"
    source = open_at(policy, PLACES[1])
    resolve_conflicts(policy.pk, {source.pk: ("ours", None)}, actor=superuser)  # type: ignore[dict-item]

    again = send(client, answer, policy, {f"{source.pk}-choice": "other"})

    assert read_text(again, "summary")[0].startswith(
        "Somebody resolved conflicts of no-storage-act (en) meanwhile"
    )
    assert "You typed for “Source”: A third" in read_text(again, "summary")[0]
    assert get_policy().open_conflicts == 5


def test_page_is_for_whoever_may_resolve(
    folder: Folder, editor: User, reviewer: User, publisher: User, client: Client
) -> None:
    policy = folder.import_policy()
    judge_all(policy, reviewer)
    edit(editor, year=2021)
    folder.policy(year=2020, analysis={"market": claim(auditNote="Fine."), "mrv": MRV})
    import_policies([folder.root], actor=None)
    values = "Editors resolve values: ask somebody with the role Editors."
    notes = "Reviewers resolve audit notes, which are theirs: ask somebody with the role Reviewers."
    for person, marks, why in (
        (editor, ["For reviewers"], [notes]),
        (reviewer, ["For editors"], [values]),
        (publisher, ["For editors", "For reviewers"], [values, notes]),
    ):
        client.force_login(person)
        page = client.get(place_of(policy))
        assert (read_text(page, "conflict-bar"), read_text(page, "conflict-why")) == (marks, why)
        assert ("Resolve what is chosen" in page.content.decode()) is (len(why) == 1)
    before = count_rows()

    row = open_at(policy, '["year"]')
    answer = client.post(place_of(policy), {"version": str(policy.version), f"{row.pk}-choice": "theirs"})

    assert (answer.status_code, count_rows(), get_policy().open_conflicts) == (403, before, 2)
    client.force_login(editor)
    for version in ("", "99", "x"):
        answer = client.post(place_of(policy), {"version": version, f"{row.pk}-choice": "theirs"})
        assert answer.status_code == 400
    assert Conflict.objects.exclude(resolution="").count() == 0


def test_notes_of_a_verified_record_say_what_to_do_first(
    folder: Folder, signed: Policy, reviewer: User, client: Client
) -> None:
    notes = {"market": claim(auditNote="Fine."), "mrv": MRV | {"auditNote": "Fine too."}}
    folder.policy(analysis=notes)
    import_policies([folder.root], actor=None)
    client.force_login(reviewer)

    page = client.get(place_of(signed))

    assert read_text(page, "conflict-why") == [
        "Audit notes are part of what was signed: reopen the review first."
    ]
    assert read_text(page, "conflict-bar") == ["Signed", "Signed"]
    assert read_text(page, "conflict-intro")[0].startswith("2 values changed both in ")
    assert read_text(page, "conflict-signed") == []


def test_note_that_only_the_file_changed_was_signed_here(
    folder: Folder, signed: Policy, superuser: User, client: Client
) -> None:
    export_policies(actor=None)
    said = {row.key: row.audit_note for row in signed.dimensions.all()}
    folder.policy(
        analysis={"market": claim(auditNote="Fine."), "mrv": MRV | {"auditNote": said["mrv"]}}, year=2020
    )
    edit(superuser, year=2021)
    import_policies([folder.root], actor=None)
    client.force_login(superuser)

    page = client.get(place_of(signed))

    path = "policies/en/no-storage-act.md"
    assert read_text(page, "conflict-intro") == [
        (
            f"1 value changed both in {path} and here since both said the same. 1 audit note was signed here and "
            f"stands otherwise in {path}. Choose what stands; until then the record can be neither verified nor "
            "exported. Choose all of the file Choose all of PolicyHub"
        )
    ]
    assert read_text(page, "conflict-signed") == ["Signed here, otherwise in the file"]


def test_pages_of_the_record_tell_of_its_conflicts(
    folder: Folder, editor: User, superuser: User, client: Client
) -> None:
    policy = disagree(folder, editor)
    client.force_login(superuser)

    for name in ("review", "change", "history", "file"):
        page = client.get(reverse(f"admin:reviews_policy_{name}", args=[policy.pk]))
        assert "6 values are in conflict with the file" in read_text(page, "notice-danger")[0]
        assert read_text(page, "tabs")[0].split()[-1] == "Conflicts"
    resolve_conflicts(
        policy.pk,
        {row.pk: ("ours", None) for row in policy.conflicts.all()},  # type: ignore[misc]
        actor=superuser,
    )
    page = client.get(reverse("admin:reviews_policy_review", args=[policy.pk]))
    assert (read_text(page, "notice-danger"), "Conflicts" in read_text(page, "tabs")[0]) == ([], False)


def test_review_page_of_a_stale_record_shows_what_changed_since_the_signature(
    folder: Folder, editor: User, reviewer: User, client: Client
) -> None:
    verify(folder.import_policy(**BASE | {"analysis": {"market": claim(), "mrv": MRV}}), reviewer)
    client.force_login(reviewer)
    address = reverse("admin:reviews_policy_review", args=[get_policy().pk])
    assert read_text(client.get(address), "since-signed") == []

    folder.policy(body="\nAnother body.\n", **THEIRS)
    import_policies([folder.root], actor=None)
    edit(editor, **THEIRS | {"analysis": {"market": THEIRS["analysis"]["market"]}})

    page = client.get(address)
    assert get_policy().standing == "stale"
    assert read_text(page, "since-signed")[0].startswith(
        "Changed since the signature: year, source, description, sectors, body, mrv year 20242020 source "
    )
    assert "Another body." in read_text(page, "since-signed")[0]
