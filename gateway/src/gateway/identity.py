"""Who is calling: the first check of the token. Each service checks it again itself."""

from starlette.types import Scope

from gateway.headers import header
from gateway.routing import Access, Route
from service_kit.identity import NotAuthenticated, TokenVerifier, bearer_token
from service_kit.tokens import AccessToken


async def identify(route: Route, scope: Scope, verifier: TokenVerifier) -> AccessToken | None:
    """Return the caller's claims, or None where nobody needs to say who they are.

    Raises ``NotAuthenticated``, or ``Unavailable`` when there are no keys to check a token with.
    """
    access = route.access(scope["method"])
    if access is Access.PUBLIC:
        return None
    token = bearer_token(header(scope, b"authorization"))
    if token is not None:
        return await verifier.verify(token)
    if access is Access.REQUIRED:
        raise NotAuthenticated
    return None
