#!/usr/bin/env python3
"""Run a management command: `python manage.py help` lists them."""

import os
import sys


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - the reader may hold an older Python, which must be told so
        sys.exit(f"PolicyHub needs Python 3.11 or newer; this is Python {sys.version.split()[0]}.")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - not before that check

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "policyhub.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
