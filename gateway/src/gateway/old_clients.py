"""Answers to HTTP/1.0, which knows no chunks: a body without a length ends with its connection (RFC 9112, section 6.3).

nginx speaks it to what is behind it unless told otherwise. uvicorn would send chunks to it all the same.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.socket_options import reset_when_closed


def for_old_client(app: ASGIApp, cycle: RequestResponseCycle) -> ASGIApp:
    """Wrap ``app`` for the one request of ``cycle``."""

    async def answer_without_chunks(scope: Scope, receive: Receive, send: Send) -> None:
        until_the_end = False

        async def send_plainly(message: Message) -> None:
            nonlocal until_the_end
            if message["type"] == "http.response.start":
                until_the_end = all(name != b"content-length" for name, _ in message["headers"])
                if until_the_end:
                    cycle.chunked_encoding = False
            elif until_the_end:
                cycle.expected_content_length = len(message.get("body", b""))
            await send(message)

        await app(scope, receive, send_plainly)
        if cycle.response_started and not cycle.response_complete:
            # The server closes it now. Only a connection that is reset tells this client that the answer is not whole.
            reset_when_closed(cycle.transport)

    return answer_without_chunks
