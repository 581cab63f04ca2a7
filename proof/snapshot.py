"""What is in the two databases at the end, read by SQL past all services, and kept as JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from service_kit.database import with_driver


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order; ``mark`` is its delivery note, by which the clients' log knows it."""

    id: str
    account_id: str
    status: str
    total: str | None
    currency: str
    expected_total: str | None
    mark: str | None
    reason: str | None
    version: int
    age: float


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of an order or of a reservation."""

    order_id: str
    book_id: str
    quantity: int
    unit_price: str | None


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One change of an order."""

    order_id: str
    version: int
    status: str
    actor_role: str


@dataclass(frozen=True, slots=True)
class WorkRow:
    """Something that book-service has still to be told."""

    order_id: str
    step: str
    attempts: int
    parked: bool
    last_error: str | None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An idempotency key of order-service."""

    account_id: str
    key: str
    resource_id: str | None
    status: int | None


@dataclass(frozen=True, slots=True)
class StockRow:
    """The stock of a book."""

    book_id: str
    on_hand: int
    reserved: int


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A row of the stock ledger."""

    id: int
    book_id: str
    change: int
    kind: str
    reason: str
    order_id: str | None
    on_hand_after: int


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """book-service's side of an order."""

    order_id: str
    state: str


@dataclass
class Snapshot:
    """Both databases."""

    orders: list[OrderRow] = field(default_factory=list)
    order_lines: list[LineRow] = field(default_factory=list)
    timeline: list[TimelineRow] = field(default_factory=list)
    work: list[WorkRow] = field(default_factory=list)
    keys: list[KeyRow] = field(default_factory=list)
    stock: list[StockRow] = field(default_factory=list)
    movements: list[MovementRow] = field(default_factory=list)
    reservations: list[ReservationRow] = field(default_factory=list)
    reservation_lines: list[LineRow] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Keep it as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Snapshot":
        """Read what ``write`` kept."""
        return cls.of_rows(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def of_rows(cls, rows: Mapping[str, list[dict[str, Any]]]) -> "Snapshot":
        """Build it from rows by table."""
        return cls(**{name: [_ROWS[name](**row) for row in rows[name]] for name in _ROWS})


_ROWS: dict[str, type[Any]] = {
    "orders": OrderRow,
    "order_lines": LineRow,
    "timeline": TimelineRow,
    "work": WorkRow,
    "keys": KeyRow,
    "stock": StockRow,
    "movements": MovementRow,
    "reservations": ReservationRow,
    "reservation_lines": LineRow,
}

_IN_ORDERS = {
    "orders": """
        SELECT id, account_id, status, total::text, currency, expected_total::text, delivery_note AS mark,
               reason ->> 'code' AS reason, version, extract(epoch FROM now() - created_at)::float AS age
        FROM orders ORDER BY id""",
    "order_lines": "SELECT order_id, book_id, quantity, unit_price::text FROM order_lines ORDER BY order_id, book_id",
    "timeline": "SELECT order_id, version, status, actor_role FROM order_timeline ORDER BY order_id, version",
    "work": """
        SELECT order_id, step, attempts, parked_at IS NOT NULL AS parked, last_error
        FROM stock_work ORDER BY order_id, step""",
    "keys": "SELECT account_id, key, resource_id, status FROM idempotency_keys ORDER BY account_id, key",
}
_IN_BOOKS = {
    "stock": "SELECT book_id, on_hand, reserved FROM stock_levels ORDER BY book_id",
    "movements": """
        SELECT id, book_id, change, kind, reason, order_id, on_hand_after FROM stock_movements ORDER BY id""",
    "reservations": "SELECT order_id, state FROM reservations ORDER BY order_id",
    "reservation_lines": """
        SELECT order_id, book_id, quantity, unit_price::text FROM reservation_lines ORDER BY order_id, book_id""",
}


async def take_snapshot(orders_url: str, books_url: str) -> Snapshot:
    """Read both databases. The services should be at rest: the two are read one after the other."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for url, queries in ((orders_url, _IN_ORDERS), (books_url, _IN_BOOKS)):
        engine = create_async_engine(with_driver(url))
        try:
            async with engine.connect() as connection:
                for name, query in queries.items():
                    rows[name] = await _rows(connection, query)
        finally:
            await engine.dispose()
    return Snapshot.of_rows(rows)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What still moves: pending orders, and work that is not parked."""

    pending: int
    work: int

    def __bool__(self) -> bool:
        """Tell whether anything still moves."""
        return bool(self.pending or self.work)


async def count_unfinished(orders_url: str) -> Unfinished:
    """Count what order-service has not finished yet."""
    engine = create_async_engine(with_driver(orders_url))
    try:
        async with engine.connect() as connection:
            query = """
                SELECT (SELECT count(*) FROM orders WHERE status = 'pending') AS pending,
                       (SELECT count(*) FROM stock_work WHERE parked_at IS NULL) AS work"""
            row = (await connection.execute(text(query))).one()
    finally:
        await engine.dispose()
    return Unfinished(row.pending, row.work)


async def _rows(connection: AsyncConnection, query: str) -> list[dict[str, Any]]:
    # As JSON made by the database: ids and numbers look the same in both databases and in the log.
    gathered = text(f"SELECT coalesce(json_agg(found), '[]')::text FROM ({query}) AS found")  # noqa: S608 (our own)
    rows: list[dict[str, Any]] = json.loads((await connection.execute(gathered)).scalar_one())
    return rows
