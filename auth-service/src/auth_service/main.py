"""auth-service: accounts, sessions and keys."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from fastapi import FastAPI

from auth_service.accounts.password_policy import PasswordPolicy
from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.reauthentication import Reauthentication
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
from auth_service.leaving.routes import internal as erased_accounts_router
from auth_service.leaving.routes import router as leaving_router
from auth_service.leaving.service import LeavingService
from auth_service.links.tokens import LinkTokens
from auth_service.mail.keeping import mail_at_work
from auth_service.mail.local_mails import LocalMails
from auth_service.mail.notices import Notices
from auth_service.mail.routes import router as local_mails_router
from auth_service.password_reset.routes import router as password_reset_router
from auth_service.password_reset.service import PasswordResetService
from auth_service.second_factor.checking import CodeCheck
from auth_service.second_factor.codes import CodeBook
from auth_service.second_factor.confirmation import OwnerConfirmation
from auth_service.second_factor.resetting import SecondFactorReset
from auth_service.second_factor.routes import router as second_factor_router
from auth_service.second_factor.rule import ScopeRule
from auth_service.second_factor.service import SecondFactorService
from auth_service.sessions.repository import SessionLife
from auth_service.sessions.routes import internal as revocations_router
from auth_service.sessions.routes import router as sessions_router
from auth_service.sessions.service import RevocationService, SessionService
from auth_service.sessions.tokens import SessionTokens
from auth_service.signing_in.routes import router as signing_in_router
from auth_service.signing_in.service import SignInService
from auth_service.throttling.service import Throttle
from auth_service.throttling.settings import limits_of
from auth_service.verification.routes import router as verification_router
from auth_service.verification.service import VerificationService
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
    for router in (signing_in_router, second_factor_router):
        app.include_router(router)
    for router in (password_reset_router, verification_router):
        app.include_router(router)
    for router in (api_keys_router, administration_router, invitations_router, invited_router):
        app.include_router(router)
    for router in (audit_router, leaving_router, api_key_tokens_router, erased_accounts_router):
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
        services = _build_services(settings, database, passwords, revocations, feed)
        _verify_with_own_keys(app, services, feed)
        app.state.services = services
        app.state.readiness |= {"database": database.check}
        # Nothing is answered before the list is known, except when there is no database to know it from.
        with suppress(DatabaseUnavailable):
            await feed.refresh()
        stack.callback(asyncio.create_task(feed.keep_current()).cancel)
        for name, chore in _chores(services).items():
            await stack.enter_async_context(repeating(chore, seconds=settings.cleaning_seconds, name=name))
        await stack.enter_async_context(mail_at_work(settings, database, _link_tokens(settings), _trail(settings)))
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
    data_secret = settings.data_secret.get_secret_value().encode()
    trail = _trail(settings)
    policy = PasswordPolicy(settings.shop_name)
    notices = Notices(mail_works=settings.mail_works)
    throttle = Throttle(database=database, secret=data_secret, limits=limits_of(settings), trail=trail)
    reauthentication = Reauthentication(database=database, passwords=passwords, throttle=throttle, trail=trail)
    rule = ScopeRule(settings.require_second_factor)
    tokens = SessionTokens(issuer, rule)
    codes = CodeBook(data_secret, issuer=settings.shop_name)
    invitations = InvitationService(
        database=database,
        trail=trail,
        tokens=_link_tokens(settings),
        closed=settings.effective_signup == "closed",
        mail_works=settings.mail_works,
    )
    sessions = SessionService(
        database=database,
        revocations=feed,
        tokens=tokens,
        throttle=throttle,
        trail=trail,
        refresh_secret=settings.refresh_secret.get_secret_value().encode(),
        life=_session_life(settings),
    )
    second_factor_reset = SecondFactorReset(database, trail, feed, notices)
    password_resets = PasswordResetService(
        database=database,
        passwords=passwords,
        policy=policy,
        revocations=feed,
        trail=trail,
        notices=notices,
        throttle=throttle,
        mail_works=settings.mail_works,
    )
    return Services(
        accounts=AccountService(
            database=database,
            passwords=passwords,
            policy=policy,
            revocations=feed,
            signup=_signup_rules(settings),
            reauthentication=reauthentication,
            throttle=throttle,
            trail=trail,
            rule=rule,
            notices=notices,
            invitations=invitations,
        ),
        sessions=sessions,
        sign_ins=SignInService(
            database=database,
            passwords=passwords,
            throttle=throttle,
            codes=CodeCheck(codes),
            tokens=tokens,
            trail=trail,
            notices=notices,
            require_verified_email=settings.require_verified_email,
        ),
        second_factors=SecondFactorService(
            database=database,
            reauthentication=reauthentication,
            throttle=throttle,
            trail=trail,
            codes=codes,
            rule=rule,
            revocations=feed,
            notices=notices,
        ),
        second_factor_reset=second_factor_reset,
        throttle=throttle,
        revocations=revocations,
        clients=ClientService(issuer, _clients(settings)),
        published_keys=public_jwks(published),
        password_resets=password_resets,
        verifications=VerificationService(
            database=database,
            reauthentication=reauthentication,
            revocations=feed,
            trail=trail,
            tokens=_link_tokens(settings),
            notices=notices,
            throttle=throttle,
            mail_works=settings.mail_works,
        ),
        local_mails=LocalMails(settings.mail_dir) if settings.mail_dir is not None else None,
        api_keys=ApiKeyService(
            database=database, issuer=issuer, revocations=feed, trail=trail, rule=rule, notices=notices
        ),
        administration=AdministrationService(
            database=database,
            revocations=feed,
            trail=trail,
            life=_session_life(settings),
            sessions=sessions,
            second_factors=second_factor_reset,
            password_resets=password_resets,
        ),
        invitations=invitations,
        audit=AuditService(database=database, trail=trail),
        leaving=LeavingService(
            database=database,
            revocations=feed,
            trail=trail,
            confirmation=OwnerConfirmation(database, reauthentication, throttle, CodeCheck(codes), trail),
        ),
    )


def _session_life(settings: Settings) -> SessionLife:
    return SessionLife(unused=timedelta(days=settings.refresh_days), longest=timedelta(days=settings.session_days))


def _trail(settings: Settings) -> AuditTrail:
    return AuditTrail(settings.data_secret.get_secret_value().encode())


def _link_tokens(settings: Settings) -> LinkTokens:
    return LinkTokens(settings.data_secret.get_secret_value().encode(), settings.public_web_url)


def _chores(services: Services) -> dict[str, Callable[[], Awaitable[object]]]:
    return {
        "delete finished sessions": services.sessions.delete_finished,
        "delete expired challenges": services.sign_ins.delete_expired,
        "delete abandoned second factors": services.second_factors.delete_abandoned,
        "sweep the throttle": services.throttle.sweep,
        "delete ended API keys": services.api_keys.delete_ended,
        "delete old invitations": services.invitations.delete_old,
    }


def _signup_rules(settings: Settings) -> SignupRules:
    return SignupRules(
        open=settings.effective_signup == "open",
        by_invitation=settings.effective_signup != "closed",
        default_role=Role.CUSTOMER if settings.storefront == "public" else Role.EDITOR,
        first_is_admin=settings.first_is_admin,
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
