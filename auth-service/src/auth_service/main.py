"""auth-service: accounts, sessions and keys."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI

from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.routes import router as accounts_router
from auth_service.administration.routes import router as administration_router
from auth_service.api_keys.routes import internal as api_key_tokens_router
from auth_service.api_keys.routes import router as api_keys_router
from auth_service.audit.routes import router as audit_router
from auth_service.clients.routes import router as clients_router
from auth_service.composition import Services, build_services, link_tokens_of, trail_of
from auth_service.config import Settings
from auth_service.invitations.routes import router as invitations_router
from auth_service.invitations.routes import signup as invited_router
from auth_service.keys.routes import router as keys_router
from auth_service.leaving.routes import internal as erased_accounts_router
from auth_service.leaving.routes import router as leaving_router
from auth_service.mail.keeping import mail_at_work
from auth_service.mail.routes import router as local_mails_router
from auth_service.password_reset.routes import router as password_reset_router
from auth_service.second_factor.routes import router as second_factor_router
from auth_service.sessions.routes import internal as revocations_router
from auth_service.sessions.routes import router as sessions_router
from auth_service.sessions.service import RevocationService
from auth_service.signing_in.routes import router as signing_in_router
from auth_service.verification.routes import router as verification_router
from service_kit.application import service_application
from service_kit.database import Database, DatabaseUnavailable
from service_kit.identity import TokenVerifier
from service_kit.languages.choice import Languages
from service_kit.periodic import repeating
from service_kit.revocations import RevocationFeed
from service_kit.server import tune_garbage_collection
from service_kit.settings import load_settings

app: FastAPI

_ROUTERS = (
    *(accounts_router, sessions_router, keys_router, revocations_router, clients_router),
    *(signing_in_router, second_factor_router, password_reset_router, verification_router),
    *(api_keys_router, administration_router, invitations_router, invited_router),
    *(audit_router, leaving_router, api_key_tokens_router, erased_accounts_router),
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application; without settings, from the environment."""
    settings = settings or load_settings(Settings)
    languages = Languages("auth_service", "service_kit", default=settings.default_language)
    app = service_application(
        name="auth-service",
        title="Quire: accounts",
        settings=settings,
        lifespan=_lifespan,
        languages=languages,
    )
    app.state.languages = languages
    for router in _ROUTERS:
        app.include_router(router)
    if app.state.settings.mails_are_kept_here:
        app.include_router(local_mails_router)
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
        services = build_services(settings, database, passwords, revocations, feed)
        _verify_with_own_keys(app, services, feed)
        app.state.services = services
        app.state.readiness |= {"database": database.check}
        # Nothing is answered before the list is known, except when there is no database to know it from.
        with suppress(DatabaseUnavailable):
            await feed.refresh()
        stack.callback(asyncio.create_task(feed.keep_current()).cancel)
        for name, chore in _chores(services).items():
            await stack.enter_async_context(repeating(chore, seconds=settings.cleaning_seconds, name=name))
        tokens, trail, languages = link_tokens_of(settings), trail_of(settings), app.state.languages
        await stack.enter_async_context(mail_at_work(settings, database, tokens, trail, languages))
        tune_garbage_collection()
        yield


def _chores(services: Services) -> dict[str, Callable[[], Awaitable[object]]]:
    return {
        "delete finished sessions": services.sessions.delete_finished,
        "delete expired challenges": services.sign_ins.delete_expired,
        "delete abandoned second factors": services.second_factors.delete_abandoned,
        "sweep the throttle": services.throttle.sweep,
        "delete ended API keys": services.api_keys.delete_ended,
        "delete old invitations": services.invitations.delete_old,
    }


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
