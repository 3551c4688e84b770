"""Two people at the same moment, each on a connection of their own: one goes first, the other is told."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from reviews.models import Answer, Decision, FileQuestion, Finding, Policy, Verdict
from reviews.schema import read_policy
from reviews.selectors.trail import check_trail
from reviews.services.answering import answer_question
from reviews.services.checking import check_all_policies
from reviews.services.editing import add_policy, edit_policy
from reviews.services.errors import MeanwhileChangedError, RefusedError
from reviews.services.exporting import export_policies
from reviews.services.import_plan import Outcome
from reviews.services.importing import import_policies
from reviews.services.workflow import judge_dimensions, make_decision
from tests.factories import Folder, claim, front_matter, get_policy, judge_all, judgement, verify
from tests.services.counts import count_rows

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run each act in a thread of its own, started together; what each returned or raised, in order."""
    results: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            start.wait()
            results[place] = act()
        except RefusedError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"
    return results


@pytest.fixture(params=range(3))
def again(request: pytest.FixtureRequest) -> None:
    """Chance decides who is first: a few rounds."""


def test_two_reviewers_verify_and_one_decision_stands(
    again: None, imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    judge_all(imported, reviewer)
    before = count_rows()

    def verify_as(actor: User) -> Callable[[], Decision]:
        return lambda: make_decision(imported.pk, "verify", actor=actor, seen_digest=imported.content_digest)

    results = at_once(verify_as(reviewer), verify_as(second_reviewer))

    (decision,) = [item for item in results if isinstance(item, Decision)]
    (refusal,) = [item for item in results if isinstance(item, RefusedError)]
    assert str(refusal) == "Verify needs a record that is “In review”; this one is “Verified”."
    policy = get_policy()
    assert (policy.signoff, policy.reviewer) == (decision, decision.actor_name)
    assert count_rows() - before == {"Decision": 1, "Policy history": 1}


def test_decisions_on_several_records_at_once_are_one_trail(
    folder: Folder, reviewer: User, second_reviewer: User
) -> None:
    """Each saw the same end of the trail when it locked its record; one after the other they go on from there."""
    policies = [folder.import_policy(f"p{number}", title=str(number)) for number in range(4)]

    def verify_as(policy: Policy, actor: User) -> Callable[[], Decision]:
        return lambda: verify(policy, actor)

    people = (reviewer, second_reviewer, reviewer, second_reviewer)
    results = at_once(*(verify_as(*pair) for pair in zip(policies, people, strict=True)))

    assert [type(item) for item in results] == [Decision] * 4
    report = check_trail()
    assert (report.number, report.signed, report.faults) == (12, 4, ())


def test_two_editors_of_one_value_and_one_is_told(
    again: None, imported: Policy, editor: User, superuser: User
) -> None:
    seen = imported.to_values()

    def write(title: str, actor: User) -> Callable[[], Any]:
        wanted = replace(seen, fields={**seen.fields, "title": title})
        return lambda: edit_policy(imported.pk, seen=seen, wanted=wanted, actor=actor)

    results = at_once(write("One", editor), write("Two", superuser))

    (error,) = [item for item in results if isinstance(item, MeanwhileChangedError)]
    winner = get_policy().title
    assert [(change.at, change.new) for change in error.changes] == [(("title",), winner)]
    assert (get_policy().version, count_rows()["Policy history"]) == (2, 2)


def test_two_editors_of_two_values_and_both_are_kept(
    again: None, imported: Policy, editor: User, superuser: User
) -> None:
    seen = imported.to_values()

    def write(name: str, value: Any, actor: User) -> Callable[[], Any]:
        wanted = replace(seen, fields={**seen.fields, name: value})
        return lambda: edit_policy(imported.pk, seen=seen, wanted=wanted, actor=actor)

    at_once(write("title", "One", editor), write("year", 1999, superuser))

    policy = get_policy()
    assert (policy.title, policy.year, policy.version) == ("One", 1999, 3)
    assert count_rows()["Policy history"] == 3


def test_two_editors_of_two_records_that_check_each_other_are_both_kept(
    again: None, folder: Folder, editor: User, superuser: User
) -> None:
    """Each stores findings of the other's record, of which the row is locked."""
    one, two = folder.import_policy("a", title="One"), folder.import_policy("b", title="Two")

    def write(policy: Policy, title: str, actor: User) -> Callable[[], Any]:
        seen = policy.to_values()
        wanted = replace(seen, fields={**seen.fields, "title": title})
        return lambda: edit_policy(policy.pk, seen=seen, wanted=wanted, actor=actor)

    results = at_once(write(one, "Two", editor), write(two, "One", superuser))

    assert [len(report.changes) for report in results] == [1, 1]
    check_all_policies()
    assert Finding.objects.filter(check_id="title-twice").count() == 0


def test_edit_and_verification_and_what_is_signed_is_what_was_seen(
    again: None, imported: Policy, reviewer: User, editor: User
) -> None:
    judge_all(imported, reviewer)
    seen = get_policy().to_values()
    wanted = replace(seen, fields={**seen.fields, "title": "Sea Act"})

    at_once(
        lambda: make_decision(imported.pk, "verify", actor=reviewer, seen_digest=imported.content_digest),
        lambda: edit_policy(imported.pk, seen=seen, wanted=wanted, actor=editor),
    )

    policy = get_policy()
    assert (policy.title, policy.state) == ("Sea Act", "in_review")
    assert policy.standing == ("stale" if policy.signoff else "claimed")
    if policy.signoff:
        assert "Sea Act" not in policy.signoff.signed_text


def test_two_who_note_the_same_dimension_and_one_is_told(
    again: None, imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    one, two = judgement(imported, "market", "One."), judgement(imported, "market", "Two.")

    results = at_once(
        lambda: judge_dimensions(imported.pk, [one], actor=reviewer),
        lambda: judge_dimensions(imported.pk, [two], actor=second_reviewer),
    )

    assert sum(isinstance(item, MeanwhileChangedError) for item in results) == 1
    assert Verdict.objects.count() == 1
    assert get_policy().dimensions.get(key="market").audit_note == Verdict.objects.get().note


def test_two_who_cover_each_others_translation_do_not_wait_for_each_other(
    again: None, imported: Policy, folder: Folder, reviewer: User, second_reviewer: User
) -> None:
    chinese = folder.import_policy(language="zh")
    one = judgement(imported, "market", "One.", is_covering_translations=True)
    two = judgement(chinese, "mrv", "Two.", is_covering_translations=True)

    at_once(
        lambda: judge_dimensions(imported.pk, [one], actor=reviewer),
        lambda: judge_dimensions(chinese.pk, [two], actor=second_reviewer),
    )

    for language in ("en", "zh"):
        policy = get_policy(language=language)
        assert {item.key: item.audit_note for item in policy.dimensions.all()} == {
            "market": "One.",
            "mrv": "Two.",
        }
        assert set(policy.current_verdicts()) == {"market", "mrv"}


def test_two_who_add_the_same_policy_and_one_is_told(again: None, editor: User, superuser: User) -> None:
    wanted = read_policy(front_matter(analysis={"market": claim()}), "")

    results = at_once(
        lambda: add_policy("born-here", "en", wanted, actor=editor),
        lambda: add_policy("born-here", "en", wanted, actor=superuser),
    )

    assert sorted(type(item).__name__ for item in results) == ["Policy", "RefusedError"]
    assert Policy.objects.count() == 1


def test_two_imports_of_one_folder_make_each_record_once(again: None, folder: Folder) -> None:
    for number in range(20):
        folder.policy(f"policy-{number:02}")

    results = at_once(*[lambda: import_policies([folder.root], actor=None)] * 2)

    assert sorted(type(item).__name__ for item in results) in (
        ["ImportReport", "ImportReport"],
        ["ImportReport", "RefusedError"],
    )
    assert Policy.objects.count() == 20
    assert count_rows()["Policy history"] == 20


def test_two_exports_of_one_record_write_it_whole(
    again: None, folder: Folder, signed: Policy, publisher: User
) -> None:
    results = at_once(*[lambda: export_policies(actor=publisher)] * 2)

    outcomes = sorted(item.files[0].outcome.value for item in results)
    assert outcomes in (["unchanged", "written"], ["written", "written"])
    assert list(folder.policy_files().values()) == [signed.signoff.signed_text.encode()]
    assert get_policy().source_file.text == signed.signoff.signed_text


def test_answer_during_an_import_waits_or_comes_first(again: None, folder: Folder, editor: User) -> None:
    """Neither undoes the other: of two new files one becomes the record, while the import reads the other anew."""
    one, two = folder.policy(), folder.root / "policies/en/two.md"
    two.write_text(one.read_text())
    import_policies([folder.root], actor=None)
    question = FileQuestion.objects.get(path="policies/en/two.md")
    one.unlink()

    answered, imported = at_once(
        lambda: answer_question(question.pk, Answer.FOLLOW, actor=editor),
        lambda: import_policies([folder.root], actor=None).files[-1].outcome,
    )

    policy = get_policy()
    assert policy.source_file.path == "policies/en/two.md"
    assert not FileQuestion.objects.filter(answer="").exists()
    if isinstance(answered, RefusedError):  # the import was first: of the two there is one
        assert str(answered) == "An import found the files as they were, so there is nothing left to answer."
        assert imported is Outcome.CREATED
    else:
        question.refresh_from_db()
        assert (question.answer, question.answered_by) == ("follow", editor)
        assert imported is Outcome.UNCHANGED


def test_question_that_an_import_saw_open_is_not_answered_before_it_ends(
    folder: Folder, imported: Policy, editor: User
) -> None:
    """In the middle of the import, its file being back, somebody wants to retire the record."""
    text = folder.read("policies/en/no-storage-act.md")
    (folder.root / "policies/en/no-storage-act.md").unlink()
    import_policies([folder.root], actor=None)
    folder.write("policies/en/no-storage-act.md", text)
    question = FileQuestion.objects.get()
    results: list[Any] = []

    def retire() -> None:
        results.extend(
            at_once(lambda: answer_question(question.pk, Answer.RETIRE, actor=editor, reason="Gone."))
        )

    person = threading.Thread(target=retire)

    def progress(done: int, total: int) -> None:
        person.start()
        time.sleep(0.3)
        assert not results  # it waits

    import_policies([folder.root], actor=None, progress=progress)
    person.join(60)

    question.refresh_from_db()
    assert (question.answer, get_policy().state) == ("settled", "in_review")
    (refused,) = results
    assert str(refused) == "An import found the files as they were, so there is nothing left to answer."
