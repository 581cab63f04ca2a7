"""The address under which people reach the shop: a scheme, a host, perhaps a port, and nothing else (RFC 6454)."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_USUAL_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?")


def normalised(address: str) -> str:
    """Return ``address`` as browsers write it in ``Origin``. Raises ``ValueError`` when it is none."""
    message = "must be an address like https://shop.example.org, with nothing behind the host or the port"
    if not address.isprintable():
        raise ValueError(message)
    try:
        parts = urlsplit(address)
        port, host = parts.port, _host(parts.hostname or "")
    except ValueError as error:
        raise ValueError(message) from error
    has_more = parts.username is not None or parts.path not in {"", "/"} or "?" in address or "#" in address
    if parts.scheme not in _USUAL_PORTS or has_more or port == 0:
        raise ValueError(message)
    is_usual = port in {None, _USUAL_PORTS[parts.scheme]}
    return f"{parts.scheme}://{host}" + ("" if is_usual else f":{port}")


def is_secure(address: str) -> bool:
    """Tell whether people reach ``address`` over TLS."""
    return urlsplit(address).scheme == "https"


def is_loopback(address: str) -> bool:
    """Tell whether ``address`` is only reached from the machine that answers it."""
    host = (urlsplit(address).hostname or "").removesuffix(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _host(name: str) -> str:
    if ":" in name:
        return f"[{ip_address(name)}]"
    ascii_name = name.encode("idna").decode("ascii") if name else ""
    if not _HOST.fullmatch(ascii_name):
        raise ValueError(name)
    return ascii_name
