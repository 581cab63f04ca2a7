"""Pages that show the mails of a local run. They are there in a local run alone."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from service_kit.addresses import is_loopback_host
from web_frontend.dependencies import OpenPage
from web_frontend.gateway_problems import NotFound
from web_frontend.links import with_query
from web_frontend.local_mails.client import LocalMailsClient
from web_frontend.local_mails.links import with_links


async def _asked_for_by_a_name_of_this_machine(request: Request) -> None:
    # The page of a stranger can have its own name lead here (DNS rebinding), and would read the links in the mails.
    if not all(is_loopback_host(host) for host in request.headers.getlist("host") or [""]):
        raise HTTPException(404)


router = APIRouter(dependencies=[Depends(_asked_for_by_a_name_of_this_machine)])

_PAGE = "/local/mails"
_NO_STORE = {"Cache-Control": "no-store"}
# A letter has its styles inside. It is a page of its own, which runs nothing, loads nothing and belongs to nobody.
_OF_A_LETTER = _NO_STORE | {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
}
_MailId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$")]


@router.get(_PAGE)
async def mails_page(page: OpenPage) -> Response:
    """List the mails."""
    try:
        mails = await LocalMailsClient(page.gateway).some(page.request.query_params.get("cursor"))
    except NotFound:
        return await page.show("local_mails/mails.html", headers=_NO_STORE, mails=None)
    return await page.show(
        "local_mails/mails.html",
        headers=_NO_STORE,
        mails=mails.items,
        next=with_query(_PAGE, [("cursor", mails.next_cursor)]) if mails.next_cursor else None,
        previous=with_query(_PAGE, [("cursor", mails.prev_cursor)]) if mails.prev_cursor else None,
    )


@router.get("/local/mails/{mail_id}")
async def mail_page(page: OpenPage, mail_id: _MailId) -> Response:
    """Show one mail's text."""
    mail = await LocalMailsClient(page.gateway).mail(mail_id)
    text = with_links(mail.text, page.site.settings.public_web_url)
    return await page.show("local_mails/mail.html", headers=_NO_STORE, mail=mail, text=text)


@router.get("/local/mails/{mail_id}/letter.html")
async def letter(page: OpenPage, mail_id: _MailId) -> Response:
    """Show one mail as programs do that read it with its styles."""
    mail = await LocalMailsClient(page.gateway).mail(mail_id)
    if not mail.html:
        raise HTTPException(404)
    return HTMLResponse(mail.html, headers=_OF_A_LETTER)
