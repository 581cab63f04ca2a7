"""What routes ask for."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from order_service.cart.service import CartService
from order_service.orders.actors import Actor
from order_service.orders.board import BoardService
from order_service.orders.bulk import BulkService
from order_service.orders.figures import FiguresService
from order_service.orders.parked import ParkedService
from order_service.orders.saga import OrderSaga
from order_service.orders.service import OrderService
from order_service.orders.write_offs import WriteOffService
from service_kit.identity import NotAllowed, require_scope
from service_kit.languages.texts import N_
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


async def _board(request: Request) -> BoardService:
    service: BoardService = request.app.state.board
    return service


async def _figures(request: Request) -> FiguresService:
    service: FiguresService = request.app.state.figures
    return service


async def _bulk(request: Request) -> BulkService:
    service: BulkService = request.app.state.bulk
    return service


async def _parked(request: Request) -> ParkedService:
    service: ParkedService = request.app.state.parked
    return service


async def _write_offs(request: Request) -> WriteOffService:
    service: WriteOffService = request.app.state.write_offs
    return service


def _actor(claims: AccessToken) -> Actor:
    try:
        account_id = UUID(claims.subject)
    except ValueError as error:
        detail = N_("Orders and carts belong to people's accounts.")
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


async def _stock_manager(
    manager: Annotated[Actor, Depends(_manager)],
    _claims: Annotated[AccessToken, Depends(require_scope("stock:write"))],
) -> Actor:
    return manager


Orders = Annotated[OrderService, Depends(_orders)]
Saga = Annotated[OrderSaga, Depends(_saga)]
Board = Annotated[BoardService, Depends(_board)]
Figures = Annotated[FiguresService, Depends(_figures)]
Bulk = Annotated[BulkService, Depends(_bulk)]
Parked = Annotated[ParkedService, Depends(_parked)]
WriteOffs = Annotated[WriteOffService, Depends(_write_offs)]
Carts = Annotated[CartService, Depends(_carts)]

Reader = Annotated[Actor, Depends(_reader)]
"""Who may read orders: their own, or all with ``orders:manage``."""
Customer = Annotated[Actor, Depends(_customer)]
"""Who may place and cancel orders."""
Manager = Annotated[Actor, Depends(_manager)]
"""Who ships, delivers and takes back everybody's orders."""
StockManager = Annotated[Actor, Depends(_stock_manager)]
"""Who may do both: change everybody's orders, and the stock."""
