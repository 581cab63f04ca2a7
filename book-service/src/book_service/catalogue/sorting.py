"""The order in which titles stand on a shelf."""

from service_kit.text import search_key

_ARTICLES = {
    "deu": ("der", "die", "das", "ein", "eine"),
    "eng": ("the", "a", "an"),
    "fra": ("le", "la", "les", "un", "une"),
    "ita": ("il", "lo", "la", "i", "gli", "le", "un", "una"),
    "por": ("o", "a", "os", "as", "um", "uma"),
    "spa": ("el", "la", "los", "las", "un", "una"),
}


def title_key(title: str, language: str | None = None) -> str:
    """Return the key that ``title`` sorts by: folded, and without the article that its language begins it with.

    ``"The Waves"`` becomes ``"waves"``. A book without a language is taken for an English one.
    """
    folded = search_key(title)
    first, _, rest = folded.partition(" ")
    return rest if rest and first in _ARTICLES.get(language or "eng", ()) else folded
