"""What the shop knows of a person: a copy of it, and its end."""

from typing import Any

from web_frontend.gateway_client import Gateway, QueryValues
from web_frontend.gateway_problems import Refused
from web_frontend.own_account.confirming import send_confirmed

_ORDERS_AT_ONCE = "100"


class LastAdmin(Exception):
    """Nobody else could run the shop."""


class PersonalDataClient:
    """auth-service and order-service, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def everything(self) -> dict[str, Any]:
        """Return the account, the cart and all orders, as the services give them.

        It is gathered before the answer begins: a session that is renewed on the way has to tell the browser.
        """
        account = (await self._gateway.get("/auth/me/export")).body
        cart = (await self._gateway.get("/cart")).body
        return {"account": account, "cart": cart, "orders": await self._orders()}

    async def delete_account(self, *, current_password: str, code: str) -> None:
        """Erase the account. Raises ``WrongPassword``, ``WrongCode``, ``LastAdmin``."""
        body = {"current_password": current_password} | ({"code": code} if code else {})
        try:
            await send_confirmed(self._gateway, "/auth/me/delete", body)
        except Refused as error:
            if error.code == "last_admin":
                raise LastAdmin from error
            raise

    async def _orders(self) -> list[Any]:
        orders: list[Any] = []
        query: QueryValues = [("limit", _ORDERS_AT_ONCE)]
        while True:
            found = (await self._gateway.get("/orders", query)).body
            orders += found["items"]
            if not found["next_cursor"]:
                return orders
            query = [("limit", _ORDERS_AT_ONCE), ("cursor", found["next_cursor"])]
