"""Another site, on another origin of this machine, with pages that do things to the shop in its visitor's name."""

import html
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from attack.shop import LOOPBACK

_SENDS_ITSELF = "<script>document.querySelector('form').submit()</script>"


class EvilSite:
    """Serves pages that are put up while it runs."""

    def __init__(self) -> None:
        """Take a free port."""
        self._pages: dict[str, str] = {}
        pages = self._pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = pages.get(self.path.partition("?")[0], "nothing").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        """Open."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self._server.shutdown()
        self._server.server_close()

    def origins(self) -> dict[str, str]:
        """Return its two names: one is another site for a browser, the other only another origin of the shop's site."""
        return {"another site": f"http://{LOOPBACK}:{self.port}", "another port": f"http://localhost:{self.port}"}

    def form(self, action: str, fields: dict[str, str], *, coding: str = "application/x-www-form-urlencoded") -> str:
        """Put up a page with a form that sends itself; return its path."""
        inputs = "".join(
            f"<input name='{html.escape(name)}' value='{html.escape(value, quote=True)}'>"
            for name, value in fields.items()
        )
        form = f"<form method=post action='{html.escape(action)}' enctype='{coding}'>{inputs}</form>"
        return self._put("/form", form + _SENDS_ITSELF)

    def frame(self, url: str) -> str:
        """Put up a page that shows another one in a frame; return its path."""
        return self._put("/frame", f"<iframe src='{html.escape(url)}' width=800 height=600></iframe>")

    def reader(self, url: str, options: dict[str, object]) -> str:
        """Put up a page whose script asks for a URL and shows what it may read of the answer; return its path."""
        call = f"fetch({json.dumps(url)}, {json.dumps(options)}).then(a => a.text())"
        shown = f"{call}.then(t => told.textContent = 'read ' + t, e => told.textContent = 'no')"
        return self._put("/reader", f"<p id=told></p><script>{shown}</script>")

    def _put(self, path: str, page: str) -> str:
        self._pages[path] = f"<!doctype html><title>nice</title>{page}"
        return path
