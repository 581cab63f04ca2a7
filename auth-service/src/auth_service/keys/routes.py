"""Well-known documents: public keys and metadata."""

from fastapi import APIRouter, Response

from auth_service.accounts.roles import SCOPES, Role
from auth_service.dependencies import CurrentSettings, PublishedKeys
from auth_service.keys.schemas import JsonWebKeySet, ServerMetadata

router = APIRouter(prefix="/.well-known", tags=["keys"])

_CACHE = "public, max-age=300"


@router.get("/jwks.json", summary="Public keys")
async def show_keys(keys: PublishedKeys, response: Response) -> JsonWebKeySet:
    """Give the keys that access tokens are checked with (RFC 7517)."""
    response.headers["Cache-Control"] = _CACHE
    return JsonWebKeySet.model_validate(keys)


@router.get("/oauth-authorization-server", summary="Authorization server metadata")
async def show_metadata(settings: CurrentSettings, response: Response) -> ServerMetadata:
    """Describe the server to OAuth clients (RFC 8414)."""
    response.headers["Cache-Control"] = _CACHE
    issuer = settings.token_issuer.rstrip("/")
    return ServerMetadata(
        issuer=settings.token_issuer,
        token_endpoint=f"{issuer}/auth/login",
        jwks_uri=f"{issuer}/.well-known/jwks.json",
        scopes_supported=list(SCOPES[Role.ADMIN]),
        response_types_supported=[],
        # Refreshing has an endpoint of its own, which this document has no word for.
        grant_types_supported=["password"],
        token_endpoint_auth_methods_supported=["none"],
        service_documentation=f"{issuer}/docs",
    )
