"""Numbers in the header, asked for while the page's own calls are under way."""

import asyncio
from collections.abc import Awaitable, Callable

from web_frontend.gateway_client import Gateway
from web_frontend.gateway_problems import GatewayError, ServiceAway

_LONGEST_WAIT_SECONDS = 1.5

Ask = Callable[[Gateway], Awaitable[int]]


class Badge:
    """One number; None when it is not known in time, because a page never waits long for it."""

    def __init__(self, ask: Ask) -> None:
        """Take the call that finds the number out."""
        self._ask = ask
        self.is_away = False
        """Whether it was asked for and nobody answered."""
        self._task: asyncio.Task[int | None] | None = None

    def start(self, gateway: Gateway) -> None:
        """Begin to ask, unless that has begun."""
        if self._task is None:
            self._task = asyncio.create_task(self._find_out(gateway))

    def set(self, number: int) -> None:
        """Say the number, known from an answer at hand."""
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(_known(number))

    async def number(self) -> int | None:
        """Return the number, once it is there."""
        return await self._task if self._task is not None else None

    async def _find_out(self, gateway: Gateway) -> int | None:
        try:
            async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
                return await self._ask(gateway)
        except (ServiceAway, TimeoutError):
            self.is_away = True
            return None
        except (GatewayError, KeyError, TypeError, ValueError):
            return None


async def copies_in_cart(gateway: Gateway) -> int:
    """Ask how many copies are in the person's cart."""
    return int((await gateway.get("/cart")).body["item_count"])


async def parked_work(gateway: Gateway) -> int:
    """Ask how much work waits for staff."""
    return int((await gateway.get("/orders/parked")).body["total"])


async def _known(number: int) -> int:
    return number
