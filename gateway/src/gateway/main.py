"""The gateway's application: a table of contents."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from gateway import docs, health, openapi, pages
from gateway.api_keys import ApiKeys
from gateway.config import Settings
from gateway.cross_origin import CrossOrigin, parse_origins
from gateway.front_door import FrontDoor
from gateway.identity import Admission
from gateway.limits import open_limits
from gateway.proxy import Proxy
from gateway.routing import RouteTable, public_routes, services_of
from gateway.secure_transport import StrictTransport
from gateway.service_connections import open_session
from gateway.service_link import ServiceLink
from service_kit.auth_client import remote_verification
from service_kit.draining import Draining
from service_kit.edge import Edge
from service_kit.languages.choice import Languages
from service_kit.logs import configure_logging
from service_kit.metrics import metrics_listener
from service_kit.server import tune_garbage_collection
from service_kit.settings import load_settings


def create_app(settings: Settings | None = None, draining: Draining | None = None) -> ASGIApp:
    """Build the gateway: the front door, and behind it the services and a few pages of its own.

    Once ``draining`` has begun, it says that it is not ready.
    """
    settings = settings or load_settings(Settings)
    configure_logging("gateway", settings)
    routes = public_routes(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_session(settings) as session, httpx2.AsyncClient(trust_env=False) as http:
            links = {service: ServiceLink(service, settings) for service in services_of(routes)}
            app.state.proxy = Proxy(session, settings, links)
            app.state.document = openapi.SystemDocument(http, settings, routes)
            app.state.readiness = {
                "gateway": health.check_of_itself(draining or Draining()),
                **{service: health.check_of(http, url, links[service]) for service, url in services_of(routes).items()},
            }
            async with remote_verification(app, settings, http), open_limits(app, settings) as limits:
                app.state.admission = Admission(app.state.verifier, ApiKeys(http, settings), limits)
                tune_garbage_collection()
                with metrics_listener(settings):
                    yield

    own = Starlette(
        routes=[*pages.routes, *health.routes, *openapi.routes, *docs.routes],
        exception_handlers={HTTPException: pages.http_error},
        lifespan=lifespan,
    )
    own.router.redirect_slashes = False
    languages = own.state.languages = Languages("gateway", "service_kit", default=settings.default_language)
    app: ASGIApp = FrontDoor(RouteTable(routes), own, settings, languages)
    origins = parse_origins(settings.cors_origins)
    if origins:
        app = CrossOrigin(app, origins, languages)
    if settings.token_issuer.startswith("https://"):
        app = StrictTransport(app)
    return Edge(app)


def __getattr__(name: str) -> Any:  # noqa: ANN401 (a module's attribute)
    # For "uvicorn gateway.main:app"; importing create_app needs no environment.
    if name == "app":
        return create_app()
    raise AttributeError(name)
