"""Stock behind the fake gateway: the ledger, who holds copies, counts, what runs low, lost copies."""

import uuid
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from fake_gateway import FakeGateway

DETAIL = {
    "stock_below_reserved": "That would leave fewer copies than are promised to orders",
    "stock_too_high": "That would be more copies than can be counted here",
}


class FakeStock:
    """The part of book-service that counts copies; ``gateway`` keeps books and orders."""

    def __init__(self, gateway: "FakeGateway") -> None:
        self.gateway = gateway
        self.movements: dict[str, list[dict[str, Any]]] = {}
        self.answers: dict[str, Any] = {}
        self.sold: dict[str, int] = {}
        self.is_silent = False
        self.page_size: int | None = None

    def routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("GET", "/books/low-stock", self.low), ("POST", "/books/stocktake", self.stocktake),
            ("GET", "/books/stock-levels", self.some_levels),
            ("GET", "/books/isbn/{isbn}", self.by_isbn),
            ("GET", "/books/{book_id}/stock", self.ledger), ("POST", "/books/{book_id}/stock", self.change),
            ("GET", "/books/{book_id}/stock/reservations", self.reservations),
            ("POST", "/books/{book_id}/stock/count", self.count), ("POST", "/orders/write-offs", self.write_off),
        ]  # fmt: skip

    # Things that happen

    def move(self, book_id: str, change: int, reason: str = "Delivery", **facts: Any) -> dict[str, Any]:
        """Have copies come or go."""
        book = self.gateway.books[book_id]
        book["on_hand"] += change
        book["available"] += change
        row = {
            "id": self.newest() + 1, "change": change, "kind": "received" if change > 0 else "correction",
            "reason": reason, "order_id": None, "actor": str(uuid.uuid4()), "created_at": self.gateway.now(),
            "on_hand_after": book["on_hand"],
        } | facts  # fmt: skip
        self.movements.setdefault(book_id, []).append(row)
        return row

    def newest(self) -> int:
        return max((row["id"] for rows in self.movements.values() for row in rows), default=0)

    def promise(self, title: str, copies: int = 1, *, minutes_ago: int = 5) -> dict[str, Any]:
        """Have an order that holds copies of a book."""
        order = self.gateway.staff_orders.add(*[title] * copies, minutes_ago=minutes_ago)
        self.gateway.books[self.gateway.book_id(title)]["available"] -= copies
        return order

    def ship(self, order: dict[str, Any]) -> None:
        """Have an order's copies leave the shelf."""
        order["status"] = "shipped"
        for line in order["items"]:
            self.gateway.books[line["book_id"]]["available"] += line["quantity"]
            facts = {"kind": "sold", "order_id": order["id"], "actor": "order-service"}
            self.move(line["book_id"], -line["quantity"], "Order shipped", **facts)

    def holds(self, book_id: str) -> list[dict[str, Any]]:
        held = [
            {"order_id": order["id"], "quantity": line["quantity"], "held_since": order["created_at"]}
            for order in self.gateway.orders.values() if order["status"] == "placed"
            for line in order["items"] if line["book_id"] == book_id
        ]  # fmt: skip
        return sorted(held, key=lambda hold: hold["held_since"], reverse=True)

    # Answers

    def levels(self, book: dict[str, Any]) -> dict[str, int]:
        reserved = book["on_hand"] - book["available"]
        return {"on_hand": book["on_hand"], "reserved": reserved, "available": book["available"]}

    async def ledger(self, request: Request) -> Response:
        self.gateway.who(request, "stock:write")
        book, query = self.gateway.find_book(request), request.query_params
        rows = self.movements.get(book["id"], [])[::-1]
        limit, start = self.page_size or int(query.get("limit", 24)), int(query.get("cursor", 0))
        return JSONResponse(self.levels(book) | {
            "as_of": rows[0]["id"] if rows else 0, "items": rows[start : start + limit], "total": len(rows),
            "next_cursor": str(start + limit) if start + limit < len(rows) else None,
            "prev_cursor": str(max(0, start - limit)) if start else None,
        })  # fmt: skip

    async def some_levels(self, request: Request) -> Response:
        self.gateway.who(request, "stock:write")
        books = self.gateway.books
        ids = [book_id for book_id in request.query_params.getlist("book_id") if book_id in books]
        return JSONResponse({"items": [{"book_id": book_id} | self.levels(books[book_id]) for book_id in ids]})

    async def reservations(self, request: Request) -> Response:
        self.gateway.who(request, "stock:write")
        holds = self.holds(self.gateway.find_book(request)["id"])
        return JSONResponse({"items": holds[:100], "total": len(holds)})

    async def change(self, request: Request) -> Response:
        account, book = self.gateway.who(request, "stock:write"), self.gateway.find_book(request)
        body = await request.json()

        def carry_out() -> dict[str, Any]:
            self.check(book, body["change"])
            row = self.move(book["id"], body["change"], body["reason"], actor=account["id"])
            return self.levels(book) | {"movement": row}

        return JSONResponse(self.once(request, body, carry_out), 201)

    def check(self, book: dict[str, Any], change: int, **more: Any) -> None:
        if book["available"] + change < 0:
            facts = self.levels(book) | {"orders": self.holds(book["id"])[:100]} | more
            self.gateway.refuse(409, "stock_below_reserved", title=DETAIL["stock_below_reserved"], **facts)
        if book["on_hand"] + change > 1_000_000:
            self.gateway.refuse(409, "stock_too_high", title=DETAIL["stock_too_high"])

    def once(self, request: Request, body: Any, carry_out: Any) -> Any:
        key = request.headers["idempotency-key"]
        if key in self.answers:
            before, answer = self.answers[key]
            if before != body:
                self.gateway.refuse(422, "idempotency_key_reused")
            return answer
        answer = carry_out()
        self.answers[key] = (body, answer)
        return answer

    def take_count(self, book: dict[str, Any], body: dict[str, Any], actor: str) -> dict[str, Any]:
        rows = self.movements.get(book["id"], [])
        moved = sum(row["change"] for row in rows if row["id"] > body.get("as_of", self.newest()))
        expected = book["on_hand"] - moved
        correction = body["counted"] - expected
        found = {"counted": body["counted"], "expected": expected, "moved_since": moved, "correction": correction}
        self.check(book, correction, **found)
        reason = f"Stocktake: {body['counted']} counted" + (f". {body['note']}" if body.get("note") else "")
        row = self.move(book["id"], correction, reason, kind="correction", actor=actor) if correction else None
        return found | self.levels(book) | {"movement": row}

    async def count(self, request: Request) -> Response:
        account, book = self.gateway.who(request, "stock:write"), self.gateway.find_book(request)
        body = await request.json()
        return JSONResponse(self.once(request, body, lambda: self.take_count(book, body, account["id"])), 201)

    async def stocktake(self, request: Request) -> Response:
        account, body = self.gateway.who(request, "stock:write"), await request.json()

        def result(wanted: dict[str, Any]) -> dict[str, Any]:
            book = self.gateway.books.get(wanted["book_id"])
            if book is None:
                return wanted | {"ok": False, "code": "book_not_found", "title_of_problem": "There is no such book"}
            known = {"book_id": book["id"], "isbn13": book["isbn13"], "title": book["title"]}
            try:
                counted = self.take_count(book, wanted | {"note": body.get("note")}, account["id"])
            except self.gateway.problem as problem:
                facts = problem.body | {"counted": wanted["counted"], "title_of_problem": problem.body["title"]}
                return facts | known | {"ok": False}
            return counted | known | {"ok": True}

        answer = self.once(request, body, lambda: {"results": [result(wanted) for wanted in body["counts"]]})
        return JSONResponse(answer)

    async def by_isbn(self, request: Request) -> Response:
        self.gateway.who(request, "books:read")
        isbn = request.path_params["isbn"]
        digits = [int(digit) for digit in isbn if digit.isdecimal()]
        if len(digits) == 13 and sum(digit * (1, 3)[at % 2] for at, digit in enumerate(digits)) % 10:
            self.gateway.refuse(422, "invalid_input", errors=[{"loc": ["path", "isbn"], "msg": "is not an ISBN"}])
        found = next((book for book in self.gateway.books.values() if book["isbn13"] == isbn), None)
        if found is None:
            self.gateway.refuse(404, "book_not_found")
        return JSONResponse(found)

    async def low(self, request: Request) -> Response:
        self.gateway.who(request, "stock:write")
        query = request.query_params
        found = [
            {"book_id": book["id"], "title": book["title"], "authors": book["authors"], "isbn13": book["isbn13"],
             "sold_30_days": self.sold.get(book["id"], 0)} | self.levels(book)
            for book in self.gateway.books.values()
            if not book["archived_at"] and book["available"] <= int(query.get("at_most", 2))
        ]  # fmt: skip
        found.sort(key=lambda book: book["available"])
        limit, start = self.page_size or int(query.get("limit", 24)), int(query.get("cursor", 0))
        return JSONResponse({
            "items": found[start : start + limit], "total": len(found), "total_is_estimate": False,
            "next_cursor": str(start + limit) if start + limit < len(found) else None,
            "prev_cursor": str(max(0, start - limit)) if start else None,
        })  # fmt: skip

    async def write_off(self, request: Request) -> Response:
        account, body = self.gateway.who(request, "orders:manage"), await request.json()
        self.gateway.who(request, "stock:write")

        def carry_out() -> dict[str, Any]:
            orders = [self.gateway.orders[order_id] for order_id in body["order_ids"]]
            late = [ended(order) for order in orders if order["status"] != "placed"]
            if late:
                self.gateway.refuse(409, "order_not_cancellable", orders=late)
            for order in orders:
                order |= {"status": "cancelled", "can_cancel": False}
                for line in order["items"]:
                    self.gateway.books[line["book_id"]]["available"] += line["quantity"]
            book = self.gateway.books[body["book_id"]]
            written = None if self.is_silent else min(body["quantity"], book["available"])
            if written:
                facts = {"kind": "correction", "actor": account["email"], "order_id": orders[0]["id"]}
                self.move(book["id"], -written, body["reason"], **facts)
            return {"orders": [ended(order) for order in orders], "quantity": body["quantity"], "written_off": written}

        answer = self.once(request, body, carry_out)
        return JSONResponse(answer, 202 if answer["written_off"] is None else 200)


def ended(order: dict[str, Any]) -> dict[str, Any]:
    return {"order_id": order["id"], "number": order["number"], "order_status": order["status"]}
