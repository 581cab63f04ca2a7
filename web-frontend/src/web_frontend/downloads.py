"""Files that the gateway sends and the browser keeps, passed on as they come."""

from collections.abc import AsyncIterator

import anyio
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from web_frontend.gateway_client import FileAnswer, QueryValues
from web_frontend.pages import Page

_KEPT_HEADERS = ("content-type", "content-disposition", "content-length")


class _Download(StreamingResponse):
    """Passes on a file; however it ends, and above all when the browser leaves, the gateway's answer is let go."""

    def __init__(self, answer: FileAnswer) -> None:
        headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
        # Never shown as a page of ours, whatever is in it.
        if not headers.get("content-disposition", "").startswith("attachment"):
            headers["content-disposition"] = "attachment"
        super().__init__(_pieces(answer), headers=headers | {"Cache-Control": "no-store"})
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._answer.close()


async def _pieces(answer: FileAnswer) -> AsyncIterator[bytes]:
    # A file that breaks off raises here, after the answer has begun: the browser sees a download that failed.
    async for piece in answer.chunks():
        yield piece


async def pass_on(page: Page, path: str, params: QueryValues | None = None) -> Response:
    """Answer with the file that the gateway has at ``path``. Raises what ``Gateway.send`` raises."""
    return _Download(await page.gateway.open_file(path, params))
