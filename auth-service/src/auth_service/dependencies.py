"""What routes ask for."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from auth_service.accounts.service import AccountService
from auth_service.administration.service import AdministrationService
from auth_service.api_keys.service import ApiKeyService
from auth_service.audit.models import LONGEST_USER_AGENT
from auth_service.audit.service import AuditService
from auth_service.clients.service import ClientService
from auth_service.composition import Services
from auth_service.config import Settings
from auth_service.invitations.service import InvitationService
from auth_service.leaving.service import LeavingService
from auth_service.mail.errors import MailNotFound
from auth_service.mail.local_mails import LocalMails
from auth_service.password_reset.service import PasswordResetService
from auth_service.places import GATEWAY_HEADER, Place, address_of, is_gateway
from auth_service.second_factor.service import SecondFactorService
from auth_service.sessions.service import RevocationService, SessionService
from auth_service.signing_in.service import SignInService
from auth_service.verification.service import VerificationService
from service_kit.identity import Caller, NotAllowed, require_scope
from service_kit.languages.texts import N_
from service_kit.tokens import API_KEY_CLIENT, AccessToken


@dataclass(frozen=True, slots=True)
class SignedInAccount:
    """The account and the session that the access token belongs to."""

    account_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class AdministratingAccount:
    """The account that an access token with ``accounts:manage`` belongs to: of a session, or of an API key."""

    account_id: UUID
    session_id: UUID


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


CurrentSettings = Annotated[Settings, Depends(_settings)]
_AllServices = Annotated[Services, Depends(_services)]


async def _accounts(services: _AllServices) -> AccountService:
    return services.accounts


async def _sessions(services: _AllServices) -> SessionService:
    return services.sessions


async def _revocations(services: _AllServices) -> RevocationService:
    return services.revocations


async def _clients(services: _AllServices) -> ClientService:
    return services.clients


async def _sign_ins(services: _AllServices) -> SignInService:
    return services.sign_ins


async def _second_factors(services: _AllServices) -> SecondFactorService:
    return services.second_factors


async def _api_keys(services: _AllServices) -> ApiKeyService:
    return services.api_keys


async def _administration(services: _AllServices) -> AdministrationService:
    return services.administration


async def _invitations(services: _AllServices) -> InvitationService:
    return services.invitations


async def _audit(services: _AllServices) -> AuditService:
    return services.audit


async def _leaving(services: _AllServices) -> LeavingService:
    return services.leaving


async def _administrator(
    caller: Annotated[AccessToken, Depends(require_scope("accounts:manage"))],
) -> AdministratingAccount:
    return AdministratingAccount(UUID(caller.subject), UUID(caller.session_id))


async def _published_keys(services: _AllServices) -> dict[str, Any]:
    return services.published_keys


async def _password_resets(services: _AllServices) -> PasswordResetService:
    return services.password_resets


async def _verifications(services: _AllServices) -> VerificationService:
    return services.verifications


async def _kept_mails(request: Request, services: _AllServices, settings: CurrentSettings) -> LocalMails:
    # The gateway lets in who asks this machine by its own name. To our own port a page of a stranger can have its name
    # lead (DNS rebinding), and read the links with which one gets into accounts.
    if not is_gateway(request.headers.get(GATEWAY_HEADER), settings.gateway_client_secret.get_secret_value()):
        raise MailNotFound
    assert services.local_mails is not None  # noqa: S101 (the routes that ask exist only where it is there)
    return services.local_mails


async def _signed_in(caller: Caller) -> SignedInAccount:
    if caller.client_id == API_KEY_CLIENT:
        detail = N_("This needs somebody who is signed in; an API key is not enough.")
        raise NotAllowed(detail)
    try:
        return SignedInAccount(UUID(caller.subject), UUID(caller.session_id))
    except ValueError as error:
        detail = N_("This access token belongs to a service, not to an account.")
        raise NotAllowed(detail) from error


async def _caller_place(request: Request, settings: CurrentSettings) -> Place:
    address = address_of(
        peer=request.client.host if request.client else None,
        forwarded_for=request.headers.get("x-forwarded-for"),
        proof=request.headers.get(GATEWAY_HEADER),
        secret=settings.gateway_client_secret.get_secret_value(),
    )
    named = request.headers.get("user-agent", "")
    user_agent = "".join(character for character in named if character.isprintable())[:LONGEST_USER_AGENT]
    return Place(str(address) if address is not None else None, user_agent or None)


Accounts = Annotated[AccountService, Depends(_accounts)]
Sessions = Annotated[SessionService, Depends(_sessions)]
Revocations = Annotated[RevocationService, Depends(_revocations)]
Clients = Annotated[ClientService, Depends(_clients)]
SignIns = Annotated[SignInService, Depends(_sign_ins)]
SecondFactors = Annotated[SecondFactorService, Depends(_second_factors)]
ApiKeys = Annotated[ApiKeyService, Depends(_api_keys)]
Administration = Annotated[AdministrationService, Depends(_administration)]
Invitations = Annotated[InvitationService, Depends(_invitations)]
Audit = Annotated[AuditService, Depends(_audit)]
Leaving = Annotated[LeavingService, Depends(_leaving)]
Administrator = Annotated[AdministratingAccount, Depends(_administrator)]
PublishedKeys = Annotated[dict[str, Any], Depends(_published_keys)]
SignedIn = Annotated[SignedInAccount, Depends(_signed_in)]
CallerPlace = Annotated[Place, Depends(_caller_place)]
PasswordResets = Annotated[PasswordResetService, Depends(_password_resets)]
Verifications = Annotated[VerificationService, Depends(_verifications)]
KeptMails = Annotated[LocalMails, Depends(_kept_mails)]
