"""The secret key of an installation that was given none: made once, in a file that only its owner reads."""

import os
import tempfile
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def read_or_make_secret_key(path: Path) -> str:
    """The key in `path`; a new one is written there when the file does not exist yet.

    Two processes starting at the same moment get the same key: the file appears whole (a hard link to a
    finished temporary file), and whoever comes second reads the first one's.
    OSError when it cannot be written.
    """
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)  # mode 0600
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(get_random_secret_key())
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            Path(temporary).unlink()
        return path.read_text(encoding="ascii")
