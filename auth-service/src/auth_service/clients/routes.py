"""The services' token endpoint. Not reachable through the gateway."""

from typing import Annotated

from fastapi import APIRouter, Form, Header, Response

from auth_service.clients.schemas import ClientCredentialsForm, ServiceToken
from auth_service.dependencies import Clients
from auth_service.keys.issuer import TOKEN_LIFETIME
from service_kit.problems import problem_responses

router = APIRouter(prefix="/internal", tags=["internal"])


@router.post("/token", summary="A token for a service", responses=problem_responses(400, 401))
async def issue_service_token(
    form: Annotated[ClientCredentialsForm, Form()],
    clients: Clients,
    response: Response,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> ServiceToken:
    """Give a service an access token for calling another one (HTTP Basic with its client id and secret)."""
    token, scopes = clients.issue(authorization, form.scope)
    response.headers["Cache-Control"] = "no-store"
    return ServiceToken(access_token=token, expires_in=int(TOKEN_LIFETIME.total_seconds()), scope=" ".join(scopes))
