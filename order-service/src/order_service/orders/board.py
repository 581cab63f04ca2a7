"""The lists of orders: everybody's own, and the board on which staff finds all."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from order_service.orders import board_repository, repository
from order_service.orders.actors import Actor
from order_service.orders.board_repository import COUNT_LIMIT, Filters
from order_service.orders.presentation import present
from order_service.orders.schemas import Order, OrderQuery, Sort
from order_service.orders.search import parse_search
from order_service.orders.staff_schemas import StatusCount, Summary
from service_kit.database import Database
from service_kit.identity import NotAllowed
from service_kit.paging import Cursor, InvalidCursor, Page, cut_page, decode_cursor


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page starts, as ids tell: behind ``start``, towards newer orders or older ones."""

    start: UUID | None
    is_upwards: bool


class BoardService:
    """Finds orders."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    async def find(self, query: OrderQuery, actor: Actor) -> Page[Order]:
        """List the actor's orders, or everybody's. Raises ``NotAllowed``, ``InvalidCursor``."""
        filters = _filters(query, actor)
        scope = query.model_dump(mode="json", exclude={"limit", "cursor"}) | {"account": str(filters.account_id)}
        cursor = decode_cursor(query.cursor, scope, key_types=[str])
        place = _place(query.sort, cursor)
        async with self._database.read() as connection:
            ids = await board_repository.find_ids(
                connection,
                filters,
                start=place.start,
                direction="newer" if place.is_upwards else "older",
                limit=query.limit + 1,
            )
            total = await board_repository.count(connection, filters)
            rows = {row.id: row for row in await repository.orders_by_ids(connection, ids[: query.limit])}
        page = cut_page(ids, limit=query.limit, cursor=cursor, query=scope, keys=lambda order_id: (str(order_id),))
        return Page(
            items=[present(rows[order_id], actor).order for order_id in page.rows if order_id in rows],
            next_cursor=page.next_cursor,
            prev_cursor=page.prev_cursor,
            total=min(total, COUNT_LIMIT),
            total_is_estimate=total > COUNT_LIMIT,
        )

    async def summary(self) -> Summary:
        """Tell how many orders have each status, and what needs a person's eye."""
        async with self._database.read() as connection:
            counts = await board_repository.counts(connection)
            summary = await board_repository.summary(connection)
        return Summary(
            counts={
                status: StatusCount(count=min(count, COUNT_LIMIT), is_estimate=count > COUNT_LIMIT)
                for status, count in counts.items()
            },
            parked=summary.parked,
            oldest_pending_seconds=max(0.0, float(summary.oldest_pending_seconds)),
        )


def _filters(query: OrderQuery, actor: Actor) -> Filters:
    search = None if query.q is None else parse_search(query.q)
    asks_for_others = query.all or query.customer is not None or query.book is not None or query.q is not None
    if asks_for_others and not actor.manages_orders:
        is_own_number = search is not None and search.number is not None
        if not is_own_number or query.all or query.customer is not None or query.book is not None:
            detail = "This needs the scope orders:manage."
            raise NotAllowed(detail)
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


def _place(sort: Sort, cursor: Cursor | None) -> _Place:
    upwards = sort is Sort.OLDEST
    if cursor is None:
        return _Place(None, upwards)
    try:
        start = UUID(str(cursor.keys[0]))
    except ValueError as error:
        raise InvalidCursor from error
    return _Place(start, upwards if cursor.direction == "next" else not upwards)
