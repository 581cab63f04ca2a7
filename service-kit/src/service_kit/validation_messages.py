"""What pydantic finds wrong with input, in the language of the request. In English it keeps pydantic's own words.

A message goes on with the name of its field: "Price" "must be at least 0". One that begins with a capital letter is a
sentence by itself.
"""

from collections.abc import Callable, Mapping
from typing import Any

from service_kit.languages.language import ORIGINAL, current_language
from service_kit.languages.texts import N_, _, n_

_OF_OURS = "Value error, "
"""What pydantic puts before the messages of our own validators."""

_TEXTS = {
    "missing": N_("Field required"),
    "extra_forbidden": N_("Extra inputs are not permitted"),
    "json_invalid": N_("Invalid JSON"),
    "json_type": N_("JSON input should be string, bytes or bytearray"),
    "none_required": N_("Input should be None"),
    "greater_than": N_("Input should be greater than %(gt)s"),
    "greater_than_equal": N_("Input should be greater than or equal to %(ge)s"),
    "less_than": N_("Input should be less than %(lt)s"),
    "less_than_equal": N_("Input should be less than or equal to %(le)s"),
    "multiple_of": N_("Input should be a multiple of %(multiple_of)s"),
    "finite_number": N_("Input should be a finite number"),
    "string_type": N_("Input should be a valid string"),
    "string_unicode": N_("Input should be a valid string, unable to parse raw data as a unicode string"),
    "string_pattern_mismatch": N_("String should match pattern '%(pattern)s'"),
    "literal_error": N_("Input should be %(expected)s"),
    "enum": N_("Input should be %(expected)s"),
    "dict_type": N_("Input should be a valid dictionary"),
    "model_type": N_("Input should be a valid dictionary"),
    "model_attributes_type": N_("Input should be a valid dictionary"),
    "list_type": N_("Input should be a valid list"),
    "tuple_type": N_("Input should be a valid list"),
    "set_type": N_("Input should be a valid list"),
    "bool_type": N_("Input should be a valid boolean"),
    "bool_parsing": N_("Input should be a valid boolean"),
    "int_type": N_("Input should be a valid integer"),
    "int_parsing": N_("Input should be a valid integer"),
    "int_parsing_size": N_("Input should be a valid integer"),
    "int_from_float": N_("Input should be a valid integer"),
    "float_type": N_("Input should be a valid number"),
    "float_parsing": N_("Input should be a valid number"),
    "decimal_type": N_("Input should be a valid number"),
    "decimal_parsing": N_("Input should be a valid number"),
    "date_type": N_("Input should be a valid date"),
    "date_parsing": N_("Input should be a valid date"),
    "date_from_datetime_parsing": N_("Input should be a valid date"),
    "date_from_datetime_inexact": N_("Input should be a valid date"),
    "datetime_type": N_("Input should be a valid datetime"),
    "datetime_parsing": N_("Input should be a valid datetime"),
    "datetime_object_invalid": N_("Input should be a valid datetime"),
    "datetime_from_date_parsing": N_("Input should be a valid datetime"),
    "timezone_aware": N_("Input should have timezone info"),
    "timezone_naive": N_("Input should not have timezone info"),
    "uuid_type": N_("Input should be a valid UUID"),
    "uuid_parsing": N_("Input should be a valid UUID"),
    "uuid_version": N_("Input should be a valid UUID"),
    "union_tag_invalid": N_("Input should be %(expected_tags)s"),
    "union_tag_not_found": N_("Field required"),
}

_COUNTED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "string_too_short": lambda told: n_(
        "String should have at least %(num)s character",
        "String should have at least %(num)s characters",
        told["min_length"],
    ),
    "string_too_long": lambda told: n_(
        "String should have at most %(num)s character",
        "String should have at most %(num)s characters",
        told["max_length"],
    ),
    "too_short": lambda told: n_(
        "List should have at least %(num)s item",
        "List should have at least %(num)s items",
        told["min_length"],
    ),
    "too_long": lambda told: n_(
        "List should have at most %(num)s item",
        "List should have at most %(num)s items",
        told["max_length"],
    ),
    "decimal_max_digits": lambda told: n_(
        "Decimal input should have no more than %(num)s digit in total",
        "Decimal input should have no more than %(num)s digits in total",
        told["max_digits"],
    ),
    "decimal_max_places": lambda told: n_(
        "Decimal input should have no more than %(num)s decimal place",
        "Decimal input should have no more than %(num)s decimal places",
        told["decimal_places"],
    ),
    "decimal_whole_digits": lambda told: n_(
        "Decimal input should have no more than %(num)s digit before the decimal point",
        "Decimal input should have no more than %(num)s digits before the decimal point",
        told["whole_digits"],
    ),
}


def message_of(found: Mapping[str, Any]) -> str:
    """Return the message of one of pydantic's errors (an item of ``ValidationError.errors()``)."""
    message = str(found["msg"]).removeprefix(_OF_OURS)
    if current_language().code == ORIGINAL.code:
        return message
    told = found.get("ctx", {})
    if counted := _COUNTED.get(found["type"]):
        return counted(told)
    text = _TEXTS.get(found["type"])
    return message if text is None else _(text, **_in_words(told)) if told else _(text)


def _in_words(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _choice(str(value)) if name.startswith("expected") else value for name, value in told.items()}


def _choice(expected: str) -> str:
    # It comes as one text: "'csv', 'onix' or 'jsonl'".
    choices, _separator, last = expected.rpartition(" or ")
    return _("%(choices)s or %(last)s", choices=choices, last=last) if choices else expected
