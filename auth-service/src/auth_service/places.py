"""Where a request comes from, as far as it can be believed."""

import hashlib
import hmac
from dataclasses import dataclass

from service_kit.addresses import Address, one_client, parse_address

GATEWAY_HEADER = "x-internal-gateway"
"""Carries the gateway's secret; only then what it says of its client's address is believed."""


@dataclass(frozen=True, slots=True)
class Place:
    """A client's address and how its program names itself; nothing of it where it is not known."""

    address: str | None = None
    user_agent: str | None = None

    @property
    def client(self) -> str:
        """The name under which one client is counted, whatever addresses its network gives it."""
        return one_client(parse_address(self.address))


def address_of(*, peer: str | None, forwarded_for: str | None, proof: str | None, secret: str) -> Address | None:
    """Return the client's address: what the gateway says, or who called if it was not the gateway."""
    return parse_address(forwarded_for if is_gateway(proof, secret) else peer)


def is_gateway(proof: str | None, secret: str) -> bool:
    """Tell whether a request came through the gateway, which alone knows ``secret``."""
    return proof is not None and hmac.compare_digest(_digest(proof), _digest(secret))


def _digest(text: str) -> bytes:
    # Digests have one length, so that comparing them tells nothing about the secret.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
