"""Export to git: a commit for each decision, by its reviewer, and nothing else; against real repositories."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from reviews.git import Repository, guard
from reviews.models import FileQuestion, Policy, Run, RunKind
from reviews.models.file_question import Answer
from reviews.schema import PolicyValues
from reviews.services.answering import answer_question
from reviews.services.editing import add_policy
from reviews.services.export_report import ExportOutcome, ExportReport, diff_texts
from reviews.services.exporting import export_policies
from reviews.services.git_branch import MovedOnError, find_base
from reviews.services.git_exporting import GitExport, export_to_git
from reviews.services.git_plan import plan_export
from reviews.services.git_source import GitSource
from reviews.services.import_plan import Outcome
from reviews.services.importing import import_policies
from reviews.services.manifest import ManifestReport
from reviews.services.runs import begin_run
from reviews.signoffs import NAME, SIGNATURE
from reviews.signoffs.signing import check_signature, read_public_key
from tests.factories import Folder, decide, get_policy, judge_all, verify
from tests.git.sites import PATH, Site, git
from tests.services.counts import count_rows
from tests.services.test_manifest import make_key

pytestmark = pytest.mark.django_db


def outcomes(report: ExportReport) -> list[tuple[str, str]]:
    return [(item.path, item.outcome.value) for item in report.files]


def reason_of(report: ExportReport) -> str:
    """Why the one record was held back."""
    (item,) = report.files
    assert item.outcome is ExportOutcome.HELD_BACK, item
    return item.reason


def replace_title(values: PolicyValues, title: str) -> PolicyValues:
    return replace(values, fields={**values.fields, "title": title})


def test_decision_becomes_a_commit_by_its_reviewer(signed_site: Site, publisher: User) -> None:
    site, policy = signed_site, get_policy()
    decision = policy.signoff
    assert decision is not None

    report = export_to_git(site.root, actor=publisher)

    tip = site.git("rev-parse", "main")
    assert (outcomes(report), report.commit) == ([(PATH, "written")], tip)
    assert (
        site.git("show", "--no-patch", "--format=%an <%ae>%n%at%n%cn <%ce>%n%n%B")
        == f"""\
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
    )
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
    assert run.options == {"language": "en", "to": "git", "branch": "main", "push": False}


def test_second_export_changes_nothing(signed_site: Site) -> None:
    first = export_to_git(signed_site.root, actor=None)
    before = count_rows()

    again = export_to_git(signed_site.root, actor=None)

    assert (outcomes(again), again.commit, again.is_clean) == ([(PATH, "unchanged")], first.commit, True)
    assert count_rows() == before
    assert import_policies(GitSource(signed_site.root), actor=None).count(Outcome.UNCHANGED) == 1


def test_blame_of_an_audit_note_names_who_vouches_for_it(
    signed_site: Site, reviewer: User, second_reviewer: User
) -> None:
    """Two people sign two records; of each note, and of each line of the manifest, git says whose it is."""
    site = signed_site
    site.import_policy("b-second-act", title="Second Act")
    verify(get_policy("b-second-act"), second_reviewer)

    report = export_to_git(site.root, actor=None)

    assert report.count(ExportOutcome.WRITTEN) == 2
    for path, name in (
        (PATH, "Rosa Lindqvist"),
        ("policies/en/b-second-act.md", second_reviewer.get_full_name()),
    ):
        notes = [line for line in site.git("blame", path).splitlines() if "'Read the source on" in line]
        assert len(notes) == 2
        assert all(f"({name} " in line for line in notes), notes
        others = [
            line for line in site.git("blame", path).splitlines() if "'title'" in line or "'score'" in line
        ]
        assert others
        assert all("(Hub " in line for line in others), others
    first, second = site.git("blame", "SIGNOFFS.jsonl").splitlines()
    assert ("(Rosa Lindqvist " in first, f"({second_reviewer.get_full_name()} " in second) == (True, True)
    assert site.subjects()[:2] == [
        "Verify b-second-act (en)",
        "Verify no-storage-act (en)",
    ]  # as they were decided
    assert site.is_sound()


