"""What is decided about carts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import structlog

from order_service.cart import repository
from order_service.cart.errors import BookNotFound, CartFull, CatalogueUnavailable
from order_service.cart.models import MOST_LINES
from order_service.cart.repository import CartRow
from order_service.cart.schemas import Cart, CartLine, Problem
from order_service.stock_client import Offer, StockClient, StockUnknown
from service_kit.database import Database
from service_kit.languages.texts import N_

log = structlog.get_logger(__name__)

Offers = Mapping[UUID, Offer]


class CartService:
    """What accounts mean to order, priced now."""

    def __init__(self, database: Database, stock: StockClient, *, currency: str) -> None:
        """Take the database, book-service and the shop's currency (ISO 4217)."""
        self._database = database
        self._stock = stock
        self._currency = currency

    async def get(self, account_id: UUID) -> Cart:
        """Return a cart with the prices of now, or with those last seen while book-service does not answer."""
        async with self._database.reader() as reader:
            lines = await repository.lines(reader, account_id)
        offers = await self._offers([line.book_id for line in lines])
        news = _news(lines, offers)
        if news:
            async with self._database.transaction() as session:
                await repository.note_seen(session, account_id, news)
        return self._present(lines, offers)

    async def put(self, account_id: UUID, book_id: UUID, quantity: int) -> Cart:
        """Set how many copies of a book the cart holds.

        Raises ``BookNotFound``, ``CartFull``, and ``CatalogueUnavailable`` for a new book while nothing is known of it.
        """
        async with self._database.reader() as reader:
            books = [line.book_id for line in await repository.lines(reader, account_id)]
        offers = await self._offers(books if book_id in books else [*books, book_id])
        if offers is not None and book_id not in offers:
            raise BookNotFound
        async with self._database.transaction() as session:
            await repository.lock(session, account_id)
            if not await repository.set_quantity(session, account_id, book_id, quantity):
                if offers is None:
                    raise CatalogueUnavailable
                if await repository.count(session, account_id) >= MOST_LINES:
                    detail = N_("A cart holds at most %(most)s different books.")
                    raise CartFull(detail, values={"most": MOST_LINES})
                await repository.add_line(session, account_id, offers[book_id], quantity)
            lines = await repository.current_lines(session, account_id)
        return self._present(lines, offers)

    async def remove(self, account_id: UUID, book_id: UUID) -> None:
        """Take a book out of the cart, if it is there."""
        async with self._database.transaction() as session:
            await repository.delete_lines(session, account_id, [book_id])

    async def empty(self, account_id: UUID) -> None:
        """Take everything out of the cart."""
        async with self._database.transaction() as session:
            await repository.delete_lines(session, account_id)

    async def _offers(self, book_ids: Sequence[UUID]) -> Offers | None:
        if not book_ids:
            return {}
        try:
            offered = await self._stock.offers(book_ids)
        except StockUnknown as error:
            log.warning("a cart is shown without prices of now", error=str(error))
            return None
        return {offer.book_id: offer for offer in offered.offers}

    def _present(self, lines: Sequence[CartRow], offers: Offers | None) -> Cart:
        items = [_line(line, offers) for line in lines]
        counted = (item.line_total for item in items if item.problem != "unavailable")
        return Cart(
            items=items,
            total=sum(counted, Decimal(0)),
            currency=self._currency,
            item_count=sum(item.quantity for item in items),
            prices_known=offers is not None,
        )


def _line(line: CartRow, offers: Offers | None) -> CartLine:
    offer = offers.get(line.book_id) if offers is not None else None
    price = offer.unit_price if offer else line.seen_price
    problem: Problem | None = None
    if offers is not None and offer is None:
        problem = "unavailable"
    elif offer is not None and offer.available < line.quantity:
        problem = "insufficient_stock"
    return CartLine(
        book_id=line.book_id,
        quantity=line.quantity,
        title=offer.title if offer else line.title,
        authors=offer.authors if offer else line.authors,
        isbn13=offer.isbn13 if offer else line.isbn13,
        unit_price=price,
        added_price=line.added_price,
        price_changed=price != line.added_price,
        available=0 if problem == "unavailable" else offer and offer.available,
        can_order=offer is not None and problem is None,
        problem=problem,
        line_total=price * line.quantity,
    )


def _news(lines: Sequence[CartRow], offers: Offers | None) -> list[Offer]:
    """Return the offers that tell something else than what is kept."""
    if not offers:
        return []
    kept = {line.book_id: (line.title, line.authors, line.isbn13, line.seen_price) for line in lines}
    return [
        offer
        for book_id, offer in offers.items()
        if kept.get(book_id) != (offer.title, offer.authors, offer.isbn13, offer.unit_price)
    ]
