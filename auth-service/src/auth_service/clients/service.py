"""Tokens for the services themselves (OAuth 2.0 client credentials, RFC 6749, section 4.4)."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass

from auth_service.clients.errors import InvalidClient, InvalidScope
from auth_service.keys.issuer import TokenIssuer
from service_kit.identifiers import new_id
from service_kit.identity import NotAllowed


@dataclass(frozen=True, slots=True)
class Client:
    """A service that may ask for tokens."""

    client_id: str
    secret: str
    scopes: tuple[str, ...]


class ClientService:
    """Knows the clients and issues their tokens."""

    def __init__(self, issuer: TokenIssuer, clients: Sequence[Client]) -> None:
        """Take the issuer and the clients."""
        self._issuer = issuer
        self._clients = {client.client_id: client for client in clients}

    def issue(self, authorization: str | None, scope: str) -> tuple[str, tuple[str, ...]]:
        """Return a token and its scopes. Raises ``InvalidClient`` or ``InvalidScope``."""
        client = self._authenticate(authorization)
        scopes = tuple(scope.split()) or client.scopes
        if not set(scopes) <= set(client.scopes):
            raise InvalidScope
        token = self._issuer.issue(
            subject=client.client_id,
            session_id=str(new_id()),
            scopes=scopes,
            issued_at=int(time.time()),
            client_id=client.client_id,
        )
        return token, scopes

    def require(self, authorization: str | None, scope: str) -> None:
        """See that a client calls that may have ``scope``. Raises ``InvalidClient`` or ``NotAllowed``."""
        if scope not in self._authenticate(authorization).scopes:
            raise NotAllowed

    def _authenticate(self, authorization: str | None) -> Client:
        client_id, secret = _basic_credentials(authorization)
        client = self._clients.get(client_id)
        expected = client.secret if client is not None else ""
        # Digests have one length, so that comparing them tells nothing about the secret.
        same = hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), hashlib.sha256(expected.encode()).digest())
        if client is None or not same:
            raise InvalidClient
        return client


def _basic_credentials(authorization: str | None) -> tuple[str, str]:
    """Read an ``Authorization: Basic`` header (RFC 7617). Raises ``InvalidClient``."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise InvalidClient from error
    if not colon:
        raise InvalidClient
    return client_id, secret
