"""The translations, read from the ``.po`` files of the packages when a service starts."""

from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""The languages that there are, each by its own name; the texts in the code are in the first one."""
USUAL_COUNTRIES = {"en": "GB", "de": "DE"}


def translations_of(code: str, packages: tuple[str, ...]) -> NullTranslations:
    """Return the texts of a language out of ``locale/<code>.po`` of each package that has one."""
    found = NullTranslations()
    for package in reversed(packages):
        catalogue = files(package).joinpath("locale", f"{code}.po")
        if catalogue.is_file():
            translations = _compiled(catalogue.read_bytes(), code)
            translations.add_fallback(found)
            found = translations
    return found


def _compiled(text: bytes, code: str) -> GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(text), locale=code, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)
