"""Customers: they place orders in every way that a person, a browser or a bad network does, and cancel them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from proof.catalogue import Board, Catalogue
from proof.clients import Answer, Client
from proof.focus import Clients

TRIES = 4
_CREATED, _ACCEPTED = 201, 202


@dataclass(frozen=True, slots=True)
class Placement:
    """An order that somebody wants, however often they say so. Its mark is in the order's delivery note."""

    mark: str
    key: str | None
    body: dict[str, Any]


class Customer:
    """Somebody who orders books until told to stop."""

    def __init__(  # noqa: PLR0913 (who, where, and how)
        self, client: Client, other: Client, *, catalogue: Catalogue, board: Board, habits: Clients, random: Random
    ) -> None:
        """Take two accounts: the customer's own, and one that happens to use the same keys."""
        self._client = client
        self._other = other
        self._catalogue = catalogue
        self._board = board
        self._habits = habits
        self._random = random
        self._own: dict[str, str] = {}
        self._placed = 0
        self.open_requests: list[tuple[Client, Placement]] = []
        """Requests with a key that have no final answer yet."""
        self._actions: dict[str, Callable[[], Awaitable[None]]] = {
            "place": self._place,
            "place twice at once": self._place_twice_at_once,
            "place again later": self._place_again_later,
            "same key, other body": self._reuse_key,
            "key of another account": self._share_key,
            "place and cancel": self._place_and_cancel,
            "cancel": self._cancel,
            "cancel twice": self._cancel_twice,
            "read": self._read,
            "list": self._list,
        }

    async def run(self, until: asyncio.Event) -> None:
        """Do one thing after the other until it is over."""
        names, weights = list(self._habits.actions), list(self._habits.actions.values())
        while not until.is_set():
            await self._actions[self._random.choices(names, weights)[0]]()
            await asyncio.sleep(self._random.uniform(0, 2) * self._habits.pause)

    async def settle(self, *, tries: int) -> int:
        """Ask again for what had no final answer; return how many requests still have none."""
        left = []
        for client, placement in self.open_requests:
            answer = await self._send(client, placement, tries=tries, pause=0.5)
            if not answer.is_final or answer.status == _ACCEPTED:
                left.append((client, placement))
        self.open_requests = left
        return len(left)

    async def _place(self) -> None:
        await self._send_and_remember(self._client, self._new_placement())

    async def _place_twice_at_once(self) -> None:
        placement = self._new_placement(with_key=True)
        await asyncio.gather(*(self._send_and_remember(self._client, placement) for _ in range(2)))

    async def _place_again_later(self) -> None:
        placement = self._new_placement(with_key=True)
        await self._send_and_remember(self._client, placement)
        await asyncio.sleep(self._random.uniform(0.0, 1.5))
        await self._send_and_remember(self._client, placement)

    async def _reuse_key(self) -> None:
        first = self._new_placement(with_key=True)
        second = self._new_placement(key=first.key)
        if self._random.random() < 0.5:  # noqa: PLR2004 (as often as not)
            both = (self._send_and_remember(self._client, each) for each in (first, second))
            await asyncio.gather(*both)
        else:
            await self._send_and_remember(self._client, first)
            await self._send_and_remember(self._client, second)

    async def _share_key(self) -> None:
        first = self._new_placement(with_key=True)
        second = self._new_placement(key=first.key)
        await asyncio.gather(self._send_and_remember(self._client, first), self._send_and_remember(self._other, second))

    async def _place_and_cancel(self) -> None:
        """Cancel an order while it is being placed: its id is learnt from the list."""
        placement = self._new_placement()
        async with asyncio.TaskGroup() as group:
            placing = group.create_task(self._send_and_remember(self._client, placement))
            order_id = None
            while order_id is None and not placing.done():
                order_id = await self._find(placement)
            if order_id is not None:
                await self._cancel_order(order_id)

    async def _find(self, placement: Placement) -> str | None:
        page = await self._client.call("list", "GET", "/orders?limit=5")
        for order in page.body.get("items", []):
            if (order.get("delivery") or {}).get("note") == placement.mark:
                return str(order["id"])
        return None

    async def _cancel(self) -> None:
        if order_id := self._some_order():
            await self._cancel_order(order_id)

    async def _cancel_twice(self) -> None:
        if order_id := self._some_order():
            await asyncio.gather(*(self._cancel_order(order_id) for _ in range(2)))

    async def _read(self) -> None:
        if order_id := self._some_order():
            self._remember(await self._client.call("read", "GET", f"/orders/{order_id}"))

    async def _list(self) -> None:
        await self._client.call("list", "GET", "/orders?limit=20")

    async def _cancel_order(self, order_id: str) -> None:
        key = f"cancel-{order_id}" if self._random.random() < 0.5 else None  # noqa: PLR2004 (as often as not)
        answer = await self._client.insist(
            "cancel", "POST", f"/orders/{order_id}/cancel", key=key, tries=TRIES, pause=0.3
        )
        self._remember(answer)

    async def _send_and_remember(self, client: Client, placement: Placement) -> None:
        answer = await self._send(client, placement, tries=TRIES if placement.key else 1, pause=0.3)
        if placement.key is not None and (not answer.is_final or answer.status == _ACCEPTED):
            self.open_requests.append((client, placement))
        if client is self._client:
            self._remember(answer)

    async def _send(self, client: Client, placement: Placement, *, tries: int, pause: float) -> Answer:
        return await client.insist(
            "place",
            "POST",
            "/orders",
            body=placement.body,
            key=placement.key,
            mark=placement.mark,
            tries=tries,
            pause=pause,
        )

    def _remember(self, answer: Answer) -> None:
        if "timeline" in answer.body:
            order_id, status = answer.body["id"], answer.body["status"]
            self._own[order_id] = status
            self._board.note(order_id, status)

    def _some_order(self) -> str | None:
        recent = [order_id for order_id, status in list(self._own.items())[-40:] if status in {"pending", "placed"}]
        return self._random.choice(recent) if recent else None

    def _new_placement(self, *, with_key: bool | None = None, key: str | None = None) -> Placement:
        self._placed += 1
        mark = f"{self._client.account.email.split('@')[0]}/{self._placed}"
        keyed = self._random.random() < 0.8 if with_key is None else with_key  # noqa: PLR2004 (most have one)
        return Placement(mark, key or (f"key-{mark}" if keyed else None), self._order(mark))

    def _order(self, mark: str) -> dict[str, Any]:
        random = self._random
        count = random.choice((1, 1, 1, 2, 3, 5))
        books = self._catalogue.choose(random, count, hot=self._habits.hot)
        items = [{"book_id": book.id, "quantity": random.choice((1, 1, 1, 2, 3))} for book in books]
        delivery = {"name": "A customer", "address": "1 High Street", "note": mark}
        body: dict[str, Any] = {"items": items, "delivery": delivery}
        if len(items) == 1 and random.random() < 0.3:  # noqa: PLR2004 (the short form)
            body = {**items[0], "delivery": delivery}
        if random.random() < 0.25:  # noqa: PLR2004 (some say what they expect to pay)
            body["expected_total"] = self._expected(items)
        return body

    def _expected(self, items: list[dict[str, Any]]) -> str:
        total = sum(
            (Decimal(self._catalogue.price_of(item["book_id"])) * item["quantity"] for item in items), Decimal(0)
        )
        wrong = self._random.choice((Decimal(0), Decimal(0), Decimal(-1), Decimal("0.01")))
        return f"{max(total + wrong, Decimal(0)):.2f}"
