"""What an export to git is to do: which records belong to the repository, what stands there, what goes into commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from reviews.git import Repository, TreeEntry
from reviews.models import Policy, SourceFile
from reviews.selectors.export_status import ExportStatus, tell_export_status
from reviews.selectors.layout import Layout
from reviews.selectors.outgoing import Outgoing, outgoing
from reviews.services.atomic_files import TargetFolder, check_relative, read_digest
from reviews.services.errors import RefusedError
from reviews.services.export_report import ExportedFile, ExportOutcome, stay
from reviews.services.folders import digest_bytes
from reviews.services.git_branch import Base
from reviews.services.manifest import SignedManifest, line_of
from reviews.signoffs import NAME, SIGNATURE, BrokenManifestError, Manifest, SignedFile


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A record, and what becomes of it. ``place`` is its path in the repository; ``root`` and ``path`` are what its
    source file says. ``entry`` is what stands there, and ``is_there`` that this is what was signed.
    """

    item: Outgoing
    root: str
    path: str
    place: str
    entry: TreeEntry | None
    outcome: ExportOutcome = ExportOutcome.NOT_SIGNED
    reason: str = ""
    is_there: bool = False

    @property
    def line(self) -> SignedFile:
        """What the manifest is to say of it."""
        return line_of(self.item, self.path)

    @property
    def manifest(self) -> str:
        """Where the manifest stands in the repository: at the root that the path is relative to."""
        return self.place[: -len(self.path)] + NAME

    @property
    def stands(self) -> bool:
        """Whether the signed text is in the repository once the export is done."""
        return self.outcome in (ExportOutcome.WRITTEN, ExportOutcome.UNCHANGED)

    @property
    def is_remembered(self) -> bool:
        """Whether the database knows that it stands there already."""
        return (
            self.is_there and self.item.text_digest == self.item.signed_text_digest and bool(self.item.commit)
        )

    def exported(self, diff: str = "") -> ExportedFile:
        """Return what is told of it."""
        why = self.item.status if self.reason and self.item.status.is_reason else None
        return ExportedFile(self.item.name, self.place, self.outcome, self.reason, diff, why)


@dataclass(frozen=True)
class GitPlan:
    """What becomes of each record, in order of id and language; ``manifests`` by their place in the repository."""

    files: tuple[PlannedFile, ...]
    manifests: Mapping[str, SignedManifest]

    @cached_property
    def to_commit(self) -> list[PlannedFile]:
        """The records that need a commit, in the order of their decisions."""
        written = (file for file in self.files if file.outcome is ExportOutcome.WRITTEN)
        return sorted(written, key=lambda file: file.item.trail_number)

    @cached_property
    def to_sign(self) -> list[str]:
        """The manifests that need a signature anew, because there is another key, and get no new line."""
        growing = {file.manifest for file in self.to_commit}
        return [
            place
            for place, signed in self.manifests.items()
            if place not in growing and signed.manifest.entries and signed.is_changed
        ]

    @property
    def to_remember(self) -> list[PlannedFile]:
        """The records whose signed text stands in the repository afterwards, where the database does not know yet."""
        return [file for file in self.files if file.stands and not file.is_remembered]

    @cached_property
    def places(self) -> dict[str, PlannedFile | None]:
        """All that commits change, manifests and their signatures too."""
        found: dict[str, PlannedFile | None] = {}
        for file in self.to_commit:
            found |= {file.place: file, file.manifest: None, signature_of(file.manifest): None}
        return found | {signature_of(place): None for place in self.to_sign}

    def is_ours(self, place: str, data: bytes) -> bool:
        """Whether a file in a work tree holds nothing but what this export puts there.

        A manifest that an export to disk wrote has the same lines in another order, and its signature follows from it.
        """
        if file := self.places[place]:
            return digest_bytes(data) == file.item.signed_text_digest
        if place not in self.manifests:
            return True
        try:
            found = Manifest.parse(data.decode()).current
        except (UnicodeDecodeError, BrokenManifestError):
            return False
        lines = {file.path: file.line for file in self.to_commit if file.manifest == place}
        known = {**self.manifests[place].manifest.current, **lines}
        return all(known.get(path) == line for path, line in found.items())


