"""Carts as they come in and go out."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from order_service.cart.models import HIGHEST_QUANTITY

Money = Annotated[Decimal, PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str)]
Problem = Literal["unavailable", "insufficient_stock"]


class CartQuantity(BaseModel):
    """How many copies of a book the cart shall hold."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"quantity": 2}]})

    quantity: Annotated[int, Field(strict=True, ge=1, le=HIGHEST_QUANTITY)]


class CartLine(BaseModel):
    """Copies of one book, at its price now."""

    book_id: UUID
    quantity: int
    title: str
    authors: list[str]
    isbn13: str | None
    unit_price: Money
    added_price: Money = Field(description="The price when the book was put into the cart.")
    price_changed: bool
    available: int | None = Field(description="Copies that can be had; null while that is not known.")
    can_order: bool
    problem: Problem | None = Field(description="`unavailable`: no longer in the catalogue.")
    line_total: Money


class Cart(BaseModel):
    """An account's cart. While `prices_known` is false, prices are those that were last seen."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "book_id": "01932c07-5a3e-7cc1-9d5e-3f0a8a1f6b10",
                            "quantity": 2,
                            "title": "The Waves",
                            "authors": ["Virginia Woolf"],
                            "isbn13": "9780156949606",
                            "unit_price": "9.99",
                            "added_price": "8.99",
                            "price_changed": True,
                            "available": 7,
                            "can_order": True,
                            "problem": None,
                            "line_total": "19.98",
                        }
                    ],
                    "total": "19.98",
                    "currency": "GBP",
                    "item_count": 2,
                    "prices_known": True,
                }
            ]
        }
    )

    items: list[CartLine]
    total: Money = Field(description="Of all lines that are in the catalogue.")
    currency: str
    item_count: int = Field(description="Copies in all.")
    prices_known: bool
