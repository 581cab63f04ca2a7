"""Which headers pass the gateway, in both directions."""

import re
from collections.abc import Iterable

from multidict import CIMultiDict
from starlette.types import Scope

from gateway.problems import BadHeaders
from service_kit.languages.texts import N_

RawHeaders = Iterable[tuple[bytes, bytes]]

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""They speak of one connection (RFC 9110, section 7.6.1)."""

_OWN_TO_SERVICES = frozenset({b"host", b"expect", b"forwarded", b"x-real-ip", b"x-request-id"})
"""The gateway answers or sets these itself."""

_SPOOFABLE = (b"x-user-", b"x-internal-", b"x-forwarded-")
"""Whoever reads such a header trusts the one who sent it; no client may."""

_OWN_TO_CLIENTS = frozenset(
    {
        b"x-request-id",
        b"server",
        b"date",
        b"ratelimit",
        b"ratelimit-policy",
        b"access-control-allow-origin",
        b"access-control-allow-credentials",
        b"access-control-expose-headers",
        b"strict-transport-security",
    }
)
"""Up to the gateway, which sets them once or not at all; what a service says would be a second one."""

OF_OWN_PAGES = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""On what the gateway itself answers and nobody is to keep."""

_API_KEY = re.compile(rb"\s*bearer\s+quire_", re.IGNORECASE)
"""No service ever sees one, even where nobody looks at who is calling."""

_PROTECTION = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""What a browser is told that opens an answer of a service by its address: it is data, and no page."""

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def refuse_ambiguous_headers(scope: Scope) -> None:
    """Raise ``BadHeaders`` when there is not exactly one Host, or more than one Authorization."""
    names = [name for name, _ in scope["headers"]]
    if names.count(b"host") != 1:
        detail = N_("There must be exactly one Host header.")
        raise BadHeaders(detail)
    if names.count(b"authorization") > 1:
        detail = N_("There must not be more than one Authorization header.")
        raise BadHeaders(detail)


def header(scope: Scope, name: bytes) -> str | None:
    """Return the first header with this lower-case name."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def headers_for_service(scope: Scope) -> CIMultiDict[str]:
    """Return the headers that a service gets. Raises ``BadHeaders`` for one that is not UTF-8."""
    dropped = _HOP_BY_HOP | _OWN_TO_SERVICES | _named_by_connection(scope["headers"])
    passed: CIMultiDict[str] = CIMultiDict()
    try:
        for name, value in scope["headers"]:
            if name not in dropped and not name.startswith(_SPOOFABLE) and not _is_api_key(name, value):
                passed.add(name.decode("ascii"), value.decode())
    except UnicodeDecodeError as error:
        detail = N_("Headers must be UTF-8.")
        raise BadHeaders(detail) from error
    passed["x-request-id"] = scope["request_id"]
    passed.update(scope["headers_of_gateway"])
    return passed


def headers_of_gateway(address: str | None, exchanged_token: str | None, proof: str | None) -> dict[str, str]:
    """Return what the gateway itself tells a service: where from, the token in place of a key, and to one who it is."""
    told = {}
    if address is not None:
        told["x-forwarded-for"] = address
    if exchanged_token is not None:
        told["authorization"] = f"Bearer {exchanged_token}"
    if proof is not None:
        told["x-internal-gateway"] = proof
    return told


def headers_for_client(headers: RawHeaders, status: int) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer that a client gets. Raises ``ValueError`` for one with control characters."""
    lowered = [(name.lower(), value) for name, value in headers]
    dropped = _HOP_BY_HOP | _OWN_TO_CLIENTS | _named_by_connection(lowered)
    # Without a body there is no length to tell (RFC 9110, section 8.6), and with a coding there is none that counts.
    if status in {204, 304} or any(name == b"transfer-encoding" for name, _ in lowered):
        dropped |= {b"content-length"}
    passed = [(name, value) for name, value in lowered if name not in dropped]
    for name, value in passed:
        if _CONTROL.search(value):
            message = f"control character in the header {name!r}"
            raise ValueError(message)
    names = {name for name, _ in passed}
    return passed + [line for line in _PROTECTION if line[0] not in names]


def _is_api_key(name: bytes, value: bytes) -> bool:
    return name == b"authorization" and _API_KEY.match(value) is not None


def _named_by_connection(headers: RawHeaders) -> frozenset[bytes]:
    named = frozenset(
        token.strip().lower() for name, value in headers if name == b"connection" for token in value.split(b",")
    )
    # The length is what frames the body, whatever a client says of it.
    return named - {b"content-length"}
