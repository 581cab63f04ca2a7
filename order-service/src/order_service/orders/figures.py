"""What was sold lately, in figures."""

import datetime as dt
from decimal import Decimal

from order_service.orders import figures_repository
from order_service.orders.figures_schemas import DayOfSales, SalesFigures, SoldBook
from service_kit.database import Database

MOST_BOOKS = 10


class FiguresService:
    """Adds up orders."""

    def __init__(self, database: Database, *, currency: str) -> None:
        """Take the database, and the shop's currency (ISO 4217)."""
        self._database = database
        self._currency = currency

    async def sales(self, days: int) -> SalesFigures:
        """Return what was sold on each of the last ``days`` days by UTC, and which books most."""
        today = dt.datetime.now(dt.UTC).date()
        wanted = [today - dt.timedelta(days=ago) for ago in reversed(range(days))]
        since = dt.datetime.combine(wanted[0], dt.time.min, dt.UTC)
        async with self._database.read() as connection:
            rows = await figures_repository.sales_by_day(connection, since, currency=self._currency)
            books = await figures_repository.most_sold(connection, since, limit=MOST_BOOKS)
        sold = {row.day: DayOfSales.model_validate(row, from_attributes=True) for row in rows}
        nothing = {"orders": 0, "copies": 0, "money": Decimal("0.00")}
        return SalesFigures(
            days=[sold.get(day) or DayOfSales(day=day, **nothing) for day in wanted],
            currency=self._currency,
            most_sold=[SoldBook.model_validate(book, from_attributes=True) for book in books],
        )
