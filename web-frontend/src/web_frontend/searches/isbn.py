"""Telling an ISBN among the words that people search for."""

import re

_ISBN10_LENGTH = 10
_SHAPE = re.compile(r"97[89]\d{10}|\d{9}[\dX]", re.ASCII)


def isbn_in(text: str) -> str | None:
    """Return ``text`` without hyphens and spaces when it is an ISBN-10 or -13 with the right check digit, else None."""
    compact = re.sub(r"[\s\-\u2010-\u2013]", "", text).upper()
    if not _SHAPE.fullmatch(compact):
        return None
    digits = [10 if character == "X" else int(character) for character in compact]
    if len(digits) == _ISBN10_LENGTH:
        is_right = sum(digit * weight for digit, weight in zip(digits, range(10, 0, -1), strict=True)) % 11 == 0
    else:
        is_right = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
    return compact if is_right else None
