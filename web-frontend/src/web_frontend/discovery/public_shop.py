"""The shop as strangers see it: what is told here is the same for everybody, and nothing of a private shop."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from web_frontend.client_address import forwarded_headers
from web_frontend.gateway_client import Call, QueryValues
from web_frontend.site import Site

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class PublicShop:
    """A public shop; ``url`` is its address without a slash at the end."""

    request: Request
    site: Site

    @property
    def url(self) -> str:
        """Return the address under which people reach the shop."""
        return self.site.settings.public_web_url.rstrip("/")

    @property
    def name(self) -> str:
        """Return what the shop calls itself."""
        return self.site.settings.shop_name

    async def ask(self, path: str, params: QueryValues | None = None) -> Any:  # noqa: ANN401 (any JSON)
        """Return what the gateway has at ``path`` for somebody who is not signed in, whoever asks here.

        Raises what ``GatewayClient.send`` raises.
        """
        headers = forwarded_headers(self.request, self.site.settings)
        answer = await self.site.gateway.send(Call("GET", path, params or []), token=None, headers=headers)
        return answer.body


async def public_shop(request: Request) -> PublicShop:
    """Return the shop. Raises ``HTTPException`` 404 when it is private."""
    site: Site = request.app.state.site
    if site.settings.storefront != "public":
        raise HTTPException(_NOT_FOUND)
    return PublicShop(request, site)


Shop = Annotated[PublicShop, Depends(public_shop)]
