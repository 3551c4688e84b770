"""The parts of the documents that the code itself says: tables of the workflow, the fields and the commands.

`python -m tests.generated_docs` writes them between their markers; tests/test_docs.py fails where they differ.
"""

import argparse
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import django

from tests.quality.found import FOUND

PROJECT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(<!-- generated: (\w+)(?: (\w+))? -->\n).*?(<!-- end -->)", re.DOTALL)
COMMANDS = (
    "quickstart", "import_policies", "export_policies", "check_policies", "verify_audit_trail", "prune_runs",
    "send_digest",
)  # fmt: skip


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(heads), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def transitions() -> str:
    """Every move from one state to another: who, from where, to where, on what condition."""
    from reviews.states import GROUPS, TRANSITIONS, State

    def who(permission: str) -> str:
        return ", ".join(name for name, held in GROUPS.items() if permission in held)

    return table(
        ("transition", "from", "to", "who", "needs"),
        (
            (
                f"**{row.label}** (`{row.name}`)",
                ", ".join(f"`{state}`" for state in State if state in row.sources)
                + (", due" if row.takes_due else ""),
                f"`{row.target}`" if row.target else "stays",
                who(row.permission),
                row.needs,
            )
            for row in TRANSITIONS
        ),
    )


def groups() -> str:
    """Every group with its permissions."""
    from reviews.states import GROUPS

    return table(
        ("group", "permissions, besides looking at everything"),
        ((name, ", ".join(f"`{item}`" for item in held)) for name, held in GROUPS.items()),
    )


def verdicts() -> str:
    """Every verdict, and whether a record can be verified on it."""
    from reviews.states import VerdictKind

    return table(
        ("verdict", "supports *verify*"),
        ((f"{kind.label} (`{kind}`)", "yes" if kind.is_supporting else "no") for kind in VerdictKind),
    )


def intervals() -> str:
    """After how many months a signed record is reviewed again, as the settings come."""
    from django.conf import settings

    return table(
        ("category", "legal weight", "next review after"),
        (
            (*("any" if word == "*" else word for word in words), f"{months} months")
            for *words, months in settings.POLICYHUB_NEXT_REVIEW
        ),
    )


def keys() -> str:
    """The keys of the review page."""
    from reviews.admin.keys import KEYS

    return table(
        ("key", "does"), ((" or ".join(f"`{press}`" for press in key.printed), str(key.does)) for key in KEYS)
    )


def fields() -> str:
    """The table between front matter and the database."""
    from reviews.schema import DIMENSION_FIELDS, POLICY_FIELDS

    rows = [(row.dotted, row.name, row) for row in POLICY_FIELDS]
    rows += [(f"analysis.<key>.{row.dotted}", row.name, row) for row in DIMENSION_FIELDS]
    return table(
        ("key in the file", "model field", "kind", "part of the content digest"),
        (
            (f"`{key}`", f"`{name}`", row.kind.blank, "no: written by a decision" if row.is_review else "yes")
            for key, name, row in rows
        ),
    )


def checks() -> str:
    """Every quality check, and what it finds in real files."""
    from reviews.quality import CHECKS

    return table(
        ("check", "severity", "finds", "what to do", "findings", "records"),
        (
            (
                f"`{check.id}`",
                check.severity,
                " ".join((check.find.__doc__ or "").split()),
                str(check.hint),
                *map(str, FOUND.get(check.id, (0, 0))),
            )
            for check in CHECKS
        ),
    )


def command(name: str) -> str:
    """What a command says of itself, and its own options (those that every Django command has are left out)."""
    from django.core.management import load_command_class
    from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter

    loaded = load_command_class("reviews", name)
    parser = CommandParser(formatter_class=DjangoHelpFormatter)
    loaded.add_arguments(parser)
    assert isinstance(loaded, BaseCommand)
    return f"{loaded.help}\n\n{arguments(parser)}"


def verifier() -> str:
    """What `verify_signoffs` says of itself, which is no command of Django's."""
    from reviews.signoffs.__main__ import make_parser

    parser = make_parser()
    return f"{parser.description}\n\n{arguments(parser)}"


def arguments(parser: argparse.ArgumentParser) -> str:
    """The table of a command's arguments."""
    rows = []
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        words = f" {action.metavar}" if action.option_strings and action.metavar else ""
        place = f"{action.metavar}" if action.nargs is None else f"[{action.metavar} …]"
        called = ", ".join(action.option_strings) + words if action.option_strings else place
        rows.append((f"`{called}`", (action.help or "") % {"default": action.default}))
    return table(("argument", "meaning"), rows)


def queries() -> str:
    """Every page with the queries that its test asserts."""
    from tests.admin.test_every_page import PAGES

    return table(
        ("page, below `/admin/`", "queries"),
        ((f"`{address}`" if address else "the dashboard", str(row[0])) for address, row in PAGES.items()),
    )


BLOCKS: dict[str, Callable[..., str]] = {
    "queries": queries,
    "transitions": transitions,
    "groups": groups,
    "verdicts": verdicts,
    "keys": keys,
    "intervals": intervals,
    "fields": fields,
    "checks": checks,
    "command": command,
    "verifier": verifier,
}


def generated(text: str) -> str:
    """The document with every generated part as it has to be."""

    def fill(block: re.Match[str]) -> str:
        begin, name, argument, end = block.groups()
        return f"{begin}{BLOCKS[name](*([argument] if argument else []))}{end}"

    return BLOCK.sub(fill, text)


def documents() -> list[Path]:
    """Every document of the project."""
    return [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    for path in documents():
        text = path.read_text(encoding="utf-8")
        path.write_text(generated(text), encoding="utf-8")


if __name__ == "__main__":
    main()
