"""Export to git: a commit for each decision, by its reviewer, on a branch that moves when all are made, or not at all.

The commits are made apart (``reviews/git``), compared with what was signed, pushed where that is asked for, and then
the branch goes forward to them, with the work tree in which it is checked out. A run that was killed has changed
nothing, or all of it; the next one completes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from reviews.git import Author, Commit, Draft, GitError, Repository, guard
from reviews.models import Decision, Policy, Run, RunKind, SourceFile
from reviews.models.door import Door, open_door
from reviews.selectors.outgoing import outgoing
from reviews.services.commit_message import author_of, message_of
from reviews.services.errors import RefusedError
from reviews.services.export_report import ExportReport, diff_texts, record_export, require_export
from reviews.services.git_branch import (
    Base,
    MovedOnError,
    check_worktree,
    find_base,
    move_branch,
    push_commits,
)
from reviews.services.git_plan import GitPlan, PlannedFile, plan_export, signature_of
from reviews.services.git_words import refusing
from reviews.services.manifest import ManifestReport
from reviews.services.recording import lock_policy, remember_file, stamp
from reviews.services.revising import remember_files
from reviews.services.runs import begin_run, noting_failure, report_progress
from reviews.signoffs import NAME, SIGNATURE
from reviews.states import State

TRIES = 3  # on a branch that others move at the same time
PORTION = 100  # decisions whose texts are in memory at a time


def export_to_git(
    path: Path,
    *,
    branch: str | None = None,
    pushes: bool = False,
    remote: str = "origin",
    actor: User | None,
    policies: QuerySet[Policy] | None = None,
    is_dry_run: bool = False,
    run: Run | None = None,
) -> ExportReport:
    """Commit every signed text of the records that belong to a repository, and return what became of each record.

    ``branch`` is the one that is checked out where none is named; one that is not there begins at the head. With
    ``pushes`` the commits stand on what the remote has, and go there first. Raises ``ForbiddenError``, and
    ``RefusedError`` where git, a hook, the remote or the state of the repository forbids it: nothing has changed then,
    unless the message says so.
    """
    if actor is not None:
        require_export(actor)
    with refusing():
        repository = Repository.open(path)
    if is_dry_run:
        with refusing():
            base = find_base(repository, branch, remote=remote if pushes else None)
            plan = plan_export(base, policies)
            diffs = dict(_diffs(base, plan))
        files = tuple(file.exported(diffs.get(file.place, "")) for file in plan.files)
        lacks = pushes and (bool(plan.to_commit or plan.to_sign) or base.is_to_push(base.start))
        return ExportReport(files, is_dry_run, _signed_anew(base, plan), is_to_push=lacks)
    if run is None:
        with refusing():
            onto = branch or repository.current_branch() or ""
        options = {"to": "git", "branch": onto, "push": pushes}
        run = begin_run(RunKind.EXPORT, actor=actor, source=f"git {repository.root}", options=options)
    with noting_failure(run), refusing(), guard(repository) as held:
        for left in reversed(range(TRIES)):
            base = find_base(held, branch, remote=remote if pushes else None)
            export = GitExport(base, plan_export(base, policies), actor, run)
            try:
                commit = export.publish()
                break
            except MovedOnError as error:
                if not left:
                    raise error.refusal from error
        files = tuple(file.exported() for file in export.plan.files)
        record_export(run, [file.item for file in export.plan.files], files, commit=commit)
    return ExportReport(files, is_dry_run, _signed_anew(export.base, export.plan), commit=commit)


def _signed_anew(base: Base, plan: GitPlan) -> tuple[ManifestReport, ...]:
    """Return what is told of the manifests that get another signature and no line."""
    return tuple(ManifestReport(base.repository.root / place, 0, is_changed=True) for place in plan.to_sign)


def _diffs(base: Base, plan: GitPlan) -> Iterator[tuple[str, str]]:
    """Yield what the commits would change, by place."""
    for file, decision, old in _with_texts(base, plan.to_commit):
        yield file.place, diff_texts(old or "", decision.signed_text, file.place)


def _with_texts(
    base: Base, files: Sequence[PlannedFile]
) -> Iterator[tuple[PlannedFile, Decision, str | None]]:
    """Yield records with their decision, and the text that stands at their place, some in memory at a time."""
    for at in range(0, len(files), PORTION):
        portion = files[at : at + PORTION]
        keys = [file.item.signoff_pk for file in portion]
        decisions = Decision.objects.select_related("actor").in_bulk(keys)
        entries = [file.entry for file in portion if file.entry]
        texts = dict(zip(entries, base.repository.read_blobs([entry.blob for entry in entries]), strict=True))
        for file in portion:
            old = texts[file.entry].decode() if file.entry else None
            yield file, decisions[file.item.signoff_pk], old


def _beside(manifest: str, name: str) -> str:
    """Return where a file of this name stands in the folder of a manifest."""
    return manifest[: -len(NAME)] + name


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a commit is to be: hooks run while it is made, and after."""

    name: str
    author: Author
    message: str
    blobs: Mapping[str, str]

    def check(self, made: Commit) -> None:
        """Raise ``RefusedError`` unless the commit holds these files and no others, and says whose decision it is.

        A hook may add to the message; the trailers, which are its last paragraph, have to stand.
        """
        differing = sorted({place for place, _blob in self.blobs.items() ^ made.files.items()})
        if differing:
            said = _(
                "A hook or a filter of the repository changed %(paths)s on the way into the commit of %(record)s, "
                "so it would not be what was signed, and nothing was changed: exclude these files from it."
            )
            raise RefusedError(said % {"paths": ", ".join(differing), "record": self.name})
        trailers = self.message.rstrip().rpartition("\n\n")[2].splitlines() if "\n\n" in self.message else []
        if not made.is_by(self.author) or not made.trailers.issuperset(trailers):
            said = _(
                "A hook of the repository changed who made the commit of %(record)s, when, or the last lines of its "
                "message, so it would not say who signed, and nothing was changed: exclude these commits from it."
            )
            raise RefusedError(said % {"record": self.name})


