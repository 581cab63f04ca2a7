"""What is wrong with a field, in words for whoever made the file: the validation library's own are for programmers.

Each is the rest of a sentence that begins with the field: ``Title`` … ``is missing``.
"""

from collections.abc import Callable, Mapping
from typing import Any, get_args

from book_service.catalogue.schemas import Format
from service_kit.languages.texts import N_, _, written_number
from service_kit.validation_messages import message_of

_FORMATS = get_args(Format)
_NEEDED = frozenset({"title", "price"})
_EMPTY = ("", None)
_EXAMPLES = {"pages": "320", "stock": "12"}


def plain_words(problem: Mapping[str, Any]) -> str:
    """Return one of ``ValidationError.errors()`` in plain words; what our own rules say stays as it is."""
    place, given = problem["loc"], problem.get("input")
    if place and place[0] in _NEEDED and given in _EMPTY:
        return _("is missing")
    words = _WORDS.get(problem["type"])
    if isinstance(words, str):
        return _(words)
    return message_of(problem) if words is None else words(problem.get("ctx", {}), place)


def _too_long(limits: Mapping[str, Any], place: tuple[Any, ...]) -> str:
    longest, length = limits.get("max_length", 0), limits.get("actual_length", 0)
    values = {"most": written_number(longest), "length": written_number(length)}
    if not length:
        text = N_("is too long: at most %(most)s characters")
    else:
        text = N_("is too long: at most %(most)s characters, and it has %(length)s")
    if len(place) > 1 and not length:
        text = N_("has an entry that is too long: at most %(most)s characters")
    elif len(place) > 1:
        text = N_("has an entry that is too long: at most %(most)s characters, and it has %(length)s")
    return _(text, **values)


def _not_whole(_limits: Mapping[str, Any], place: tuple[Any, ...]) -> str:
    return _("must be a whole number, like %(example)s", example=_EXAMPLES.get(str(place[0]), "1"))


def _one_of_the_formats(_limits: Mapping[str, Any], _place: tuple[Any, ...]) -> str:
    return _("must be %(formats)s or %(last)s", formats=", ".join(_FORMATS[:-1]), last=_FORMATS[-1])


_WORDS: dict[str, str | Callable[[Mapping[str, Any], tuple[Any, ...]], str]] = {
    "too_long": _too_long,
    "string_too_long": _too_long,
    "greater_than_equal": lambda limits, _place: _("must be %(least)s or more", least=written_number(limits["ge"])),
    "less_than_equal": lambda limits, _place: _("must be %(most)s or less", most=written_number(limits["le"])),
    "int_parsing": _not_whole,
    "int_type": _not_whole,
    "int_from_float": _not_whole,
    "decimal_parsing": N_("must be a number like 9.99"),
    "decimal_type": N_("must be a number like 9.99"),
    "decimal_max_places": N_("must have at most two digits after the point"),
    "literal_error": _one_of_the_formats,
    "string_pattern_mismatch": N_("must be a year, a month or a day: 1931, 1931-10 or 1931-10-08"),
    "string_type": N_("must be text"),
    "list_type": N_("must be a list of texts"),
}
