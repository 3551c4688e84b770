"""What git refused, as a sentence in the reader's language with what to do next; ``reviews/git`` knows no Django."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from reviews.git import BusyError, DirtyError, GitError, MissingGitError, NoRepositoryError
from reviews.services.errors import RefusedError

MOST = 5  # paths that a sentence names


@contextmanager
def refusing() -> Iterator[None]:
    """Say what git, or the disk, refused in the block as a ``RefusedError``."""
    try:
        yield
    except GitError as error:
        raise refusal_of(error) from error
    except OSError as error:
        said = _(
            "%(place)s: %(error)s. Free the way, and repeat: the next run completes what this one began."
        )
        raise RefusedError(said % {"place": error.filename, "error": error.strerror or error}) from error


def refusal_of(error: GitError) -> RefusedError:
    """Return the refusal that says what git did not do, and why."""
    match error:
        case MissingGitError():
            return RefusedError(_("The program git was not found: install git 2.31 or newer."))
        case NoRepositoryError(top=None):
            said = _(
                "%(path)s is no git repository: name the top of its work tree, or a bare repository. %(why)s"
            )
            return RefusedError(said % {"path": error.path, "why": error.said})
        case NoRepositoryError():
            said = _("%(path)s is inside the git repository %(top)s: name that, and paths below it.")
            return RefusedError(said % {"path": error.path, "top": error.top})
        case BusyError():
            said = _(
                "Another program works in the repository: %(lock)s exists. Repeat this once that has ended; "
                "where none is at work any more, delete that file."
            )
            return RefusedError(said % {"lock": error.lock})
        case DirtyError():
            said = _(
                "%(root)s has changes of somebody, and nothing was exported: commit them, or put them away with "
                "“git stash”, then export again. Changed: %(paths)s"
            )
            more = (
                [_("and %(count)s more") % {"count": len(error.paths) - MOST}]
                if len(error.paths) > MOST
                else []
            )
            return RefusedError(said % {"root": error.root, "paths": ", ".join([*error.paths[:MOST], *more])})
    said = _("git %(command)s failed, and nothing was changed: %(why)s")
    return RefusedError(said % {"command": error.command, "why": error.said})
