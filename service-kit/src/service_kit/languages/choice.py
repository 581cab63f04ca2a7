"""Which language a request gets: the one that was chosen here, or the first one that its sender asks for."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from service_kit.languages.catalogues import LANGUAGES, USUAL_COUNTRIES, translations_of
from service_kit.languages.language import ORIGINAL, Language, speak

_LONGEST_HEADER = 500


class Languages:
    """The languages of one service."""

    def __init__(self, *packages: str) -> None:
        """Read the catalogues of ``packages``, the first of which has the last word. Raises ``ValueError``."""
        self._translations = {
            code: ORIGINAL.translations if code == ORIGINAL.code else translations_of(code, packages)
            for code in LANGUAGES
        }
        self.language_for = lru_cache(maxsize=512)(self._language_for)

    def _language_for(self, chosen: str, accept_language: str) -> Language:
        """Return the language ``chosen``, or the best of an ``Accept-Language`` header (RFC 9110, section 12.5.4).

        The country is that of the first accepted tag that names one for the language: ``de-AT`` writes prices its way.
        """
        accepted = accepted_locales(accept_language[:_LONGEST_HEADER])
        wanted = (locale.language for locale in accepted if locale.language in LANGUAGES)
        code = chosen if chosen in LANGUAGES else next(wanted, ORIGINAL.code)
        countries = (locale for locale in accepted if locale.language == code and locale.territory)
        locale = next(countries, Locale(code, USUAL_COUNTRIES[code]))
        return Language(code, locale, self._translations[code])


class SpokenLanguage:
    """ASGI middleware that has each request served in its language."""

    def __init__(self, app: ASGIApp, *, languages: Languages, cookie: str = "") -> None:
        """Wrap ``app``; ``cookie`` is the full name of the one that holds a choice, where there is one."""
        self.app = app
        self.languages = languages
        self.cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            asked = HTTPConnection(scope)
            chosen = asked.cookies.get(self.cookie, "") if self.cookie else ""
            speak(self.languages.language_for(chosen, asked.headers.get("accept-language", "")))
        await self.app(scope, receive, send)


def accepted_locales(header: str) -> list[Locale]:
    """Return the locales that an ``Accept-Language`` header names and that there are, the most wanted first."""
    weighted = []
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = _weight(parameter)
        locale = _locale(tag.strip())
        if weight > 0 and locale is not None:
            weighted.append((weight, locale))
    return [locale for _, locale in sorted(weighted, key=lambda pair: -pair[0])]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return None
