"""What a document refuses, and where: the one exception that this package raises, and the key paths it names."""

from __future__ import annotations

KeyPath = tuple[str | int, ...]


def show_path(path: KeyPath) -> str:
    """The path as people write it: `analysis.market.score`, `sectors[2]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if type(step) is int else f".{step}" if text else str(step)
    return text


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both counted from 1, of a character offset. Lines end in a line feed, as in most editors."""
    offset = min(offset, len(text))
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


class DocumentError(ValueError):
    """A text that cannot be read, or a change that cannot be made exactly.

    `line` and `column` count from 1 in the whole file; `path` is the key path, where one is known.
    `str()` gives one sentence that says where, what and what to do next. Of a change that is refused `message` and
    `what` are fixed texts that can be translated; `what` stands in the message as `%(what)s`.
    """

    def __init__(
        self,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        path: KeyPath = (),
        what: str = "",
    ) -> None:
        self.message, self.what = message, what
        self.reason = message % {"what": what} if what else message
        super().__init__(self.reason)
        self.line = line
        self.column = column
        self.path = path

    @classmethod
    def at(cls, text: str, offset: int, reason: str, path: KeyPath = ()) -> DocumentError:
        """The error at a character offset of the whole file."""
        line, column = position(text, offset)
        return cls(reason, line=line, column=column, path=path)

    def __str__(self) -> str:
        places = [f"line {self.line}"] if self.line else []
        if self.line and self.column:
            places.append(f"column {self.column}")
        if self.path:
            places.append(show_path(self.path))
        return f"{', '.join(places)}: {self.reason}" if places else self.reason
