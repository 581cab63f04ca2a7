"""The way between order-service and book-service."""

from dataclasses import dataclass
from typing import Any

import httpx2

from order_service.stock_client import StockClient, StockUnknown
from proof.model.simulation import At, Pause, Task


@dataclass(eq=False)
class Message:
    """A request on its way to book-service; ``arrived`` is what is made of it there, and ``answer`` what came of it."""

    method: str
    path: str
    body: dict[str, Any] | None
    arrived: Task | None = None
    answer: httpx2.Response | None = None

    def __str__(self) -> str:
        """Return what a log would say."""
        return f"{self.method} {self.path}"

    def copy(self) -> "Message":
        """Return the same message once more."""
        return Message(self.method, self.path, self.body)


class ModelStockClient(StockClient):
    """The client as it is, down to the call that goes over the network."""

    def __init__(self) -> None:
        """Need nothing: no connection is made."""

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        answer = await Pause(At.CALL, Message(method, path, body))
        if isinstance(answer, httpx2.Response):
            return answer
        message = "no answer"
        raise StockUnknown(message)
