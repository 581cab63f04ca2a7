"""What auth-service said of API keys, for a while: a key is known by its SHA-256 digest alone."""

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

REMEMBER_SECONDS = 60.0
REMEMBER_REFUSAL_SECONDS = 10.0
SPARE_SECONDS = 5.0
"""A token is not used any more when it has less than this to live."""
_MOST_KEYS = 10_000

Value = TypeVar("Value")


@dataclass(slots=True)
class KeyToken:
    """The access token that a key stands for. Times are those of the monotonic clock."""

    token: str
    renew_at: float
    good_until: float

    @classmethod
    def living(cls, token: str, seconds: float) -> "KeyToken":
        """Take a token that is good for so many seconds from now."""
        now = time.monotonic()
        return cls(token, now + REMEMBER_SECONDS, now + seconds - SPARE_SECONDS)


class KeyMemory:
    """Tokens of good keys, and keys that were refused; of each so many, those used last."""

    def __init__(self, *, most: int = _MOST_KEYS) -> None:
        """Take how many keys of either kind are kept."""
        self._good: Newest[KeyToken] = Newest(most)
        self._refused: Newest[float] = Newest(most)

    def good(self, digest: bytes) -> KeyToken | None:
        """Return the token of a key, unless it has come to its end."""
        found = self._good.get(digest)
        return found if found is not None and found.good_until > time.monotonic() else None

    def is_refused(self, digest: bytes) -> bool:
        """Tell whether auth-service has refused this key a moment ago."""
        return (self._refused.get(digest) or 0.0) > time.monotonic()

    def keep(self, digest: bytes, token: KeyToken) -> None:
        """Remember that the key is good."""
        self._good.put(digest, token)

    def refuse(self, digest: bytes) -> None:
        """Remember that the key is not good."""
        self._good.drop(digest)
        self._refused.put(digest, time.monotonic() + REMEMBER_REFUSAL_SECONDS)

    def forget(self, digest: bytes) -> None:
        """Forget the key's token, so that auth-service is asked anew."""
        self._good.drop(digest)


class Newest(Generic[Value]):
    """A mapping that holds so many entries and lets go of the one used longest ago."""

    def __init__(self, most: int) -> None:
        """Take how many."""
        self._most = most
        self._entries: OrderedDict[bytes, Value] = OrderedDict()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._entries)

    def get(self, digest: bytes) -> Value | None:
        """Return an entry and note that it was used."""
        value = self._entries.get(digest)
        if value is not None:
            self._entries.move_to_end(digest)
        return value

    def put(self, digest: bytes, value: Value) -> None:
        """Keep an entry."""
        self._entries[digest] = value
        self._entries.move_to_end(digest)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def drop(self, digest: bytes) -> None:
        """Let go of an entry, if it is there."""
        self._entries.pop(digest, None)


def digest_of(key: str) -> bytes:
    """Return what a key is remembered by."""
    return hashlib.sha256(key.encode()).digest()
