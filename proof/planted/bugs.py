"""All planted bugs."""

from proof.planted.bug import Bug
from proof.planted.order_bugs import ORDER_BUGS
from proof.planted.stock_bugs import STOCK_BUGS

BUGS: tuple[Bug, ...] = (*STOCK_BUGS, *ORDER_BUGS)

SHORT_IN_RIG = frozenset({"no tombstone"})
"""What the rig finds even in a short run, to see that it finds anything."""
