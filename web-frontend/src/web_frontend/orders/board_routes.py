"""The order board: finding orders, doing something with several at once, and slips to pack them by."""

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.cart.forms import idempotency_key, new_idempotency_key
from web_frontend.dependencies import SignedInForm, StaffPage
from web_frontend.gateway_problems import Away, NotFound, Refused, ServiceAway
from web_frontend.links import same_site_path, with_query
from web_frontend.orders.board import (
    EMPTY_WORDS,
    KEY_NAMES,
    PATH,
    SORTS,
    TABS,
    Board,
    Summary,
    board_of,
    is_overdue,
    waiting_words,
)
from web_frontend.orders.bulk import (
    BulkAction,
    BulkClient,
    Outcome,
    OutcomeKeeper,
    chosen_orders,
    key_of,
    order_links,
    outcome_of,
)
from web_frontend.orders.client import OrdersClient
from web_frontend.orders.order import Order, OrderPage
from web_frontend.pages import Page
from web_frontend.submitted_form import Submitted

router = APIRouter()

_AT_ONCE = 8
_MOST_SLIPS = 50
_UNAVAILABLE = 503
_ACTION_OF: dict[str, BulkAction] = {"ship": "ship", "deliver": "deliver", "cancel": "cancel"}


@router.get("/staff/orders")
async def board(page: StaffPage) -> Response:
    """Show the orders of one status, or those that match what is looked for."""
    view = board_of(page.request.query_params)
    found, summary = await asyncio.gather(_find(page, view), _summary(page))
    if found is not None and not found.items and view.cursor:
        # The page has emptied meanwhile, perhaps by what was just done with its orders.
        return await page.go(view.link(cursor=""))
    if found is None and page.is_partial:
        service: Away = "orders"
        raise ServiceAway(service)
    return await _show(page, view, found, summary)


async def _find(page: Page, view: Board) -> OrderPage | None:
    """Return the orders, or None when order-service does not answer."""
    try:
        return await OrdersClient(page.gateway).find(view.query())
    except ServiceAway:
        return None
    except Refused as error:
        if error.code != "invalid_cursor" or not view.cursor:
            raise
        return OrderPage(items=[])


async def _summary(page: Page) -> Summary | None:
    try:
        return Summary.model_validate((await page.gateway.get("/orders/summary")).body)
    except (ServiceAway, Refused):
        return None


async def _show(page: Page, view: Board, found: OrderPage | None, summary: Summary | None) -> Response:
    outcome = None if page.is_partial else _keeper(page).take(page.request.cookies)
    is_away = found is None
    found = found or OrderPage(items=[])
    previous, following = (
        view.link(cursor=cursor) if cursor else "" for cursor in (found.prev_cursor, found.next_cursor)
    )
    return await page.show(
        "orders/board.html",
        status=_UNAVAILABLE if is_away else 200,
        headers={"Retry-After": "5"} if is_away else None,
        fragments=("board",),
        view=view,
        tabs=TABS,
        sorts=SORTS,
        empty_words=EMPTY_WORDS,
        key_names=KEY_NAMES,
        numbers=order_links,
        found=found,
        summary=summary,
        is_away=is_away,
        outcome=outcome,
        ticked=_ticked(page, found, outcome),
        book_title=_book_title(view, found),
        waiting_words=waiting_words,
        is_overdue=is_overdue,
        key=new_idempotency_key(),
        previous=previous,
        following=following,
    )


def _keeper(page: Page) -> OutcomeKeeper:
    return OutcomeKeeper(page.site.settings.secret.get_secret_value(), page.cookies)


def _ticked(page: Page, found: OrderPage, outcome: Outcome | None) -> set[str]:
    """Return the ids of the orders that are ticked when the board is shown."""
    if page.request.query_params.get("select") == "all":
        return {order.id for order in found.items}
    kept = None if page.is_partial else page.take_kept_input()
    if kept is not None:
        return set(chosen_orders(Submitted(kept)))
    failed = outcome.failed_numbers if outcome is not None else frozenset()
    return {order.id for order in found.items if order.number in failed}


def _book_title(view: Board, found: OrderPage) -> str:
    titles = (line.title for order in found.items for line in order.items if line.book_id == view.book)
    return next((title for title in titles if title), _("one book"))


@router.get("/staff/orders/bulk")
async def bulk_page(page: StaffPage) -> Response:
    """Lead to the board, which has the buttons."""
    return await page.go(PATH)


@router.post("/staff/orders/bulk")
async def change_orders(page: StaffPage, form: SignedInForm) -> Response:
    """Ship, cancel or mark as delivered what was ticked; or lead to the slips of it."""
    back = _back(form)
    order_ids = chosen_orders(form)
    if not order_ids:
        page.flash("note", _("Tick the orders first."))
        return await page.go(back)
    if form["do"] == "slips":
        return await page.go(with_query("/staff/slips", [("order", order_id) for order_id in order_ids]))
    action = _ACTION_OF.get(form["do"])
    if action is None:
        return await page.go(back)
    if action == "cancel" and form["sure"] != "yes":
        return await _ask(page, form, order_ids, back)
    await _change(page, action, order_ids, form)
    return await page.go(back)


async def _change(page: Page, action: BulkAction, order_ids: list[str], form: Submitted) -> None:
    key = key_of(idempotency_key(form), action, order_ids)
    try:
        results = await BulkClient(page.gateway).change(action, order_ids, idempotency_key=key)
    except Refused as error:
        if error.code != "request_in_progress":
            raise
        page.flash("note", _("What you sent is being worked on. Look again in a moment."))
        return
    _keeper(page).keep(outcome_of(action, results))


async def _ask(page: Page, form: Submitted, order_ids: list[str], back: str) -> Response:
    """Ask whether to cancel what was ticked, naming each order as it is now."""
    orders = await _orders(page, order_ids)
    return await page.show(
        "orders/cancel_several.html",
        whole=True,
        orders=[order for order in orders if order.can_cancel],
        too_late=[order for order in orders if not order.can_cancel],
        back=back,
        key=idempotency_key(form),
    )


async def _orders(page: Page, order_ids: list[str]) -> list[Order]:
    """Return the orders in the order asked, without those that are not there; some at a time."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(order_id: str) -> Order | None:
        async with turns:
            try:
                return await OrdersClient(page.gateway).order(order_id)
            except NotFound:
                return None

    return [order for order in await asyncio.gather(*map(one, order_ids)) if order is not None]


def _back(form: Submitted) -> str:
    path = same_site_path(form["next"], PATH)
    return path if path.partition("?")[0] == PATH else PATH


@router.get("/staff/slips")
async def slips(page: StaffPage) -> Response:
    """Show a packing slip for each order, one sheet of paper each."""
    asked = Submitted({"order_id": page.request.query_params.getlist("order")})
    orders = await _orders(page, chosen_orders(asked)[:_MOST_SLIPS])
    if not orders:
        raise NotFound(404, {"code": "order_not_found"}, {})
    return await page.show("orders/slips.html", orders=orders)
