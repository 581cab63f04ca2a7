"""Pages for what goes wrong: each says what happened, what still works, and what to do next."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service_kit.languages.texts import N_, _
from web_frontend.accounts.sign_in_page import Door, show_sign_in
from web_frontend.csrf import ExpiredForm, ForeignForm, came_over_plain_http
from web_frontend.gateway_problems import (
    NotAllowed,
    NotFound,
    Refused,
    ServiceAway,
    SignInNeeded,
    TooManyRequests,
)
from web_frontend.links import same_site_path, sign_in_link
from web_frontend.pages import Page, page_of
from web_frontend.submitted_form import ASKED_ANEW, SENT_AGAIN, read_form
from web_frontend.wording import waiting_time

log = structlog.get_logger(__name__)

Show = Callable[[Request, Exception], Awaitable[Response]]


def add_error_pages(app: FastAPI) -> None:
    """Map every error that a route may raise to a page, once for the whole site."""
    shown: dict[type[Exception], Show] = {
        SignInNeeded: _sign_in_needed,
        ServiceAway: _service_away,
        NotFound: _not_found,
        NotAllowed: _not_allowed,
        TooManyRequests: _too_many_requests,
        Refused: _refused,
        ForeignForm: _foreign_form,
        ExpiredForm: _expired_form,
        # An address with an impossible id is an address of nothing.
        RequestValidationError: _not_found,
        HTTPException: _http_error,
    }
    for error, show in shown.items():
        app.add_exception_handler(error, _unless_it_only_helps(show))


def _unless_it_only_helps(show: Show) -> Show:
    async def show_unless(request: Request, error: Exception) -> Response:
        page = page_of(request)
        if not (page.is_help and page.is_partial):
            return await show(request, error)
        # Whoever types goes on; what is wrong is told when the form is sent, which then loses nothing.
        await page.settle()
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    return show_unless


async def _sign_in_needed(request: Request, _error: Exception) -> Response:
    page = page_of(request)
    if request.method == "POST":
        form = page.submitted
        form_path = same_site_path(form["next"] if form is not None else None, request.url.path)
        door = Door(form_path, page.keep_input(form_path))
        return await show_sign_in(page, door, status=401, whole=True)
    if page.is_partial:
        # The fragment's own address is no place to come back to; the page that asked for it is.
        shown = request.headers.get("hx-current-url", "")
        path = same_site_path("/" + shown.split("/", 3)[3] if shown.count("/") > 2 else None)  # noqa: PLR2004 (scheme://host/)
        return Response(status_code=401, headers={"HX-Redirect": sign_in_link(path), "Cache-Control": "no-store"})
    return await page.go(sign_in_link(page.address))


async def _service_away(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceAway)  # noqa: S101 (narrows the type for the checker; Starlette guarantees it)
    headers = {"Retry-After": str(error.retry_after or 5)}
    return await _show(
        request,
        "errors/away.html",
        503,
        headers=headers,
        away=error.service,
        words=error.words,
        **_to_send_again(request),
    )


async def _not_found(request: Request, _error: Exception) -> Response:
    return await _show(request, "errors/not_found.html", 404)


async def _not_allowed(request: Request, _error: Exception) -> Response:
    return await _show(request, "errors/not_allowed.html", 403)


async def _too_many_requests(request: Request, error: Exception) -> Response:
    assert isinstance(error, TooManyRequests)  # noqa: S101
    seconds = error.retry_after
    headers = {"Retry-After": str(seconds)} if seconds is not None else {}
    wait = waiting_time(seconds) if seconds is not None else None
    return await _show(request, "errors/too_many.html", 429, headers=headers, wait=wait, **_to_send_again(request))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101
    log.warning("refusal without a page of its own", path=request.url.path, status=error.status, code=error.code)
    heading, usual = _SAID_OF[400]
    typed = _to_send_again(request)["typed"]
    detail = error.detail or _(usual)
    return await _show(request, "errors/refused.html", 400, heading=_(heading), detail=detail, typed=typed)


async def _foreign_form(request: Request, _error: Exception) -> Response:
    if came_over_plain_http(request, page_of(request).site.settings.public_web_url):
        return await _plain_http(request)
    log.warning("form of another site refused", path=request.url.path)
    return await _show(request, "errors/foreign_form.html", 403)


async def _expired_form(request: Request, _error: Exception) -> Response:
    page = page_of(request)
    if came_over_plain_http(request, page.site.settings.public_web_url):
        return await _plain_http(request)
    was_sent_again = page.submitted is not None and bool(page.submitted[SENT_AGAIN])
    # Without a cookie the same page would come back for ever.
    template = "no_cookies" if was_sent_again and not page.form_tokens.has_come_back else "expired_form"
    return await _show(request, f"errors/{template}.html", 403, **_to_send_again(request))


async def _plain_http(request: Request) -> Response:
    """Say which address to use: the browser sends secure cookies, and with them every form, to that one alone."""
    page = page_of(request)
    form = page.submitted or await read_form(request)
    return await _show(request, "errors/plain_http.html", 403, typed=form.repeatable())


def _to_send_again(request: Request) -> dict[str, Any]:
    """Return what a page needs to offer the same form once more; passwords and codes are asked for anew."""
    form = page_of(request).submitted
    return {
        "action": request.url.path,
        "typed": form.repeatable() if form is not None else {},
        "asked_anew": [name for name in ASKED_ANEW if form is not None and form.all(name)],
    }


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 404:  # noqa: PLR2004
        return await _not_found(request, error)
    heading, detail = _SAID_OF.get(error.status_code, _SAID_OF[400])
    return await _show(
        request,
        "errors/refused.html",
        error.status_code,
        headers=dict(error.headers or {}),
        heading=_(heading),
        detail=_(detail),
    )


_SAID_OF = {
    400: (N_("That did not work"), N_("The shop could not make sense of this request.")),
    405: (N_("Nothing can be sent here"), N_("This address shows a page, but takes no form.")),
    413: (
        N_("That is too much at once"),
        N_("What was sent is too large. Go back in your browser, where it still stands, and send less of it."),
    ),
}
"""The heading and the words for what has no page of its own, by the status of the answer."""


async def _show(
    request: Request,
    template: str,
    status: int,
    *,
    headers: dict[str, str] | None = None,
    **context: Any,  # noqa: ANN401 (whatever the template shows)
) -> Response:
    page = page_of(request)
    return await page.show(template, status=status, headers=headers, whole=True, **context)


class LastResortPage:
    """ASGI middleware: an unexpected fault becomes a page in the shop's own design, with the id to quote."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def noting_send(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, noting_send)
        except Exception:
            if has_begun:
                raise
            log.exception("unhandled error", method=scope["method"], path=scope["path"])
            # A page of its own: the one under way may be what is broken.
            request = Request(scope, receive)
            broken, page = page_of(request), Page(request, scope["app"].state.site)
            page.submitted, request.state.page = broken.submitted, page
            response = await _show(
                request, "errors/fault.html", 500, request_id=scope.get("request_id"), **_to_send_again(request)
            )
            await response(scope, receive, send)
