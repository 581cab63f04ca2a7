"""What routes ask for."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from auth_service.accounts.service import AccountService
from auth_service.clients.service import ClientService
from auth_service.config import Settings
from auth_service.sessions.service import RevocationService, SessionService
from service_kit.identity import Caller, NotAllowed


@dataclass(frozen=True, slots=True)
class Services:
    """The service objects of this process, built once at start."""

    accounts: AccountService
    sessions: SessionService
    revocations: RevocationService
    clients: ClientService
    published_keys: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SignedInAccount:
    """The account and the session that the access token belongs to."""

    account_id: UUID
    session_id: UUID


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


_AllServices = Annotated[Services, Depends(_services)]


async def _accounts(services: _AllServices) -> AccountService:
    return services.accounts


async def _sessions(services: _AllServices) -> SessionService:
    return services.sessions


async def _revocations(services: _AllServices) -> RevocationService:
    return services.revocations


async def _clients(services: _AllServices) -> ClientService:
    return services.clients


async def _published_keys(services: _AllServices) -> dict[str, Any]:
    return services.published_keys


async def _signed_in(caller: Caller) -> SignedInAccount:
    try:
        return SignedInAccount(UUID(caller.subject), UUID(caller.session_id))
    except ValueError as error:
        detail = "This access token belongs to a service, not to an account."
        raise NotAllowed(detail) from error


Accounts = Annotated[AccountService, Depends(_accounts)]
Sessions = Annotated[SessionService, Depends(_sessions)]
Revocations = Annotated[RevocationService, Depends(_revocations)]
Clients = Annotated[ClientService, Depends(_clients)]
PublishedKeys = Annotated[dict[str, Any], Depends(_published_keys)]
CurrentSettings = Annotated[Settings, Depends(_settings)]
SignedIn = Annotated[SignedInAccount, Depends(_signed_in)]
