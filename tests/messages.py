"""The catalogues of the interface: finds every marked text, keeps its translation, and compiles what is translated.

`python -m tests.messages` does so for each language below reviews/locale/ and says what is still untranslated.
GNU gettext is not needed. tests/test_languages.py fails where a run would change a file or a text is untranslated.
"""

import ast
import io
import os
from collections.abc import Iterator
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATES = PROJECT / "reviews" / "templates"
LOCALE = PROJECT / "reviews" / "locale"
OPERATORS = PROJECT / "reviews" / "management"  # commands speak English
Keywords = dict[str, tuple[int | tuple[int, str], ...] | None]
# Django's functions, each with the places of its texts.
FUNCTIONS: Keywords = {
    "_": None,  # in templates
    "DocumentError": None,  # not Django's: documents know none, and reviews.services.rendering translates
    "BadKeyError": None,  # sign-offs know none either: reviews.services.manifest does so
    "BrokenManifestError": (2,),
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
Text = tuple[str, str | tuple[str, ...], str | None]  # the file that has it, what is said, in what context


def sources() -> list[Path]:
    """Every file with texts that people see: modules and templates."""
    modules = [
        path
        for room in ("policyhub", "reviews")
        for path in (PROJECT / room).rglob("*.py")
        if "migrations" not in path.parts and OPERATORS not in path.parents
    ]
    templates = [*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]  # pages and mails
    return sorted([*modules, *templates])


def texts() -> Iterator[Text]:
    """Every marked text in the order of the files, then the names of models and their fields."""
    from django.utils import translation
    from django.utils.translation import template

    from reviews.apps import model_names

    for path in sources():
        code = path.read_text(encoding="utf-8")
        keywords = {**FUNCTIONS, **called_otherwise(code)} if path.suffix == ".py" else FUNCTIONS
        if path.suffix != ".py":
            marked = template.templatize(code, origin=str(path))
            code = "\n".join(line.strip() for line in marked.splitlines())  # its indentation is no Python's
        found = extract("python", io.BytesIO(code.encode()), keywords=keywords)
        yield from ((path.relative_to(PROJECT).as_posix(), said, context) for _, said, _, context in found)
    with translation.override(None):  # as the models have them
        names = sorted({name for _, _, name in model_names()})
    yield from (("reviews/models/", name, None) for name in names)


def called_otherwise(code: str) -> Keywords:
    """The functions that a module imports under names of its own, as `gettext as _`."""
    return {
        name.asname: FUNCTIONS[name.name]
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.asname and name.name in FUNCTIONS
    }


def catalogue(path: Path) -> Catalog:
    """The catalogue that stands there, brought up to date with the sources."""
    with path.open("rb") as stream:
        stands = read_po(stream, locale=path.parent.parent.name)
    found = Catalog(locale=stands.locale, fuzzy=False)
    for file, said, context in texts():
        found.add(said, locations=[(file, 0)], context=context)
    stands.update(found, no_fuzzy_matching=True, update_header_comment=False)
    return stands


def as_po(messages: Catalog) -> str:
    """The catalogue as its file has it: no dates, no line numbers, so that it changes only where a text does."""
    body = io.BytesIO()
    write_po(body, messages, width=100, omit_header=True, ignore_obsolete=True, include_lineno=False)
    return f'{header_comment(messages)}msgid ""\nmsgstr ""\n{as_quoted(header(messages))}\n{body.getvalue().decode()}'


def as_mo(messages: Catalog) -> bytes:
    """The catalogue as programs read it."""
    compiled = io.BytesIO()
    translated = [message for message in messages if message.id and not message.fuzzy]
    write_mo(compiled, _Compiled([Message("", header(messages)), *translated]))  # type: ignore[arg-type]  # all it reads
    return compiled.getvalue()


class _Compiled(list[Message]):
    """Messages under a header of our own: Babel's names its version and the time."""

    charset = "utf-8"


def header(messages: Catalog) -> str:
    return (
        "Content-Type: text/plain; charset=UTF-8\n"
        "Content-Transfer-Encoding: 8bit\n"
        "MIME-Version: 1.0\n"
        f"Language: {messages.locale_identifier}\n"
        f"Plural-Forms: {messages.plural_forms}\n"
    )


def header_comment(messages: Catalog) -> str:
    return f"{messages.header_comment}\n"


def as_quoted(text: str) -> str:
    return "".join(f'"{line}\\n"\n' for line in text.splitlines())


def untranslated(messages: Catalog) -> list[str]:
    """What nobody has translated yet, or only roughly."""
    return [str(item.id) for item in messages if item.id and (item.fuzzy or not all(strings_of(item)))]


def strings_of(message: Message) -> tuple[str, ...]:
    """The translations of one text: several where its number matters."""
    strings = message.string or ""
    return (strings,) if isinstance(strings, str) else tuple(strings)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        messages = catalogue(path)
        path.write_text(as_po(messages), encoding="utf-8")
        path.with_suffix(".mo").write_bytes(as_mo(messages))
        missing = untranslated(messages)
        print(f"{path.relative_to(PROJECT)}: {len(messages)} texts, {len(missing)} untranslated")
        for text in missing:
            print(f"  {text}")


if __name__ == "__main__":
    main()
