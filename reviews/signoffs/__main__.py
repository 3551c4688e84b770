"""The command ``verify_signoffs``, also ``python -m reviews.signoffs``: checks a folder of files by its manifest."""

from __future__ import annotations

import io
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from reviews.signoffs.checking import SignoffReport, find_files, verify_folder
from reviews.signoffs.manifest import NAME, SIGNATURE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; wrong use exits with 2."""
    parser = make_parser()
    given = sys.argv[1:] if arguments is None else arguments
    # Intermixed, an option may stand between DIR and FILE; but Python forgets then that what follows "--" is none.
    options = parser.parse_args(given) if "--" in given else parser.parse_intermixed_args(given)
    folder = Path(options.folder)
    if not folder.is_dir():
        parser.error(f"{folder} is no folder: name the one in which {NAME} stands")
    try:
        files = list(_inside(folder.resolve(), options.files)) if options.files else None
        check = _checker(options.key) if options.key else None
        since = options.since.read_bytes() if options.since else b""
    except (OSError, ValueError) as error:
        parser.error(str(error))
    report = verify_folder(folder, files, check=check, since=since)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may be no text of any language
    sys.stdout.writelines(f"{line}\n" for line in _FORMATS[options.format](report, folder))
    return 1 if report.problems else 0


def make_parser() -> ArgumentParser:
    """Return what the command takes, for its help and for the documents."""
    parser = ArgumentParser(
        prog="verify_signoffs",
        description=(
            "Check that every file that claims reviewStatus: verified is the very text that a named person signed, as "
            f"{NAME} in its folder says. Names each one that has no line there, was changed after it was signed or "
            "cannot be read, and a manifest whose chain is broken. The exit code is 0 where all is well, 1 where "
            "something is not, and 2 for wrong use."
        ),
    )
    parser.add_argument("folder", metavar="DIR", help=f"the folder in which {NAME} stands")
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help=(
            "check these files or folders alone, those of a pull request say, named as seen from the current folder "
            "and not from DIR; the manifest is checked whole"
        ),
    )
    parser.add_argument(
        "--key",
        type=Path,
        metavar="PUBLIC.pem",
        help=f"a public Ed25519 key: {SIGNATURE} has to be the manifest's signature by its other half",
    )
    parser.add_argument(
        "--since",
        type=Path,
        metavar="OLD.jsonl",
        help=f"an older {NAME}: all its lines have to stand here still, unchanged, at the head",
    )
    parser.add_argument(
        "--format",
        choices=tuple(_FORMATS),
        default="text",
        help="text for people, json for programs, github for annotations in GitHub Actions (default: %(default)s)",
    )
    return parser


def _inside(folder: Path, names: Sequence[str]) -> Iterator[str]:
    """The Markdown files that are named, relative to the folder; the manifest is checked in any case."""
    for name in names:
        place = Path(name).parent.resolve() / Path(name).name
        if not place.is_relative_to(folder):
            raise ValueError(f"{name} is outside {folder}")
        path = place.relative_to(folder).as_posix()
        if path in (NAME, SIGNATURE):
            continue
        if not os.path.lexists(place):
            raise ValueError(f"{name} does not exist")
        yield from find_files(folder, "" if path == "." else path)


def _checker(place: Path) -> Callable[[str, str], str]:
    """What checks a signature and says what is wrong with it. Raises ValueError for a bad key."""
    try:
        from reviews.signoffs.signing import (  # noqa: PLC0415 - what nothing else needs may be missing
            BadSignatureError,
            check_signature,
            read_public_key,
        )
    except ImportError:
        raise ValueError("--key needs the package cryptography: install policyhub-signoffs[key]") from None
    try:
        key = read_public_key(place.read_bytes())
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None

    def check(text: str, signature: str) -> str:
        try:
            check_signature(text, signature, key)
        except BadSignatureError as error:
            return str(error)
        return ""

    return check


def _show_text(report: SignoffReport, folder: Path) -> Iterator[str]:
    for item in report.problems:
        yield _printable(f"{folder / item.path}:{item.line}: {item.message}")
    yield (
        f"{_many(len(report.problems), 'problem')}: {_many(report.files, 'file')} checked, {report.signed} as they "
        f"were signed; {_many(report.lines, 'line')} in {NAME}"
    )


def _show_json(report: SignoffReport, folder: Path) -> Iterator[str]:
    yield json.dumps({"folder": str(folder), **asdict(report)}, indent=2)


def _show_github(report: SignoffReport, folder: Path) -> Iterator[str]:
    for item in report.problems:
        path = os.path.relpath(folder / item.path, os.environ.get("GITHUB_WORKSPACE", "."))
        where = f"file={_escape(path, ':,')},line={item.line},title={item.code}"
        yield f"::error {where}::{_escape(f'{item.path}: {item.message}')}"


_FORMATS = {"text": _show_text, "json": _show_json, "github": _show_github}


def _many(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _printable(text: str) -> str:
    """The text on one line, without what would move a terminal's cursor or hide a name."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def _escape(text: str, also: str = "") -> str:
    """The text as workflow commands take it, on one line; properties may hold no ``:`` or ``,`` either."""
    for sign in f"%\r\n{also}":  # the percent sign first: the others become one
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


if __name__ == "__main__":
    sys.exit(main())
