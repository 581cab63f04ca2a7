"""A limit on the size of request bodies, counted as they arrive."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from service_kit.languages.texts import _

_TOO_LARGE = 413


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How many bytes a request body may have: ``usual``, or what ``by_path`` says for a whole path."""

    usual: int
    by_path: Mapping[str, int] = field(default_factory=dict)

    def of(self, path: str) -> int:
        """Return the limit of a path without its trailing slash."""
        return self.by_path.get(path, self.usual)


def limited(receive: Receive, scope: Scope, largest: int) -> Receive:
    """Return a ``receive`` that raises ``HTTPException`` 413 once the body is larger than ``largest`` bytes.

    A body that announces its size in ``Content-Length`` is refused before any of it is read.
    """
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    left = -1 if announced.isdigit() and int(announced) > largest else largest

    async def receive_within_limit() -> Message:
        nonlocal left
        if left < 0:
            raise _too_large(largest)
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _too_large(largest)
        return message

    return receive_within_limit


def _too_large(largest: int) -> HTTPException:
    return HTTPException(_TOO_LARGE, _("The body may have at most %(limit)s bytes.", limit=largest))
