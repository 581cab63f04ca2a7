"""Calls about orders."""

from web_frontend.gateway_client import Call, Gateway, QueryValues
from web_frontend.gateway_problems import Refused
from web_frontend.orders.order import Delivery, Order, OrderPage, StaffAction

_CONFLICT = 409


class NotCancellable(Exception):
    """It is too late to cancel the order."""


class NotPossible(Exception):
    """What staff wants to do with the order does not happen to it as it is now."""


class StillUnderWay(Exception):
    """The same form is being worked on at this moment."""


class OrdersClient:
    """order-service's orders, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def find(self, query: QueryValues) -> OrderPage:
        """Return one page of orders, newest first unless ``query`` says otherwise."""
        return OrderPage.model_validate((await self._gateway.get("/orders", query)).body)

    async def order(self, order_id: str) -> Order:
        """Return an order. Raises ``NotFound``, also for somebody else's."""
        return Order.model_validate((await self._gateway.get(f"/orders/{order_id}")).body)

    async def cancel(self, order_id: str, *, idempotency_key: str) -> Order:
        """Cancel an order. Raises ``NotCancellable``, ``StillUnderWay``, ``NotFound``."""
        try:
            return await self._change(order_id, "cancel", idempotency_key)
        except Refused as error:
            if error.code == "order_not_cancellable":
                raise NotCancellable from error
            raise

    async def advance(self, order_id: str, what: StaffAction, *, idempotency_key: str) -> Order:
        """Ship an order, mark it as delivered or take it back.

        Raises ``NotPossible``, ``StillUnderWay``, ``NotFound``, ``NotAllowed``.
        """
        try:
            return await self._change(order_id, what, idempotency_key)
        except Refused as error:
            if error.status == _CONFLICT:
                raise NotPossible from error
            raise

    async def last_delivery(self) -> Delivery | None:
        """Return where the last order went, if there was one."""
        orders = (await self.find([("limit", "1")])).items
        return orders[0].delivery if orders else None

    async def _change(self, order_id: str, what: str, idempotency_key: str) -> Order:
        call = Call("POST", f"/orders/{order_id}/{what}", headers={"Idempotency-Key": idempotency_key})
        try:
            return Order.model_validate((await self._gateway.send(call)).body)
        except Refused as error:
            if error.code == "request_in_progress":
                raise StillUnderWay from error
            raise
