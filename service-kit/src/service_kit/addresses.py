"""Network addresses of clients: whose word to take for them, and which of them are one client."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import AfterValidator

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_ONE_CLIENT_PREFIX = 64
"""A provider gives each IPv6 customer a network of this size at least (RFC 6177), so it is one client."""


def _checked(text: str) -> str:
    parse_networks(text)
    return text


NetworksText = Annotated[str, AfterValidator(_checked)]
"""A setting: addresses and networks (``10.0.0.0/8``) with commas between them."""


@lru_cache(maxsize=16)
def parse_networks(text: str) -> tuple[Network, ...]:
    """Read a setting like ``127.0.0.1, 10.0.0.0/8``. Raises ``ValueError``."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def parse_address(text: str | None) -> Address | None:
    """Read an address as a proxy writes it (``2001:db8::1``, ``[2001:db8::1]:443``, ``192.0.2.1:80``), or None."""
    text = (text or "").strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        # The zone of a link-local address means something on its own machine alone.
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_loopback_host(host: str) -> bool:
    """Tell whether a ``Host`` header names this machine as none but its own programs do.

    A stranger's page can have its own name lead to 127.0.0.1 (DNS rebinding), but still has to send that name.
    """
    if host.partition(":")[0].lower() == "localhost":
        return True
    address = parse_address(host)
    return address is not None and address.is_loopback


def client_address(peer: str | None, forwarded_for: str | None, trusted: Iterable[Network]) -> Address | None:
    """Return who sent the request: the last address that no trusted proxy has.

    ``forwarded_for`` is the value of ``X-Forwarded-For``, to which each proxy appends the address that it saw. So it is
    read from its end, and only as far as trusted proxies wrote it: the rest is what the client says of itself.
    """
    networks = tuple(trusted)
    address = parse_address(peer)
    hops = [part for part in (forwarded_for or "").split(",") if part.strip()]
    while address is not None and hops and any(address in network for network in networks):
        told = parse_address(hops.pop())
        if told is None:
            break
        address = told
    return address


def one_client(address: Address | None) -> str:
    """Return the name under which all that one client may call from is counted."""
    if address is None:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _ONE_CLIENT_PREFIX), strict=False))
    return str(address)
