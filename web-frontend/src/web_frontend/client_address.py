"""Whose request the pages pass on: what the gateway is told of the person in front of them."""

import base64
import re

from starlette.requests import Request

from service_kit.addresses import client_address, parse_networks
from service_kit.languages.language import current_language
from web_frontend.config import Settings

_CLIENT = "web-frontend"
_LONGEST_USER_AGENT = 300
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]")


def gateway_credentials(settings: Settings) -> str:
    """Return the ``Proxy-Authorization`` that makes the gateway believe what ``forwarded_headers`` says."""
    pair = f"{_CLIENT}:{settings.client_secret.get_secret_value()}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def forwarded_headers(request: Request, settings: Settings) -> dict[str, str]:
    """Return the headers that go with every call to the gateway: the request's id, its language, and whose it is.

    Of what the browser says of its address nothing is passed on, but for what ``WEB_TRUSTED_PROXIES`` wrote.
    """
    headers = {
        "X-Request-ID": str(request.scope.get("request_id", "")),
        # What the services say is for the same eyes as the page.
        "Accept-Language": current_language().tag,
    }
    peer = request.client.host if request.client is not None else None
    told = ",".join(request.headers.getlist("x-forwarded-for"))
    address = client_address(peer, told, parse_networks(settings.trusted_proxies))
    if address is not None:
        headers["X-Forwarded-For"] = str(address)
    if named := request.headers.get("user-agent"):
        headers["User-Agent"] = _NOT_PRINTABLE.sub("?", named[:_LONGEST_USER_AGENT])
    return headers