def plan_export(base: Base, policies: QuerySet[Policy] | None) -> GitPlan:
    """Look at every record that belongs to the repository, as database and branch stand now. Writes nothing.

    A record belongs to the repository that it was imported from; one without a file goes along. Raises
    ``RefusedError`` where no record belongs to it, and for a manifest that is not as an export left it.
    """
    repository = base.repository
    roots = _roots(repository)
    tree = _Tree(base, _home_of_new(repository, roots))
    chosen = Policy.objects.all() if policies is None else policies
    theirs = chosen.filter(Q(source_file=None) | Q(source_file__root__in=["", *roots]))
    placed = [tree.placed(item) for item in outgoing(theirs)]
    digests = tree.digests(file.entry for file in placed if not file.item.why_not)
    files = [tree.decided(file, digests.get(file.place)) for file in placed]
    manifests = {
        place: tree.manifest(place) for place in sorted({file.manifest for file in files if file.stands})
    }
    return GitPlan(tuple(_with_line(file, manifests) for file in files), manifests)


def _roots(repository: Repository) -> list[str]:
    """Return the folders in the repository that files were imported from. Raises ``RefusedError``."""
    top = repository.root
    known = list(
        SourceFile.objects.exclude(root="").order_by("root").values_list("root", flat=True).distinct()
    )
    roots = [
        root
        for root in known
        if root == str(top) or (not repository.is_bare and Path(root).is_relative_to(top))
    ]
    if known and not roots:
        said = _(
            "No record comes from %(repository)s: import it first (import_policies --git, and --adopt where its files "
            "were imported from another place)."
        )
        raise RefusedError(said % {"repository": top})
    return roots


def _home_of_new(repository: Repository, roots: list[str]) -> str:
    """Return the root of records that have no file yet: the only one that is known here, else the project's folder."""
    folder, top = Path(settings.POLICYHUB_FOLDER).resolve(), repository.root
    if len(roots) == 1:
        return roots[0]
    return str(folder if not repository.is_bare and folder.is_relative_to(top) else top)


