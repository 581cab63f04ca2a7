"""What was sold, in figures, as it goes out."""

import datetime as dt
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from order_service.orders.schemas import Money

MOST_DAYS = 92

_EXAMPLE: dict[str, JsonValue] = {
    "days": [
        {"day": "2026-03-01", "orders": 4, "copies": 6, "money": "61.20"},
        {"day": "2026-03-02", "orders": 0, "copies": 0, "money": "0.00"},
    ],
    "currency": "GBP",
    "most_sold": [
        {
            "book_id": "01932c07-5a3e-7cc1-9d5e-3f0a8a1f6b10",
            "title": "The Waves",
            "authors": ["Virginia Woolf"],
            "copies": 5,
        }
    ],
}


class DayOfSales(BaseModel):
    """What was ordered on one day."""

    day: dt.date = Field(description="By UTC.")
    orders: int
    copies: int
    money: Money = Field(description="What these orders come to, in the shop's currency of now.")


class SoldBook(BaseModel):
    """A book, and how many copies of it were ordered in all of the days."""

    book_id: UUID
    title: str
    authors: list[str]
    copies: int


class SalesFigures(BaseModel):
    """What was sold: orders that are placed, shipped or delivered, on the day on which they came in."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    days: list[DayOfSales] = Field(description="Every day, the oldest first; the last one is today and not over.")
    currency: str
    most_sold: list[SoldBook] = Field(description="At most ten.")
