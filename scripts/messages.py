"""Keep the translations: write the texts of each member into its catalogues, or check that none is missing.

`python scripts/messages.py` adds what is new to `locale/<language>.po` and drops what no code says any more;
`--check` changes nothing and fails when a catalogue is behind the code, or a text lacks its translation.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from workspace import PLUMBING, ROOT, SERVICES

from service_kit.languages.catalogues import LANGUAGES
from service_kit.languages.language import ORIGINAL

KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "n_": (1, 2),
    "ngettext": (1, 2),
    "p_": ((1, "c"), 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
OPTIONS = {"**/templates/**": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}}
TRANSLATED = [code for code in LANGUAGES if code != ORIGINAL.code]


def packages() -> list[Path]:
    """Return the source folder of every member that speaks to people."""
    folders = [next((ROOT / member / "src").iterdir()) for member in (PLUMBING, *SERVICES)]
    return [folder for folder in folders if (folder / "locale").is_dir()]


def extracted(package: Path) -> Catalog:
    """Return the texts of a package's code and templates. Raises ``SystemExit`` when one of them cannot be kept."""
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    options = {"**/templates/**.html": OPTIONS["**/templates/**"], "**/templates/**.txt": OPTIONS["**/templates/**"]}
    found = extract_from_dir(
        package, METHODS, options, keywords=KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    )
    for file, line, message, comments, context in found:
        known = catalogue.get(message[0] if isinstance(message, tuple) else message, context)
        if known is not None and known.pluralizable != isinstance(message, tuple):
            # A catalogue has room for one entry of a text, and whoever merges two mixes up their translations.
            sys.exit(f"{package.name}/{file}:{line}: this is said with a number elsewhere, or without one: use p_")
        catalogue.add(message, auto_comments=comments, context=context)
    return catalogue


def updated(package: Path, code: str) -> Catalog:
    """Return a package's catalogue of a language, brought up to its code: what is new has no translation yet."""
    path = package / "locale" / f"{code}.po"
    known = read_po(BytesIO(path.read_bytes()), locale=code) if path.is_file() else Catalog(locale=code)
    fresh = Catalog(locale=code, charset="utf-8", fuzzy=False)
    for message in extracted(package):
        if not message.id:
            continue
        before = known.get(message.id, message.context)
        is_same = before is not None and before.id == message.id
        translation = before.string if is_same and before is not None else None
        fresh.add(message.id, translation, auto_comments=message.auto_comments, context=message.context)
    return fresh


def written(catalogue: Catalog, code: str) -> bytes:
    """Return a catalogue as a file that changes only where texts do: sorted, without places and dates."""
    body = BytesIO()
    write_po(body, catalogue, width=120, no_location=True, omit_header=True, sort_output=True)
    forms = f"nplurals={catalogue.num_plurals}; plural={catalogue.plural_expr};"
    head = (
        f'msgid ""\nmsgstr ""\n"Language: {code}\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {forms}\\n"\n\n'
    )
    return head.encode() + body.getvalue()


def faults(catalogue: Catalog) -> list[str]:
    """Return what is wrong with the translations of a catalogue."""
    return [
        f"{_shown(message)}: {fault}"
        for message in catalogue
        if message.id
        for fault in (["no translation"] if not _is_whole(message, catalogue) else map(str, message.check(catalogue)))
    ]


def _is_whole(message: Message, catalogue: Catalog) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return len(strings) == (catalogue.num_plurals if message.pluralizable else 1) and all(strings)


def _shown(message: Message) -> str:
    text = message.id[0] if message.pluralizable else message.id
    return f"{text[:70]!r}"


def treated(package: Path, code: str, *, is_check: bool) -> list[str]:
    """Write or check one catalogue, and return what is wrong with it."""
    path = package / "locale" / f"{code}.po"
    catalogue = updated(package, code)
    text = written(catalogue, code)
    said = faults(catalogue)
    if not is_check:
        path.write_bytes(text)
    elif not path.is_file() or path.read_bytes() != text:
        said.append("the code has changed since: run `make messages`")
    return [f"{path.relative_to(ROOT)}: {fault}" for fault in said]


def main() -> int:
    """Write or check the catalogues; return 1 when a check failed."""
    is_check = "--check" in sys.argv
    said = [line for package in packages() for code in TRANSLATED for line in treated(package, code, is_check=is_check)]
    print("\n".join(said) or "every text has its translation")
    return 1 if is_check and said else 0


if __name__ == "__main__":
    sys.exit(main())
