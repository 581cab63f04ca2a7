"""Texts in templates: what ``service_kit.languages.texts`` is to code, with markup escaped."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from service_kit.languages.language import current_language
from service_kit.languages.texts import written_number


def add_texts(environment: Environment) -> None:
    """Give templates ``_``, ``n_``, ``p_`` and ``{% trans %}``; what they return is markup, and values are escaped."""
    environment.add_extension("jinja2.ext.i18n")
    # Makes ``{% trans %}`` call the functions below with its values.
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals |= {
        "_": _markup,
        "gettext": _markup,
        "n_": _plural_markup,
        "ngettext": _plural_markup,
        "p_": _context_markup,
        "pgettext": _context_markup,
        "npgettext": _plural_context_markup,
    }


def in_language(shown: Callable[..., Any]) -> Callable[..., Any]:
    """Make a filter out of what depends on the language: Jinja works out filters of constants before one is known."""

    @pass_context
    @wraps(shown)
    def in_the_language_at_hand(_context: Context, *values: Any, **more: Any) -> Any:  # noqa: ANN401
        return shown(*values, **more)

    return in_the_language_at_hand


def _markup(text: str, /, **values: Any) -> Markup:  # noqa: ANN401 (whatever the template shows)
    translated = Markup(current_language().translations.gettext(text) if text else "")  # noqa: S704 (our own text)
    return translated % values if values else translated


def _plural_markup(one: str, many: str, number: int, /, **values: Any) -> Markup:  # noqa: ANN401
    translated = Markup(current_language().translations.ngettext(one, many, number))  # noqa: S704 (our own text)
    # A trans block passes the bare number along.
    return translated % (values | {"num": written_number(number)})


def _context_markup(context: str, text: str, /, **values: Any) -> Markup:  # noqa: ANN401
    translated = Markup(current_language().translations.pgettext(context, text))  # noqa: S704 (our own text)
    return translated % values if values else translated


def _plural_context_markup(context: str, one: str, many: str, number: int, /, **values: Any) -> Markup:  # noqa: ANN401
    translated = Markup(current_language().translations.npgettext(context, one, many, number))  # noqa: S704
    return translated % (values | {"num": written_number(number)})
