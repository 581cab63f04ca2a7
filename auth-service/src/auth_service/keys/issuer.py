"""Issues access tokens (RFC 9068)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from service_kit.identifiers import new_id
from service_kit.tokens import SigningKey

TOKEN_LIFETIME = timedelta(minutes=15)
CLIENT_ID = "quire"


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """Signs access tokens with the current key."""

    key: SigningKey
    issuer: str
    audience: str

    def issue(
        self,
        *,
        subject: str,
        session_id: str,
        scopes: Iterable[str],
        issued_at: int,
        client_id: str = CLIENT_ID,
        **claims: Any,  # noqa: ANN401 (claims are any JSON)
    ) -> str:
        """Return a token that is good for ``TOKEN_LIFETIME`` from ``issued_at`` (Unix seconds)."""
        return self.key.sign(
            {
                "iss": self.issuer,
                "aud": self.audience,
                "sub": subject,
                "sid": session_id,
                "jti": str(new_id()),
                "client_id": client_id,
                "scope": " ".join(scopes),
                "iat": issued_at,
                "nbf": issued_at,
                "exp": issued_at + int(TOKEN_LIFETIME.total_seconds()),
            }
            | claims
        )
