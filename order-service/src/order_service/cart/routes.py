"""``/cart``."""

from uuid import UUID

from fastapi import APIRouter

from order_service.cart.schemas import Cart, CartQuantity
from order_service.dependencies import Carts, Customer, Reader
from service_kit.problems import problem_responses

router = APIRouter(prefix="/cart", tags=["cart"])


@router.get("", responses=problem_responses(401, 403, 503))
async def get_cart(reader: Reader, carts: Carts) -> Cart:
    """Read your cart, priced now; each line says whether it can be had."""
    return await carts.get(reader.account_id)


@router.put("/items/{book_id}", responses=problem_responses(400, 401, 403, 404, 409, 422, 503))
async def put_cart_item(book_id: UUID, wanted: CartQuantity, customer: Customer, carts: Carts) -> Cart:
    """Set how many copies of a book your cart holds."""
    return await carts.put(customer.account_id, book_id, wanted.quantity)


@router.delete("/items/{book_id}", status_code=204, responses=problem_responses(401, 403, 422, 503))
async def delete_cart_item(book_id: UUID, customer: Customer, carts: Carts) -> None:
    """Take a book out of your cart."""
    await carts.remove(customer.account_id, book_id)


@router.delete("", status_code=204, responses=problem_responses(401, 403, 503))
async def empty_cart(customer: Customer, carts: Carts) -> None:
    """Take everything out of your cart."""
    await carts.empty(customer.account_id)