def test_message_and_author_survive_what_people_typed(site: Site, reviewer: User) -> None:
    """Names and reasons cannot forge an author, a trailer or another line."""
    reviewer.first_name, reviewer.last_name = "Rosa\n<evil@example.org>", "Lind\x1bqvist."
    reviewer.email = "rosa@example.org>\nReviewed-by: Someone <else@example.org"
    reviewer.save()
    judge_all(get_policy(), reviewer)
    decide(get_policy(), "verify", reviewer, "Fine.\n\nReviewed-by: Someone <else@example.org>\n# no comment")

    export_to_git(site.root, actor=None)

    assert site.git("show", "--no-patch", "--format=%an <%ae>") == (
        "Rosa evil@example.org Lind qvist <rosa@example.orgReviewed-by:Someoneelse@example.org>"
    )
    body = site.git("show", "--no-patch", "--format=%B")
    assert "\n    Fine. Reviewed-by: Someone <else@example.org> # no comment\n" in body
    trailers = site.git("show", "--no-patch", "--format=%(trailers:key=Reviewed-by,valueonly)").split("\n")
    assert [line for line in trailers if line] == [
        "Rosa evil@example.org Lind qvist <rosa@example.orgReviewed-by:Someoneelse@example.org>"
    ]


def test_record_goes_below_the_folder_that_it_came_from(
    tmp_path: Path, git_home: Path, reviewer: User, editor: User, policy_folder: Path
) -> None:
    """Files may stand in a folder of the repository, which was imported as a folder; so does a new record's file."""
    site = Site.create(tmp_path / "site")
    content = Folder(site.root / "src" / "content")
    content.policy()
    site.commit()
    import_policies([content.root], actor=None, root=content.root)
    add_policy("new-act", "en", replace_title(get_policy().to_values(), "New Act"), actor=editor)
    decide(get_policy("new-act"), "submit", editor)
    for policy_id in ("no-storage-act", "new-act"):
        verify(get_policy(policy_id), reviewer)

    report = export_to_git(site.root, actor=None)

    assert outcomes(report) == [
        ("src/content/policies/en/new-act.md", "written"),
        ("src/content/policies/en/no-storage-act.md", "written"),
    ]
    lines = [json.loads(line) for line in site.show("src/content/SIGNOFFS.jsonl").splitlines()]
    assert [line["path"] for line in lines] == [PATH, "policies/en/new-act.md"]
    source = get_policy("new-act").source_file
    assert (source.root, source.path) == (str(content.root), "policies/en/new-act.md")
    assert site.is_sound()
    assert import_policies([content.root], actor=None, root=content.root).count(Outcome.UNCHANGED) == 2
    assert export_policies(actor=None).is_clean


def test_bare_repository_needs_no_work_tree(signed_site: Site, tmp_path: Path, reviewer: User) -> None:
    """Two branches: the default one, and one that is made on it for a pull request."""
    bare = Site(tmp_path / "bare.git")
    git(tmp_path, "clone", "--quiet", "--bare", str(signed_site.root), str(bare.root))
    for name in ("user.name", "user.email"):
        bare.git("config", name, signed_site.git("config", name))
    policy = import_policies(GitSource(bare.root), actor=None, adopts=True)
    assert not policy.refused
    old = bare.git("rev-parse", "main")
    assert reason_of(export_policies(actor=None)) == (
        f"{bare.root} is a bare git repository, in which no files lie: export to it with --git."
    )

    proposed = export_to_git(bare.root, branch="sign-offs", actor=None)

    assert (outcomes(proposed), bare.git("rev-parse", "main")) == ([(PATH, "written")], old)
    assert bare.subjects("sign-offs") == ["Verify no-storage-act (en)", *bare.subjects("main")]
    assert outcomes(export_to_git(bare.root, branch="sign-offs", actor=None)) == [(PATH, "unchanged")]
    assert import_policies(GitSource(bare.root), actor=None).count(Outcome.UNCHANGED) == 1

    bare.git("update-ref", "refs/heads/main", "sign-offs")  # as somebody merges it
    (item,) = import_policies(GitSource(bare.root), actor=None).files

    assert (item.outcome, get_policy().source_file.text) == (
        Outcome.UPDATED,
        get_policy().signoff.signed_text,
    )
    assert outcomes(export_to_git(bare.root, actor=None)) == [(PATH, "unchanged")]
    bare.git("fsck", "--strict", "--no-dangling")


