"""book-service: the catalogue and the stock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI

from book_service.catalogue import routes as catalogue
from book_service.catalogue.service import CatalogueService
from book_service.config import Settings
from book_service.erasing.service import erasure_follower
from book_service.exporting import routes as exporting
from book_service.exporting.service import ExportService
from book_service.history import routes as history
from book_service.history.service import HistoryService
from book_service.importing import routes as importing
from book_service.importing.service import ImportService
from book_service.importing.worker import ImportWorker
from book_service.inventory import internal_routes as reservations
from book_service.inventory import routes as inventory
from book_service.inventory.reservations import ReservationService
from book_service.inventory.service import InventoryService
from book_service.inventory.stocktake import StocktakeService
from book_service.search import routes as search
from book_service.search import upkeep
from book_service.search.browsing import Browsing
from book_service.search.misses import Misses
from book_service.search.service import SearchService
from book_service.search.suggesting import Suggesting
from book_service.search.upkeep import Upkeep
from book_service.sitemap import routes as sitemap
from book_service.sitemap.service import SitemapService
from service_kit.application import service_application
from service_kit.auth_client import AuthClient, remote_verification
from service_kit.database import Database
from service_kit.erasures import POLL_SECONDS
from service_kit.languages.choice import Languages
from service_kit.periodic import repeating
from service_kit.server import tune_garbage_collection
from service_kit.settings import load_settings

FORGET_KEYS_SECONDS = 600.0
MEASURE_SECONDS = 15.0
ABANDON_IMPORTS_SECONDS = 600.0
NOTE_SEARCHES_SECONDS = 1.0
SEARCH_SETTINGS = {"plan_cache_mode": "force_generic_plan", "jit": "off"}
"""The statements of the search have one good plan each, whatever is asked for; to make it again takes longer than to
follow it. That is not so for other statements, so the search has connections of its own."""


def create_app(settings: Settings | None = None, *, transport: httpx2.AsyncBaseTransport | None = None) -> FastAPI:
    """Build the application. ``transport`` stands in for the network towards other services, in tests."""
    settings = settings or load_settings(Settings)
    languages = Languages("book_service", "service_kit", default=settings.default_language)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.database_url, pool_size=settings.database_pool)
        app.state.catalogue = CatalogueService(database, currency=settings.currency)
        app.state.histories = HistoryService(database, currency=settings.currency)
        app.state.inventory = inventory_service = InventoryService(database)
        app.state.stocktakes = StocktakeService(database)
        app.state.reservations = ReservationService(database, currency=settings.currency)
        app.state.import_worker = import_worker = ImportWorker(
            database, currency=settings.currency, languages=languages
        )
        app.state.imports = ImportService(database, wake=import_worker.wake)
        searched = Database(settings.database_url, pool_size=settings.database_pool, settings=SEARCH_SETTINGS)
        app.state.misses = misses = Misses(database)
        app.state.search = SearchService(searched, currency=settings.currency, misses=misses)
        app.state.exports = ExportService(
            database, app.state.search, currency=settings.currency, shop_name=settings.shop_name
        )
        app.state.search_upkeep = search_upkeep = Upkeep(database)
        app.state.suggesting = Suggesting(searched, currency=settings.currency)
        app.state.sitemap = SitemapService(database)
        app.state.browsing = Browsing(searched, currency=settings.currency)
        app.state.readiness["database"] = database.check
        async with (
            httpx2.AsyncClient(transport=transport, trust_env=False) as http,
            remote_verification(app, settings, http),
            _erasing(app, settings, database, http),
            repeating(inventory_service.forget_old_keys, seconds=FORGET_KEYS_SECONDS, name="forget old keys"),
            repeating(search_upkeep.catch_up, seconds=upkeep.SECONDS, name="keep the search up to date"),
            repeating(misses.write, seconds=NOTE_SEARCHES_SECONDS, name="note searches without a result"),
            repeating(inventory_service.measure, seconds=MEASURE_SECONDS, name="measure what is held"),
            repeating(import_worker.abandon, seconds=ABANDON_IMPORTS_SECONDS, name="abandon imports"),
            import_worker.at_work(),
        ):
            tune_garbage_collection()
            yield
        await searched.dispose()
        await database.dispose()

    app = service_application(
        name="book-service",
        title="Quire books",
        settings=settings,
        lifespan=lifespan,
        languages=languages,
        larger_bodies={importing.PATH: settings.max_import_bytes},
    )
    app.include_router(reservations.router)  # First: each order comes here, and a route costs its place in the list.
    app.include_router(search.router)  # Next: all that pages ask for.
    app.include_router(inventory.all_books)
    # Before the books, whose ids these paths look like.
    app.include_router(importing.router)
    app.include_router(exporting.router)
    app.include_router(sitemap.router)
    app.include_router(catalogue.router)
    app.include_router(history.router)
    app.include_router(inventory.router)
    return app


@asynccontextmanager
async def _erasing(
    app: FastAPI, settings: Settings, database: Database, http: httpx2.AsyncClient
) -> AsyncIterator[None]:
    app.state.erasures = follower = erasure_follower(database, AuthClient(http, settings.auth_url))
    async with repeating(follower.follow, seconds=POLL_SECONDS, name="erase accounts that are gone"):
        yield


def __getattr__(name: str) -> FastAPI:
    # ``uvicorn book_service.main:app`` finds the application here; importing the module alone reads no settings.
    if name == "app":
        return create_app()
    raise AttributeError(name)
