"""What the ledger says of moves that the system makes by itself: kept in English, told in the reader's language."""

import re
from typing import Final

from service_kit.languages.texts import N_, _

FIRST_STOCK: Final = N_("First stock")
SHIPPED: Final = N_("Order shipped")
RETURNED: Final = N_("Order returned")
IMPORT_UNDONE: Final = N_("Import undone")
_OWN: Final = frozenset({FIRST_STOCK, SHIPPED, RETURNED, IMPORT_UNDONE})
_COUNTED: Final = re.compile(r"Stocktake: ([0-9]+) counted((?:\. .*)?)")


def reason_of_count(counted: int, note: str | None) -> str:
    """Return what the ledger keeps of a count; what somebody noted follows it."""
    reason = f"Stocktake: {counted} counted"
    return f"{reason}. {note}" if note else reason


def told(reason: str) -> str:
    """Return a reason that is kept, as it is read; what people wrote stays as it is."""
    if reason in _OWN:
        return _(reason)
    count = _COUNTED.fullmatch(reason)
    return reason if count is None else _("Stocktake: %(count)s counted", count=count[1]) + count[2]
