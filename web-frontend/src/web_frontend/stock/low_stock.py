"""What is running low, and writing down at once what came in."""

from dataclasses import dataclass, field
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.cart.forms import idempotency_key, new_idempotency_key
from web_frontend.dependencies import SignedInForm, StockPage
from web_frontend.gateway_client import QueryValues
from web_frontend.gateway_problems import NotFound, Refused
from web_frontend.links import same_site_path, with_query
from web_frontend.pages import Page
from web_frontend.stock import forms, words
from web_frontend.stock.client import StockClient, StockRefused
from web_frontend.submitted_form import Submitted

router = APIRouter()

PATH = "/staff/low-stock"
_UNPROCESSABLE = 422
_CONFLICT = 409
_FEW = 2
_MOST = 1000
_CURSOR_LENGTH = 2000


@dataclass(slots=True)
class Wrong:
    """What is wrong with the number that was typed beside a book."""

    book_id: str
    typed: str
    message: str
    key: str = field(default_factory=new_idempotency_key)


@router.get(PATH)
async def low_stock(page: StockPage) -> Response:
    """Show the books of which few copies are left."""
    kept = page.take_kept_input()
    if kept is None:
        return await _show(page)
    typed = Submitted(kept)
    wrong = Wrong(
        typed["book_id"], typed["received"], _("Not written down yet: send it again"), key=idempotency_key(typed)
    )
    return await _show(page, wrong, status=200)


@router.post(PATH)
async def receive(page: StockPage, form: SignedInForm) -> Response:
    """Write down copies that came in."""
    book_id, number = _book_id(form["book_id"]), forms.number_of(form["received"])
    wrong = Wrong(book_id, form["received"], _("Enter how many came in, like 5"), idempotency_key(form))
    if not number:
        return await _show(page, wrong)
    try:
        levels = await StockClient(page.gateway).change(book_id, change=number, reason=_("Delivery"), key=wrong.key)
    except StockRefused as error:
        return await _show(page, Wrong(book_id, wrong.typed, str(error)), status=_CONFLICT)
    page.flash("ok", words.came_in_sentence(number, form["title"]))
    # The keyboard goes on at this book, or at the one after it when this one has left the list.
    at_most = _at_most(page)
    place = book_id if levels.available <= at_most else form["following"]
    return await page.go(f"{same_site_path(page.address, PATH)}#book-{place}")


def _at_most(page: Page) -> int:
    wanted = forms.number_of(page.request.query_params.get("at_most", ""))
    return _FEW if wanted is None else min(wanted, _MOST)


async def _show(page: Page, wrong: Wrong | None = None, *, status: int = _UNPROCESSABLE) -> Response:
    at_most = _at_most(page)
    cursor = page.request.query_params.get("cursor", "")[:_CURSOR_LENGTH]
    threshold: QueryValues = [("at_most", str(at_most))]
    place: QueryValues = [("cursor", cursor)] if cursor else []
    try:
        found = await StockClient(page.gateway).low([*threshold, *place])
    except Refused as error:
        if error.code != "invalid_cursor" or not cursor:
            raise
        return await page.go(with_query(PATH, threshold))
    previous, following = (
        with_query(PATH, [*threshold, ("cursor", other)]) if other else ""
        for other in (found.prev_cursor, found.next_cursor)
    )
    return await page.show(
        "stock/low_stock.html",
        status=status if wrong else 200,
        whole=wrong is not None,
        fragments=("list",),
        found=found,
        at_most=at_most,
        most=_MOST,
        wrong=wrong,
        new_key=new_idempotency_key,
        summary=words.low_sentence(found, at_most),
        here=with_query(PATH, [*threshold, *place]),
        previous=previous,
        following=following,
    )


def _book_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise NotFound(404, {"code": "book_not_found"}, {}) from error
