"""How soon a change of a book is found, and how long a change takes while all indexes are there."""

import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx2
from catalogue_clients import Times
from catalogue_limit import percentiles
from catalogue_system import Doors

from service_kit.identifiers import new_id

_LONGEST_WAIT = 10.0
_SYLLABLES = ("zab", "quor", "vex", "jol", "kry", "wuz", "pyx", "dzo")


def freshness(doors: Doors, rounds: int) -> dict[str, float]:
    """Return the longest seconds, of several rounds, until a search shows a change after its answer came."""
    with httpx2.Client(base_url=doors.gateway, headers=doors.editor, timeout=20) as client:
        found: dict[str, list[float]] = {}
        for number in range(rounds):
            for change, seconds in _changes(client, doors, number):
                found.setdefault(change, []).append(seconds)
    return {change: max(seconds) for change, seconds in found.items()}


def edits(doors: Doors, books: Sequence[str], seed: int) -> dict[str, Times]:
    """Return how long editors wait for a change of a price, and of what is searched."""
    chance = random.Random(f"edits {seed}")
    changes: Mapping[str, Callable[[int], dict[str, Any]]] = {
        "price": lambda number: {"price": f"{5 + number % 40}.49"},
        "title and subjects": lambda number: {"title": f"{_word(chance)} and {number}", "subjects": ["Fiction", "Art"]},
    }
    with httpx2.Client(base_url=doors.gateway, headers=doors.editor, timeout=20) as client:
        return {name: _edited(client, books, change) for name, change in changes.items()}


def _edited(client: httpx2.Client, books: Sequence[str], change: Callable[[int], dict[str, Any]]) -> Times:
    took = []
    for number, book in enumerate(books):
        began = time.perf_counter()
        answer = client.patch(f"/books/{book}", json=change(number))
        took.append(time.perf_counter() - began)
        answer.raise_for_status()
    return Times(*percentiles(took), 1 / statistics.fmean(took))


def _changes(client: httpx2.Client, doors: Doors, number: int) -> Iterator[tuple[str, float]]:
    chance = random.Random()  # Words that no earlier round, nor an earlier run on this data, has used.
    first, second = _word(chance), _word(chance)
    book = _created(client, f"The {first} of Spring", 5)
    yield "a new book is found", _seconds_until(lambda: book in _found(client, first))
    client.patch(f"/books/{book}", json={"title": f"The {second} of Autumn"}).raise_for_status()
    yield "a changed title is found", _seconds_until(lambda: book in _found(client, second))
    yield "… and the old one no longer", _seconds_until(lambda: book not in _found(client, first))
    other = _created(client, f"The {second} of Winter", 50_000)
    _seconds_until(lambda: other in _found(client, second))
    _sell(doors, other, 20_000 + number)
    yield "a book of which many were sold comes first", _seconds_until(lambda: _found(client, second)[:1] == [other])
    client.delete(f"/books/{other}").raise_for_status()
    yield "an archived book is no longer found", _seconds_until(lambda: other not in _found(client, second))
    client.post(f"/books/{other}/restore").raise_for_status()
    yield "… and is again when it is restored", _seconds_until(lambda: other in _found(client, second))


def _created(client: httpx2.Client, title: str, stock: int) -> str:
    answer = client.post("/books", json={"title": title, "price": "9.99", "language": "eng", "stock": stock})
    answer.raise_for_status()
    return str(answer.json()["id"])


def _found(client: httpx2.Client, word: str) -> list[str]:
    answer = client.get("/books", params={"q": word})
    answer.raise_for_status()
    return [book["id"] for book in answer.json()["items"]]


def _sell(doors: Doors, book: str, copies: int) -> None:
    """Order and ship copies, as order-service does."""
    order = f"{doors.service}/internal/reservations/{new_id()}"
    headers = doors.mint.headers("order-service")
    lines = [{"book_id": book, "quantity": copies}]
    httpx2.put(order, json={"lines": lines}, headers=headers, timeout=20).raise_for_status()
    httpx2.post(f"{order}/commit", headers=headers, timeout=20).raise_for_status()


def _seconds_until(is_so: Callable[[], bool]) -> float:
    """Return the seconds until it is so; infinity when that takes much longer than it may."""
    began = time.monotonic()
    while time.monotonic() - began < _LONGEST_WAIT:
        if is_so():
            return time.monotonic() - began
        time.sleep(0.02)
    return float("inf")


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=4)).capitalize()
