"""What is wrong with a field, in words for whoever made the file: the validation library's own are for programmers.

Each is the rest of a sentence that begins with the field: ``Title`` … ``is missing``.
"""

from collections.abc import Callable, Mapping
from typing import Any, get_args

from book_service.catalogue.schemas import Format

_FORMATS = get_args(Format)
_NEEDED = frozenset({"title", "price"})
_EMPTY = ("", None)
_EXAMPLES = {"pages": "320", "stock": "12"}


def plain_words(problem: Mapping[str, Any]) -> str:
    """Return one of ``ValidationError.errors()`` in plain words; what our own rules say stays as it is."""
    place, given = problem["loc"], problem.get("input")
    if place and place[0] in _NEEDED and given in _EMPTY:
        return "is missing"
    words = _WORDS.get(problem["type"])
    if words is None:
        return str(problem["msg"]).removeprefix("Value error, ")
    return words(problem.get("ctx", {}), place)


def _too_long(limits: Mapping[str, Any], place: tuple[Any, ...]) -> str:
    longest = limits.get("max_length", 0)
    whose = "has an entry that is too long" if len(place) > 1 else "is too long"
    length = f", and it has {limits['actual_length']:,}" if limits.get("actual_length") else ""
    return f"{whose}: at most {longest:,} characters{length}"


def _not_whole(_limits: Mapping[str, Any], place: tuple[Any, ...]) -> str:
    return f"must be a whole number, like {_EXAMPLES.get(str(place[0]), '1')}"


def _always(words: str) -> Callable[[Mapping[str, Any], tuple[Any, ...]], str]:
    return lambda _limits, _place: words


_WORDS: dict[str, Callable[[Mapping[str, Any], tuple[Any, ...]], str]] = {
    "too_long": _too_long,
    "string_too_long": _too_long,
    "greater_than_equal": lambda limits, _place: f"must be {limits['ge']:,} or more",
    "less_than_equal": lambda limits, _place: f"must be {limits['le']:,} or less",
    "int_parsing": _not_whole,
    "int_type": _not_whole,
    "int_from_float": _not_whole,
    "decimal_parsing": _always("must be a number like 9.99"),
    "decimal_type": _always("must be a number like 9.99"),
    "decimal_max_places": _always("must have at most two digits after the point"),
    "literal_error": _always(f"must be {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}"),
    "string_pattern_mismatch": _always("must be a year, a month or a day: 1931, 1931-10 or 1931-10-08"),
    "string_type": _always("must be text"),
    "list_type": _always("must be a list of texts"),
}
