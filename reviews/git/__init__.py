"""git, as a program that is run: blobs read, commits made apart from everybody's work tree, a branch moved forward.

Knows neither Django nor policies. Repository, names and what hooks print are hostile: see ``process``.
"""

from reviews.git.commits import Author, Commit, Draft
from reviews.git.errors import BusyError, DirtyError, GitError, MissingGitError, NoRepositoryError
from reviews.git.locks import guard, moving, noting
from reviews.git.remotes import Remote
from reviews.git.repository import Repository, TreeEntry, is_bare_repository
from reviews.git.worktree import Worktree, find_unfinished, find_worktree

__all__ = [
    "Author",
    "BusyError",
    "Commit",
    "DirtyError",
    "Draft",
    "GitError",
    "MissingGitError",
    "NoRepositoryError",
    "Remote",
    "Repository",
    "TreeEntry",
    "Worktree",
    "find_unfinished",
    "find_worktree",
    "guard",
    "is_bare_repository",
    "moving",
    "noting",
]
