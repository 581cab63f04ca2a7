"""web-frontend: the shop's pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import structlog
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette_compress import CompressMiddleware, add_compress_type

from service_kit.application import service_application
from service_kit.languages.choice import Languages, SpokenLanguage
from service_kit.metrics import metrics_listener
from service_kit.server import tune_garbage_collection
from service_kit.settings import load_settings
from web_frontend import public_files, theme
from web_frontend.accounts import code_routes
from web_frontend.accounts import routes as accounts
from web_frontend.accounts.client import renew_pair
from web_frontend.administration import routes as administration
from web_frontend.assets import Assets
from web_frontend.browse import routes as browse
from web_frontend.browser_session import Renewals
from web_frontend.cart import routes as cart
from web_frontend.catalogue import routes as catalogue
from web_frontend.client_address import gateway_credentials
from web_frontend.config import Settings
from web_frontend.cookies import AnswerCookies, full_name
from web_frontend.discovery import routes as discovery
from web_frontend.discovery.pictures import Pictures
from web_frontend.discovery.sitemaps import Sitemaps
from web_frontend.editing import routes as editing
from web_frontend.environment import template_environment
from web_frontend.errors import LastResortPage, add_error_pages
from web_frontend.exporting import routes as exporting
from web_frontend.gateway_client import GatewayClient
from web_frontend.gateway_http import open_gateway_http
from web_frontend.history import routes as history
from web_frontend.importing import routes as importing
from web_frontend.importing.upload_routes import FORM_BYTES
from web_frontend.importing.upload_routes import PATH as IMPORTS
from web_frontend.kept_input import InputKeeper
from web_frontend.languages import routes as languages_choice
from web_frontend.local_mails import routes as local_mails
from web_frontend.mail_links import invitation_routes, password_routes, verification_routes
from web_frontend.orders import routes as orders
from web_frontend.own_account import data_routes, factor_routes, key_routes, profile_routes, session_routes
from web_frontend.page_tags import version_of_pages
from web_frontend.pages import LANGUAGE_COOKIE
from web_frontend.searches import routes as searches
from web_frontend.security_headers import SecurityHeaders
from web_frontend.site import Site
from web_frontend.stock import routes as stock
from web_frontend.style_page import routes as style_page
from web_frontend.workplace import routes as workplace

log = structlog.get_logger(__name__)

add_compress_type("application/opds+json")

_NOT_FOR_STRANGERS = frozenset({"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc", "/metrics"})


def create_app(settings: Settings | None = None, *, transport: httpx2.AsyncBaseTransport | None = None) -> FastAPI:
    """Build the application. ``transport`` stands in for the network towards the gateway, in tests."""
    settings = settings or load_settings(Settings)
    assets = Assets(settings.static_dir)
    templates = template_environment(settings, assets)
    languages = Languages("web_frontend", "service_kit", default=settings.default_language)
    version = version_of_pages(settings, assets)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        credentials = gateway_credentials(settings)
        async with open_gateway_http(settings.gateway_url, credentials=credentials, transport=transport) as http:
            gateway = GatewayClient(http, seconds=settings.gateway_seconds)
            app.state.site = Site(
                settings=settings,
                templates=templates,
                assets=assets,
                gateway=gateway,
                renewals=Renewals(renew_pair(gateway)),
                keeper=InputKeeper(settings.secret.get_secret_value()),
                version=version,
            )
            app.state.pictures = Pictures(settings.static_dir, settings.shop_name)
            app.state.sitemaps = Sitemaps()
            app.state.readiness["gateway"] = gateway.is_alive
            _warn_of_plain_http(settings)
            tune_garbage_collection()
            with metrics_listener(settings):
                yield

    app = service_application(
        name="web-frontend",
        title="Quire",
        settings=settings,
        lifespan=lifespan,
        larger_bodies={IMPORTS: settings.max_import_bytes + FORM_BYTES},
    )
    # Pages are no API to document, and metrics have a listener of their own.
    routes = app.router.routes
    routes[:] = [route for route in routes if getattr(route, "path", "") not in _NOT_FOR_STRANGERS]
    add_error_pages(app)
    app.add_middleware(SecurityHeaders, secure=settings.is_secure)
    # Inside the kit's own middleware: what fails here still gets its request id and its log line.
    app.user_middleware += [
        Middleware(CompressMiddleware, minimum_size=1024, zstd_level=3, brotli_quality=3, gzip_level=4),
        Middleware(AnswerCookies, secure=settings.is_secure),
        Middleware(SpokenLanguage, languages=languages, cookie=full_name(LANGUAGE_COOKIE, secure=settings.is_secure)),
        Middleware(LastResortPage),
    ]
    features = (
        # What is asked for most comes first: each route before the one that fits costs a look.
        catalogue,
        cart,
        public_files,
        # Before the books, whose pages' paths look like those of their pictures.
        discovery,
        theme,
        languages_choice,
        accounts,
        code_routes,
        *(password_routes, verification_routes, invitation_routes),
        *(profile_routes, session_routes, factor_routes, key_routes, data_routes),
        *((local_mails, style_page) if settings.local_run else ()),
        editing,
        history,
        importing,
        exporting,
        stock,
        orders,
        workplace,
        searches,
        browse,
        administration,
    )
    for feature in features:
        app.include_router(feature.router)
    return app


def _warn_of_plain_http(settings: Settings) -> None:
    if not settings.is_secure and not settings.is_loopback:
        log.warning(
            "people reach the shop over plain HTTP, as ALLOW_PLAIN_HTTP lets them: passwords and sessions can be read "
            "on the way; serve it over TLS and set PUBLIC_WEB_URL to its https address",
            public_web_url=settings.public_web_url,
        )


def __getattr__(name: str) -> FastAPI:
    # ``uvicorn web_frontend.main:app`` finds the application here; importing the module alone reads no settings.
    if name == "app":
        return create_app()
    raise AttributeError(name)
