"""What the stock's numbers mean, in sentences."""

from collections.abc import Sequence

from web_frontend.browser_session import Claims
from web_frontend.stock.books import Count, Levels, Movement, WriteOff
from web_frontend.wording import counted

_VERBS = {
    "received": ("came in", "came in"),
    "returned": ("came back", "came back"),
    "sold": ("was sold", "were sold"),
}
_SERVICES = {"order-service": "With the order", "book-service": "The shop", "system": "When the shop was set up"}
_SHORTEST_ID = 32


def copies(number: int) -> str:
    """Return ``1 copy``, ``2 copies``."""
    return counted(number, "copy", "copies")


def are(number: int, one: str = "is", many: str = "are") -> str:
    """Return ``1 is``, ``2 are``, ``none is``."""
    return f"{number or 'none'} {one if number <= 1 else many}"


def were(number: int) -> str:
    """Return ``1 copy was``, ``2 copies were``."""
    return f"{copies(number)} {'was' if number == 1 else 'were'}"


def levels_sentence(levels: Levels) -> str:
    """Say how many copies there are and what that leaves to sell."""
    on_hand, reserved = levels.on_hand, levels.reserved
    if not on_hand:
        return "There is no copy on the shelf."
    if on_hand == 1:
        promised = "it is promised to an order, so none" if reserved else "it is promised to nobody, so it"
        return f"1 copy is on the shelf; {promised} can be sold."
    if not reserved:
        promised = f"none is promised, so all {on_hand}"
    elif reserved == on_hand:
        promised = f"all {on_hand} are promised to orders, so none"
    else:
        promised = f"{are(reserved)} promised to orders, so {levels.available}"
    return f"{copies(on_hand)} are on the shelf; {promised} can be sold."


def ledger_sum(movements: Sequence[Movement]) -> str:
    """Say how the movements add up: ``12 came in, 4 were sold, corrections took away 1``."""
    parts = []
    for kind, (one, many) in _VERBS.items():
        total = abs(sum(row.change for row in movements if row.kind == kind))
        if total:
            parts.append(f"{total} {one if total == 1 else many}")
    corrected = sum(row.change for row in movements if row.kind not in _VERBS)
    if corrected:
        parts.append(f"corrections {'added' if corrected > 0 else 'took away'} {abs(corrected)}")
    return ", ".join(parts)


def who(actor: str | None, claims: Claims | None) -> str:
    """Name who wrote a row of the ledger. An account is an id or an address here; one's own is ``You``."""
    if not actor:
        return ""
    if claims is not None and actor in {claims.account_id, claims.email}:
        return "You"
    if "@" in actor:
        return actor
    return "A colleague" if len(actor) >= _SHORTEST_ID else _SERVICES.get(actor, actor)


def change_sentence(change: int) -> str:
    """Say what was written into the ledger."""
    return f"{copies(abs(change))} {'added' if change > 0 else 'taken away'}. It is in the ledger."


def count_sentence(count: Count) -> str:
    """Say in one sentence what was expected, what moved meanwhile, and what was corrected."""
    if not count.correction:
        start = f"You counted {count.counted}, just as expected"
    else:
        start = f"You counted {count.counted} where {are(count.expected, 'was', 'were')} expected"
    if count.moved_since:
        went = "went out" if count.moved_since < 0 else "came in"
        start += f", and {abs(count.moved_since)} {went} meanwhile"
    if count.correction:
        done = "added" if count.correction > 0 else "taken off"
        start += f", so {were(abs(count.correction))} {done}"
    return f"{start}: {are(count.on_hand)} on the shelf now."


def shelf_sentence(agreed: int, corrected: int, trouble: int) -> str:
    """Say what became of the counts of a shelf."""
    if not corrected and not trouble:
        return "All as expected: nothing had to be corrected."
    parts = [
        f"{number} {one if number == 1 else many}"
        for number, one, many in (
            (agreed, "is as expected", "are as expected"),
            (corrected, "was corrected", "were corrected"),
            (trouble, "needs you", "need you"),
        )
        if number
    ]
    *first, last = parts
    return f"{', '.join(first)} and {last}." if first else f"{last}."


def written_off_sentence(outcome: WriteOff) -> str:
    """Say how many copies left the shelf, also when they are fewer than asked for or not known yet."""
    if outcome.written_off is None and not outcome.is_pending:
        return "What was free of the lost copies has been written off; the ledger of the book says how many."
    if outcome.written_off is None:
        return (
            f"The stock does not answer just now. {copies(outcome.quantity)} will be written off as soon as it does; "
            "there is nothing more to do."
        )
    if outcome.written_off >= outcome.quantity:
        return f"{were(outcome.quantity)} written off."
    return (
        f"Only {outcome.written_off or 'none'} of {copies(outcome.quantity)} could be written off: "
        "the others were promised to somebody meanwhile."
    )
