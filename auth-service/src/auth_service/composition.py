"""The service objects of a process, and how each is built of the others."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from auth_service.accounts.password_policy import PasswordPolicy
from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.reauthentication import Reauthentication
from auth_service.accounts.roles import Role
from auth_service.accounts.service import AccountService, SignupRules
from auth_service.administration.service import AdministrationService
from auth_service.api_keys.service import ApiKeyService
from auth_service.audit.service import AuditService
from auth_service.audit.trail import AuditTrail
from auth_service.clients.service import Client, ClientService
from auth_service.config import Settings
from auth_service.invitations.service import InvitationService
from auth_service.keys.issuer import TokenIssuer
from auth_service.leaving.service import LeavingService
from auth_service.links.tokens import LinkTokens
from auth_service.mail.local_mails import LocalMails
from auth_service.mail.notices import Notices
from auth_service.password_reset.service import PasswordResetService
from auth_service.second_factor.checking import CodeCheck
from auth_service.second_factor.codes import CodeBook
from auth_service.second_factor.confirmation import OwnerConfirmation
from auth_service.second_factor.resetting import SecondFactorReset
from auth_service.second_factor.rule import ScopeRule
from auth_service.second_factor.service import SecondFactorService
from auth_service.sessions.repository import SessionLife
from auth_service.sessions.service import RevocationService, SessionService
from auth_service.sessions.tokens import SessionTokens
from auth_service.signing_in.service import SignInService
from auth_service.throttling.service import Throttle
from auth_service.throttling.settings import limits_of
from auth_service.verification.first_time import FirstVerification
from auth_service.verification.service import VerificationService
from service_kit.database import Database
from service_kit.revocations import RevocationFeed
from service_kit.tokens import SigningKey, public_jwks


@dataclass(frozen=True, slots=True)
class Services:
    """The service objects of this process, built once at start."""

    accounts: AccountService
    sessions: SessionService
    revocations: RevocationService
    clients: ClientService
    sign_ins: SignInService
    second_factors: SecondFactorService
    second_factor_reset: SecondFactorReset
    throttle: Throttle
    published_keys: dict[str, Any]
    password_resets: PasswordResetService
    verifications: VerificationService
    local_mails: LocalMails | None
    api_keys: ApiKeyService
    administration: AdministrationService
    invitations: InvitationService
    audit: AuditService
    leaving: LeavingService


def build_services(
    settings: Settings,
    database: Database,
    passwords: PasswordHasher,
    revocations: RevocationService,
    feed: RevocationFeed,
) -> Services:
    """Build them; ``revocations`` and ``feed`` are told of apart, for tokens are checked with them too."""
    key = SigningKey.from_text(settings.signing_key.get_secret_value())
    published = [key]
    if settings.previous_signing_key is not None:
        published.append(SigningKey.from_text(settings.previous_signing_key.get_secret_value()))
    issuer = TokenIssuer(key, settings.token_issuer, settings.token_audience)
    data_secret = settings.data_secret.get_secret_value().encode()
    trail = trail_of(settings)
    policy = PasswordPolicy(settings.shop_name)
    notices = Notices(mail_works=settings.mail_works)
    first_verification = FirstVerification(trail, notices)
    throttle = Throttle(database=database, secret=data_secret, limits=limits_of(settings), trail=trail)
    reauthentication = Reauthentication(database=database, passwords=passwords, throttle=throttle, trail=trail)
    rule = ScopeRule(settings.require_second_factor)
    tokens = SessionTokens(issuer, rule)
    codes = CodeBook(data_secret, issuer=settings.shop_name)
    invitations = InvitationService(
        database=database,
        trail=trail,
        tokens=link_tokens_of(settings),
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
        first_verification=first_verification,
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
            tokens=link_tokens_of(settings),
            notices=notices,
            throttle=throttle,
            first_verification=first_verification,
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


def trail_of(settings: Settings) -> AuditTrail:
    """Return what writes the audit trail."""
    return AuditTrail(settings.data_secret.get_secret_value().encode())


def link_tokens_of(settings: Settings) -> LinkTokens:
    """Return what makes and reads the tokens of links."""
    return LinkTokens(settings.data_secret.get_secret_value().encode(), settings.public_web_url)


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
