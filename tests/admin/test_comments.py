"""Comments in the admin: what the forms of the review page send, what comes back, and the list of all."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Comment, Policy
from reviews.services.commenting import add_comment, resolve_thread
from tests.admin.html import read_text
from tests.factories import claim, make_user

pytestmark = pytest.mark.django_db
PART: dict[str, Any] = {"headers": {"X-Part": "comments"}}


def address(policy: Policy, thread: Comment | None = None) -> str:
    place = f"/admin/reviews/policy/{policy.pk}/comment/"
    return f"{place}{thread.pk}/resolve/" if thread else place


def send(client: Client, policy: Policy, place: str, text: str, **options: Any) -> Any:
    """Press the button of one place, with something typed in another."""
    return client.post(
        address(policy), {"place": place, f"text-{place}": text, "text-on-market": "kept"}, **options
    )


def test_comment_leads_back_to_where_it_stands(imported: Policy, editor: User, client: Client) -> None:
    client.force_login(editor)

    answer = send(client, imported, "on-mrv", "Which section?")
    thread = Comment.objects.get()
    reply = send(client, imported, f"thread-{thread.pk}", "Section 4.")

    review = f"/admin/reviews/policy/{imported.pk}/review/"
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{review}#comment-{thread.pk}")
    assert reply.headers["Location"] == f"{review}#comment-{Comment.objects.get(thread=thread).pk}"
    assert (thread.dimension_key, thread.text, thread.author) == ("mrv", "Which section?", editor)


def test_script_gets_the_place_anew(imported: Policy, editor: User, reviewer: User, client: Client) -> None:
    add_comment(imported.pk, "On the record.", actor=reviewer)
    client.force_login(editor)

    part = send(client, imported, "on-mrv", "Is <b> right,\n@reviewer?", **PART)

    assert (part.status_code, part.templates[0].name) == (200, "admin/reviews/policy/_comments.html")
    assert read_text(part, "comment-text") == ["Is <b> right, @reviewer?"]
    assert read_text(part, "mention") == ["@reviewer"]
    assert b"Is &lt;b&gt; right,\n" in part.content
    thread = Comment.objects.get(dimension_key="mrv")
    resolved = client.post(address(imported, thread), {"act": "resolve"}, **PART)
    assert [
        text.startswith("Resolved by Elena Ortiz, ") for text in read_text(resolved, "thread-resolved")
    ] == [True]
    reopened = client.post(address(imported, thread), {"act": "reopen"}, **PART)
    assert read_text(reopened, "thread-resolved") == []


@pytest.mark.parametrize("is_part", [False, True])
@pytest.mark.parametrize("place", ["on-mrv", "on-", "thread-{pk}", "thread-999", "on-gone"])
def test_refused_comment_comes_back_with_what_was_typed(
    place: str, is_part: bool, imported: Policy, editor: User, client: Client
) -> None:
    thread = add_comment(imported.pk, "Which section?", actor=editor, dimension_key="mrv")
    client.force_login(editor)
    typed = " " if place == "on-mrv" else "x" * 10_001

    page = send(client, imported, place.format(pk=thread.pk), typed, **(PART if is_part else {}))

    assert page.status_code == 200
    html = page.content.decode()
    assert html.count("data-refused") == 1
    assert f'data-refused aria-invalid="true">\n{typed}</textarea>' in html
    (reason,) = read_text(page, "field-error")
    assert reason.split(",")[0] in {
        "The comment says nothing: write something",
        "The comment has 10",
    }
    assert Comment.objects.count() == 1


def test_person_without_a_role_is_shown_no_comment(imported: Policy, nobody: User, client: Client) -> None:
    client.force_login(nobody)

    assert send(client, imported, "on-mrv", "Hello").status_code == 403
    assert not Comment.objects.exists()


@pytest.mark.parametrize(
    "place", ["", "mrv", "at-mrv", "thread-", "thread-x", "thread-²", "thread-" + "9" * 30]
)
def test_form_that_no_page_has_is_refused(place: str, imported: Policy, editor: User, client: Client) -> None:
    client.force_login(editor)

    assert send(client, imported, place, "Hello").status_code == 400


def test_comments_are_posted_only(imported: Policy, editor: User, client: Client) -> None:
    thread = add_comment(imported.pk, "Which section?", actor=editor)
    client.force_login(editor)

    assert [client.get(place).status_code for place in (address(imported), address(imported, thread))] == [
        405,
        405,
    ]
    assert (
        client.post(f"/admin/reviews/policy/{imported.pk + 1}/comment/", {"place": "on-"}).status_code == 404
    )


def test_resolving_leads_back_and_one_of_another_record_is_refused(
    imported: Policy, folder: Any, editor: User, client: Client
) -> None:
    thread = add_comment(imported.pk, "Which section?", actor=editor)
    other = folder.import_policy("other-act")
    client.force_login(editor)

    page = client.post(address(other, thread), {"act": "resolve"})
    assert read_text(page, "field-error") == ["other-act (en) has no such thread: reload the page."]
    answer = client.post(address(imported, thread), {"act": "resolve"})

    assert answer.headers["Location"] == f"/admin/reviews/policy/{imported.pk}/review/#comment-{thread.pk}"
    thread.refresh_from_db()
    assert thread.resolved_by == editor


def test_list_of_comments_finds_what_is_open_and_who_is_asked(
    imported: Policy, editor: User, reviewer: User, client: Client
) -> None:
    opened = add_comment(imported.pk, "@reviewer, which section?", actor=editor, dimension_key="mrv")
    reply = add_comment(imported.pk, "Section 4.", actor=reviewer, thread_pk=opened.pk)
    closed = add_comment(imported.pk, "@reviewer, done.", actor=editor)
    resolve_thread(imported.pk, closed.pk, actor=editor)
    client.force_login(reviewer)

    def listed(question: str) -> list[str]:
        return read_text(client.get(f"/admin/reviews/comment/{question}"), "field-said")

    assert listed("") == [closed.text, reply.text, opened.text]
    assert listed("?thread=open") == [reply.text, opened.text]
    assert listed("?thread=resolved") == [closed.text]
    assert listed("?mentions=me") == [opened.text]
    assert listed("?q=section+4") == [reply.text]
    page = client.get("/admin/reviews/comment/")
    assert read_text(page, "field-became") == ["Resolved", "Open", "Open"]
    assert f'/admin/reviews/policy/{imported.pk}/review/#comment-{reply.pk}"' in page.content.decode()
    assert client.get(f"/admin/reviews/comment/{reply.pk}/change/").status_code == 200


def test_list_of_policies_counts_and_finds_open_threads(
    imported: Policy, folder: Any, editor: User, client: Client
) -> None:
    folder.import_policy("other-act")
    first, second = (add_comment(imported.pk, text, actor=editor) for text in ("Why?", "When?"))
    add_comment(imported.pk, "Because.", actor=editor, thread_pk=first.pk)
    client.force_login(editor)

    def listed(question: str) -> list[str]:
        return read_text(client.get(f"/admin/reviews/policy/{question}"), "field-record")

    assert listed("") == ["Storage Act no-storage-act 2 open comments", "Storage Act other-act"]
    resolve_thread(imported.pk, second.pk, actor=editor)
    assert listed("?comments=open") == ["Storage Act no-storage-act 1 open comment"]
    assert listed("?comments=none") == ["Storage Act other-act"]


def test_history_tells_what_was_said_and_leads_to_the_thread(
    imported: Policy, editor: User, reviewer: User, client: Client
) -> None:
    question = add_comment(imported.pk, "Which <section>?", actor=editor, dimension_key="mrv")
    reply = add_comment(imported.pk, "Section 4.", actor=reviewer, thread_pk=question.pk)
    client.force_login(editor)

    page = client.get(f"/admin/reviews/policy/{imported.pk}/history/")

    assert [text.split(" ", 3)[:3] for text in read_text(page, "moment-head")[:2]] == [
        ["Reply", "mrv", "Rosa"],
        ["Comment", "mrv", "Elena"],
    ]
    html = page.content.decode()
    assert "<blockquote>Which &lt;section&gt;?</blockquote>" in html
    for comment in (question, reply):
        assert f'href="/admin/reviews/policy/{imported.pk}/review/#comment-{comment.pk}"' in html


def test_front_page_counts_who_waits_for_an_answer(
    imported: Policy, editor: User, reviewer: User, client: Client
) -> None:
    thread = add_comment(imported.pk, "@reviewer, which section?", actor=editor)
    client.force_login(reviewer)

    page = client.get("/admin/")
    assert read_text(page, "tile")[-1] == "Open comments that mention me 1"
    assert 'href="/admin/reviews/comment/?mentions=me"' in page.content.decode()

    resolve_thread(imported.pk, thread.pk, actor=editor)
    assert not any("mention" in tile for tile in read_text(client.get("/admin/"), "tile"))


def test_dimension_of_any_name_can_be_commented_on(folder: Any, editor: User, client: Client) -> None:
    policy = folder.import_policy(analysis={'a-b/c & "<i>': claim()})
    client.force_login(editor)

    page = client.get(f"/admin/reviews/policy/{policy.pk}/review/")
    (place,) = re.findall(r'name="place" value="(on-.+?)"', page.content.decode())[:1]
    send(client, policy, unescape(place), "Odd name.")

    assert Comment.objects.get().dimension_key == 'a-b/c & "<i>'


def test_people_who_can_be_named_are_those_who_may_look(
    editor: User, superuser: User, nobody: User, client: Client
) -> None:
    make_user("left", "Lea", "Voss", "Reviewers", is_active=False)
    client.force_login(editor)

    page = client.get("/admin/reviews/policy/people/")

    assert re.findall('data-username="(.+?)"', page.content.decode()) == ["admin", "editor"]
    client.force_login(nobody)
    assert client.get("/admin/reviews/policy/people/").status_code == 403
