"""People who order one book again and again, each time with a key, and keep a log of what they were told."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Self
from uuid import uuid4

import httpx2
from faults import wait_until
from system import System

_ALL = 100


class Buyers:
    """Orders of one copy each, placed by several threads until the context ends."""

    def __init__(self, system: System, headers: dict[str, str], book: dict, *, number: int = 4) -> None:
        """Take who buys, and what."""
        self._system = system
        self._headers = headers
        self._wish = {"book_id": book["id"], "quantity": 1}
        self._number = number
        self._stopping = threading.Event()
        self.answers: list[tuple[str, httpx2.Response | None]] = []
        """Of each request its key, and its answer or None when the connection broke."""

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(self._number)
        self._buying = [self._pool.submit(self._buy) for _ in range(self._number)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for buying in self._buying:
            buying.result()
        self._pool.shutdown()

    def place_some(self) -> None:
        """Wait until a few more orders were placed."""
        so_far = self._placed()
        wait_until(lambda: self._placed() >= so_far + 2 * self._number)

    def ask_again(self) -> dict[str, dict]:
        """Send every request once more until its order is decided; return the orders by key."""
        orders = {}
        for key in dict(self.answers):
            wait_until(lambda key=key: self._order(key).status_code == httpx2.codes.CREATED)
            orders[key] = self.answers[-1][1].json()
        return orders

    def statuses(self) -> Counter[int]:
        """Count the answers by their status."""
        return Counter(answer.status_code for _, answer in self.answers if answer is not None)

    def all_orders(self) -> list[dict]:
        """Return the orders that the shop has of these people."""
        found, cursor = [], None
        while True:
            query = {"limit": _ALL} | ({"cursor": cursor} if cursor else {})
            page = httpx2.get(f"{self._system.api}/orders/", params=query, headers=self._headers).json()
            found += page["items"]
            if not (cursor := page["next_cursor"]):
                return found

    def _placed(self) -> int:
        return self.statuses()[httpx2.codes.CREATED]

    def _buy(self) -> None:
        while not self._stopping.is_set():
            answer = self._order(str(uuid4()))
            is_placed = answer is not None and answer.status_code == httpx2.codes.CREATED
            # Whoever is told to come again waits a little: each try is an order that has to be asked for afterwards.
            self._stopping.wait(0.05 if is_placed else 0.4)

    def _order(self, key: str) -> httpx2.Response | None:
        headers = self._headers | {"Idempotency-Key": key}
        try:
            answer = httpx2.post(f"{self._system.api}/orders/", json=self._wish, headers=headers, timeout=20)
        except httpx2.TransportError:
            answer = None
        self.answers.append((key, answer))
        return answer
