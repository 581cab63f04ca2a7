"""The cart."""

from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.cart import checkout
from web_frontend.cart.client import Cart, CartClient, CartFull
from web_frontend.cart.forms import MOST_COPIES, quantity_form, quantity_message, quantity_of
from web_frontend.catalogue.book_page import AddedToCart, show_book
from web_frontend.dependencies import SignedInForm, SignedInPage, help_while_typing
from web_frontend.gateway_problems import NotFound
from web_frontend.pages import Page

router = APIRouter()
router.include_router(checkout.router)

_UNPROCESSABLE = 422
_NOT_FOUND = 404


@router.get("/cart")
async def cart_page(page: SignedInPage) -> Response:
    """Show the cart."""
    return await _show_cart(page, await CartClient(page.gateway).cart())


@router.get("/cart/number", dependencies=[Depends(help_while_typing)])
async def cart_number(page: SignedInPage) -> Response:
    """Tell how many copies are in the cart, to the header of a page that did not wait for it."""
    if not page.is_partial:
        return await page.go("/cart")
    cart = page.badges.cart
    cart.start(page.gateway)
    return await page.show("cart/number.html", count=await cart.number(), is_away=cart.is_away)


@router.post("/cart")
async def add_to_cart(page: SignedInPage, form: SignedInForm) -> Response:
    """Put copies of a book into the cart, beside those that are there already."""
    book_id = _book_id(form["book_id"])
    view = quantity_form(form["quantity"])
    number = quantity_of(form["quantity"])
    if number is None:
        return await show_book(page, book_id, form=view, status=_UNPROCESSABLE)
    carts = CartClient(page.gateway)
    present = (await carts.cart()).line_of(book_id)
    try:
        cart = await carts.set_quantity(book_id, min(number + (present.quantity if present else 0), MOST_COPIES))
    except CartFull:
        view.problem = _("Your cart holds no more different books. Order those first, or take some out.")
        return await show_book(page, book_id, form=view, status=_UNPROCESSABLE)
    line = cart.line_of(book_id)
    if page.is_partial:
        added = line.quantity if line else number
        return await show_book(page, book_id, added=AddedToCart(added, cart.item_count))
    page.flash("ok", _("“%(title)s” is in your cart.", title=line.title) if line else _("The book is in your cart."))
    return await page.go("/cart")


@router.get("/cart/items/{book_id}")
async def cart_line(page: SignedInPage, book_id: UUID) -> Response:
    """Lead to the cart, which has the line's form."""
    del book_id
    return await page.go("/cart")


@router.post("/cart/items/{book_id}")
async def change_line(page: SignedInPage, form: SignedInForm, book_id: UUID) -> Response:
    """Change how many copies of a book are in the cart, or take it out."""
    carts = CartClient(page.gateway)
    if form["do"] == "remove":
        await carts.remove(str(book_id))
        return await _cart_changed(page, await carts.cart() if page.is_partial else None, _("Taken out of your cart."))
    number = quantity_of(form["quantity"])
    if number is None:
        cart = await carts.cart()
        return await _show_cart(page, cart, status=_UNPROCESSABLE, wrong={str(book_id): quantity_message()})
    return await _cart_changed(page, await carts.set_quantity(str(book_id), number), _("Your cart is changed."))


async def _cart_changed(page: Page, cart: Cart | None, words: str) -> Response:
    if cart is None or not page.is_partial:
        page.flash("ok", words)
        return await page.go("/cart")
    return await _show_cart(page, cart, news=words)


async def _show_cart(
    page: Page, cart: Cart, *, status: int = 200, wrong: dict[str, str] | None = None, news: str = ""
) -> Response:
    return await page.show(
        "cart/cart.html",
        status=status,
        fragments=("cart", "cart_news"),
        cart=cart,
        wrong=wrong or {},
        news=news,
        news_count=cart.item_count,
        most_copies=MOST_COPIES,
    )


def _book_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise NotFound(_NOT_FOUND, {"code": "book_not_found"}, {}) from error
