"""The SQL of the board: what a search comes to, pages of orders, and how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from order_service.orders.board_streams import (
    EVERYTHING,
    LONGEST_COUNTED,
    WALK,
    Direction,
    Filters,
    Found,
    Stream,
    Stretch,
    checks,
    email_condition,
    ids_of,
    length_of,
    search_query,
    streams,
)
from order_service.orders.models import Order, OrderedBook, OrderingCustomer
from order_service.orders.repository import OrderRow
from order_service.orders.search import Search
from order_service.orders.states import OrderStatus

COUNT_LIMIT = 1000
COUNT_WALK = 500
"""Orders that are looked at for the count of a list, when there are more than can be looked at anyway."""
MOST_NAMED = 500
"""Books, and customers, that a search is made of by name; when there are more, orders are checked instead."""


@dataclass(frozen=True, slots=True)
class Listing:
    """How a list is read: which orders belong to it, and the stream that is walked to find them."""

    filters: Filters
    found: Found | None
    stream: Stream
    length: int

    def stretch(self, direction: Direction = "older", start: UUID | None = None) -> Stretch:
        """Return a part of the stream."""
        return Stretch(direction, start, self.filters.since, self.filters.before)


@dataclass(frozen=True, slots=True)
class Walked:
    """The orders that were found, the nearest first. ``stopped_at`` is where looking ended before it was done."""

    ids: Sequence[UUID]
    stopped_at: UUID | None


# Every list has an index that gives it in its order, and a limit. A planner that trusts its statistics would now and
# then rather read all that it believes to be little, and sort it.
_READ_BY_INDEX = text("""
    SELECT set_config('enable_' || way, 'off', true)
    FROM unnest(ARRAY['seqscan', 'bitmapscan', 'sort', 'hashjoin', 'mergejoin']) AS way
""")

_SUMMARY = text("""
    SELECT (SELECT count(*) FROM stock_work WHERE parked_at IS NOT NULL) AS parked,
           coalesce((SELECT extract(epoch FROM now() - created_at) FROM orders
                     WHERE status = 'pending' ORDER BY id LIMIT 1), 0) AS oldest_pending_seconds,
           coalesce((SELECT extract(epoch FROM now() - created_at) FROM orders
                     WHERE status = 'placed' ORDER BY id LIMIT 1), 0) AS oldest_placed_seconds
""")

_COUNTS = text("""
    SELECT wanted.status, (SELECT count(*) FROM (
        SELECT FROM orders WHERE orders.status = wanted.status LIMIT :limit) AS counted) AS found
    FROM unnest(CAST(:statuses AS text[])) AS wanted (status)
