"""Refresh tokens: opaque, and each one derived from the one before it.

Because the successor is an HMAC of the token, a client that asks twice (several requests at once, an answer lost on the
way) can be given the same successor again, and the database holds nothing but digests (RFC 9700, section 4.14).
"""

import base64
import hashlib
import hmac
import secrets


def new_refresh_token() -> str:
    """Return the first refresh token of a session: 256 bits of chance as base64url."""
    return _encode(secrets.token_bytes(32))


def digest(token: str) -> bytes:
    """Return the SHA-256 digest under which the token is stored."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def successor(token: str, *, secret: bytes) -> str:
    """Return the token that follows ``token``; nobody can compute it without ``secret``."""
    return _encode(hmac.digest(secret, token.encode("utf-8", "surrogatepass"), "sha256"))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
