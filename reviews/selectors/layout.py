"""Where a root keeps its files, so that one which is written there for the first time goes among the others."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

from reviews.models import SourceFile
from reviews.models.policy import default_path


class Layout:
    """The folders of one root, as its known files show them."""

    def __init__(self, root: str) -> None:
        rows = SourceFile.objects.filter(root=root).values_list("policy__language", "path")
        self._counts = Counter((language, PurePosixPath(path).parent) for language, path in rows)

    def path_of(self, policy_id: str, language: str) -> str:
        """Return the path of a record's file: in the folder that has most of its language.

        Where none has any, in one beside the folder of another language (``docs/zh`` beside ``docs/en``), else at the
        project's own place.
        """
        for (known, folder), _count in self._counts.most_common():
            if known == language:
                return str(folder / f"{policy_id}.md")
        for (known, folder), _count in self._counts.most_common():
            if known in folder.parts:
                parts = (language if part == known else part for part in folder.parts)
                return str(PurePosixPath(*parts, f"{policy_id}.md"))
        return default_path(policy_id, language)
