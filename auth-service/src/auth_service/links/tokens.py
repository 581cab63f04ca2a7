"""The secret part of links: made from the link's id, so that it can be made again and is kept nowhere.

Between a request and the mail lie a queue and perhaps another process. With a token that is an HMAC of the id, the
queue holds the id alone, and the table of links a digest: who reads the database cannot follow a link.
"""

import base64
import hashlib
import hmac
from urllib.parse import quote
from uuid import UUID

from auth_service.links.purposes import Purpose

_PAGES = {
    Purpose.RESET_PASSWORD: "/reset-password",
    Purpose.VERIFY_EMAIL: "/verify-email",
    Purpose.CHANGE_EMAIL: "/verify-email",
    Purpose.INVITATION: "/invitation",
}
LONGEST_TOKEN = 64
"""Characters: 16 bytes of id and 32 of HMAC-SHA-256, as base64url."""


class LinkTokens:
    """Makes the tokens and the addresses of links."""

    def __init__(self, secret: bytes, public_web_url: str) -> None:
        """Take the secret of the installation's data, and where its pages are."""
        self._key = hmac.digest(secret, b"quire links in mails", "sha256")
        self._pages = public_web_url.rstrip("/")

    def token(self, purpose: Purpose, link_id: UUID) -> str:
        """Return the token of a link: 64 characters of base64url."""
        proof = hmac.digest(self._key, purpose.encode() + b"\0" + link_id.bytes, "sha256")
        return base64.urlsafe_b64encode(link_id.bytes + proof).decode()

    def digest(self, purpose: Purpose, link_id: UUID) -> bytes:
        """Return the digest under which the link's token is stored."""
        return token_digest(self.token(purpose, link_id))

    def address(self, purpose: Purpose, link_id: UUID) -> str:
        """Return what stands in the mail. Nothing of it comes from a request."""
        return f"{self._pages}{_PAGES[purpose]}?token={quote(self.token(purpose, link_id))}"


def token_digest(token: str) -> bytes:
    """Return the SHA-256 digest of a token as somebody sent it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
