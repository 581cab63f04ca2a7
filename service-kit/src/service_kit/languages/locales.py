"""The locales of our languages, by the tags that browsers and settings name them with (BCP 47)."""

from babel import Locale, UnknownLocaleError

from service_kit.languages.catalogues import LANGUAGES


def known_locale(tag: str) -> Locale | None:
    """Return the locale of a tag in one of our languages; a country that does not go with the language is left out."""
    primary = primary_tag(tag)
    if primary not in LANGUAGES:
        return None
    try:
        return Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale(primary)


def primary_tag(tag: str) -> str:
    """Return the language of a tag: ``de`` of ``de-AT``."""
    return tag.partition("-")[0].lower()
