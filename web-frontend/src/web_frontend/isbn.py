"""Telling an ISBN among the words that people search for."""

import re

_ISBN10_LENGTH = 10
# What a scanner sends before the digits (ISO/IEC 15424), and what people write there.
_BEFORE = re.compile(r"^\s*(?:\][A-Za-z]\d)?\s*(?:(?:isbn|ean)(?:-?1[03])?[:\s]*)?", re.IGNORECASE)
_HYPHENS = re.compile(r"[\s\-\u2010-\u2015]")
# An add-on of two or five digits, with the price, may follow on the bar code.
_SHAPE = re.compile(r"(97[89]\d{10})(?:\d{2}|\d{5})?|(\d{9}[\dX])", re.ASCII)


def isbn_in(text: str) -> str | None:
    """Return the ISBN-10 or -13 that was typed or scanned, without hyphens; None when the check digit is not right."""
    compact = _HYPHENS.sub("", _BEFORE.sub("", text, count=1)).upper()
    found = _SHAPE.fullmatch(compact)
    isbn = (found[1] or found[2]) if found is not None else ""
    digits = [10 if character == "X" else int(character) for character in isbn]
    if len(digits) == _ISBN10_LENGTH:
        is_right = sum(digit * weight for digit, weight in zip(digits, range(10, 0, -1), strict=True)) % 11 == 0
    else:
        is_right = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
    return isbn if isbn and is_right else None


def isbn13_in(text: str) -> str | None:
    """Return the ISBN that was typed or scanned as thirteen digits, as it will be stored; None when it is none."""
    isbn = isbn_in(text)
    if isbn is None or len(isbn) != _ISBN10_LENGTH:
        return isbn
    first = f"978{isbn[:-1]}"
    total = sum(int(character) * (3 if place % 2 else 1) for place, character in enumerate(first))
    return f"{first}{-total % 10}"
