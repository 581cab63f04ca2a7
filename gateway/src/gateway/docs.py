"""``/docs``: a page to read the OpenAPI document and to try it. Everything that it needs comes from here."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

_ASSETS = Path(__file__).parent / "assets"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


async def docs(_request: Request) -> Response:
    """Answer the page."""
    return FileResponse(_ASSETS / "docs.html", media_type="text/html", headers=_HEADERS)


class Assets(StaticFiles):
    """The page's files, taken for what they say they are and nothing else."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 (Starlette's own)
        """Answer a file."""
        answer = super().file_response(*args, **kwargs)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


routes = [Route("/docs", docs), Mount("/docs/assets", Assets(directory=_ASSETS))]
