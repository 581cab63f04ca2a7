"""What the limits of a book's stock forbid, in the words of an answer."""

from collections.abc import Sequence
from typing import Any

from book_service.inventory.errors import StockBelowReserved, StockTooHigh
from book_service.inventory.models import HIGHEST_STOCK
from book_service.inventory.repository import AnyRow
from book_service.inventory.schemas import HeldCopies
from service_kit.problems import DomainError

MOST_HOLDERS = 100


def held_copies(holders: Sequence[AnyRow]) -> list[HeldCopies]:
    """Return who holds copies of a book, as it goes out."""
    return [HeldCopies.model_validate(row, from_attributes=True) for row in holders]


def limit_problem(levels: AnyRow, change: int, holders: Sequence[AnyRow], **told: Any) -> DomainError:  # noqa: ANN401
    """Return why ``change`` cannot be made to a book with these levels; ``told`` goes into the answer too."""
    if levels.on_hand + change > HIGHEST_STOCK:
        return StockTooHigh(**told)
    return StockBelowReserved(
        on_hand=levels.on_hand,
        reserved=levels.reserved,
        available=levels.available,
        orders=held_copies(holders),
        **told,
    )