# -- the branch moved on ----------------------------------------------------------------------------------


def test_commits_go_on_top_and_a_file_that_changed_is_held_back(signed_site: Site, reviewer: User) -> None:
    site = signed_site
    site.import_policy("b-second-act", title="Second Act")
    verify(get_policy("b-second-act"), reviewer)
    site.files.write(PATH, site.files.read(PATH).replace("Storage Act", "Act on Storage"))
    theirs = site.commit("Another title")

    report = export_to_git(site.root, actor=None)

    assert [(item.path, item.outcome.value, item.reason) for item in report.files] == [
        ("policies/en/b-second-act.md", "written", ""),
        (
            PATH,
            "held back",
            (
                "The file changed on main since Rosa Lindqvist signed it, so it was left as it is: import it, review "
                "what changed, and sign it again."
            ),
        ),
    ]
    assert site.git("rev-parse", "main~1") == theirs
    assert site.is_sound()


def test_signature_that_was_taken_back_on_the_branch_is_not_put_there_again(
    signed_site: Site, editor: User
) -> None:
    """Unless somebody says so."""
    site = signed_site
    export_to_git(site.root, actor=None)
    site.git("revert", "--no-edit", "HEAD")

    assert reason_of(export_to_git(site.root, actor=None)).startswith(
        "The file changed on main since Rosa Lindqvist"
    )

    site.git("rm", "--quiet", PATH)
    site.commit("Gone")

    assert reason_of(export_to_git(site.root, actor=None)) == (
        "The file is gone from main: bring it back, or import the branch and say what became of it."
    )

    site.import_all()
    answer_question(FileQuestion.objects.get().pk, Answer.WRITE_AGAIN, actor=editor)

    assert outcomes(export_to_git(site.root, actor=None)) == [(PATH, "written")]
    assert (site.show(PATH), site.is_sound()) == (get_policy().signoff.signed_text, True)


def test_branch_that_moves_meanwhile_is_taken_as_it_is_then(signed_site: Site, tmp_path: Path) -> None:
    """A hook plays the colleague who commits while the export is at work, once."""
    site = signed_site
    site.git("switch", "--quiet", "--create", "elsewhere")
    site.hook(
        "pre-commit",
        f"""\
test -e {tmp_path}/done && exit 0
touch {tmp_path}/done
git update-ref refs/heads/main $(git commit-tree -p main -m "Meanwhile" main^{{tree}})
""",
    )

    report = export_to_git(site.root, branch="main", actor=None)

    assert outcomes(report) == [(PATH, "written")]
    assert site.subjects("main")[:2] == ["Verify no-storage-act (en)", "Meanwhile"]
    assert site.is_sound()


def test_decision_that_is_taken_back_meanwhile_stays_out(signed_site: Site, reviewer: User) -> None:
    repository = Repository.open(signed_site.root)
    base = find_base(repository, None)
    run = begin_run(RunKind.EXPORT, actor=None, source="")
    export = GitExport(base, plan_export(base, None), None, run)
    decide(get_policy(), "reopen", reviewer, "Not yet.")

    with guard(repository), pytest.raises(MovedOnError) as error:
        export.publish()

    assert str(error.value) == (
        "no-storage-act (en) was changed or decided on meanwhile, and nothing was exported: repeat it."
    )
    assert (signed_site.git("rev-parse", "main"), signed_site.is_sound()) == (base.tip, True)


# -- a work tree that an export to disk wrote to ----------------------------------------------------------


def test_files_that_were_written_to_disk_before_are_committed(signed_site: Site, reviewer: User) -> None:
    """The manifest too, whose lines the export to disk put in order of the ids, not of the decisions."""
    site = signed_site
    site.import_policy("b-second-act", title="Second Act")
    verify(get_policy("b-second-act"), reviewer)
    export_policies(actor=None)
    assert site.git("status", "--porcelain").split() == [
        *("M", "policies/en/b-second-act.md", "M", PATH, "??", "SIGNOFFS.jsonl")
    ]
    site.git("add", PATH)

    report = export_to_git(site.root, actor=None)

    assert (report.count(ExportOutcome.WRITTEN), site.is_sound()) == (2, True)
    lines = [json.loads(line)["path"] for line in site.show("SIGNOFFS.jsonl").splitlines()]
    assert lines == [PATH, "policies/en/b-second-act.md"]
    assert import_policies(GitSource(site.root), actor=None).count(Outcome.UNCHANGED) == 2


