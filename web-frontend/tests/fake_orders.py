"""What staff does with orders, behind the fake gateway: the board, several orders at once, parked work."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from fake_gateway import FakeGateway

BULK = {"ship": ("placed", "shipped"), "deliver": ("shipped", "delivered"), "cancel": ("placed", "cancelled")}
REFUSALS = {"ship": "order_not_shippable", "deliver": "order_not_deliverable", "cancel": "order_not_cancellable"}
STATUSES = ("pending", "placed", "rejected", "shipped", "delivered", "returned", "cancelled")


class FakeStaffOrders:
    """The part of order-service that answers staff; ``gateway`` keeps the orders."""

    def __init__(self, gateway: "FakeGateway") -> None:
        self.gateway = gateway
        self.parked: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.bulk_keys: list[str] = []
        self.answers: dict[str, Any] = {}
        self.page_size: int | None = None

    def routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("GET", "/orders", self.find), ("GET", "/orders/summary", self.summary),
            ("GET", "/orders/figures", self.figures),
            ("POST", "/orders/bulk", self.bulk), ("GET", "/orders/parked", self.list_parked),
            ("POST", "/orders/parked/{order_id}/{step}/retry", self.retry),
            ("POST", "/orders/parked/{order_id}/{step}/resolve", self.resolve),
        ]  # fmt: skip

    # Things that are there

    def add(self, *titles: str, status: str = "placed", minutes_ago: int = 5, **facts: Any) -> dict[str, Any]:
        """Have an order for a copy of each of ``titles``."""
        account = self.gateway.accounts["reader@example.com"]
        lines = [
            {"book_id": self.gateway.book_id(title), "quantity": titles.count(title)} for title in dict.fromkeys(titles)
        ]
        delivery = {"name": "Ada Byron", "address": "12 St James’s Square\nLondon SW1Y 4JH", "note": None}
        order = self.gateway.make_order(account, {"items": lines, "delivery": delivery})
        at = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes_ago)).isoformat()
        order["timeline"][0] |= {"at": at, "status": "pending", "actor": account["email"]}
        order["timeline"].append({"status": status, "at": at, "actor": None, "actor_role": "system", "detail": None})
        order |= {"created_at": at, "status": status, "can_cancel": status in {"pending", "placed"}} | facts
        self.gateway.orders[order["id"]] = order
        return order

    def park(self, order: dict[str, Any], step: str = "commit", error: str = "no answer within 2.5 s") -> None:
        self.parked.append({
            "order_id": order["id"], "number": order["number"], "order_status": order["status"], "step": step,
            "attempts": 50, "last_error": error, "parked_at": dt.datetime.now(dt.UTC).isoformat(),
        })  # fmt: skip

    # Answers

    async def find(self, request: Request) -> Response:
        account, query = self.gateway.who(request, "orders:read"), request.query_params
        everybody = query.get("all") == "true"
        if (everybody or query.get("book")) and "orders:manage" not in account["scopes"]:
            self.gateway.refuse(403, "not_allowed")
        found = [
            order for order in self.gateway.orders.values()
            if (everybody or order["account_id"] == account["id"])
            and (not query.getlist("status") or order["status"] in query.getlist("status"))
            and matches(order, query.get("q", "").casefold(), query.get("book"))
        ]  # fmt: skip
        found.sort(key=lambda order: order["created_at"], reverse=query.get("sort") != "oldest")
        limit, start = self.page_size or int(query.get("limit", 24)), int(query.get("cursor", 0))
        return JSONResponse({
            "items": found[start : start + limit], "total": len(found), "total_is_estimate": False,
            "next_cursor": str(start + limit) if start + limit < len(found) else None,
            "prev_cursor": str(max(0, start - limit)) if start else None,
        })  # fmt: skip

    async def summary(self, request: Request) -> Response:
        self.gateway.who(request, "orders:manage")
        statuses = [order["status"] for order in self.gateway.orders.values()]
        counts = {status: {"count": statuses.count(status), "is_estimate": False} for status in STATUSES}
        return JSONResponse({
            "counts": counts, "parked": len(self.parked), "oldest_pending_seconds": self.longest("pending"),
            "oldest_placed_seconds": self.longest("placed"),
        })  # fmt: skip

    def longest(self, status: str) -> float:
        """Return for how many seconds the oldest order with this status has been there."""
        moments = [
            dt.datetime.fromisoformat(order["created_at"])
            for order in self.gateway.orders.values() if order["status"] == status
        ]  # fmt: skip
        return max(((dt.datetime.now(dt.UTC) - at).total_seconds() for at in moments), default=0.0)

    async def figures(self, request: Request) -> Response:
        self.gateway.who(request, "orders:manage")
        today = dt.datetime.now(dt.UTC).date()
        days = [today - dt.timedelta(days=ago) for ago in reversed(range(int(request.query_params["days"])))]
        sold = [
            order for order in self.gateway.orders.values() if order["status"] in {"placed", "shipped", "delivered"}
        ]
        copies: Counter[str] = Counter()
        for order in sold:
            copies.update({line["book_id"]: line["quantity"] for line in order["items"]})
        return JSONResponse({
            "days": [self.sales_of(day, sold) for day in days], "currency": "GBP",
            "most_sold": [
                {"book_id": book_id, "copies": number}
                | {name: self.gateway.books[book_id][name] for name in ("title", "authors")}
                for book_id, number in copies.most_common(10)
            ],
        })  # fmt: skip

    def sales_of(self, day: dt.date, sold: list[dict[str, Any]]) -> dict[str, Any]:
        of_day = [order for order in sold if order["created_at"].startswith(str(day))]
        copies = sum(line["quantity"] for order in of_day for line in order["items"])
        money = str(sum((Decimal(order["total"]) for order in of_day), Decimal("0.00")))
        return {"day": str(day), "orders": len(of_day), "copies": copies, "money": money}

    async def bulk(self, request: Request) -> Response:
        account, body = self.gateway.who(request, "orders:manage"), await request.json()
        key = request.headers["idempotency-key"]
        self.bulk_keys.append(key)
        before, answer = self.answers.get(key, (body, None))
        if before != body:
            self.gateway.refuse(422, "idempotency_key_reused")
        if answer is None:
            answer = [self.change(order_id, body["action"], account["email"]) for order_id in body["order_ids"]]
            self.answers[key] = (body, answer)
        return JSONResponse({"results": answer})

    def change(self, order_id: str, action: str, actor: str) -> dict[str, Any]:
        order, (before, after) = self.gateway.orders.get(order_id), BULK[action]
        result = {"order_id": order_id, "number": None, "order_status": None, "ok": False, "title": None}
        if order is None:
            return result | {"code": "order_not_found", "title": "There is no such order"}
        result |= {"number": order["number"]}
        if order["status"] == before:
            order |= {"status": after, "can_cancel": False}
            step = {"status": after, "at": dt.datetime.now(dt.UTC).isoformat(), "actor": actor, "actor_role": "staff"}
            order["timeline"].append(step | {"detail": None})
        ok = order["status"] == after
        return result | {"ok": ok, "order_status": order["status"], "code": None if ok else REFUSALS[action]}

    async def list_parked(self, request: Request) -> Response:
        self.gateway.who(request, "orders:manage")
        return JSONResponse({"items": self.parked, "total": len(self.parked)})

    async def retry(self, request: Request) -> Response:
        self.take(request)
        return Response(status_code=204)

    async def resolve(self, request: Request) -> Response:
        note = (await request.json())["note"]
        self.take(request)
        self.notes.append(note)
        return Response(status_code=204)

    def take(self, request: Request) -> None:
        self.gateway.who(request, "orders:manage")
        wanted = (request.path_params["order_id"], request.path_params["step"])
        left = [work for work in self.parked if (work["order_id"], work["step"]) != wanted]
        if len(left) == len(self.parked):
            self.gateway.refuse(404, "work_not_parked")
        self.parked = left


def matches(order: dict[str, Any], words: str, book: str | None) -> bool:
    text = " ".join([
        order["number"], order["id"], order["customer_email"] or "",
        *(f"{line['title']} {line['isbn13']}" for line in order["items"]),
    ]).casefold()  # fmt: skip
    return words in text and (book is None or book in {line["book_id"] for line in order["items"]})
