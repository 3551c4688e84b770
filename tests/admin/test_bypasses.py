"""Ways around the rules, each tried by every role: none moves a record, writes a row or gives a role away."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tablib import Dataset  # type: ignore[import-untyped]  # it comes without types

from reviews.models import Decision, DimensionAnalysis, Policy, SourceFile, Verdict
from reviews.resources import PolicyResource
from reviews.services.errors import RefusedError
from tests.admin.html import read_form
from tests.factories import Folder, get_policy, make_user, verify
from tests.services.counts import count_rows

ROLES = ("anonymous", "nobody", "editor", "reviewer", "publisher", "superuser")
STATUS = {
    "review_status": "verified",
    "state": "verified",
    "standing": "verified",
    "signoff": "1",
    "signed_digest": "x",
    "file_status": "verified",
    "reviewer": "Somebody Else",
    "last_audit_date": "2020-01-01",
    "edited_by": "",
}
TABLE = b"id,language,title,review_status,reviewer\nopen,en,Storage Act,verified,Somebody Else\n"


@dataclass(frozen=True)
class Attempt:
    """A request, and what it is answered for each of ``ROLES``."""

    answers: str
    request: str  # below /admin/reviews/, or /admin where it starts with a slash
    data: dict[str, Any] = field(default_factory=dict)


# `{open}` is a record in review that nobody judged, `{signed}` one that is verified.
ATTEMPTS: dict[str, Attempt] = {
    # -- history -----------------------------------------------------------------------------------------
    "post to the history, as simple-history reverts": Attempt(
        "302 405 405 405 405 405", "POST policy/{signed}/history/", {"_change_history": "1", "title": "x"}
    ),
    "post to simple-history's form of one version": Attempt(
        "302 404 404 404 404 404", "POST policy/{signed}/history/1/", {"title": "x", **STATUS}
    ),
    "post to that form's own address": Attempt(
        "302 404 404 404 404 404", "POST policy/{signed}/history/1/change/", {"title": "x", **STATUS}
    ),
    "restore an old version": Attempt(
        "302 403 302 403 403 302", "POST policy/{signed}/restore/1/", {"version": "{version}"}
    ),
    "restore by a link": Attempt("302 403 200 403 403 200", "GET policy/{signed}/restore/1/?version=3"),
    "post to the comparison": Attempt("302 405 405 405 405 405", "POST policy/{signed}/compare/", STATUS),
    # -- tables coming in --------------------------------------------------------------------------------
    "open the import": Attempt("302 404 404 404 404 404", "GET policy/import/"),
    "import a table with status columns": Attempt(
        "302 404 404 404 404 404", "POST policy/import/", {"format": "0", "import_file": TABLE}
    ),
    "confirm an import": Attempt(
        "302 404 404 404 404 404", "POST policy/process_import/", {"import_file_name": "x", "format": "0"}
    ),
    # -- tables and files going out ----------------------------------------------------------------------
    "open the export of tables": Attempt("302 403 403 403 200 200", "GET policy/export/"),
    "see what goes out": Attempt("302 403 403 403 200 200", "GET policy/outbox/"),
    "download what goes out": Attempt("302 403 403 403 200 200", "POST policy/outbox/"),
    "write what nobody signed": Attempt(
        "302 403 403 403 302 302", "POST policy/outbox/write/", {"selection": "{open}"}
    ),
    "download a selection": Attempt("302 403 403 403 200 200", "POST policy/outbox/", {"selection": "{open}"}),
    "post to the file": Attempt("302 405 405 405 405 405", "POST policy/{signed}/file/", STATUS),
    # -- bulk actions ------------------------------------------------------------------------------------
    "delete a selection": Attempt(
        "302 403 200 302 302 302", "POST policy/",
        {"action": "delete_selected", "_selected_action": "{open}", "post": "yes", "index": "0"},
    ),
    "export a selection": Attempt(
        "302 403 200 302 200 200", "POST policy/",
        {"action": "export_selected", "_selected_action": "{open}", "index": "0"},
    ),
    "assign a selection": Attempt(
        "302 403 200 200 302 200", "POST policy/",
        {"action": "assign_selected", "_selected_action": "{open}", "index": "0"},
    ),
    "assign by a link": Attempt(
        "302 302 302 302 302 302", "GET policy/assign/?selection={open}&act=assign&to=person-{me}"
    ),
    "hold what is signed": Attempt("302 403 403 200 403 200", "POST policy/{signed}/hold/"),
    "edit in the list": Attempt(
        "302 403 200 200 200 200", "POST policy/",
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": "{open}", "form-0-review_status": "verified",
         "_save": "Save"},
    ),
    # -- deleting ----------------------------------------------------------------------------------------
    "ask to delete a record": Attempt("302 403 403 403 403 403", "GET policy/{open}/delete/"),
    "delete a record": Attempt("302 403 403 403 403 403", "POST policy/{open}/delete/", {"post": "yes"}),
    "delete a record by its quoted number": Attempt(
        "302 403 403 403 403 403", "POST policy/_3{open}/delete/", {"post": "yes"}
    ),
    "delete with the method": Attempt("302 405 405 405 405 405", "DELETE policy/{open}/review/"),
    "delete a verdict": Attempt("302 403 403 403 403 403", "POST verdict/{verdict}/delete/", {"post": "yes"}),
    "delete a decision": Attempt("302 403 403 403 403 403", "POST decision/{decision}/delete/", {"post": "yes"}),
    "delete all verdicts": Attempt(
        "302 403 200 200 200 200", "POST verdict/",
        {"action": "delete_selected", "_selected_action": "{verdict}", "post": "yes", "index": "0"},
    ),
    # -- crafted fields ----------------------------------------------------------------------------------
    "edit with status fields": Attempt(
        "302 403 302 403 403 302", "POST policy/{open}/change/", {"edit": "{open}", **STATUS}
    ),
    "edit with verifying as the button": Attempt(
        "302 403 400 403 403 400", "POST policy/{open}/change/", {"edit": "{open}", "transition": "verify"}
    ),
    "edit a record by its quoted number": Attempt(
        "302 404 404 404 404 404", "POST policy/_3{open}/change/", STATUS
    ),
    "save a review with status fields": Attempt(
        "302 403 302 302 302 302", "POST policy/{open}/review/", {"review": "{open}", "act": "save", **STATUS}
    ),
    "verify what nobody judged": Attempt(
        "302 403 403 200 403 200", "POST policy/{open}/review/", {"review": "{open}", "act": "verify", **STATUS}
    ),
    "verify with verdicts of nobody": Attempt(
        "302 403 403 200 403 200", "POST policy/{open}/review/",
        {"review": "{open}", "act": "verify", "verdict": "accepted", "covered_by": "{verdict}", "0-actor": "1"},
    ),
    "judge what is signed": Attempt(
        "302 403 403 200 403 200", "POST policy/{signed}/review/",
        {"review": "{signed}", "act": "save", "0-key": "market", "0-seen_digest": "{digest}",
         "0-seen_note": "Read the source on market.", "0-note": "x",
         "0-kind": "rejected"},
    ),
    "submit what is in review": Attempt(
        "302 403 200 403 403 200", "POST policy/{open}/review/", {"review": "{open}", "act": "submit"}
    ),
    "reopen without a reason": Attempt(
        "302 403 403 200 403 200", "POST policy/{signed}/review/", {"review": "{signed}", "act": "reopen"}
    ),
    "request changes without a reason": Attempt(
        "302 403 403 200 403 200", "POST policy/{signed}/review/",
        {"review": "{signed}", "act": "request_changes", "reason": " "},
    ),
    "decide by a link": Attempt("302 403 200 200 200 200", "GET policy/{open}/review/?act=verify&reason=x"),
    "post to the queue": Attempt("302 405 405 405 405 405", "POST policy/queue/", STATUS),
    # -- pages of other roles ----------------------------------------------------------------------------
    "open the form of a new record": Attempt("302 403 200 403 403 200", "GET policy/add/"),
    "add a decision": Attempt(
        "302 403 403 403 403 403", "POST decision/add/", {"policy": "{open}", "transition": "verify"}
    ),
    "change a decision": Attempt(
        "302 403 403 403 403 403", "POST decision/{decision}/change/", {"reason": "x"}
    ),
    "add a verdict": Attempt(
        "302 403 403 403 403 403", "POST verdict/add/", {"policy": "{open}", "kind": "accepted"}
    ),
    "change a verdict": Attempt("302 403 403 403 403 403", "POST verdict/{verdict}/change/", {"kind": "rejected"}),
    "search through the autocomplete": Attempt(
        "302 403 200 200 200 200", "GET /autocomplete/?app_label=reviews&model_name=decision&field_name=policy&term=a",
    ),
    "take a role": Attempt(
        "302 403 403 403 403 200", "POST /auth/user/{me}/change/", {"username": "", "is_superuser": "on", "groups": "1"}
    ),
    "add a person": Attempt("302 403 403 403 403 200", "POST /auth/user/add/", {"username": "", "is_superuser": "on"}),
    "widen a role": Attempt("302 403 403 403 403 200", "POST /auth/group/1/change/", {"name": "", "permissions": "1"}),
    "set another's password": Attempt("302 403 403 403 403 200", "POST /auth/user/{me}/password/", {"password1": "x"}),
}  # fmt: skip


@pytest.fixture
def records(db: None, folder: Folder) -> dict[str, Any]:
    """The numbers that paths and fields name."""
    opened, signed = folder.import_policy("open"), folder.import_policy("signed")
    decision = verify(signed, make_user("signer", "Sigrid", "Holm", "Reviewers"))
    return {
        "open": opened.pk,
        "signed": signed.pk,
        "decision": decision.pk,
        "verdict": Verdict.objects.earliest("pk").pk,
        "version": get_policy("signed").version,
        "digest": signed.dimensions.get(key="market").content_digest,
    }


def snapshot() -> dict[str, Any]:
    """All that no attempt may change."""
    return {
        "policies": list(Policy.objects.order_by("pk").values()),
        "dimensions": list(DimensionAnalysis.objects.order_by("pk").values()),
        "files": list(SourceFile.objects.order_by("pk").values()),
        "verdicts": list(Verdict.objects.order_by("pk").values()),
        "decisions": list(Decision.objects.order_by("pk").values()),
        "rows": count_rows(),
        "people": list(
            User.objects.order_by("pk").values("pk", "username", "password", "is_superuser", "groups")
        ),
        "roles": list(Group.objects.order_by("pk", "permissions").values("pk", "name", "permissions")),
    }


@pytest.mark.parametrize("what", ATTEMPTS)
def test_bypass_fails(
    client: Client, folder: Folder, records: dict[str, Any], request: pytest.FixtureRequest, what: str
) -> None:
    attempt = ATTEMPTS[what]
    people = {role: None if role == "anonymous" else request.getfixturevalue(role) for role in ROLES}
    before, files = snapshot(), folder.content()

    answers = {}
    for role, person in people.items():
        answers[role] = send(client, attempt, person, records)
        assert (role, snapshot(), folder.content()) == (role, before, files)

    assert answers == dict(zip(ROLES, map(int, attempt.answers.split()), strict=True))


def send(client: Client, attempt: Attempt, person: User | None, records: dict[str, Any]) -> int:
    """Send the request as this person; its status."""
    client.logout()
    if person:
        client.force_login(person)
    names = {**records, "me": person.pk if person else 0}
    method, _, path = attempt.request.format(**names).partition(" ")
    address = f"/admin{path}" if path.startswith("/") else f"/admin/reviews/{path}"
    data = filled(client, attempt.data, names)
    response: Any = getattr(client, method.lower())(address, *([data] if method == "POST" else []))
    if person is None:
        assert response["Location"].startswith("/admin/login/?next=")
    return int(response.status_code)


def filled(client: Client, data: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    """The fields to send; “edit” and “review” stand for what that page's form holds for this person."""
    fields: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, bytes):
            fields[name] = SimpleUploadedFile("policies.csv", value, "text/csv")
        elif name in ("edit", "review"):
            page = "change" if name == "edit" else "review"
            response = client.get(f"/admin/reviews/policy/{value.format(**names)}/{page}/")
            if response.status_code == 200:
                fields |= read_form(response, name)
        else:
            fields[name] = value.format(**names)
    return fields


