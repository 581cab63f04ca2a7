"""Why an order was rejected, or cancelled by the shop, in words."""

from pydantic import BaseModel

from service_kit.languages.texts import N_, _, n_

_REASON_WORDS = {
    "insufficient_stock": N_("There were not enough copies left."),
    "unknown_book": N_("Not every book of this order can still be bought."),
    "price_changed": N_("A price had changed meanwhile."),
    "not_placed_in_time": N_("We could not check the shelves in time."),
    "reservation_released": N_("The copies were given back before the order could be placed."),
    "copies_lost": N_("We are sorry: copies that were kept for you got lost or damaged here in the shop."),
}
_REASON_ADVICE = {
    "insufficient_stock": N_("Nothing was ordered, and there is nothing to pay."),
    "unknown_book": N_("Nothing was ordered, and there is nothing to pay. The cart shows what can still be had."),
    "price_changed": N_("Nothing was ordered. Your cart shows the prices of now."),
    "not_placed_in_time": N_("Nothing was taken, and there is nothing to pay. Please order again."),
    "reservation_released": N_("Nothing was taken, and there is nothing to pay. Please order again."),
    "copies_lost": N_(
        "So we had to cancel your order, and there is nothing to pay. If you still want the books, please order them "
        "again or ask us."
    ),
}
_LEADS_TO_CART = frozenset({"insufficient_stock", "unknown_book", "price_changed"})


class ShortLine(BaseModel):
    """A line that could not be had, and why: ``insufficient_stock``, ``unknown_book`` or ``archived_book``."""

    book_id: str | None = None
    title: str | None = None
    wanted: int | None = None
    available: int | None = None
    problem: str | None = None

    @property
    def words(self) -> str:
        """Return what is wrong with the line, to follow its title and a colon."""
        if self.problem == "archived_book":
            return _("we do not sell it any more.")
        if self.problem == "unknown_book" or (self.problem is None and self.title is None):
            return _("it is not in the catalogue any more.")
        left = self.available or 0
        if self.wanted is None:
            return n_("only %(num)s is left.", "only %(num)s are left.", left) if left else _("none is left.")
        wanted = n_("%(num)s copy", "%(num)s copies", self.wanted)
        if not left:
            return _("you asked for %(copies)s, and none is left.", copies=wanted)
        return n_(
            "you asked for %(copies)s, and only %(num)s is left.",
            "you asked for %(copies)s, and only %(num)s are left.",
            left,
            copies=wanted,
        )


class Reason(BaseModel):
    """Why an order was rejected, or cancelled by the shop."""

    code: str
    lines: list[ShortLine] | None = None

    @property
    def words(self) -> str:
        """Return the reason in a sentence."""
        words = _REASON_WORDS.get(self.code)
        return _(words) if words else _("The shop could not carry it out.")

    @property
    def advice(self) -> str:
        """Return what that means for the customer, and what to do."""
        words = _REASON_ADVICE.get(self.code)
        return _(words) if words else _("There is nothing to pay.")

    @property
    def leads_to_cart(self) -> bool:
        """Whether the books are still in the customer's cart."""
        return self.code in _LEADS_TO_CART
