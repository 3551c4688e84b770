"""A git repository as a source of files: read straight from a commit, with no need of a work tree."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from django.conf import settings
from django.utils.translation import gettext as _

from reviews.git import GitError, Repository, TreeEntry
from reviews.services.errors import RefusedError
from reviews.services.folders import FoundFile, UnreadableError
from reviews.services.git_words import refusing


class GitSource:
    """The Markdown files of one commit. ``ref`` is a branch, a tag, or any other name of a commit.

    ``paths`` are files and folders below the repository's top; without one, all of it is read. Raises
    ``RefusedError`` where there is no such repository or commit.
    """

    is_upload = False

    def __init__(self, repository: Path, ref: str = "HEAD", paths: Sequence[Path] = ()) -> None:
        with refusing():
            self._repository = Repository.open(repository)
            branch = self._repository.current_branch() if ref == "HEAD" else None
            commit = self._repository.resolve(ref)
        self._name = branch or ref
        if commit is None:
            said = _(
                "%(ref)s names no commit of %(repository)s: name a branch, a tag or a commit that is there."
            )
            raise RefusedError(said % {"ref": self._name, "repository": self._repository.root})
        self.root, self.commit = str(self._repository.root), commit
        named = [self._inside(path) for path in paths]
        self._paths = [] if "" in named else named
        self._entries: list[TreeEntry] = []
        self._reading: Iterator[tuple[TreeEntry, bytes]] = iter(())

    @property
    def title(self) -> str:
        """The repository, and what was read of it: ``git /srv/site.git at main (1a2b3c4)``."""
        return f"git {self.root} at {self._name} ({self.commit[:7]})"

    def find(self) -> list[FoundFile]:
        """Return every Markdown file below the paths; hidden files and folders are not policies.

        Links to folders and submodules are among them: they are refused by name, not passed over. Raises
        ``RefusedError`` for a path that is not in the commit.
        """
        with refusing():
            entries = self._repository.entries(self.commit, *self._paths)
            links = [entry for entry in entries if entry.is_link and not entry.path.endswith(".md")]
            leads = self._repository.read_blobs([entry.blob for entry in links])
        for named in self._paths:
            if not any(_is_below(entry.path, named) for entry in entries):
                said = _("%(path)s is not in %(source)s.")
                raise RefusedError(said % {"path": named, "source": self.title})
        folders = {parent for entry in entries for parent in _parents(entry.path)} if links else set()
        led = {
            entry.path
            for entry, lead in zip(links, leads, strict=True)
            if posixpath.normpath(
                posixpath.join(posixpath.dirname(entry.path), lead.decode(errors="replace"))
            )
            in folders
        }
        self._entries = [
            entry
            for entry in entries
            if (entry.path.endswith(".md") or entry.is_submodule or entry.path in led)
            and not self._is_hidden(entry.path)
        ]
        self._at = {entry.path: at for at, entry in enumerate(self._entries)}
        return [FoundFile(entry.path, entry.blob) for entry in self._entries]

    def read(self, found: FoundFile) -> bytes:
        """Return a file's bytes; the next ones are read along. Raises ``UnreadableError`` or ``OSError``."""
        at = self._at[found.path]
        entry = self._entries[at]
        if entry.is_link:
            raise UnreadableError(
                _("is a symbolic link, which could lead anywhere: import what it points to.")
            )
        if entry.is_submodule:
            raise UnreadableError(_("is a submodule, another repository: import that one by itself."))
        limit = settings.POLICYHUB_MAX_FILE_BYTES
        if entry.size > limit:
            said = _("has %(size)s bytes, more than the %(limit)s allowed (POLICYHUB_MAX_FILE_BYTES).")
            raise UnreadableError(said % {"size": f"{entry.size:,}", "limit": f"{limit:,}"})
        try:
            data = next((data for item, data in self._reading if item == entry), None)
            if data is None:  # the first one, or an import that begins anew
                readable = (item for item in self._entries[at:] if item.is_file and item.size <= limit)
                self._reading = self._repository.each_blob(readable)
                _item, data = next(self._reading)
        except GitError as error:
            raise OSError(error.said) from error
        return data

    def covers(self, path: str) -> bool:
        """Whether the file was to be found below the named paths, and is not in the commit."""
        if self._paths and not any(_is_below(path, named) for named in self._paths):
            return False
        return path not in self._at

    def has(self, path: str) -> bool:
        """Whether the file is in the commit."""
        if not self._paths or path in self._at:
            return path in self._at
        with refusing():
            return bool(self._repository.entries(self.commit, path))

    def _inside(self, path: Path) -> str:
        """Return a named path as git has it: relative to the top, with ``/``."""
        inside = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        name = posixpath.normpath(inside.as_posix())
        if inside.is_absolute() or name.split("/")[0] == "..":
            said = _("%(path)s is outside %(repository)s: name paths as they are below its top.")
            raise RefusedError(said % {"path": path, "repository": self.root})
        return "" if name == "." else name

    def _is_hidden(self, path: str) -> bool:
        """Whether a name on the way down from what was named is hidden; what is named is meant."""
        named = max((named for named in self._paths if _is_below(path, named)), key=len, default="")
        return any(part.startswith(".") for part in path[len(named) :].split("/"))


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def _parents(path: str) -> list[str]:
    return [str(parent) for parent in PurePath(path).parents]
