"""What routes ask for."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from order_service.cart.service import CartService
from order_service.orders.actors import Actor
from order_service.orders.saga import OrderSaga
from order_service.orders.service import OrderService
from service_kit.identity import NotAllowed, require_scope
from service_kit.tokens import AccessToken


async def _orders(request: Request) -> OrderService:
    service: OrderService = request.app.state.orders
    return service


async def _saga(request: Request) -> OrderSaga:
    saga: OrderSaga = request.app.state.saga
    return saga


async def _carts(request: Request) -> CartService:
    service: CartService = request.app.state.carts
    return service


def _actor(claims: AccessToken) -> Actor:
    try:
        account_id = UUID(claims.subject)
    except ValueError as error:
        detail = "Orders and carts belong to people's accounts."
        raise NotAllowed(detail) from error
    return Actor(
        account_id=account_id,
        email=claims.email or "",
        role=claims.role or "customer",
        manages_orders="orders:manage" in claims.scopes,
    )


async def _reader(claims: Annotated[AccessToken, Depends(require_scope("orders:read"))]) -> Actor:
    return _actor(claims)


async def _customer(claims: Annotated[AccessToken, Depends(require_scope("orders:write"))]) -> Actor:
    return _actor(claims)


async def _manager(claims: Annotated[AccessToken, Depends(require_scope("orders:manage"))]) -> Actor:
    return _actor(claims)


Orders = Annotated[OrderService, Depends(_orders)]
Saga = Annotated[OrderSaga, Depends(_saga)]
Carts = Annotated[CartService, Depends(_carts)]

Reader = Annotated[Actor, Depends(_reader)]
"""Who may read orders: their own, or all with ``orders:manage``."""
Customer = Annotated[Actor, Depends(_customer)]
"""Who may place and cancel orders."""
Manager = Annotated[Actor, Depends(_manager)]
"""Who ships, delivers and takes back everybody's orders."""
