"""What was sold lately: the figures, and the pictures of them."""

import datetime as dt
from decimal import Decimal

from babel.dates import format_skeleton
from babel.numbers import format_compact_currency
from pydantic import BaseModel

from service_kit.languages.language import current_language
from service_kit.languages.texts import _, n_, written_number
from web_frontend.catalogue.books import authors_line
from web_frontend.charts.columns import Bar, ColumnChart, column_chart
from web_frontend.gateway_client import Gateway
from web_frontend.gateway_problems import Refused, ServiceAway
from web_frontend.stock.books import Levels
from web_frontend.wording import money, whole_money

DAYS = 30
_SHOWN_BOOKS = 6
_WEEK = 7
_MILLION = 1_000_000
_LOW_DAYS = 7
"""What lasts no longer is worth ordering now."""


class DayOfSales(BaseModel):
    """What was ordered on one day by UTC."""

    day: dt.date
    orders: int
    copies: int
    money: Decimal


class SoldBook(BaseModel):
    """A book that sells, and how many copies are left to sell; None where that is not known."""

    book_id: str
    title: str
    authors: list[str] = []
    copies: int
    available: int | None = None

    @property
    def by(self) -> str:
        """Return the authors in one line."""
        return authors_line(self.authors)

    @property
    def days_left(self) -> int | None:
        """Return for how many days the copies last if it sells on as it did, or None where that is not known."""
        return None if self.available is None else self.available * DAYS // max(self.copies, 1)

    @property
    def is_low(self) -> bool:
        """Whether it will soon be sold out."""
        return self.days_left is not None and self.days_left <= _LOW_DAYS


class Sales(BaseModel):
    """The last days, the oldest first, and the books that sold most."""

    days: list[DayOfSales]
    currency: str
    most_sold: list[SoldBook] = []

    @property
    def orders(self) -> int:
        """Return how many orders there were."""
        return sum(day.orders for day in self.days)

    @property
    def copies(self) -> int:
        """Return how many copies were sold."""
        return sum(day.copies for day in self.days)

    @property
    def money(self) -> Decimal:
        """Return what all of it came to."""
        return sum((day.money for day in self.days), Decimal(0))


class SalesClient:
    """The figures of order-service, and what book-service has left of what sells, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def lately(self, *, with_stock: bool) -> Sales:
        """Return what was sold; what is left stays unknown while the stock does not answer."""
        answer = await self._gateway.get("/orders/figures", [("days", str(DAYS))])
        sales = Sales.model_validate(answer.body)
        sales.most_sold = sales.most_sold[:_SHOWN_BOOKS]
        if with_stock and sales.most_sold:
            left = await self._left([book.book_id for book in sales.most_sold])
            for book in sales.most_sold:
                book.available = left.get(book.book_id)
        return sales

    async def _left(self, book_ids: list[str]) -> dict[str, int]:
        query = [("book_id", book_id) for book_id in book_ids]
        try:
            items = (await self._gateway.get("/books/stock-levels", query)).body["items"]
        except (ServiceAway, Refused):
            return {}
        return {item["book_id"]: Levels.model_validate(item).available for item in items}


def charts_of(sales: Sales) -> list[ColumnChart]:
    """Draw the copies and the money of each day."""
    return [_copies_chart(sales), _money_chart(sales)]


def _copies_chart(sales: Sales) -> ColumnChart:
    bars = [
        _bar(
            sales, place, day.copies, n_("%(day)s: %(num)s copy", "%(day)s: %(num)s copies", day.copies, day=_day(day))
        )
        for place, day in enumerate(sales.days)
    ]
    best = max(sales.days, key=lambda day: day.copies)
    words = _("None in the last 30 days.")
    if best.copies:
        words = n_("Most on %(day)s: %(num)s copy.", "Most on %(day)s: %(num)s copies.", best.copies, day=_day(best))
    return column_chart(bars, name="copies", title=_("Copies each day"), words=words, tick_words=written_number)


def _money_chart(sales: Sales) -> ColumnChart:
    def in_short(amount: int) -> str:
        if amount < _MILLION:
            return whole_money(str(amount), sales.currency)
        locale = current_language().locale
        return str(format_compact_currency(amount, sales.currency, locale=locale, fraction_digits=1))

    def exactly(day: DayOfSales) -> str:
        return money(day.money, sales.currency)

    bars = [
        _bar(sales, place, float(day.money), _("%(day)s: %(money)s", day=_day(day), money=exactly(day)))
        for place, day in enumerate(sales.days)
    ]
    best = max(sales.days, key=lambda day: day.money)
    words = _("Nothing in the last 30 days.")
    if best.money:
        words = _("Most on %(day)s: %(money)s.", day=_day(best), money=exactly(best))
    return column_chart(bars, name="money", title=_("Sales each day"), words=words, tick_words=in_short)


def _bar(sales: Sales, place: int, value: float, words: str) -> Bar:
    days_ago = len(sales.days) - 1 - place
    label = ""
    if days_ago == 0:
        label = _("Today")
    elif days_ago % _WEEK == 0:
        label = short_day(sales.days[place].day)
    return Bar(value, words, label, is_unfinished=days_ago == 0)


def short_day(day: dt.date) -> str:
    """Return a day of this year as people write it: ``2 Mar``."""
    return str(format_skeleton("MMMd", day, locale=current_language().locale))


def _day(day: DayOfSales) -> str:
    return str(format_skeleton("EEEEMMMMd", day.day, locale=current_language().locale))
