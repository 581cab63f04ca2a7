"""Endpoints of API keys."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response, status

from auth_service.api_keys.schemas import ApiKeyBody, ApiKeyExchange, ExchangedToken, MadeApiKey, NewApiKey
from auth_service.dependencies import ApiKeys, CallerPlace, Clients, SignedIn
from auth_service.listing import Wanted, page_of
from service_kit.identity import Caller
from service_kit.paging import DEFAULT_LIMIT, CursorText, Limit, Page, link_header
from service_kit.problems import problem_responses

router = APIRouter(prefix="/auth/api-keys", tags=["API keys"])
internal = APIRouter(prefix="/internal", tags=["internal"])


@router.get("", summary="Your API keys", responses=problem_responses(400, 401, 403, 503))
async def list_api_keys(
    request: Request,
    response: Response,
    keys: ApiKeys,
    signed_in: SignedIn,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Page[ApiKeyBody]:
    """List your keys, the newest first; those that have expired for 30 days."""
    listed = await keys.list_keys(signed_in.account_id, Wanted(limit, cursor, {"account": str(signed_in.account_id)}))
    response.headers.update(link_header(request, next_cursor=listed.next_cursor, prev_cursor=listed.prev_cursor))
    return page_of(listed, ApiKeyBody.of)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Make an API key",
    responses=problem_responses(400, 401, 403, 409, 503),
)
async def make_api_key(
    new: NewApiKey, keys: ApiKeys, caller: Caller, _signed_in: SignedIn, place: CallerPlace, response: Response
) -> MadeApiKey:
    """Make a key that may do what you choose, but no more than you may. Its secret is shown this once."""
    made = await keys.make(caller, new, place)
    response.headers["Cache-Control"] = "no-store"
    return MadeApiKey(**ApiKeyBody.of(made.key).model_dump(), key=made.text)


@router.delete(
    "/{key_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Revoke an API key",
    responses=problem_responses(401, 403, 404, 503),
)
async def revoke_api_key(key_id: UUID, keys: ApiKeys, signed_in: SignedIn, place: CallerPlace) -> None:
    """Revoke a key. It is refused here at once, and everywhere within ten seconds."""
    await keys.revoke(signed_in.account_id, key_id, place)


@internal.post("/api-key-token", summary="A token for an API key", responses=problem_responses(401, 403, 503))
async def exchange_api_key(
    exchange: ApiKeyExchange,
    keys: ApiKeys,
    clients: Clients,
    response: Response,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> ExchangedToken:
    """Give the gateway a short-lived access token for a key that it was sent (HTTP Basic with its client id)."""
    clients.require(authorization, "api-keys:exchange")
    response.headers["Cache-Control"] = "no-store"
    return await keys.exchange(exchange.key, exchange.address)
