"""What a page would cost if everything that it shows were at hand: ``python -m pages_limit``.

At its start it has web-frontend make each wanted page once, and keeps what the templates were given. Then it is a plain
ASGI application that renders the same templates from the same data, under the same server.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
from starlette.types import Receive, Scope, Send

from service_kit.server import serve, tune_garbage_collection
from service_kit.settings import load_settings
from web_frontend.config import Settings
from web_frontend.connection import Connection
from web_frontend.main import create_app
from web_frontend.pages import Page

Shown = tuple[Page, str, Sequence[str] | None, dict[str, Any]]


class Limit:
    """The application."""

    def __init__(self) -> None:
        """Begin without any page."""
        self._shown: dict[tuple[str, bytes, bool], Shown] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        is_partial = any(name == b"hx-request-type" for name, _ in scope["headers"])
        page, template, fragments, values = self._shown[scope["path"], scope["query_string"], is_partial]
        body = page.render(template, fragments, values).encode()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._learn(_wanted())
        tune_garbage_collection()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _learn(self, wanted: Sequence[Mapping[str, str]]) -> None:
        app, shown = create_app(), []
        render = Page.render

        def noting(page: Page, template: str, fragments: Sequence[str] | None, values: dict[str, Any]) -> str:
            shown.append((page, template, fragments, values))
            return render(page, template, fragments, values)

        Page.render = noting  # type: ignore[method-assign, assignment]
        transport = httpx2.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://localhost") as browser,
        ):
            for each in wanted:
                headers = {name: value for name, value in each.items() if name != "path"}
                answer = (await browser.get(each["path"], headers=headers)).raise_for_status()
                path, query = answer.request.url.path, answer.request.url.query
                self._shown[path, query, "HX-Request-Type" in headers] = shown.pop()
        Page.render = render  # type: ignore[method-assign]


def _wanted() -> list[dict[str, str]]:
    """Return the pages to know, each as its path and the headers to ask with."""
    wanted: list[dict[str, str]] = json.loads(Path(os.environ["PAGES_WANTED"]).read_text())
    return wanted


if __name__ == "__main__":
    serve(Limit, load_settings(Settings), http=Connection)