class _Tree:
    """What stands in the commit on which an export is to build, and what is taken in it."""

    def __init__(self, base: Base, home: str) -> None:
        self._base, self._home, self._layout = base, home, Layout(home)
        self._entries = {entry.path: entry for entry in base.repository.entries(base.start)}
        self._folders = {str(parent) for path in self._entries for parent in PurePosixPath(path).parents}
        self._owners = dict(SourceFile.objects.filter(root=home).values_list("path", "policy_id"))
        self._taken: set[str] = set()

    def placed(self, item: Outgoing) -> PlannedFile:
        """Return where a record stands, or is to stand."""
        root, path = item.root or self._home, item.path or self._layout.path_of(item.policy_id, item.language)
        prefix = Path(root).relative_to(self._base.repository.root).as_posix()
        place = path if prefix == "." else f"{prefix}/{path}"
        return PlannedFile(item, root, path, place, self._entries.get(place))

    def digests(self, entries: Iterable[TreeEntry | None]) -> dict[str, str]:
        """Return the SHA-256 of these files by place; a file too large to be one of ours has none."""
        limit = settings.POLICYHUB_MAX_FILE_BYTES
        files = (entry for entry in entries if entry and entry.is_file and entry.size <= limit)
        found = self._base.repository.each_blob(files)
        return {entry.path: digest_bytes(data) for entry, data in found}

    def decided(self, file: PlannedFile, digest: str | None) -> PlannedFile:
        """Return what becomes of a record, where this is the digest of what stands at its place."""
        item = file.item
        if staying := stay(item):
            return replace(file, outcome=staying.outcome, reason=staying.reason)
        reason = self._why_no_place(file)
        self._taken.add(file.place)
        if not reason and digest == item.signed_text_digest:
            return replace(file, outcome=ExportOutcome.UNCHANGED, is_there=True)
        reason = reason or self._why_held_back(file, digest)
        return replace(
            file, outcome=ExportOutcome.HELD_BACK if reason else ExportOutcome.WRITTEN, reason=reason
        )

    def _why_no_place(self, file: PlannedFile) -> str:
        """Say why nothing can be put at the place, whatever it is."""
        try:
            check_relative(file.place)
        except RefusedError as error:
            return str(error)
        if file.place in self._taken:
            said = _("Another record goes to the same path: %(path)s. Export the two folders one by one.")
            return said % {"path": file.place}
        way = [str(parent) for parent in PurePosixPath(file.place).parents if str(parent) in self._entries]
        if way or (file.entry and not file.entry.is_file):
            said = _(
                "%(place)s is a link, a file or a submodule on %(branch)s; an export does not follow it. "
                "Replace it by hand."
            )
            return said % {"place": way[0] if way else file.place, "branch": self._base.branch}
        return ""

    def _why_held_back(self, file: PlannedFile, digest: str | None) -> str:
        """Say why the file that stands on the branch is not replaced: only the text it was signed on is."""
        item, words = file.item, {"branch": self._base.branch, "person": file.item.signed_by}
        if not item.root:
            if file.entry or file.place in self._folders:
                is_base = item.path and digest == item.base_digest  # of an upload
                return (
                    ""
                    if is_base
                    else _("Another file stands there already: move it, or import it under an id of its own.")
                )
            if self._owners.get(file.path, item.pk) != item.pk:
                return _(
                    "The path belongs to the file of another record: rename that file, then export again."
                )
            return ""
        if file.entry is None and (not item.text_digest or self._is_written(file)):
            return ""  # somebody said that it is to be written again
        if file.entry is None:
            return (
                _(
                    "The file is gone from %(branch)s: bring it back, or import the branch and say what became of it."
                )
                % words
            )
        is_uncommitted = not item.commit and item.text_digest == item.signed_text_digest
        if digest != item.text_digest and item.status is ExportStatus.LEFT_OUT:
            return tell_export_status(item.status)
        if digest != item.text_digest and not (is_uncommitted and digest == item.base_digest):
            said = _(
                "The file changed on %(branch)s since %(person)s signed it, so it was left as it is: "
                "import it, review what changed, and sign it again."
            )
            return said % words
        if digest != item.base_digest:
            said = _(
                "The file changed and was imported after %(person)s signed it: reopen the review, "
                "and verify it on the file as it is now."
            )
            return said % words
        return ""

    def _is_written(self, file: PlannedFile) -> bool:
        """Whether the signed text stands in the work tree, where an export to the files put it, to be committed."""
        item, top = file.item, self._base.repository.root
        if item.commit or item.text_digest != item.signed_text_digest or self._base.repository.is_bare:
            return False
        if self._base.incoming.get(file.place) == "":  # somebody took it out at the remote
            return False
        try:
            return read_digest(TargetFolder(top).place_of(file.place)) == item.text_digest
        except (OSError, RefusedError):
            return False

    def manifest(self, place: str) -> SignedManifest:
        """Return a manifest as it stands in the commit. Raises ``RefusedError``."""
        found = [self._entries.get(name) for name in (place, signature_of(place))]
        there = [entry for entry in found if entry]
        odd = [entry.path for entry in there if not entry.is_file]
        odd += sorted({place, signature_of(place)} & self._folders)
        if odd:
            said = _(
                "%(place)s is no file on %(branch)s, so no line can go into it: remove it there, then export again."
            )
            raise RefusedError(said % {"place": odd[0], "branch": self._base.branch})
        blobs = dict(
            zip(there, self._base.repository.read_blobs([entry.blob for entry in there]), strict=True)
        )
        text, signature = (blobs.get(entry) if entry else None for entry in found)
        said = _("%(place)s on %(branch)s")
        return SignedManifest(said % {"place": place, "branch": self._base.branch}, text, signature)


def _with_line(file: PlannedFile, manifests: Mapping[str, SignedManifest]) -> PlannedFile:
    """A signed text that stands there with no line in the manifest needs a commit of that line."""
    if file.outcome is not ExportOutcome.UNCHANGED:
        return file
    line = manifests[file.manifest].manifest.current.get(file.path)
    return file if line == file.line else replace(file, outcome=ExportOutcome.WRITTEN)


def signature_of(manifest: str) -> str:
    """Return where the signature of a manifest stands."""
    return manifest.removesuffix(NAME) + SIGNATURE
