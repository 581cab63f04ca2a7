"""Cookies of the answer, gathered while a request is served and sent with whatever answer follows."""

from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(slots=True)
class CookieChanges:
    """Cookies to set or remove. Over TLS they carry the ``__Host-`` prefix (RFC 6265bis, section 4.1.3.2)."""

    secure: bool
    _pending: dict[str, str] = field(default_factory=dict)

    def full_name(self, name: str) -> str:
        """Return the cookie's name as the browser knows it."""
        return full_name(name, secure=self.secure)

    def put(self, name: str, value: str, *, seconds: int | None = None) -> None:
        """Set a cookie for ``seconds``, or until the browser closes."""
        lasting = f"; Max-Age={seconds}" if seconds is not None else ""
        secure = "; Secure" if self.secure else ""
        self._pending[name] = f"{self.full_name(name)}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{lasting}"

    def remove(self, name: str) -> None:
        """Remove a cookie."""
        self.put(name, "", seconds=0)

    @property
    def are_pending(self) -> bool:
        """Whether there is any cookie to send."""
        return bool(self._pending)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the ``Set-Cookie`` headers."""
        return [(b"set-cookie", line.encode("ascii")) for line in self._pending.values()]


def full_name(name: str, *, secure: bool) -> str:
    """Return a cookie's name as the browser knows it."""
    # Browsers refuse the prefix on plain HTTP, also on loopback (Safari), so it goes with TLS alone.
    return f"__Host-{name}" if secure else name


class AnswerCookies:
    """ASGI middleware that sends the changes with the answer, an error page too."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        """Wrap ``app``; ``secure`` when people reach it over TLS."""
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        changes = CookieChanges(self.secure)
        scope.setdefault("state", {})["cookie_changes"] = changes

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *changes.headers()]
            await send(message)

        await self.app(scope, receive, send_with_cookies)
