"""Keys and passwords of this checkout, made once and kept in ``var/secrets.json``."""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from quire_local.layout import Layout
from quire_local.private_file import read_json, write_json

SUPERUSER_PASSWORD = "POSTGRES_PASSWORD"  # noqa: S105 - a name
_RANDOM = (
    *("AUTH_REFRESH_SECRET", "AUTH_DATA_SECRET", "ORDER_CLIENT_SECRET", "GATEWAY_CLIENT_SECRET"),
    *("WEB_SECRET", "WEB_CLIENT_SECRET", SUPERUSER_PASSWORD),
)


def load_secrets(layout: Layout) -> tuple[dict[str, str], set[str]]:
    """Return all secrets, making and keeping those that are missing, and the names of the new ones."""
    known: dict[str, str] = read_json(layout.secrets)
    random = [*_RANDOM, *(service.password_name for service in layout.with_database)]
    new = {name: secrets.token_hex(32) for name in random if name not in known}
    if "AUTH_SIGNING_KEY" not in known:
        new["AUTH_SIGNING_KEY"] = _signing_key()
    if new:
        write_json(layout.secrets, known | new)
    layout.secrets.chmod(0o600)
    return known | new, set(new)


def _signing_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    encoded = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return base64.b64encode(encoded).decode()
