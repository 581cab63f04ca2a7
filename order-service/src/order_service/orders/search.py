"""What staff types into the board's one search field, and what it may mean."""

import re
from dataclasses import dataclass
from uuid import UUID

_NUMBER = re.compile(r"(?:q\s*[-‐‑–]?|#)\s*([0-9]{1,18})", re.IGNORECASE)  # noqa: RUF001 (dashes as programs make them)
_DIGITS = re.compile(r"[0-9]{1,18}")
_ISBN13 = re.compile(r"97[89][0-9]{10}")
_ISBN10 = re.compile(r"[0-9]{9}[0-9X]")
_ADDRESS_PART = re.compile(r"[^\s@]*@?[^\s@]*")


@dataclass(frozen=True, slots=True)
class Search:
    """What a text may mean. What is set is looked for; an order that fits any of it is found.

    ``email_part`` and ``words`` are as typed; ``words`` are those of a book's title, of which all have to be there.
    """

    number: int | None = None
    order_id: UUID | None = None
    isbn13: str | None = None
    email_part: str | None = None
    words: str | None = None

    def number_alone(self) -> "Search":
        """Return the search for the number, if it may be one."""
        return Search(number=self.number)


def parse_search(text: str) -> Search:
    """Read a line of text: an order's id or number, an ISBN, a part of an e-mail address, words of a title.

    ``"Q-1042"`` and ``"#1042"`` are a number; ``"1042"`` may be a word of a title, too.
    """
    text = text.strip()
    try:
        return Search(order_id=UUID(text))
    except ValueError:
        pass
    if number := _NUMBER.fullmatch(text):
        return Search(number=int(number[1]))
    if isbn13 := _isbn13(text):
        return Search(isbn13=isbn13)
    if _DIGITS.fullmatch(text):
        return Search(number=int(text), words=text)
    if "@" in text:
        return Search(email_part=text)
    return Search(email_part=text if _ADDRESS_PART.fullmatch(text) else None, words=text)


def _isbn13(text: str) -> str | None:
    """Return the thirteen digits of an ISBN-10 or -13 with any hyphens (ISO 2108), or None for any other text."""
    compact = re.sub(r"[\s\-‐‑–]", "", text).upper()  # noqa: RUF001
    if _ISBN13.fullmatch(compact):
        return compact
    if not _ISBN10.fullmatch(compact) or not _is_isbn10(compact):
        return None
    body = f"978{compact[:9]}"
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10
    return f"{body}{check}"


def _is_isbn10(compact: str) -> bool:
    values = [10 if digit == "X" else int(digit) for digit in compact]
    return sum(value * weight for value, weight in zip(values, range(10, 0, -1), strict=True)) % 11 == 0
