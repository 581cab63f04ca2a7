"""What routes ask for: an open page, perhaps of somebody signed in, perhaps with a form that was sent."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from web_frontend.csrf import FIELD as CSRF_FIELD
from web_frontend.csrf import check_origin
from web_frontend.gateway_problems import NotAllowed, SignInNeeded
from web_frontend.pages import Page, page_of
from web_frontend.submitted_form import Submitted, read_form


async def open_page(request: Request) -> Page:
    """Return the page of anybody."""
    page = page_of(request)
    await page.open()
    return page


OpenPage = Annotated[Page, Depends(open_page)]


async def help_while_typing(request: Request) -> None:
    """Say that the request only helps while somebody types: where it cannot, nothing at all happens to the page."""
    page_of(request).is_help = True


async def reader_page(request: Request) -> Page:
    """Return the page of somebody who may look at books. Raises ``SignInNeeded`` in a private shop."""
    page = await open_page(request)
    if not page.is_open and not page.is_signed_in:
        raise SignInNeeded
    return page


ReaderPage = Annotated[Page, Depends(reader_page)]


async def signed_in_page(request: Request) -> Page:
    """Return the page of somebody who is signed in. Raises ``SignInNeeded``."""
    page = await open_page(request)
    if page.request.method == "POST":
        # Read first: what was typed is kept while the person signs in again.
        check_origin(page.request, page.site.settings.public_web_url)
        page.submitted = await read_form(page.request)
    if not page.is_signed_in:
        raise SignInNeeded
    return page


SignedInPage = Annotated[Page, Depends(signed_in_page)]


def page_for(scope: str) -> Callable[[Page], Awaitable[Page]]:
    """Make a dependency that returns the page of somebody who holds ``scope``, and else raises ``NotAllowed``."""

    async def page_of_allowed(page: SignedInPage) -> Page:
        if not page.may(scope):
            raise NotAllowed(403, {"code": "not_allowed"}, {})
        return page

    return page_of_allowed


async def workplace_page(page: SignedInPage) -> Page:
    """Return the page of somebody who works here. Raises ``NotAllowed``."""
    if not page.works_here:
        raise NotAllowed(403, {"code": "not_allowed"}, {})
    return page


WorkplacePage = Annotated[Page, Depends(workplace_page)]
EditorPage = Annotated[Page, Depends(page_for("books:write"))]
StockPage = Annotated[Page, Depends(page_for("stock:write"))]
StaffPage = Annotated[Page, Depends(page_for("orders:manage"))]
AdminPage = Annotated[Page, Depends(page_for("accounts:manage"))]


async def open_form(page: OpenPage) -> Submitted:
    """Return the form that was sent. Raises ``ForeignForm`` or ``ExpiredForm``."""
    check_origin(page.request, page.site.settings.public_web_url)
    form = page.submitted = await read_form(page.request)
    page.form_tokens.check(form.raw(CSRF_FIELD))
    return form


async def choice_form(page: OpenPage) -> Submitted:
    """Return a form that only chooses how pages look. Raises ``ForeignForm``, and within a session ``ExpiredForm``.

    Pages of people who are not signed in are the same for all of them, and so have no token: that the browser says
    where the form comes from is enough for a choice that changes nothing else.
    """
    if page.is_signed_in:
        return await open_form(page)
    check_origin(page.request, page.site.settings.public_web_url)
    page.submitted = await read_form(page.request)
    return page.submitted


async def signed_in_form(page: SignedInPage) -> Submitted:
    """Return the form that somebody signed in has sent. Raises ``SignInNeeded``, ``ForeignForm``, ``ExpiredForm``."""
    form = page.submitted or Submitted({})
    page.form_tokens.check(form.raw(CSRF_FIELD))
    return form


ChoiceForm = Annotated[Submitted, Depends(choice_form)]
OpenForm = Annotated[Submitted, Depends(open_form)]
SignedInForm = Annotated[Submitted, Depends(signed_in_form)]
