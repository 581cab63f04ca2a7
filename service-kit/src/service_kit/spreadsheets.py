"""Cells of CSV files, as spreadsheets read them.

What a spreadsheet would run as a formula gets an apostrophe in front ("CSV injection", OWASP), also where apostrophes
stand there already, so that taking off one is always right.
"""

import re

_RUN_BY_SPREADSHEETS = re.compile(r"'*[=+\-@\t\r]")


def defused(text: str) -> str:
    """Return ``text`` as a cell that no spreadsheet runs."""
    return f"'{text}" if _RUN_BY_SPREADSHEETS.match(text) else text


def as_typed(cell: str) -> str:
    """Return what ``defused`` made a cell of."""
    return cell[1:] if cell.startswith("'") and _RUN_BY_SPREADSHEETS.match(cell) else cell
