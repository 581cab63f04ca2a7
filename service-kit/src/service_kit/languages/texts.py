"""Texts for people, in the language of the request at hand (GNU gettext).

``_`` marks a text and translates it, ``n_`` does so for one that depends on a number, and ``N_`` only marks one that is
translated later, where it is shown. Values are named: ``_("Sold by %(shop)s", shop=name)``. Without values a percent
sign is one, with values it is written twice.
"""

from babel.numbers import format_decimal

from service_kit.languages.language import current_language


def _(text: str, /, **values: object) -> str:
    """Return ``text`` translated, with its ``%(name)s`` filled in when there are values."""
    # An empty text is the name of the catalogue's head.
    translated = current_language().translations.gettext(text) if text else ""
    return translated % values if values else translated


def n_(one: str, many: str, number: int, /, **values: object) -> str:
    """Return the form for ``number``, which ``%(num)s`` writes as the language does: ``1,204``."""
    translated = current_language().translations.ngettext(one, many, number)
    return translated % ({"num": written_number(number)} | values)


def p_(context: str, text: str, /, **values: object) -> str:
    """Return ``text`` translated as it is meant in ``context``, where one word has two translations."""
    translated = current_language().translations.pgettext(context, text)
    return translated % values if values else translated


def N_(text: str) -> str:  # noqa: N802 (gettext's own name for it)
    """Return ``text`` as it is, so that it is found and can be translated where it is shown."""
    return text


def written_number(number: int) -> str:
    """Return ``number`` with the separators of the language."""
    # Most numbers of a page have nothing to separate, and formatting one takes as long as a line of the page.
    return str(number) if 0 <= number < 1000 else str(format_decimal(number, locale=current_language().locale))  # noqa: PLR2004