def test_added_record_is_a_draft_whatever_the_fields_say(client: Client, editor: User) -> None:
    client.force_login(editor)
    form = read_form(client.get("/admin/reviews/policy/add/"), "edit")

    client.post(
        "/admin/reviews/policy/add/", {**form, "policy_id": "new", "language": "en", "title": "New", **STATUS}
    )

    policy = get_policy("new")
    assert (policy.state, policy.standing, policy.signoff, policy.reviewer, policy.edited_by) == (
        "draft", "open", None, "", editor,
    )  # fmt: skip


def test_table_with_status_columns_does_not_come_in(records: dict[str, Any]) -> None:
    table = Dataset().load(TABLE.decode(), format="csv")
    before = snapshot()

    with pytest.raises(RefusedError) as error:
        PolicyResource().import_data(table, dry_run=False, use_transactions=False)

    assert str(error.value) == (
        "Tables do not come in: they hold a part of each policy only. "
        "Change policies in the admin, or change their files and import these."
    )
    assert snapshot() == before


@pytest.mark.parametrize("path", ["review", "change", "restore/1"])
def test_form_from_another_site_is_refused(superuser: User, records: dict[str, Any], path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(superuser)
    before = snapshot()

    response = client.post(
        f"/admin/reviews/policy/{records['open']}/{path}/", {"act": "save", "version": "1"}
    )

    assert (response.status_code, snapshot()) == (403, before)
