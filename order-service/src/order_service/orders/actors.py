"""Who does something to an order."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """The account behind a request. ``manages_orders`` is set for those who may see and change everybody's."""

    account_id: UUID
    email: str
    role: str
    manages_orders: bool
