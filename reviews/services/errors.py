"""What a service says when it refuses: errors for people, raised before anything was written."""

from __future__ import annotations

from reviews.schema import Change, told


class RefusedError(Exception):
    """A request that was turned down; ``reasons`` are sentences, each with what to do about it."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(told(reasons))
        self.reasons = reasons


class ForbiddenError(RefusedError):
    """The actor lacks the role for it."""


class MeanwhileChangedError(RefusedError):
    """Somebody else changed the same values since the actor saw them; ``changes`` are theirs."""

    def __init__(self, message: str, changes: tuple[Change, ...]) -> None:
        super().__init__(message)
        self.changes = changes
