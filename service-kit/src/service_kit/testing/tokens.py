"""Access tokens for tests, signed with a key of the test run's own."""

import time
from typing import Any

from service_kit.identifiers import new_id
from service_kit.tokens import SigningKey, public_jwks

ISSUER = "http://localhost:8000"
AUDIENCE = "quire"
_CUSTOMER = "books:read orders:read orders:write"
_EDITOR = f"{_CUSTOMER} books:write stock:write"
ROLE_SCOPES = {
    "customer": _CUSTOMER,
    "editor": _EDITOR,
    "staff": f"{_EDITOR} orders:manage",
    "admin": f"{_EDITOR} orders:manage accounts:manage",
    "order-service": "stock:reserve",
}


class TokenMint:
    """Makes access tokens as auth-service would."""

    def __init__(self) -> None:
        """Make a signing key."""
        self.key = SigningKey.generate()
        self.jwks = public_jwks([self.key])

    def token(self, role: str = "customer", *, account_id: str | None = None, **claims: Any) -> str:  # noqa: ANN401
        """Return a token of ``role``; ``claims`` replace the usual ones."""
        now = int(time.time())
        usual = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": account_id or str(new_id()),
            "sid": str(new_id()),
            "jti": str(new_id()),
            "scope": ROLE_SCOPES[role],
            "role": role,
            "email": f"{role}@example.org",
            "iat": now,
            "nbf": now,
            "exp": now + 900,
        }
        return self.key.sign(usual | claims)

    def headers(self, role: str = "customer", **claims: Any) -> dict[str, str]:  # noqa: ANN401
        """Return the ``Authorization`` header for a token of ``role``."""
        return {"Authorization": f"Bearer {self.token(role, **claims)}"}
