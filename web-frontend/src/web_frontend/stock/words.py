"""What the stock's numbers mean, in sentences.

Each sentence is whole, so that every language can build it in its own way: there is one for each case, and none is put
together from halves.
"""

from collections.abc import Sequence

from service_kit.languages.texts import N_, _, n_, written_number
from web_frontend import wording
from web_frontend.browser_session import Claims
from web_frontend.stock.books import Count, Levels, LowStock, Movement, WriteOff
from web_frontend.stock.forms import REASONS

_SERVICES = {
    "order-service": N_("With the order"),
    "book-service": N_("The shop"),
    "system": N_("When the shop was set up"),
}
_SHORTEST_ID = 32


def copies(number: int) -> str:
    """Return ``1 copy``, ``2 copies``."""
    return n_("%(num)s copy", "%(num)s copies", number)


def reason_words(reason: str) -> str:
    """Return why copies moved; of what the shop writes by itself, book-service tells in the reader's language."""
    return _(reason) if reason in REASONS else reason


def stocktake_reason(counted: int) -> str:
    """Return what the ledger says of copies that a count did not find."""
    return n_("Stocktake: %(num)s counted", "Stocktake: %(num)s counted", counted)


def levels_sentence(levels: Levels) -> str:
    """Say how many copies there are and what that leaves to sell."""
    on_hand, reserved = levels.on_hand, levels.reserved
    if not on_hand:
        return _("There is no copy on the shelf.")
    if on_hand == 1 and reserved:
        return _("1 copy is on the shelf; it is promised to an order, so none can be sold.")
    if on_hand == 1:
        return _("1 copy is on the shelf; it is promised to nobody, so it can be sold.")
    shelf, free = written_number(on_hand), written_number(levels.available)
    if not reserved:
        return _("%(shelf)s copies are on the shelf; none is promised, so all %(shelf)s can be sold.", shelf=shelf)
    if reserved == on_hand:
        return _(
            "%(shelf)s copies are on the shelf; all %(shelf)s are promised to orders, so none can be sold.", shelf=shelf
        )
    return n_(
        "%(shelf)s copies are on the shelf; %(num)s is promised to orders, so %(free)s can be sold.",
        "%(shelf)s copies are on the shelf; %(num)s are promised to orders, so %(free)s can be sold.",
        reserved,
        shelf=shelf,
        free=free,
    )


def why_heading(on_hand: int) -> str:
    """Ask what the ledger answers."""
    return n_("Why is this %(num)s?", "Why are these %(num)s?", on_hand)


def ledger_sum(movements: Sequence[Movement]) -> str:
    """Say how the movements add up: ``12 came in, 4 were sold, corrections took away 1``."""
    sums = {kind: abs(sum(row.change for row in movements if row.kind == kind)) for kind in _KINDS}
    corrected = sum(row.change for row in movements if row.kind not in _KINDS)
    parts = {
        "received": n_("%(num)s came in", "%(num)s came in", sums["received"]),
        "returned": n_("%(num)s came back", "%(num)s came back", sums["returned"]),
        "sold": n_("%(num)s was sold", "%(num)s were sold", sums["sold"]),
    }
    said = [words for kind, words in parts.items() if sums[kind]]
    if corrected > 0:
        said.append(_("corrections added %(number)s", number=written_number(corrected)))
    elif corrected:
        said.append(_("corrections took away %(number)s", number=written_number(-corrected)))
    return ", ".join(said)


_KINDS = ("received", "returned", "sold")


def who(actor: str | None, claims: Claims | None) -> str:
    """Name who wrote a row of the ledger. An account is an id or an address here; one's own is ``You``."""
    if not actor:
        return ""
    if claims is not None and actor in {claims.account_id, claims.email}:
        return _("You")
    if "@" in actor:
        return actor
    if len(actor) >= _SHORTEST_ID:
        return _("A colleague")
    return _(_SERVICES[actor]) if actor in _SERVICES else actor


def change_sentence(change: int) -> str:
    """Say what was written into the ledger."""
    if change > 0:
        return n_("%(num)s copy added. It is in the ledger.", "%(num)s copies added. It is in the ledger.", change)
    return n_(
        "%(num)s copy taken away. It is in the ledger.", "%(num)s copies taken away. It is in the ledger.", -change
    )


def came_in_sentence(number: int, title: str) -> str:
    """Say what of a book came in."""
    if not title:
        return n_("%(num)s copy came in. It is in the ledger.", "%(num)s copies came in. It is in the ledger.", number)
    return n_(
        "%(num)s copy of “%(title)s” came in. It is in the ledger.",
        "%(num)s copies of “%(title)s” came in. It is in the ledger.",
        number,
        title=title,
    )


