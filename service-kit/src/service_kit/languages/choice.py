"""Which language a request gets: the one that was chosen here, or the first one that its sender asks for."""

from collections.abc import Iterator
from functools import lru_cache

from babel import Locale
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from service_kit.languages.catalogues import LANGUAGES, USUAL_COUNTRIES, translations_of
from service_kit.languages.language import ORIGINAL, Language, speak
from service_kit.languages.locales import known_locale, primary_tag

_LONGEST_HEADER = 500
_MOST_TAGS = 20
_REMEMBERED = 512
_ANY = "*"


class Languages:
    """The languages of one service."""

    def __init__(self, *packages: str, default: str = ORIGINAL.code) -> None:
        """Read the catalogues of ``packages``, the first of which has the last word.

        ``default`` is the tag of the language for those who ask for none of ours. Raises ``ValueError``.
        """
        self._translations = {
            code: ORIGINAL.translations if code == ORIGINAL.code else translations_of(code, packages)
            for code in LANGUAGES
        }
        usual = known_locale(default)
        if usual is None:
            message = f"{default!r} is none of the languages {', '.join(LANGUAGES)}"
            raise ValueError(message)
        self._default = usual
        self._choose = lru_cache(maxsize=_REMEMBERED)(self._language_for)

    def language_for(self, chosen: str, accept_language: str) -> Language:
        """Return the language ``chosen``, or the best of an ``Accept-Language`` header (RFC 9110, section 12.5.4).

        The country is that of the first accepted tag that names one for the language: ``de-AT`` writes prices its way.
        """
        # Cut before it is remembered: a stranger's header may have 64 KiB.
        return self._choose(chosen, accept_language[:_LONGEST_HEADER])

    def tagged(self, tag: str | None) -> Language:
        """Return the language of a tag that was kept somewhere, ``de-AT``, or the default."""
        return self.language_for("", tag or "")

    def asked_for(self, scope: Scope, cookie: str = "") -> Language:
        """Return the language of a request; ``cookie`` is the full name of the one that holds a choice."""
        chosen = HTTPConnection(scope).cookies.get(cookie, "") if cookie and _has_cookie(scope, cookie) else ""
        accepted = b",".join([value for name, value in scope["headers"] if name == b"accept-language"])
        return self.language_for(chosen, accepted.decode("latin-1"))

    def _language_for(self, chosen: str, accept_language: str) -> Language:
        accepted = _weighted(accept_language)
        code = chosen if chosen in LANGUAGES else self._best(accepted)
        countries = (locale for tag, weight in accepted if weight > 0 and (locale := known_locale(tag)) is not None)
        named = next((locale for locale in countries if locale.language == code and locale.territory), None)
        return Language(code, named or self._usual(code), self._translations[code])

    def _best(self, accepted: list[tuple[str, float]]) -> str:
        default = self._default.language
        named = {primary_tag(tag) for tag, _ in accepted}
        unnamed = (code for code in (default, *LANGUAGES) if code not in named)
        for tag, weight in accepted:
            # An asterisk stands for whatever is not named beside it.
            code = next(unnamed, None) if tag == _ANY else primary_tag(tag)
            if weight > 0 and code in LANGUAGES:
                return code
        refused = {primary_tag(tag) for tag, weight in accepted if weight <= 0}
        return next((code for code in (default, *LANGUAGES) if code not in refused), default)

    def _usual(self, code: str) -> Locale:
        if self._default.language == code and self._default.territory:
            return self._default
        return Locale(code, USUAL_COUNTRIES[code])


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
            speak(self.languages.asked_for(scope, self.cookie))
        await self.app(scope, receive, send)


def _has_cookie(scope: Scope, cookie: str) -> bool:
    # Most people choose none, and taking all cookies apart costs more than everything else here.
    return any(name == b"cookie" and cookie.encode() in value for name, value in scope["headers"])


def _weighted(header: str) -> list[tuple[str, float]]:
    """Return the tags of a header with their weights, the heaviest first and otherwise as they come."""
    return sorted(_tags(header), key=lambda pair: -pair[1])


def _tags(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(",", _MOST_TAGS)[:_MOST_TAGS]:
        tag, _, parameter = part.strip().partition(";")
        if tag := tag.strip():
            yield tag, _weight(parameter)


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        weight = float(value) if name.strip().lower() == "q" else 1.0
    except ValueError:
        return 0.0
    # What is no weight (RFC 9110, section 12.4.2) is no wish either.
    return weight if 0 <= weight <= 1 else 0.0