""")


async def listing(session: AsyncSession, filters: Filters) -> Listing | None:
    """Find out how to read a list, or None when no order can be on it; from here on the transaction reads by index."""
    found = None if filters.search is None else await _look_up(session, filters.search)
    if found is not None and found.is_nothing:
        return None
    await session.execute(_READ_BY_INDEX)
    possible = streams(filters, found)
    stretch = Stretch(since=filters.since, before=filters.before)
    if len(possible) == 1 and not possible[0].is_mixed and not _needs_checks(filters, found):
        # However long it is: every order that is looked at belongs to the list.
        return Listing(filters, found, possible[0], 0)
    measures = (length_of(stream, stretch).scalar_subquery() for stream in possible)
    lengths = (await session.execute(select(*measures))).one()
    # What is mixed has to be sorted, so a long one is no way.
    usable = [
        (min(length, LONGEST_COUNTED), place)
        for place, (stream, length) in enumerate(zip(possible, lengths, strict=True))
        if length <= WALK or not stream.is_mixed
    ]
    if not usable:
        return Listing(filters, found, EVERYTHING, LONGEST_COUNTED + 1)
    _, place = min(usable)
    return Listing(filters, found, possible[place], lengths[place])


def _needs_checks(filters: Filters, found: Found | None) -> bool:
    """Tell whether a list that has one stream is narrowed down by something that is no stream."""
    too_many = found is not None and not found.is_complete
    return too_many or filters.since is not None or filters.before is not None


async def walk(
    session: AsyncSession, listing: Listing, *, start: UUID | None, direction: Direction, limit: int
) -> Walked:
    """Return up to ``limit`` ids of orders that are older (or newer) than ``start``, the nearest first."""
    stretch = listing.stretch(direction, start)
    walked = ids_of(listing.stream, stretch, limit=WALK).cte("walked").prefix_with("MATERIALIZED")
    wanted = checks(listing.filters, listing.found, listing.stream.covers, walked)
    if not wanted:
        return Walked((await session.scalars(ids_of(listing.stream, stretch, limit=limit))).all(), None)
    # Without an order of its own: what is kept of a walk comes in the order of the walk, which ends as soon as there
    # is enough; to be sorted, it would have to be walked to its end.
    query = select(walked.c.id).where(*wanted).limit(literal_column(str(limit)))
    ids = (await session.scalars(query)).all()
    if len(ids) == limit or listing.length < WALK:
        return Walked(ids, None)
    last = ids_of(listing.stream, stretch, limit=WALK).offset(literal_column(str(WALK - 1)))
    return Walked(ids, await session.scalar(last))


async def count(session: AsyncSession, listing: Listing) -> tuple[int, bool]:
    """Count the orders of a list up to ``COUNT_LIMIT``; return whether there may be more."""
    # Of what is too long to be looked at to its end, a smaller part says as much.
    limit = COUNT_WALK if listing.length > COUNT_LIMIT else COUNT_LIMIT
    walked = ids_of(listing.stream, listing.stretch(), limit=limit).cte("walked").prefix_with("MATERIALIZED")
    wanted = checks(listing.filters, listing.found, listing.stream.covers, walked)
    if not wanted:
        query = ids_of(listing.stream, listing.stretch(), limit=COUNT_LIMIT + 1).subquery()
        counted = (await session.execute(select(func.count()).select_from(query))).scalar_one()
        return min(counted, COUNT_LIMIT), counted > COUNT_LIMIT
    counted = (await session.execute(select(func.count()).select_from(walked).where(*wanted))).scalar_one()
    return counted, listing.length > COUNT_LIMIT


async def counts(session: AsyncSession) -> dict[OrderStatus, int]:
    """Count the orders of each status, and stop counting just past ``COUNT_LIMIT``."""
    parameters = {"statuses": [status.value for status in OrderStatus], "limit": COUNT_LIMIT + 1}
    return {OrderStatus(row.status): row.found for row in await session.execute(_COUNTS, parameters)}


async def summary(session: AsyncSession) -> OrderRow:
    """Return how much work is ``parked``, ``oldest_pending_seconds`` and ``oldest_placed_seconds``."""
    return (await session.execute(_SUMMARY)).one()


async def _look_up(session: AsyncSession, search: Search) -> Found:
    order_ids = [search.order_id] if search.order_id is not None else []
    if search.number is not None:
        order_ids += (await session.scalars(select(Order.id).where(Order.number == search.number))).all()
    books: Sequence[UUID] | None = ()
    if search.isbn13 is not None:
        edition = select(OrderedBook.book_id).where(OrderedBook.isbn13 == search.isbn13).limit(_too_many())
        books = list(dict.fromkeys(await session.scalars(edition)))
    if search.words is not None:
        fitting = OrderedBook.words.op("@@")(search_query(search.words))
        named = (await session.scalars(select(OrderedBook.book_id).where(fitting).limit(_too_many()))).all()
        books = None if len(named) > MOST_NAMED else list(dict.fromkeys(named))
    emails: Sequence[str] | None = ()
    if search.email_part is not None:
        fits = email_condition(OrderingCustomer.email, search.email_part)
        emails = (await session.scalars(select(OrderingCustomer.email).where(fits).limit(_too_many()))).all()
        emails = None if len(emails) > MOST_NAMED else emails
    return Found(order_ids, books, emails)


def _too_many() -> ColumnElement[int]:
    return literal_column(str(MOST_NAMED + 1))
