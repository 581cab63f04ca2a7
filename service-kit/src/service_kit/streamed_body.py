"""Request bodies that are too large to hold: taken piece by piece as they come."""

from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from service_kit.languages.texts import N_
from service_kit.problems import DomainError


class BodyBrokenOff(DomainError):
    """The client left in the middle of its body, so nobody will see this answer."""

    code = "body_broken_off"
    status = 400
    title = N_("The body of the request did not arrive as a whole")


async def streamed_body(request: Request) -> AsyncIterator[bytes]:
    """Yield the body. Raises ``BodyBrokenOff``, and ``HTTPException`` 413 once it is larger than the limit."""
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as error:
        raise BodyBrokenOff from error
