"""Where a request comes from: the client's address, and whose word for it is taken.

``X-Forwarded-For`` is written by anybody. It is believed from the proxies that the settings name, and from
web-frontend, which shows its own credentials (RFC 9110, section 11.7), for it may run anywhere.
"""

import base64
import binascii
import functools
import hashlib
import hmac
from dataclasses import dataclass
from ipaddress import ip_network

import structlog
from starlette.types import Scope

from gateway.config import Settings
from gateway.problems import BadHeaders, WrongProxyCredentials
from service_kit.addresses import Address, client_address, is_loopback_host, one_client, parse_address, parse_networks
from service_kit.languages.texts import N_

log = structlog.get_logger(__name__)

WEB_CLIENT = b"web-frontend"
_LONGEST_REMEMBERED = 100
"""Of ``X-Forwarded-For``: what strangers make up is not kept."""


@dataclass(frozen=True, slots=True)
class Place:
    """The client's address as services are told it, and the name under which all is counted that one client sends."""

    address: str | None
    client: str


class ClientAddresses:
    """Finds out who sent a request."""

    def __init__(self, settings: Settings) -> None:
        """Take the proxies that are trusted, and web-frontend's secret."""
        self._trusted = parse_networks(settings.trusted_proxies)
        self._web_secret = _digest(settings.web_client_secret.get_secret_value().encode())
        self._find_remembered = functools.lru_cache(maxsize=4096)(self._find)
        self._has_warned = False

    def place_of(self, scope: Scope) -> Place:
        """Return where the request comes from.

        Raises ``WrongProxyCredentials`` for somebody who says that it is web-frontend and is not. Passed for a stranger
        in silence, with a mistyped secret all people would share the limit of one address. ``BadHeaders`` for two.
        """
        forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        credentials = [value for name, value in scope["headers"] if name == b"proxy-authorization"]
        peer = scope["client"][0] if scope["client"] else None
        if not forwarded and not credentials:
            return _place_of_peer(peer)
        # Several lines are one list (RFC 9110, section 5.3).
        told = b",".join(forwarded).decode("latin-1")
        is_web_frontend = self._is_web_frontend(credentials, peer)
        find = self._find if len(told) > _LONGEST_REMEMBERED else self._find_remembered
        place = find(peer, told, is_web_frontend)
        if forwarded and not is_web_frontend:
            self._warn_of_unknown_proxy(peer, place)
        return place

    def _find(self, peer: str | None, told: str, is_web_frontend: bool) -> Place:
        address = client_address(peer, told, self._trusted)
        if is_web_frontend and address is not None:
            # One hop further than the proxies alone would be believed.
            address = client_address(peer, told, (*self._trusted, ip_network(address)))
        return _place(address)

    def _is_web_frontend(self, credentials: list[bytes], peer: str | None) -> bool:
        if len(credentials) > 1:
            detail = N_("There must not be more than one Proxy-Authorization header.")
            raise BadHeaders(detail)
        client, _, secret = _basic(credentials[0]).partition(b":") if credentials else (b"", b"", b"")
        if client != WEB_CLIENT:
            # For another proxy, which should have kept it to itself.
            return False
        if not hmac.compare_digest(_digest(secret), self._web_secret):
            log.warning("wrong proxy credentials", peer=peer)
            raise WrongProxyCredentials
        return True

    def _warn_of_unknown_proxy(self, peer: str | None, place: Place) -> None:
        # Most likely the operator's own proxy: without the setting all that comes through it is one client.
        address = parse_address(peer)
        if not self._has_warned and address is not None and address.is_private and place.address == str(address):
            self._has_warned = True
            log.warning("X-Forwarded-For is not believed; is this a proxy for GATEWAY_TRUSTED_PROXIES?", peer=peer)


def is_of_this_machine(scope: Scope, place: Place) -> bool:
    """Tell whether the client runs here and knows that it asks this machine.

    Its word for the host counts too: a page of a stranger can have its own name lead here (DNS rebinding).
    """
    host = next(value for name, value in scope["headers"] if name == b"host").decode("latin-1")
    address = parse_address(place.address)
    return address is not None and address.is_loopback and is_loopback_host(host)


@functools.lru_cache(maxsize=4096)
def _place_of_peer(peer: str | None) -> Place:
    return _place(parse_address(peer))


def _place(address: Address | None) -> Place:
    return Place(None if address is None else str(address), one_client(address))


def _basic(credentials: bytes) -> bytes:
    """Return ``user:password`` of Basic credentials (RFC 7617), or nothing where they are none."""
    scheme, _, encoded = credentials.partition(b" ")
    if scheme.lower() != b"basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        return b""


def _digest(text: bytes) -> bytes:
    # Digests have one length, so that comparing them tells nothing about the secret.
    return hashlib.sha256(text).digest()
