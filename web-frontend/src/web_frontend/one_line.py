"""Text from an address, made into a line that the services take."""

import unicodedata

# Services refuse more accents than this on one letter.
_TALLEST_STACK = 30


def one_line(text: str, longest: int) -> str:
    """Return the first ``longest`` characters of ``text`` without what no service takes, single spaces between words.

    Control characters count as spaces; accents that are stacked too high are left out.
    """
    kept: list[str] = []
    stacked = 0
    # What is cut off need not be looked at, however long it is.
    for character in text[: longest * 4]:
        stacked = stacked + 1 if unicodedata.combining(character) else 0
        if stacked <= _TALLEST_STACK:
            kept.append(" " if unicodedata.category(character) in {"Cc", "Cs"} else character)
    line = unicodedata.normalize("NFC", " ".join("".join(kept).split()))
    return line[:longest].rstrip()
