"""Text that people type, checked and normalised once, at the door."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from service_kit.languages.texts import _

_LINE_BREAKS = {"\n", "\t"}
_PLAIN = re.compile(r"[\x20-\x7e\n\t]*")
_WITHOUT_DECOMPOSITION = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
"""Letters that people who lack them on their keyboard write otherwise, and that Unicode does not take apart."""
_TALLEST_STACK = 30
"""Combining marks on one letter, as in the stream-safe text format of Unicode (UAX #15, section 13)."""


def _reject_unusable_characters(text: str, allowed: frozenset[str]) -> None:
    # Most text is plain, and a file to import has a great deal of it: this takes a hundredth of the time.
    if _PLAIN.fullmatch(text) and (allowed or text.isprintable()):
        return
    stacked = 0
    for character in text:
        # Normalising takes time that grows with the square of such a stack: half a minute for 400 KB of them.
        stacked = stacked + 1 if unicodedata.combining(character) else 0
        if stacked > _TALLEST_STACK:
            message = _("must not stack more than %(most)s accents on one letter", most=_TALLEST_STACK)
            raise ValueError(message)
        # Cc: control characters; Cs: lone surrogates, which no database and no UTF-8 stream can carry.
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed:
            message = _("must not contain the control character %(code)s", code=_code_point(character))
            raise ValueError(message)
        if _is_noncharacter(ord(character)):
            message = _("must not contain %(code)s, which is no character", code=_code_point(character))
            raise ValueError(message)


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X}"


def _is_noncharacter(code: int) -> bool:
    # Unicode keeps these for the inside of programs (section 23.7), and XML can carry only some of them.
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # noqa: PLR2004 (the last two of a plane, and the block)


def _line(text: str) -> str:
    _reject_unusable_characters(text, frozenset())
    return " ".join(unicodedata.normalize("NFC", text).split())


def _prose(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    _reject_unusable_characters(text, frozenset(_LINE_BREAKS))
    return unicodedata.normalize("NFC", text).strip()


def _blank_to_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


Line = Annotated[str, AfterValidator(_line)]
"""One line of text: NFC, inner white space folded, no control characters."""

Prose = Annotated[str, AfterValidator(_prose)]
"""Text of several lines: NFC, line ends as LF, no other control characters than LF and TAB."""

BlankAsNone = BeforeValidator(_blank_to_none)
"""An empty or blank string means that nothing was given."""


def search_key(text: str) -> str:
    """Fold ``text`` for comparing and sorting: no case, no accents, single spaces.

    ``"Dostoyévsky, Fyodor"`` becomes ``"dostoyevsky, fyodor"``.
    """
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(character for character in decomposed if not unicodedata.combining(character))
        text = text.casefold().translate(_WITHOUT_DECOMPOSITION)
    return " ".join(text.casefold().split())
