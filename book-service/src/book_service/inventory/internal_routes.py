"""``/internal``: what order-service asks for. The gateway does not route here, and a scope of its own is needed."""

from uuid import UUID

from fastapi import APIRouter

from book_service.dependencies import Reservations, ReservingService
from book_service.inventory.reservation_schemas import (
    OfferRequest,
    Offers,
    Released,
    ReleaseRequest,
    Reservation,
    ReservationRequest,
)

router = APIRouter(prefix="/internal", include_in_schema=False)


@router.put("/reservations/{order_id}")
async def reserve(
    order_id: UUID, wanted: ReservationRequest, service: ReservingService, reservations: Reservations
) -> Reservation:
    """Hold all lines of an order, or none."""
    del service
    return await reservations.reserve(order_id, wanted.lines)


@router.post("/reservations/{order_id}/release")
async def release(
    order_id: UUID, service: ReservingService, reservations: Reservations, wanted: ReleaseRequest | None = None
) -> Released:
    """Give an order's copies back, whether its reservation has arrived or not; some of them may be lost."""
    del service
    return await reservations.release(order_id, wanted.write_off if wanted else None)


@router.post("/reservations/{order_id}/commit")
async def commit(order_id: UUID, service: ReservingService, reservations: Reservations) -> Reservation:
    """Take an order's copies off the shelf: they have been shipped."""
    return await reservations.commit(order_id, actor=service.subject)


@router.post("/reservations/{order_id}/return")
async def take_back(order_id: UUID, service: ReservingService, reservations: Reservations) -> Reservation:
    """Put an order's copies back on the shelf: they have been returned."""
    return await reservations.take_back(order_id, actor=service.subject)


@router.get("/reservations/{order_id}")
async def get_reservation(order_id: UUID, service: ReservingService, reservations: Reservations) -> Reservation:
    """Read what an order holds."""
    del service
    return await reservations.get(order_id)


@router.post("/offers")
async def offers(wanted: OfferRequest, service: ReservingService, reservations: Reservations) -> Offers:
    """Read prices and availability of several books at once."""
    del service
    return await reservations.offers(wanted.book_ids)