def test_line_that_the_manifest_lacks_is_a_commit_of_its_own(signed_site: Site) -> None:
    """Somebody committed the signed file by hand."""
    site = signed_site
    site.files.write(PATH, get_policy().signoff.signed_text)
    site.commit("By hand")

    report = export_to_git(site.root, actor=None)

    assert outcomes(report) == [(PATH, "written")]
    assert site.git("show", "--name-only", "--format=%s").splitlines() == [
        "Verify no-storage-act (en)",
        "",
        "SIGNOFFS.jsonl",
    ]
    assert export_to_git(site.root, actor=None).is_clean


def test_key_that_came_later_signs_the_manifest_in_a_commit_of_its_own(
    signed_site: Site, settings: LazySettings, tmp_path: Path
) -> None:
    """Also where an export to disk signed it already; another key signs it anew."""
    site = signed_site
    export_to_git(site.root, actor=None)
    for name, is_written_first in (("first", False), ("second", True)):
        settings.POLICYHUB_SIGNING_KEY = str(make_key(tmp_path / f"{name}.pem"))
        before = site.git("rev-parse", "main")
        planned = export_to_git(site.root, actor=None, is_dry_run=True)
        changed = (ManifestReport(site.root / NAME, 0, is_changed=True),)
        assert (planned.manifests, planned.is_clean, site.git("rev-parse", "main")) == (
            changed,
            False,
            before,
        )
        if is_written_first:
            assert export_policies(actor=None).manifests == changed

        report = export_to_git(site.root, actor=None)

        assert (outcomes(report), report.manifests) == ([(PATH, "unchanged")], changed)
        assert site.git("show", "--name-only", "--format=%s by %an <%ae>").splitlines() == [
            "Sign SIGNOFFS.jsonl by Hub <hub@example.org>",
            "",
            SIGNATURE,
        ]
        key = read_public_key((tmp_path / f"{name}.pub.pem").read_bytes())
        check_signature(site.show(NAME), site.show(SIGNATURE), key)
        assert (site.is_sound(), export_to_git(site.root, actor=None).is_clean) == (True, True)


def test_new_record_goes_into_the_folder_that_has_such_files(
    tmp_path: Path, git_home: Path, reviewer: User, editor: User, settings: LazySettings
) -> None:
    """Not below the project's own folder, though that is in the repository, since no file came from there."""
    site = Site.create(tmp_path / "site")
    settings.POLICYHUB_FOLDER = str(site.root / "docs")
    site.files.policy()
    (site.root / "docs").mkdir()
    site.git("add", "--all")
    site.git("mv", "policies/en", "docs/en")
    site.commit()
    site.import_all()
    for language in ("en", "zh"):
        add_policy("new-act", language, replace_title(get_policy().to_values(), "New Act"), actor=editor)
        decide(get_policy("new-act", language), "submit", editor)
        verify(get_policy("new-act", language), reviewer)

    report = export_to_git(site.root, actor=None, policies=Policy.objects.filter(policy_id="new-act"))

    assert outcomes(report) == [("docs/en/new-act.md", "written"), ("docs/zh/new-act.md", "written")]


def test_dry_run_shows_the_changes_and_leaves_no_trace(signed_site: Site) -> None:
    before = (signed_site.git("rev-parse", "main"), count_rows(), Run.objects.count())

    report = export_to_git(signed_site.root, actor=None, is_dry_run=True)

    (item,) = report.files
    assert (item.outcome, item.diff) == (
        ExportOutcome.WRITTEN,
        diff_texts(signed_site.show(PATH), get_policy().signoff.signed_text, PATH),
    )
    assert (signed_site.git("rev-parse", "main"), count_rows(), Run.objects.count()) == before
    assert signed_site.is_sound()
