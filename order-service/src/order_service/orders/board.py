"""The lists of orders: everybody's own, and the board on which staff finds all."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from order_service.orders import board_repository, repository
from order_service.orders.actors import Actor
from order_service.orders.board_repository import COUNT_LIMIT, Walked
from order_service.orders.board_streams import Direction, Filters
from order_service.orders.presentation import present
from order_service.orders.schemas import Order, OrderQuery, Sort
from order_service.orders.search import parse_search
from order_service.orders.staff_schemas import StatusCount, Summary
from service_kit.database import Database
from service_kit.identity import MissingScope
from service_kit.paging import Cursor, Cut, Page, cut_page, decode_cursor


class BoardService:
    """Finds orders."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    async def find(self, query: OrderQuery, actor: Actor) -> Page[Order]:
        """List the actor's orders, or everybody's. Raises ``NotAllowed``, ``InvalidCursor``."""
        filters = _filters(query, actor)
        scope = query.model_dump(mode="json", exclude={"limit", "cursor"}) | {"account": str(filters.account_id)}
        cursor = decode_cursor(query.cursor, scope, key_types=[UUID])
        start, direction = _place(query.sort, cursor)
        async with self._database.transaction() as session:
            listing = await board_repository.listing(session, filters)
            if listing is None:
                return Page(items=[], total=0)
            walked = await board_repository.walk(
                session, listing, start=start, direction=direction, limit=query.limit + 1
            )
            if cursor is None and len(walked.ids) <= query.limit and walked.stopped_at is None:
                total, is_estimate = len(walked.ids), False
            else:
                total, is_estimate = await board_repository.count(session, listing)
            rows = await repository.orders_by_ids(await session.connection(), walked.ids[: query.limit])
        orders = {row.id: present(row, actor).order for row in rows}
        page = _cut(walked, query.limit, cursor, scope, direction)
        return Page(
            items=[orders[order_id] for order_id in page.rows],
            next_cursor=page.next_cursor,
            prev_cursor=page.prev_cursor,
            total=max(total, len(page.rows)),
            total_is_estimate=is_estimate,
        )

    async def summary(self) -> Summary:
        """Tell how many orders have each status, and what needs a person's eye."""
        async with self._database.transaction() as session:
            counts = await board_repository.counts(session)
            summary = await board_repository.summary(session)
        return Summary(
            counts={
                status: StatusCount(count=min(count, COUNT_LIMIT), is_estimate=count > COUNT_LIMIT)
                for status, count in counts.items()
            },
            parked=summary.parked,
            oldest_pending_seconds=max(0.0, float(summary.oldest_pending_seconds)),
            oldest_placed_seconds=max(0.0, float(summary.oldest_placed_seconds)),
        )


def _filters(query: OrderQuery, actor: Actor) -> Filters:
    search = None if query.q is None else parse_search(query.q)
    asks_for_others = query.all or query.customer is not None or query.book is not None or query.q is not None
    if asks_for_others and not actor.manages_orders:
        is_own_number = search is not None and search.number is not None
        if not is_own_number or query.all or query.customer is not None or query.book is not None:
            raise MissingScope(scope="orders:manage")
    account_id, email = _customer(query.customer)
    found: dict[str, Any] = {
        "statuses": query.status,
        "since": query.since,
        "before": query.before,
        "book_id": query.book,
        "search": search,
    }
    if asks_for_others and actor.manages_orders:
        return Filters(account_id=account_id, email=email, **found)
    if search is not None:
        # Of one's own orders, digits are the number of one.
        found["search"] = search.number_alone()
    return Filters(account_id=actor.account_id, **found)


def _customer(text: str | None) -> tuple[UUID | None, str | None]:
    if text is None or not text.strip():
        return None, None
    try:
        return UUID(text.strip()), None
    except ValueError:
        return None, text.strip()


def _place(sort: Sort, cursor: Cursor | None) -> tuple[UUID | None, Direction]:
    """Return the id behind which a page starts, and whether it goes on to newer orders or to older ones."""
    forwards: Direction = "newer" if sort is Sort.OLDEST else "older"
    backwards: Direction = "older" if sort is Sort.OLDEST else "newer"
    if cursor is None:
        return None, forwards
    return _start(cursor), forwards if cursor.direction == "next" else backwards


def _start(cursor: Cursor) -> UUID:
    (start,) = cursor.keys
    assert isinstance(start, UUID)  # noqa: S101 (the only type of key that is read)
    return start


def _cut(
    walked: Walked, limit: int, cursor: Cursor | None, scope: Mapping[str, Any], direction: Direction
) -> Cut[UUID]:
    """Make a page of what was found. One that ends early says where looking goes on; an empty one, how to come back."""
    page = cut_page(walked.ids, limit=limit, cursor=cursor, query=scope, keys=lambda order_id: (str(order_id),))
    if cursor is not None and not page.rows:
        # The order that a page starts behind was on the page before.
        start = _start(cursor).int + (-1 if direction == "older" else 1)
        page = _turning(page, scope, UUID(int=min(max(start, 0), 2**128 - 1)), forwards=cursor.direction == "prev")
    if walked.stopped_at is not None:
        page = _turning(page, scope, walked.stopped_at, forwards=cursor is None or cursor.direction == "next")
    return page


def _turning(page: Cut[UUID], scope: Mapping[str, Any], start: UUID, *, forwards: bool) -> Cut[UUID]:
    if forwards:
        return replace(page, next_cursor=Cursor("next", (str(start),)).encode(scope))
    return replace(page, prev_cursor=Cursor("prev", (str(start),)).encode(scope))
