"""Two scenes before anything is broken: 500 buyers for the last copy, and orders of many books in opposite order."""

import asyncio
from collections import Counter

from proof.catalogue import add_book
from proof.clients import Answer, Client, open_http
from proof.findings import Check
from proof.history import History
from proof.shop import Shop

BUYERS = 500
CROSSING_ORDERS = 60
CROSSING_BOOKS = 12
_CREATED, _CONFLICT = 201, 409
_ACCEPTED = 202
_FIRST_SERVER_ERROR = 500
_TRIES = 20


async def sell_the_last_copy(shop: Shop, keeper: Client, history: History, *, buyers: int = BUYERS) -> Check:
    """Let many buy one copy at the same time: exactly one gets it, all others are told that there is none."""
    check = Check("C1", f"{buyers} buyers for the last copy: exactly one gets it")
    book = await add_book(keeper, "The last copy", price="10.00", copies=1)

    async def buy(number: int, client: Client) -> Answer:
        mark = f"last/{number}"
        delivery = {"name": "A buyer", "address": "1 High Street", "note": mark}
        body = {"book_id": book.id, "quantity": 1, "delivery": delivery}
        answer = Answer(0)
        for _ in range(_TRIES):
            answer = await client.call("place", "POST", "/orders", body=body, key=f"key-{mark}", mark=mark)
            if answer.is_final and answer.status != _ACCEPTED:
                break
            await asyncio.sleep(0.5)
        return answer

    async with open_http() as http:
        clients = [Client(shop.account(f"buyer-{each}", "customer"), shop.api, http, history) for each in range(buyers)]
        answers = await asyncio.gather(*(buy(number, client) for number, client in enumerate(clients)))
    statuses = Counter(answer.status for answer in answers)
    check.counted.update({str(status): count for status, count in statuses.items()})
    check.expect(
        holds=statuses == {_CREATED: 1, _CONFLICT: buyers - 1},
        text=f"the answers were {dict(statuses)}",
    )
    return check


async def cross_orders(shop: Shop, keeper: Client, history: History) -> Check:
    """Let orders of the same many books, in opposite order, come at the same time: none surfaces a deadlock."""
    check = Check("C2", "orders of many books in opposite order at the same time: no deadlock surfaces")
    copies = CROSSING_ORDERS * 2
    books = [
        await add_book(keeper, f"Volume {number}", price="5.00", copies=copies) for number in range(CROSSING_BOOKS)
    ]

    async def order(number: int, client: Client) -> Answer:
        items = [{"book_id": book.id, "quantity": 1} for book in (books if number % 2 else reversed(books))]
        delivery = {"name": "A buyer", "address": "1 High Street", "note": f"crossing/{number}"}
        return await client.call(
            "place", "POST", "/orders", body={"items": items, "delivery": delivery}, mark=f"crossing/{number}"
        )

    async with open_http() as http:
        client = Client(shop.account("crossing", "customer"), shop.api, http, history)
        answers = await asyncio.gather(*(order(number, client) for number in range(CROSSING_ORDERS)))
    statuses = Counter(answer.status for answer in answers)
    check.counted.update({str(status): count for status, count in statuses.items()})
    check.expect(
        holds=all(0 < status < _FIRST_SERVER_ERROR for status in statuses), text=f"the answers were {dict(statuses)}"
    )
    return check
