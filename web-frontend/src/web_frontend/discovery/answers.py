"""Answers that anybody may keep for a while: with an entity tag, and open to the pages of others."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from service_kit.conditional import is_not_modified

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FOR_OTHERS = {
    # There is nothing of anybody in them, and reading apps and chats that are web pages show them as well.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}
IN_LANGUAGES = {"Vary": "Accept-Language, Cookie"}
"""Of an answer whose words are in the language of who asks; the cookie has the language that was chosen."""


def kept(
    request: Request, body: bytes, media_type: str, *, seconds: int, headers: dict[str, str] | None = None
) -> Response:
    """Answer ``body``, or 304 to who has it already; it may be kept for ``seconds``."""
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    # Weak, for it is sent compressed as well.
    sent = {"Cache-Control": f"public, max-age={seconds}", "ETag": f'W/"{digest}"'} | (headers or {})
    if is_not_modified(request.headers.get("if-none-match"), f'"{digest}"'):
        return Response(status_code=304, headers=sent)
    return Response(body, media_type=media_type, headers=sent)
