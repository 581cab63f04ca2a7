"""The tokens of invitations: 256 bits of chance as base64url, of which only the digest is stored."""

import hashlib
import re
import secrets
from urllib.parse import quote

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """Return the token of a new invitation."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes | None:
    """Return the SHA-256 digest under which a token is stored, or None for what is not written like one."""
    return hashlib.sha256(token.encode()).digest() if _TOKEN.fullmatch(token) else None


def link(public_web_url: str, token: str) -> str:
    """Return the link to the page where one signs up with the invitation."""
    return f"{public_web_url.rstrip('/')}/invitation?token={quote(token)}"