def expected_words(counted: int, expected: int) -> str:
    """Say what was counted beside what was expected; the beginning of a longer text, and a sentence of its own."""
    return n_(
        "You counted %(counted)s where %(num)s was expected.",
        "You counted %(counted)s where %(num)s were expected.",
        expected,
        counted=written_number(counted),
    )


def count_sentence(count: Count) -> str:
    """Say what was expected, what moved meanwhile, what was corrected, and what is on the shelf now."""
    if count.correction:
        said = [expected_words(count.counted, count.expected)]
    else:
        said = [_("You counted %(counted)s, just as expected.", counted=written_number(count.counted))]
    if count.moved_since > 0:
        said.append(n_("%(num)s came in meanwhile.", "%(num)s came in meanwhile.", count.moved_since))
    elif count.moved_since:
        said.append(n_("%(num)s went out meanwhile.", "%(num)s went out meanwhile.", -count.moved_since))
    if count.correction > 0:
        said.append(n_("%(num)s copy was added.", "%(num)s copies were added.", count.correction))
    elif count.correction:
        said.append(n_("%(num)s copy was taken off.", "%(num)s copies were taken off.", -count.correction))
    now = n_("%(num)s is on the shelf now.", "%(num)s are on the shelf now.", count.on_hand)
    return " ".join([*said, now if count.on_hand else _("None is on the shelf now.")])


def shelf_sentence(agreed: int, corrected: int, trouble: int) -> str:
    """Say what became of the counts of a shelf."""
    if not corrected and not trouble:
        return _("All as expected: nothing had to be corrected.")
    parts = (
        (agreed, n_("%(num)s is as expected", "%(num)s are as expected", agreed)),
        (corrected, n_("%(num)s was corrected", "%(num)s were corrected", corrected)),
        (trouble, n_("%(num)s needs you", "%(num)s need you", trouble)),
    )
    return f"{wording.listed([words for number, words in parts if number])}."


def low_sentence(found: LowStock, at_most: int) -> str:
    """Say how many books run low."""
    books = wording.number_of_books(found.total or 0, is_estimate=found.total_is_estimate)
    if not at_most:
        return _("%(books)s with none left to sell", books=books)
    return n_(
        "%(books)s with %(num)s or none left to sell, the emptiest first",
        "%(books)s with %(num)s or fewer left to sell, the emptiest first",
        at_most,
        books=books,
    )


def gone_heading(gone: int, free: int) -> str:
    """Say that more copies are gone than nobody was promised."""
    if not free:
        return n_("%(num)s is gone, but none is free", "%(num)s are gone, but none is free", gone)
    return n_(
        "%(gone)s are gone, but only %(num)s is free",
        "%(gone)s are gone, but only %(num)s are free",
        free,
        gone=written_number(gone),
    )


def free_sentence(free: int) -> str:
    """Say that no order has to suffer."""
    return n_("%(num)s is free, so no order has to suffer.", "%(num)s are free, so no order has to suffer.", free)


def write_off_words(number: int) -> str:
    """Return what a button does with copies that are free."""
    return n_("Write off %(num)s copy", "Write off %(num)s copies", number)


def written_off_heading(outcome: WriteOff) -> str:
    """Return what was done, in few words."""
    orders = n_("%(num)s order cancelled", "%(num)s orders cancelled", len(outcome.orders))
    if not outcome.written_off:
        return orders
    written = n_("%(num)s copy written off", "%(num)s copies written off", outcome.written_off)
    return f"{orders}, {written}"


def written_off_sentence(outcome: WriteOff) -> str:
    """Say how many copies left the shelf, also when they are fewer than asked for or not known yet."""
    wanted = outcome.quantity
    if outcome.written_off is None and not outcome.is_pending:
        return _("What was free of the lost copies has been written off; the ledger of the book says how many.")
    if outcome.written_off is None:
        return n_(
            "The stock does not answer just now. %(num)s copy will be written off as soon as it does; "
            "there is nothing more to do.",
            "The stock does not answer just now. %(num)s copies will be written off as soon as it does; "
            "there is nothing more to do.",
            wanted,
        )
    if outcome.written_off >= wanted:
        return n_("%(num)s copy was written off.", "%(num)s copies were written off.", wanted)
    if not outcome.written_off:
        return n_(
            "The copy could not be written off: it was promised to somebody meanwhile.",
            "None of %(num)s copies could be written off: they were promised to somebody meanwhile.",
            wanted,
        )
    return n_(
        "Only %(written)s of %(num)s copy could be written off: the others were promised to somebody meanwhile.",
        "Only %(written)s of %(num)s copies could be written off: the others were promised to somebody meanwhile.",
        wanted,
        written=written_number(outcome.written_off),
    )
