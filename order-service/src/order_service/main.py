"""order-service: carts, orders and their history."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI

from order_service.cart import routes as cart
from order_service.cart.service import CartService
from order_service.config import Settings
from order_service.erasing.service import erasure_follower
from order_service.orders import routes as orders
from order_service.orders.board import BoardService
from order_service.orders.bulk import BulkService
from order_service.orders.figures import FiguresService
from order_service.orders.parked import ParkedService
from order_service.orders.reconciler import Reconciler
from order_service.orders.saga import OrderSaga
from order_service.orders.service import OrderService
from order_service.orders.settlement import Settlement
from order_service.orders.write_offs import WriteOffService
from order_service.stock_client import CLIENT_ID, SCOPE, StockClient
from service_kit.application import service_application
from service_kit.auth_client import AuthClient, remote_verification
from service_kit.client_credentials import ServiceTokens
from service_kit.database import Database
from service_kit.erasures import POLL_SECONDS
from service_kit.languages.choice import Languages
from service_kit.periodic import repeating
from service_kit.plain_connections import PlainConnections
from service_kit.server import tune_garbage_collection
from service_kit.settings import load_settings

# uvicorn closes a connection that was idle for five seconds; one that it is about to close is not to be used.
_CONNECTIONS = httpx2.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=4.0)


def create_app(settings: Settings | None = None, *, transport: httpx2.AsyncBaseTransport | None = None) -> FastAPI:
    """Build the application. ``transport`` stands in for the network towards other services, in tests."""
    settings = settings or load_settings(Settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.database_url, pool_size=settings.database_pool)
        app.state.readiness["database"] = database.check
        async with (
            httpx2.AsyncClient(transport=transport, limits=_CONNECTIONS, trust_env=False) as http,
            httpx2.AsyncClient(
                transport=transport or _to_book_service(settings), limits=_CONNECTIONS, trust_env=False
            ) as to_book_service,
            remote_verification(app, settings, http),
            _order_taking(app, settings, database, http, to_book_service),
            _erasing(app, settings, database, http),
        ):
            tune_garbage_collection()
            yield
        await database.dispose()

    app = service_application(
        name="order-service",
        title="Quire orders",
        settings=settings,
        lifespan=lifespan,
        languages=Languages("order_service", "service_kit", default=settings.default_language),
    )
    app.include_router(orders.router)
    app.include_router(cart.router)
    return app


@asynccontextmanager
async def _erasing(
    app: FastAPI, settings: Settings, database: Database, http: httpx2.AsyncClient
) -> AsyncIterator[None]:
    app.state.erasures = follower = erasure_follower(database, AuthClient(http, settings.auth_url))
    async with repeating(follower.follow, seconds=POLL_SECONDS, name="erase accounts that are gone"):
        yield


def _to_book_service(settings: Settings) -> httpx2.AsyncBaseTransport | None:
    return PlainConnections() if settings.book_url.startswith("http://") else None


@asynccontextmanager
async def _order_taking(
    app: FastAPI, settings: Settings, database: Database, http: httpx2.AsyncClient, to_book_service: httpx2.AsyncClient
) -> AsyncIterator[None]:
    """Put the services into ``app.state`` and run the reconciler beside them."""
    tokens = ServiceTokens(
        http, auth_url=settings.auth_url, client_id=CLIENT_ID, client_secret=settings.client_secret, scope=SCOPE
    )
    stock = StockClient(
        to_book_service, tokens, base_url=settings.book_url, timeout_seconds=settings.stock_timeout_seconds
    )
    app.state.settlement = settlement = Settlement(
        database,
        lease_seconds=settings.work_lease_seconds,
        deadline_seconds=settings.placing_deadline_seconds,
        tries=settings.work_tries,
    )
    woken = asyncio.Event()
    app.state.orders = OrderService(database, currency=settings.currency, lease_seconds=settings.work_lease_seconds)
    app.state.saga = OrderSaga(app.state.orders, settlement, stock, wake=woken.set)
    app.state.board = BoardService(database)
    app.state.figures = FiguresService(database, currency=settings.currency)
    app.state.bulk = BulkService(database, wake=woken.set)
    app.state.parked = ParkedService(database, wake=woken.set)
    app.state.write_offs = WriteOffService(
        database, settlement, stock, lease_seconds=settings.work_lease_seconds, wake=woken.set
    )
    app.state.carts = CartService(database, stock, currency=settings.currency)
    app.state.reconciler = reconciler = Reconciler(
        app.state.saga,
        settlement,
        woken=woken,
        concurrency=settings.work_concurrency,
        poll_seconds=settings.work_poll_seconds,
    )
    app.state.readiness["reconciler"] = reconciler.check
    working = asyncio.create_task(reconciler.run())
    try:
        yield
    finally:
        reconciler.stop()
        await working


def __getattr__(name: str) -> FastAPI:
    # ``uvicorn order_service.main:app`` finds the application here; importing the module alone reads no settings.
    if name == "app":
        return create_app()
    raise AttributeError(name)
