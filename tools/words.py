"""Bring the catalogues of words up to date with the sources: `python -m tools.words [--check]`.

Texts of pages come from the templates and the Python of the web, texts of findings from the
catalogue of checks. A new text appears in every catalogue without a translation, one that nobody
says any more disappears; English needs none and is its own. Then each catalogue is compiled, so
that neither an installation nor a wheel needs a tool for it. With ``--check`` nothing is written:
what is out of date, untranslated or does not fit its places is told, and the tool ends with 1.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from cleanbill.cycle.verify.catalogue import DECLARED

ROOT = Path(__file__).parents[1]
WEB = ROOT / "src/cleanbill/shells/web"
WORDS = WEB / "words"
LANGUAGES = ("en", "de", "ar")
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACE = re.compile(r"%\(\w+\)s|\{\w+\}")
Text = tuple[str | tuple[str, ...], str | None, str]
"""What is said (or one and many), its context, where."""


def of_pages() -> Iterator[Text]:
    """Yield every text that templates and views of the web mark for translation."""
    from django.utils.translation.template import templatize

    for path in sorted((*WEB.rglob("*.html"), *WEB.rglob("*.py"))):
        source = path.read_text("utf-8")
        if path.suffix == ".html":
            source = templatize(source)
        where = path.relative_to(WEB).as_posix()
        for _, said, _, context in extract(
            "python", BytesIO(source.encode()), KEYWORDS, options={"encoding": "utf-8"}
        ):
            yield said, context, where


def of_checks() -> Iterator[Text]:
    """Yield title, reason and repair of every check, under its code."""
    for check in DECLARED:
        for text in (check.title, check.reason, check.repair):
            yield text, check.code, check.code


SOURCES = {"pages": of_pages, "checks": of_checks}


def renewed(kind: str, language: str) -> Catalog:
    """Return the catalogue as it has to be: what is said now, with the translations there are."""
    old = kept(kind, language)
    new = Catalog(locale=language, fuzzy=False, charset="utf-8")
    for said, context, where in SOURCES[kind]():
        known = old.get(said if isinstance(said, str) else said[0], context)
        fits = known is not None and known.id == said
        places = () if kind == "checks" else ((where, None),)
        there = new.get(said if isinstance(said, str) else said[0], context)
        if there is not None:
            there.locations = sorted({*there.locations, *places})
            continue
        translation = known.string if fits and known is not None else None
        if language == "en":
            translation = said
        flags = [] if isinstance(said, str) and "%(" not in said else ["python-format"]
        new.add(said, translation, places, flags=flags, context=context)
    return new


def place(kind: str, language: str, ending: str = "po") -> Path:
    """Return where a catalogue lies."""
    return WORDS / kind / language / "LC_MESSAGES" / f"django.{ending}"


def kept(kind: str, language: str) -> Catalog:
    """Return a catalogue as it lies there; an empty one where there is none."""
    path = place(kind, language)
    if not path.exists():
        return Catalog(locale=language)
    return read_po(BytesIO(path.read_bytes()), locale=language)


def as_po(catalogue: Catalog) -> bytes:
    """Return the catalogue as text in a stable order, with nothing in its head that changes."""
    out = BytesIO()
    write_po(out, catalogue, sort_output=True, omit_header=True, include_lineno=False, width=100)
    head = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {catalogue.locale}\\n"\n"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    return head.encode() + out.getvalue().strip(b"\n") + b"\n"


def as_mo(po: bytes, language: str) -> bytes:
    """Return a catalogue compiled; equal catalogues give equal bytes, so no time stands in it."""
    catalogue = read_po(BytesIO(po), locale=language)
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def wrong_in(catalogue: Catalog) -> Iterator[str]:
    """Yield what a reader would stumble over: texts without translation, places that differ."""
    for message in catalogue:
        if not message.id:
            continue
        told = f"{message.context or ', '.join(w for w, _ in message.locations)}: {message.id!r}"
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        if not all(forms) or message.fuzzy:
            yield f"{told} is not translated"
            continue
        allowed = _places(message)
        for form in forms:
            if not (_found(form) <= allowed and _found(form) >= allowed - _left_out(message)):
                yield f"{told} has places {sorted(allowed)}, its translation {sorted(_found(form))}"


def _found(text: str) -> set[str]:
    return set(PLACE.findall(text))


def _places(message: Message) -> set[str]:
    said = message.id if isinstance(message.id, tuple) else (message.id,)
    return set().union(*(_found(each) for each in said))


def _left_out(message: Message) -> set[str]:
    """Places that a form for exactly one, two or none may leave out: the number."""
    return {"%(number)s", "%(n)s"} if isinstance(message.id, tuple) else set()


def main() -> None:
    """Write the catalogues, or check them."""
    only_check = "--check" in sys.argv[1:]
    wrong = []
    for kind in SOURCES:
        for language in LANGUAGES:
            catalogue = renewed(kind, language)
            po = as_po(catalogue)
            made = {"po": po, "mo": as_mo(po, language)}
            for ending, content in made.items():
                path = place(kind, language, ending)
                if only_check and not (path.exists() and path.read_bytes() == content):
                    wrong.append(f"{path.relative_to(ROOT)} is out of date: run `make docs`")
                elif not only_check:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
            wrong += [
                f"{place(kind, language).relative_to(ROOT)}: {w}" for w in wrong_in(catalogue)
            ]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cleanbill.store.settings")
    main()
