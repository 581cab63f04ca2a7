"""What a person typed into a form whose session had ended, kept until they have signed in.

It travels signed in the sign-in form itself, and from there for some minutes in cookies to the form that it came from:
nothing is stored on the server, so any process can take it up, and no script is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from itsdangerous import BadData

from web_frontend.cookies import CookieChanges
from web_frontend.signing import timed_signatures

_COOKIE = "quire_kept_{number}"
_COOKIE_CHARACTERS = 3600
_MOST_COOKIES = 8
_KEPT_SECONDS = 30 * 60

Typed = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class KeptInput:
    """The fields of a form, and the page that shows that form."""

    path: str
    typed: Typed


class InputKeeper:
    """Signs and reads kept input."""

    def __init__(self, secret: str) -> None:
        """Take the secret of signed texts."""
        self._serializer = timed_signatures(secret, "kept-input")

    def pack(self, kept: KeptInput) -> str:
        """Return ``kept`` as text for a hidden field; the serializer compresses it."""
        text = self._serializer.dumps({"path": kept.path, "typed": kept.typed})
        return text if isinstance(text, str) else text.decode("ascii")

    def unpack(self, text: str) -> KeptInput | None:
        """Return what ``pack`` was given, or None for anything else and for what is too old."""
        try:
            data = self._serializer.loads(text, max_age=_KEPT_SECONDS)
        except BadData:
            return None
        return KeptInput(path=data["path"], typed=data["typed"])

    def put(self, text: str, changes: CookieChanges) -> bool:
        """Put packed text into cookies; False when it is too long for them."""
        parts = [text[start : start + _COOKIE_CHARACTERS] for start in range(0, len(text), _COOKIE_CHARACTERS)]
        if len(parts) > _MOST_COOKIES:
            return False
        for number, part in enumerate(parts):
            changes.put(_COOKIE.format(number=number), part, seconds=_KEPT_SECONDS)
        return True

    def take(self, path: str, cookies: Mapping[str, str], changes: CookieChanges) -> Typed | None:
        """Return what was kept for the form at ``path`` and remove it from the browser."""
        parts: list[str] = []
        while (part := cookies.get(changes.full_name(_COOKIE.format(number=len(parts))))) is not None:
            parts.append(part)
        kept = self.unpack("".join(parts)) if parts else None
        if kept is not None and kept.path.partition("?")[0] != path:
            return None
        for number in range(len(parts)):
            changes.remove(_COOKIE.format(number=number))
        return kept.typed if kept is not None else None
