"""One language with the habits of one country, and the one that holds for the request at hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from gettext import GNUTranslations, NullTranslations

from babel import Locale


@dataclass(frozen=True, slots=True)
class Language:
    """Texts of a language, and the locale by whose habits numbers, prices and dates are written."""

    code: str
    """The language alone (ISO 639): ``de``."""
    locale: Locale
    """Language and country: ``de_AT``."""
    translations: NullTranslations | GNUTranslations

    @property
    def tag(self) -> str:
        """Return the language tag (BCP 47) of the locale: ``de-AT``."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        """Return ``ltr`` or ``rtl``, the way that it is written."""
        return str(self.locale.text_direction)


ORIGINAL = Language("en", Locale("en", "GB"), NullTranslations())
"""The language that the texts are written in."""

_current: ContextVar[Language] = ContextVar("language", default=ORIGINAL)


def current_language() -> Language:
    """Return the language of the request at hand."""
    return _current.get()


def speak(language: Language) -> None:
    """Have everything that follows in this task be told in ``language``."""
    _current.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Have what is told within the block be told in ``language``, as when a mail is written to somebody."""
    before = _current.set(language)
    try:
        yield
    finally:
        _current.reset(before)