@dataclass
class GitExport:
    """One attempt to bring a branch forward."""

    base: Base
    plan: GitPlan
    actor: User | None
    run: Run

    def __post_init__(self) -> None:
        self.texts: dict[str, str] = {}  # by place, as they stand at the end
        self.commits: dict[int, str] = {}  # by record

    def publish(self) -> str:
        """Commit, push and move the branch, and return the commit at which it stands then.

        Raises ``MovedOnError`` where somebody else was faster.
        """
        base, plan = self.base, self.plan
        commit = base.start
        if plan.to_commit or plan.to_sign:
            committer = base.repository.committer()
            if committer is None:
                said = _(
                    "git does not know in whose name to commit in %(repository)s: set it there with "
                    "“git config user.name NAME” and “git config user.email ADDRESS”, then export again."
                )
                raise RefusedError(said % {"repository": base.repository.root})
            check_worktree(base, plan.places, plan.is_ours)
            commit = self._make_commits(committer)
        is_pushed = base.is_to_push(commit)
        if is_pushed:
            self._check_signed()
            push_commits(base, commit)
        # What goes to another branch is proposed there; once it was merged, an import finds it as it was signed.
        to_remember = plan.to_remember if base.is_head else []
        if commit == base.start and not to_remember:
            return base.tip or commit
        with transaction.atomic(), open_door(Door.CONTENT):
            records = Policy.objects.filter(pk__in=[file.item.pk for file in to_remember])
            list(records.order_by("pk").select_for_update(no_key=True).values_list("pk"))
            if not is_pushed:
                self._check_signed()
            if commit != base.tip:
                move_branch(base, commit, self.texts, plan.is_ours)
            for at in range(0, len(to_remember), PORTION):
                self._remember(to_remember[at : at + PORTION], commit)
        base.repository.tidy()
        return commit

    def _make_commits(self, committer: str) -> str:
        """Make a commit for each decision, and one for each manifest that another key signs; compare them with what was
        signed, and return the last one.
        """
        base, todo = self.base, self.plan.to_commit
        draft = Draft(base.repository, base.start)
        standing = {
            _beside(place, name): data
            for place, manifest in self.plan.manifests.items()
            for name, data in manifest.standing.items()
        }
        wanted: list[_Wanted] = []

        def commit(name: str, texts: dict[str, str], message: str, author: Author) -> None:
            data = {place: text.encode() for place, text in texts.items()}
            data = {place: text for place, text in data.items() if standing.get(place) != text}
            try:
                draft.commit(data, message, author)
            except GitError as error:
                said = _("git did not take the commit of %(record)s, and nothing was changed: %(why)s")
                raise RefusedError(said % {"record": name, "why": error.said}) from error
            standing.update(data)
            blobs = {place: base.repository.blob_of(content) for place, content in data.items()}
            wanted.append(_Wanted(name, author, message, blobs))
            self.texts |= texts
            report_progress(self.run, len(wanted), len(todo) + len(self.plan.to_sign))

        for file, decision, old in _with_texts(base, todo):
            texts = {} if file.is_there else {file.place: decision.signed_text}
            manifest = self.plan.manifests[file.manifest]
            manifest.sign(file.line)
            texts |= {_beside(file.manifest, name): text for name, text in manifest.texts.items()}
            message = message_of(file.item, decision, None if file.is_there else old)
            commit(file.item.name, texts, message, author_of(decision))
        for place in self.plan.to_sign:
            texts = {signature_of(place): self.plan.manifests[place].texts[SIGNATURE]}
            who, _sep, mail = committer.removesuffix(">").rpartition(" <")
            commit(place, texts, f"Sign {place}\n", Author(who, mail, timezone.localtime()))
        made = draft.commits()
        for want, new in zip(wanted, made, strict=False):
            want.check(new)
        if len(made) != len(wanted):
            raise GitError("commit", _("a hook of the repository made commits of its own"))
        self.commits = {file.item.pk: new.id for file, new in zip(todo, made, strict=False)}
        return made[-1].id

    def _check_signed(self) -> None:
        """Raise ``MovedOnError`` where a reviewer decided anew since the plan was made."""
        planned = {file.item.pk: file.item for file in self.plan.files if file.stands}
        for now in outgoing(Policy.objects.filter(pk__in=planned)):
            before = planned[now.pk]
            if now.why_not or (now.signoff_pk, now.text_digest) != (before.signoff_pk, before.text_digest):
                said = _(
                    "%(record)s was changed or decided on meanwhile, and nothing was exported: repeat it."
                )
                raise MovedOnError(RefusedError(said % {"record": now.name}))

    def _remember(self, files: Sequence[PlannedFile], commit: str) -> None:
        """Take the signed texts, which stand in the repository now, as the base of the next comparison."""
        keys = {file.item.pk: file for file in files}
        texts = dict(
            Decision.objects.filter(pk__in=[file.item.signoff_pk for file in files]).values_list(
                "pk", "signed_text"
            )
        )
        sources = {row.policy_id: row for row in SourceFile.objects.filter(policy__in=keys)}
        others = Policy.objects.filter(pk__in=keys).exclude(file_status=State.VERIFIED.value)
        drafts = set(others.values_list("pk", flat=True))
        now, remembered = timezone.now(), []
        for pk, file in keys.items():
            text, at = texts[file.item.signoff_pk or 0], self.commits.get(pk, commit)
            reason = f"Exported to {file.place}"
            if pk in drafts:  # what the file states changes too, so the record has a new version
                remember_file(
                    lock_policy(pk),
                    file.root,
                    file.path,
                    text,
                    file_status=State.VERIFIED.value,
                    actor=self.actor,
                    reason=reason,
                    commit=at,
                )
                continue
            source = sources.get(pk) or SourceFile(policy_id=pk)
            source.root, source.path, source.seen_at = file.root, file.path, now
            source.text, source.text_digest, source.commit = text, file.item.signed_text_digest, at
            stamp(source, actor=self.actor, reason=reason, at=now)
            remembered.append(source)
        remember_files(remembered)
