"""auth-service: accounts, sessions and keys."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from fastapi import FastAPI

from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.roles import Role
from auth_service.accounts.routes import router as accounts_router
from auth_service.accounts.service import AccountService, SignupRules
from auth_service.administration.routes import router as administration_router
from auth_service.administration.service import AdministrationService
from auth_service.api_keys.routes import internal as api_key_tokens_router
from auth_service.api_keys.routes import router as api_keys_router
from auth_service.api_keys.service import ApiKeyService
from auth_service.audit.routes import router as audit_router
from auth_service.audit.service import AuditService
from auth_service.audit.trail import AuditTrail
from auth_service.clients.routes import router as clients_router
from auth_service.clients.service import Client, ClientService
from auth_service.config import Settings
from auth_service.dependencies import Services
from auth_service.invitations.routes import router as invitations_router
from auth_service.invitations.routes import signup as invited_router
from auth_service.invitations.service import InvitationService
from auth_service.keys.issuer import TokenIssuer
from auth_service.keys.routes import router as keys_router
from auth_service.leaving.confirmation import PasswordConfirmation
from auth_service.leaving.routes import internal as erased_accounts_router
from auth_service.leaving.routes import router as leaving_router
from auth_service.leaving.service import LeavingService
from auth_service.sessions.repository import SessionLife
from auth_service.sessions.routes import internal as revocations_router
from auth_service.sessions.routes import router as sessions_router
from auth_service.sessions.service import RevocationService, SessionService
from service_kit.application import service_application
from service_kit.database import Database, DatabaseUnavailable
from service_kit.identity import TokenVerifier
from service_kit.periodic import repeating
from service_kit.revocations import RevocationFeed
from service_kit.server import tune_garbage_collection
from service_kit.settings import load_settings
from service_kit.tokens import SigningKey, public_jwks

app: FastAPI


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application; without settings, from the environment."""
    app = service_application(
        name="auth-service",
        title="Quire: accounts",
        settings=settings or load_settings(Settings),
        lifespan=_lifespan,
    )
    for router in (accounts_router, sessions_router, keys_router, revocations_router, clients_router):
        app.include_router(router)
    for router in (
        api_keys_router,
        administration_router,
        invitations_router,
        invited_router,
        audit_router,
        leaving_router,
        api_key_tokens_router,
        erased_accounts_router,
    ):
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url, pool_size=settings.database_pool)
        stack.push_async_callback(database.dispose)
        passwords = PasswordHasher(at_once=settings.concurrent_hashes, waiting=settings.waiting_hashes)
        stack.callback(passwords.close)
        revocations = RevocationService(database)
        feed = RevocationFeed(revocations.current)
        services = _build_services(settings, database, passwords, revocations, feed)
        _verify_with_own_keys(app, services, feed)
        app.state.services = services
        app.state.readiness |= {"database": database.check}
        # Nothing is answered before the list is known, except when there is no database to know it from.
        with suppress(DatabaseUnavailable):
            await feed.refresh()
        stack.callback(asyncio.create_task(feed.keep_current()).cancel)
        cleaning = repeating(
            services.sessions.delete_finished, seconds=settings.cleaning_seconds, name="delete finished sessions"
        )
        await stack.enter_async_context(cleaning)
        for name, chore in (
            ("delete ended API keys", services.api_keys.delete_ended),
            ("delete old invitations", services.invitations.delete_old),
        ):
            await stack.enter_async_context(repeating(chore, seconds=settings.cleaning_seconds, name=name))
        tune_garbage_collection()
        yield


def _build_services(
    settings: Settings,
    database: Database,
    passwords: PasswordHasher,
    revocations: RevocationService,
    feed: RevocationFeed,
) -> Services:
    key = SigningKey.from_text(settings.signing_key.get_secret_value())
    published = [key]
    if settings.previous_signing_key is not None:
        published.append(SigningKey.from_text(settings.previous_signing_key.get_secret_value()))
    issuer = TokenIssuer(key, settings.token_issuer, settings.token_audience)
    trail = AuditTrail(settings.data_secret.get_secret_value().encode())
    life = SessionLife(unused=timedelta(days=settings.refresh_days), longest=timedelta(days=settings.session_days))
    invitations = InvitationService(
        database=database,
        trail=trail,
        public_web_url=settings.public_web_url,
        closed=settings.effective_signup == "closed",
    )
    return Services(
        accounts=AccountService(
            database=database,
            passwords=passwords,
            revocations=feed,
            trail=trail,
            invitations=invitations,
            signup=_signup_rules(settings),
        ),
        sessions=SessionService(
            database=database,
            passwords=passwords,
            revocations=feed,
            issuer=issuer,
            trail=trail,
            refresh_secret=settings.refresh_secret.get_secret_value().encode(),
            life=life,
        ),
        revocations=revocations,
        clients=ClientService(issuer, _clients(settings)),
        api_keys=ApiKeyService(database=database, issuer=issuer, revocations=feed, trail=trail),
        administration=AdministrationService(database=database, revocations=feed, trail=trail, life=life),
        invitations=invitations,
        audit=AuditService(database=database, trail=trail),
        leaving=LeavingService(
            database=database, revocations=feed, trail=trail, confirmation=PasswordConfirmation(passwords)
        ),
        published_keys=public_jwks(published),
    )


def _signup_rules(settings: Settings) -> SignupRules:
    return SignupRules(
        open=settings.effective_signup == "open",
        by_invitation=settings.effective_signup != "closed",
        default_role=Role.CUSTOMER if settings.storefront == "public" else Role.EDITOR,
        # On one's own machine whoever comes first is its owner. Elsewhere it may be anybody.
        first_is_admin=settings.local_run,
    )


def _clients(settings: Settings) -> list[Client]:
    return [
        Client("order-service", settings.order_client_secret.get_secret_value(), ("stock:reserve",)),
        Client("gateway", settings.gateway_client_secret.get_secret_value(), ("api-keys:exchange",)),
    ]


def _verify_with_own_keys(app: FastAPI, services: Services, feed: RevocationFeed) -> None:
    async def own_keys() -> dict[str, Any]:
        return services.published_keys

    verifier = TokenVerifier.for_settings(app.state.settings, own_keys, feed)
    app.state.verifier = verifier
    app.state.readiness |= {"keys": verifier.check, "revocations": feed.check}


def __getattr__(name: str) -> FastAPI:
    """Build ``app`` when it is asked for (``uvicorn auth_service.main:app``), so that importing needs no settings."""
    if name == "app":
        return create_app()
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
