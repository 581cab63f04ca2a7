"""The text of an API key: ``quire_<id>_<secret>``, the id and 256 bits of chance as hexadecimal digits.

Digits alone, so that a double click selects all of it and there is one way to write it. Its beginning is for those who
look for secrets where none belong.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from uuid import UUID

_KEY = re.compile(r"quire_([0-9a-f]{32})_([0-9a-f]{64})")
_SECRET_BYTES = 32
_HINT_CHARACTERS = 4
_NO_KEY = hashlib.sha256(secrets.token_bytes(_SECRET_BYTES)).digest()


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """A key that somebody sent."""

    id: UUID
    secret_hash: bytes

    def matches(self, stored_hash: bytes | None) -> bool:
        """Tell whether the secret is the stored one's. Without one (an unknown id) it is not, after the same work."""
        same = hmac.compare_digest(self.secret_hash, stored_hash if stored_hash is not None else _NO_KEY)
        return same and stored_hash is not None


@dataclass(frozen=True, slots=True)
class NewSecret:
    """The secret of a new key. It is shown once, in ``text``."""

    text: str
    secret_hash: bytes
    hint: str

    @classmethod
    def of(cls, key_id: UUID) -> "NewSecret":
        """Make the secret of the key with this id."""
        secret = secrets.token_hex(_SECRET_BYTES)
        # 256 bits of chance need no slow hash: nobody can try them through.
        return cls(f"quire_{key_id.hex}_{secret}", _digest(secret), secret[-_HINT_CHARACTERS:])


def parse_key(text: str) -> PresentedKey | None:
    """Read a key, or return None for anything that is not written like one."""
    found = _KEY.fullmatch(text)
    return PresentedKey(UUID(hex=found[1]), _digest(found[2])) if found else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
