"""A hub whose people, records and reasons are Chinese, seen in Chinese: English that is left, nobody marked."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.timezone import localdate
from django.utils.translation import override

from reviews.models import Answer, Comment, Decision, FileQuestion, Policy, Run, RunKind, RunStatus, Verdict
from reviews.models.door import Door, open_door
from reviews.services.answering import ANSWERS, answer_question
from reviews.services.assigning import assign_policies
from reviews.services.commenting import add_comment, resolve_thread
from reviews.services.digests import send_digests
from reviews.services.editing import edit_policy
from reviews.services.export_runs import begin_export
from reviews.services.importing import import_policies
from reviews.services.language import choose_language
from reviews.services.runs import begin_run, fail_run
from reviews.services.upload_source import pack_files
from reviews.services.uploading import begin_upload, cancel_upload, confirm_upload, digest_plan, plan_upload
from reviews.services.workflow import judge_dimensions
from reviews.states import VerdictKind
from reviews.tasks import run_export, run_import
from tests.admin.english import english_of, english_on
from tests.admin.html import read_form, read_text
from tests.factories import Folder, claim, decide, flow_text, front_matter, get_policy, judgement, make_user
from tests.questions import ask


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>政策 in AI</p>", [("p", "政策 in AI")]),
        ('<a class="x" title="Go">去</a>', [("a.x[title]", "Go")]),
        ("<template><b>Add</b></template>", [("template b", "Add")]),
        ('<input type="submit" value="Send">', [("input[value]", "Send")]),
        ('<p lang="en">Text <b>of</b> a policy</p><p class="mono">x-y</p><kbd>Up</kbd>', []),
        ("<p>policies/zh/11.md、https://192.0.2.1/a、change_policy</p>", []),
    ],
)
def test_english_is_found(html: str, found: list[tuple[str, str]]) -> None:
    assert english_of(html) == found


# -- the hub ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hub:
    """People of every role, and a record in every state by what it is there for."""

    people: dict[str, User]
    records: dict[str, Policy]
    runs: tuple[Run, ...]
    questions: tuple[FileQuestion, ...]

    def client(self, name: str) -> Client:
        """A browser in which this person is logged in, and speaks Chinese."""
        client = Client(headers={"accept-language": "zh-CN"})
        client.force_login(self.people[name])
        return client


def policy_of(folder: Folder, number: int, **changes: object) -> Policy:
    """A record that holds no Latin letter but keys of the file."""
    values = chinese_values(number, **changes)
    return folder.import_policy(str(number), language="zh", body="\n海底向封存开放。\n", **values)


def chinese_values(number: int, **changes: object) -> dict[str, Any]:
    """What its file holds."""
    analysis = {
        "market": claim(citation="第四条", evidence="凡能支付监测费用者均可申请许可。", label="开放准入"),
        "mrv": claim(auditNote=None, citation="第五条", evidence="每年提交报告。", label="每年", score=62.5),
    }
    values = {
        "analysis": analysis,
        "category": "监管",
        "country": "挪威",
        "description": "海底封存的规则，以及事后由谁承担费用。",
        "evolution": {"clusters": ["北海"], "supersedes": ["1985"]},
        "impactAnalysis": {"economic": "成本下降。"},
        "interpretation": "条文从宽解释。",
        "legalWeight": "法律",
        "provenance": {"author": "王芳", "lastAuditDate": "2026-02-08", "reviewer": "待人工审核"},
        "regulatory": {"liability_period": "二十年"},
        "sectors": ["封存", "运输"],
        "source": "能源部",
        "status": "现行",
        "title": f"第{number}号封存法",
        "url": f"https://192.0.2.1/{number}",
    }
    return {**values, **changes}


def judge(policy: Policy, actor: User, kind: VerdictKind = VerdictKind.ACCEPTED, *keys: str) -> None:
    items = [judgement(policy, key, "已对照来源核对。", kind) for key in keys or ("market", "mrv")]
    judge_dimensions(policy.pk, items, actor=actor)


@pytest.fixture
def hub(db: None, folder: Folder) -> Hub:
    """Everything that a page can show, once."""
    people = {
        "editor": make_user("1", "芳", "王", "Editors", email="1@192.0.2.1"),
        "reviewer": make_user("2", "伟", "张", "Reviewers", email="2@192.0.2.1"),
        "other": make_user("3", "娜", "李", "Reviewers"),
        "publisher": make_user("4", "强", "刘", "Publishers"),
        "nobody": make_user("5", "敏", "陈"),
        "superuser": make_user("6", "静", "杨", is_superuser=True),
    }
    editor, reviewer, other = people["editor"], people["reviewer"], people["other"]
    records = {
        name: policy_of(folder, number)
        for number, name in enumerate(
            ("claimed", "judged", "signed", "stale", "due", "returned", "left"), start=11
        )
    }
    judge(records["judged"], other, VerdictKind.REJECTED, "market")
    judge(records["judged"], reviewer, VerdictKind.CORRECTED, "market")
    for name in ("signed", "stale", "due"):
        judge(records[name], reviewer)
        decide(records[name], "verify", reviewer)
    change(editor, records["stale"], title="第14号封存法（修订）", year=2025)
    with open_door(Door.STATE):
        Policy.objects.filter(pk=records["due"].pk).update(next_review_on=dt.date(2026, 1, 1))
    decide(records["returned"], "request_changes", reviewer, "请补充出处。")
    decide(records["left"], "abstain", other, "与作者相识。")
    thread = add_comment(records["judged"].pk, "第几条？", actor=other, dimension_key="mrv")
    add_comment(records["judged"].pk, "第五条。", actor=reviewer, thread_pk=thread.pk)
    closed = add_comment(records["judged"].pk, "标题对吗？", actor=other)
    resolve_thread(records["judged"].pk, closed.pk, actor=other)
    assign_policies(
        [records["claimed"].pk], assignee=reviewer, due_on=dt.date(2999, 1, 1), actor=people["superuser"]
    )
    records["odd"] = policy_of(
        folder, 20, reviewStatus="draft", analysis={}, url="无", year="不详", 备注="保留"
    )
    records["conflict"], records["noted"] = policy_of(folder, 21), policy_of(folder, 22)
    make_conflicts(folder, records, editor, reviewer)
    questions = make_questions(folder, records, editor)
    return Hub(people, records, make_runs(people), questions)


def make_conflicts(folder: Folder, records: dict[str, Policy], editor: User, reviewer: User) -> None:
    """One record that disagrees with its file on values of every kind, and a signed one on a note."""
    change(
        editor,
        records["conflict"],
        title="此处之法",
        year=2030,
        description="一。\n\n二，此处。",
        sectors=["甲", "乙"],
    )
    judge(records["noted"], reviewer)
    decide(records["noted"], "verify", reviewer)
    policy_of(
        folder,
        21,
        title="文件之法",
        year="不详",
        description="一。\n\n二，文件。",
        sectors=["丙"],
        analysis={},
    )
    noted = chinese_values(22)["analysis"]
    noted["market"]["auditNote"] = "脚本已核对。"
    policy_of(folder, 22, analysis=noted)


def make_questions(folder: Folder, records: dict[str, Policy], editor: User) -> tuple[FileQuestion, ...]:
    """A question of each kind, about a record of its own; one that retired it, and one that settled by itself."""
    for number, name in enumerate((*ANSWERS, "retired", "settled"), start=23):
        records[name] = policy_of(folder, number)
    asked = [ask(records[kind], kind, title="文件之法") for kind in ANSWERS]
    answered, settled = ask(records["retired"], "gone"), ask(records["settled"], "gone")
    answer_question(answered.pk, Answer.RETIRE, actor=editor, reason="已废止。")
    with open_door(Door.CONTENT):
        FileQuestion.objects.filter(pk=settled.pk).update(answer=Answer.SETTLED, answered_at=settled.asked_at)
    return *asked, answered, settled


def chinese_text(number: int) -> bytes:
    """The file of a record as somebody else changed it."""
    values = chinese_values(number, country="瑞典", title="法", year=2026)
    return flow_text(front_matter(str(number), **values), "\n海底。\n").encode()


def make_runs(people: dict[str, User]) -> tuple[Run, ...]:
    """Runs in every state: what they say was said to somebody who speaks Chinese."""
    no_title = "---\n备注: 无\n---\n".encode()
    edited, other = (
        pack_files([(f"{number}.md", chinese_text(number)), ("30.md", no_title), ("../31.md", b"")])
        for number in (14, 17)
    )
    with override("zh-hans"):
        begun: dict[str, Any] = {"actor": people["superuser"], "source": "法"}
        waiting, failed, broken = (
            begin_run(RunKind.IMPORT, status=status, options={"name": "法.zip"}, **begun)
            for status in (RunStatus.WAITING, RunStatus.RUNNING, RunStatus.RUNNING)
        )
        fail_run(failed, "磁盘已满。")
        with open_door(Door.CONTENT):
            Run.objects.filter(pk=broken.pk).update(started_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        again, planned, cancelled = (
            begin_upload([("法.zip", edited)], language="zh", actor=people["superuser"]) for _ in range(3)
        )
        cancel_upload(cancelled.pk, actor=people["superuser"])
        confirm_upload(again.pk, seen="", actor=people["superuser"])
        run_import.enqueue(again.pk)
        done = begin_upload([("法.zip", other)], language="zh", actor=people["editor"])
        confirm_upload(done.pk, seen=digest_plan(plan_upload(done)), actor=people["editor"])
        run_import.enqueue(done.pk)
        written = begin_export(None, actor=people["publisher"])
        run_export.enqueue(written.pk)
    return waiting, failed, broken, again, planned, cancelled, done, written


def change(actor: User, policy: Policy, **fields: object) -> None:
    seen = get_policy(policy.policy_id, "zh").to_values()
    wanted = replace(seen, fields={**seen.fields, **fields})
    edit_policy(policy.pk, seen=seen, wanted=wanted, actor=actor)


# -- every page -------------------------------------------------------------------------------------------

# What addresses take, and what they lead to that is no page of ours.
NO_PAGES = {"jsi18n", "view_on_site", "autocomplete", "language", "logout"}
QUERIES = {
    "reviews_policy_changelist": ["?q=zz", "?standing=claimed", "?o=-3"],
    "reviews_policy_compare": ["?from=1&all", "?from=9&to=x"],
    "reviews_decision_changelist": ["?transition=verify"],
}


def addresses(hub: Hub, *names: str) -> Iterator[str]:
    """Every address of the admin that shows a page, with these records and a row of every list."""
    records = [hub.records[name].pk for name in names]
    rows = {
        "auth_user": hub.people["editor"].pk,
        "auth_group": Group.objects.get_or_create(name="译者")[0].pk,
        "reviews_decision": Decision.objects.latest("pk").pk,
        "reviews_verdict": Verdict.objects.latest("pk").pk,
    }
    thread = Comment.objects.filter(thread=None).earliest("pk")
    for pattern in patterns(get_resolver().url_patterns):
        name = str(pattern.name)
        takes = set(pattern.pattern.converters)
        if pattern.name is None or name in NO_PAGES or name.endswith(("_delete", "_chart")):
            continue
        if not takes:
            found = [reverse(f"admin:{name}")]
        elif "object_id" in takes or "id" in takes:
            row = rows.get(name.rpartition("_")[0].removesuffix("_password"))
            found = [reverse(f"admin:{name}", args=[row])] if row else []
        elif takes == {"pk"}:
            found = [reverse(f"admin:{name}", args=[pk]) for pk in records]
        elif takes == {"run_pk"}:
            found = [reverse(f"admin:{name}", args=[run.pk]) for run in hub.runs]
        elif takes == {"question_pk"}:
            found = [reverse(f"admin:{name}", args=[question.pk]) for question in hub.questions]
        elif takes == {"pk", "version"}:
            found = [reverse(f"admin:{name}", args=[pk, 1]) for pk in records]
        elif takes == {"pk", "thread_pk"}:
            found = [reverse(f"admin:{name}", args=[thread.policy_id, thread.pk])]
        else:
            raise AssertionError(f"the test knows no way to {name}: it takes {takes}")
        yield from (address + query for address in found for query in ["", *QUERIES.get(name, [])])


def patterns(found: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for item in found:
        if isinstance(item, URLResolver):
            yield from patterns(item.url_patterns)
        elif "app_label" not in str(item.pattern) and "favicon" not in str(item.pattern):
            yield item


@pytest.mark.parametrize(
    ("who", "names"),
    [
        (
            "superuser",
            [
                *(
                    "claimed",
                    "judged",
                    "signed",
                    "stale",
                    "due",
                    "returned",
                    "left",
                    "odd",
                    "conflict",
                    "noted",
                ),
                *(*ANSWERS, "retired"),
            ],
        ),
        ("reviewer", ["claimed", "judged", "due", "left", "conflict", "noted"]),
        ("editor", ["judged", "stale", "returned", "odd", "conflict", "noted", "retired"]),
        ("publisher", ["signed"]),
        ("nobody", ["signed"]),
    ],
)
def test_pages_in_chinese_hold_no_english(who: str, names: list[str], hub: Hub) -> None:
    client = hub.client(who)
    found = []
    for address in addresses(hub, *names):
        answer = client.get(address)
        assert answer.status_code in (200, 302, 400, 403, 404, 405), address
        found += english_on(answer, address)

    assert list(dict.fromkeys(found)) == []


def test_pages_before_the_login_hold_no_english(db: None, client: Client) -> None:
    speaker = Client(headers={"accept-language": "zh-CN"})
    wrong = {"username": "1", "password": "1"}
    answers = [
        speaker.get("/admin/login/"),
        speaker.post("/admin/login/", wrong),
        speaker.post("/admin/language/", {"language": "1"}),
        Client(headers={"accept-language": "zh-CN"}, enforce_csrf_checks=True).post("/admin/login/", wrong),
    ]

    assert [found for n, answer in enumerate(answers) for found in english_on(answer, str(n))] == []
    assert [answer.status_code for answer in answers] == [200, 200, 400, 403]


# -- what pages answer ------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["reviewer", "superuser"])
def test_refused_reviews_are_refused_in_chinese(who: str, hub: Hub) -> None:
    client, found = hub.client(who), []
    for name, acts in (
        ("claimed", ("verify", "request_changes", "abstain", "skip")),
        ("judged", ("verify", "save")),
        ("signed", ("reopen", "submit")),
        ("returned", ("submit", "verify")),
        ("left", ("save_next",)),
    ):
        place = reverse("admin:reviews_policy_review", args=[hub.records[name].pk])
        page = client.get(place)
        for act in acts:
            typed = {**read_form(page, "review"), "act": act, "0-note": "不同", "0-seen_note": "旧"}
            found += english_on(client.post(place, typed, follow=True), f"{name}: {act}")

    assert list(dict.fromkeys(found)) == []


def test_refused_edits_are_refused_in_chinese(hub: Hub) -> None:
    client, found = hub.client("editor"), []
    for name, record in hub.records.items():
        place = reverse("admin:reviews_policy_change", args=[record.pk])
        posted = read_form(client.get(place), "edit")
        for typed in (
            {
                "title": " ",
                "url": "1",
                "year": "1.5",
                "pub_date": "0",
                "analysis-0-score": "-",
                "reason": "一" * 2000,
            },
            {"analysis-9-key": "-", "analysis-9-label": "1", "regulatory-9-key": "market", "version": "1"},
            {"transition": "submit", "country": "瑞典"},
            {},
        ):
            found += english_on(client.post(place, {**posted, **typed}, follow=True), f"{name}: {[*typed]}")
    place = reverse("admin:reviews_policy_add")
    found += english_on(client.post(place, {"policy_id": "/", "language": "1", "title": ""}), "add")
    found += english_on(client.post(place, {"policy_id": "11", "language": "zh", "title": "法"}), "add again")

    assert list(dict.fromkeys(found)) == []


def test_conflicts_are_resolved_in_chinese(hub: Hub) -> None:
    client, found = hub.client("editor"), []
    record = hub.records["conflict"]
    place = reverse("admin:reviews_policy_resolve", args=[record.pk])
    posted = read_form(client.get(place), "resolve")
    choices = [f"{row.pk}-choice" for row in record.conflicts.all()]
    others = dict.fromkeys(choices, "other")
    for typed in (
        {},
        others,
        others | {f"{row.pk}-other": "<<<<<<<" for row in record.conflicts.all()},
        {choices[0]: "theirs", "version": "x"},
        {choices[0]: "ours"},
        {choices[0]: "ours"},  # and again, by when it is resolved
        {choices[1]: "theirs", choices[2]: "theirs"},
    ):
        found += english_on(client.post(place, {**posted, **typed}, follow=True), f"{typed}")
    found += english_on(client.get(place), "what was resolved")
    signed = reverse("admin:reviews_policy_resolve", args=[hub.records["noted"].pk])
    found += english_on(hub.client("reviewer").get(signed), "a signed note")

    assert list(dict.fromkeys(found)) == []


def test_assignments_are_told_in_chinese(hub: Hub) -> None:
    client, found = hub.client("superuser"), []
    place = reverse("admin:reviews_policy_assign")
    pks = {"selection": ",".join(str(record.pk) for record in hub.records.values())}
    reviewers = Group.objects.get(name="Reviewers").pk
    for n, typed in enumerate(
        (
            {},
            {"act": "plan", "to": "", "due_on": "1"},
            {"act": "plan", "to": f"group-{reviewers}"},
            {"act": "plan", "to": f"person-{hub.people['reviewer'].pk}", "due_on": "2000-01-01"},
            {"act": "assign", "to": f"person-{hub.people['other'].pk}", "seen": "0"},
            {"act": "assign", "to": f"group-{reviewers}"},
            {"act": "take_back"},
            {"act": "take_back"},
        )
    ):
        found += english_on(client.post(place, {**pks, **typed}, follow=True), str(n))
    found += english_on(client.post(place, {"selection": "x"}), "no selection")
    changelist = reverse("admin:reviews_policy_changelist")
    for action in ("assign_selected", "export_selected"):
        chosen = {"action": action, "_selected_action": [record.pk for record in hub.records.values()]}
        found += english_on(client.post(changelist, chosen, follow=True), action)
        found += english_on(client.post(changelist, {"action": action}, follow=True), f"{action} of none")

    assert list(dict.fromkeys(found)) == []


def test_people_who_meet_are_told_in_chinese(hub: Hub) -> None:
    place = reverse("admin:reviews_policy_review", args=[hub.records["claimed"].pk])
    first, second, found = hub.client("reviewer"), hub.client("other"), []
    page = first.get(place)
    found += english_on(second.get(place), "held by another")
    found += english_on(
        second.post(place, {**read_form(page, "review"), "act": "take_over"}, follow=True), "taken"
    )
    found += english_on(first.get(reverse("admin:reviews_policy_queue")), "queue")
    found += english_on(first.post(place, {**read_form(page, "review"), "act": "save"}, follow=True), "lost")

    edit, editor = reverse("admin:reviews_policy_change", args=[hub.records["odd"].pk]), hub.client("editor")
    forms = [read_form(editor.get(edit), "edit") for _ in range(2)]
    editor.post(edit, {**forms[0], "title": "海域法", "country": "瑞典"})
    found += english_on(editor.post(edit, {**forms[1], "title": "海底法", "country": ""}), "clash")
    found += english_on(editor.post(edit, {**forms[1], "category": "激励"}, follow=True), "merged")

    comment = reverse("admin:reviews_policy_comment", args=[hub.records["claimed"].pk])
    for typed in (
        {"text": ""},
        {"text": "好" * 10_001},
        {"text": "好", "dimension_key": "1"},
        {"text": "好"},
    ):
        found += english_on(editor.post(comment, typed, follow=True), f"comment {[*typed]}")
    preferences = reverse("admin:preferences")
    found += english_on(editor.post(preferences, {"mails_assigned": "on"}, follow=True), "preferences")

    assert list(dict.fromkeys(found)) == []


def test_an_export_tells_of_it_in_chinese(hub: Hub, folder: Folder) -> None:
    client, found = hub.client("publisher"), []
    place = reverse("admin:reviews_policy_write")
    found += english_on(client.post(place, {"selection": ""}, follow=True), "again")
    found += english_on(client.post(place, {"selection": "1"}, follow=True), "nothing")
    folder.write("policies/zh/13.md", "---\ntitle: 改动\n---\n")
    found += english_on(client.post(place, {"selection": ""}, follow=True), "held back")
    found += english_on(
        hub.client("superuser").get(f"/admin/reviews/policy/{hub.records['signed'].pk}/file/"), "file"
    )

    assert list(dict.fromkeys(found)) == []


def test_uploads_are_told_in_chinese(hub: Hub) -> None:
    client, found = hub.client("superuser"), []
    place = reverse("admin:reviews_run_upload")
    for name, data in (("", b""), ("1.pdf", b"x"), ("1.zip", b"x"), ("1.zip", pack_files([("1", b"")]))):
        sent = {"upload": SimpleUploadedFile(name, data)} if name else {}
        found += english_on(client.post(place, {**sent, "language": "zh"}, follow=True), f"{name}, refused")
    found += english_on(client.post(place, {"language": "1"}, follow=True), "language")
    for run in hub.runs:
        decide_it = reverse("admin:reviews_run_decide", args=[run.pk])
        for act in ("confirm", "cancel", "again", "1"):
            found += english_on(client.post(decide_it, {"act": act}, follow=True), f"{act} {run.pk}")

    assert list(dict.fromkeys(found)) == []


def test_a_file_that_takes_no_change_says_so_in_chinese(hub: Hub, folder: Folder) -> None:
    """Documents know no languages; what they refuse is translated all the same."""
    path = folder.policy("30", language="zh", style="block", title="法", reviewStatus="draft")
    text = path.read_text("utf-8").replace("reviewStatus: draft", "reviewStatus: &x draft")
    import_policies([folder.write("policies/zh/30.md", text)], actor=None, root=folder.root)

    page = hub.client("reviewer").get(f"/admin/reviews/policy/{get_policy('30', 'zh').pk}/file/")

    assert [said for said in read_text(page, "notice-danger") if "锚点" in said]
    assert english_on(page, "file") == []


def test_mails_in_chinese_hold_no_english(
    hub: Hub, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    people, records = hub.people, hub.records
    for person in people.values():
        choose_language("zh-hans", actor=person)
    with django_capture_on_commit_callbacks(execute=True):
        rest = [records["returned"].pk, records["left"].pk, records["due"].pk]
        assign_policies(rest, assignee=people["reviewer"], actor=people["superuser"], due_on=localdate())
        add_comment(records["stale"].pk, "请看 @2", actor=people["other"], dimension_key="mrv")
        decide(records["stale"], "request_changes", people["reviewer"], "请补充出处。")
    send_digests()

    assert {mail.to[0] for mail in mailoutbox} == {"2@192.0.2.1", "1@192.0.2.1"}
    assert len(mailoutbox) == 4
    assert [
        found for mail in mailoutbox for found in english_of(f"<p>{mail.subject}</p><p>{mail.body}</p>")
    ] == []
