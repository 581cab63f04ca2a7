"""The people of the shop: they ship, deliver and take back orders, and change stock and prices."""

import asyncio
from random import Random

from proof.catalogue import Board, Catalogue
from proof.clients import Client
from proof.focus import Clients

TRIES = 4
_OK = 200
_NEXT_STEPS = (("ship", "placed"), ("ship", "placed"), ("deliver", "shipped"), ("return", "delivered"))
_OUT_OF_TURN = 0.1


class Clerk:
    """Moves orders along."""

    def __init__(self, client: Client, *, board: Board, habits: Clients, random: Random) -> None:
        """Take the account, and where orders are known from."""
        self._client = client
        self._board = board
        self._habits = habits
        self._random = random

    async def run(self, until: asyncio.Event) -> None:
        """Move one order after the other until it is over."""
        while not until.is_set():
            await self._move_an_order()
            await asyncio.sleep(self._random.uniform(0, 2) * self._habits.pause)

    async def _move_an_order(self) -> None:
        step, status = self._random.choice(_NEXT_STEPS)
        if self._random.random() < _OUT_OF_TURN:
            status = self._random.choice(("pending", "placed", "shipped", "delivered", "cancelled"))
        order_id = self._board.some(self._random, status)
        if order_id is None:
            return
        key = f"{step}-{order_id}" if self._random.random() < 0.5 else None  # noqa: PLR2004 (as often as not)
        answer = await self._client.insist(step, "POST", f"/orders/{order_id}/{step}", key=key, tries=TRIES, pause=0.3)
        if answer.status == _OK:
            self._board.note(order_id, answer.body["status"])


class Keeper:
    """Changes stock and prices."""

    def __init__(self, client: Client, *, catalogue: Catalogue, habits: Clients, random: Random) -> None:
        """Take the account and the books."""
        self._client = client
        self._catalogue = catalogue
        self._habits = habits
        self._random = random
        self._changes = 0

    async def run(self, until: asyncio.Event) -> None:
        """Change one thing after the other until it is over."""
        while not until.is_set():
            if self._random.random() < 0.15:  # noqa: PLR2004 (prices change more seldom)
                await self._change_price()
            else:
                await self._change_stock()
            await asyncio.sleep(self._random.uniform(0, 2) * self._habits.pause)

    async def _change_stock(self) -> None:
        self._changes += 1
        book = self._random.choice([*self._catalogue.books, self._catalogue.hot, self._catalogue.hot])
        mark = f"{self._client.account.email.split('@')[0]}/{self._changes}"
        change = self._random.choice((-3, -2, -1, 1, 1, 2, 3, 5))
        keyed = self._random.random() < 0.7  # noqa: PLR2004 (most have a key)
        await self._client.insist(
            "stock",
            "POST",
            f"/books/{book.id}/stock",
            body={"change": change, "reason": mark},
            key=f"key-{mark}" if keyed else None,
            mark=mark,
            tries=TRIES if keyed else 1,
            pause=0.3,
        )

    async def _change_price(self) -> None:
        book = self._random.choice(self._catalogue.books)
        price = f"{self._random.randint(100, 3000) / 100:.2f}"
        answer = await self._client.call("price", "PATCH", f"/books/{book.id}", body={"price": price})
        if answer.status == _OK:
            book.price = price
