"""The system behind the pages, small and in memory: an ASGI application that stands for the gateway.

It keeps to the public API's shapes. Tests make it misbehave: services can be down, tokens can be refused.
"""

import base64
import datetime as dt
import json
import time
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from fake_accounts import FakeAuth
from fake_admin import FakeAdministration
from fake_history import FakeHistory
from fake_imports import FakeImports
from fake_orders import FakeStaffOrders
from fake_search import FakeSearch
from fake_stock import FakeStock
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

BOOKS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("fake_books.json").read_text())
PASSWORD = "correct horse"
ROLE_SCOPES = {
    "customer": "books:read orders:read orders:write",
    "editor": "books:read books:write stock:write orders:read orders:write",
    "staff": "books:read books:write stock:write orders:read orders:write orders:manage",
    "admin": "books:read books:write stock:write orders:read orders:write orders:manage accounts:manage",
}

STAFF_ACTIONS = {
    "ship": ("placed", "shipped"), "deliver": ("shipped", "delivered"), "return": ("delivered", "returned"),
}  # fmt: skip


def now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()


def segment(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


class Problem(Exception):
    def __init__(self, status: int, code: str, headers: dict[str, str] | None = None, **extra: Any) -> None:
        self.status = status
        self.headers = headers
        self.body = {"type": "about:blank", "title": code, "status": status, "code": code} | extra


class FakeGateway:
    problem = Problem

    def __init__(self) -> None:
        self.accounts: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, str] = {}
        self.refresh_tokens: dict[str, str] = {}
        self.books: dict[str, dict[str, Any]] = {}
        self.carts: dict[str, dict[str, dict[str, Any]]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.added: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.seen: list[Request] = []
        self.down: set[str] = set()
        self.is_open = False
        self.withheld: set[str] = set()
        self.signup_open = True
        self.token_seconds = 900
        self.order_status = "placed"
        self.before_answer: Callable[[Request], Any] | None = None
        self.auth = FakeAuth(self)
        self.staff_orders = FakeStaffOrders(self)
        self.stock = FakeStock(self)
        self.search = FakeSearch(self)
        self.history = FakeHistory(self)
        self.imports = FakeImports(self)
        self.administration = FakeAdministration(self)
        for number, facts in enumerate(BOOKS):
            self.add_book(number, **facts)
        self.add_account("reader@example.com", "customer", "Ada Reader")
        self.add_account("editor@example.com", "editor", "Ed Itor")
        self.add_account("staff@example.com", "staff", "Stef Aff")
        self.add_account("admin@example.com", "admin", "Min Ad")
        self.app = Starlette(routes=list(self._routes()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    # Things that are there

    def add_account(self, email: str, role: str, name: str, password: str = PASSWORD) -> None:
        self.accounts[email] = {
            "id": str(uuid.uuid4()), "email": email, "full_name": name, "role": role, "password": password,
            "created_at": now(), "scopes": ROLE_SCOPES[role].split(), "email_verified": False,
        }  # fmt: skip

    def add_book(self, number: int, **facts: Any) -> str:
        book_id = str(uuid.UUID(int=0x01890000000070008000000000000000 + number))
        self.books[book_id] = {
            "id": book_id, "isbn13": f"97801{number:08d}", "title": "Untitled", "subtitle": None, "authors": [],
            "publisher": "Quire Classics", "published_on": "1931", "language": "eng", "format": "paperback",
            "pages": 228, "subjects": [], "description": None, "price": "9.99", "currency": "GBP", "on_hand": 8,
            "available": 8, "cover_url": None, "created_at": now(), "updated_at": now(), "archived_at": None,
            "version": 1,
        } | facts  # fmt: skip
        return book_id

    def book_id(self, title: str) -> str:
        return next(book["id"] for book in self.books.values() if book["title"] == title)

    def tokens(self, email: str, *, session: str | None = None, seconds: float | None = None) -> dict[str, Any]:
        account = self.accounts[email]
        session = session or str(uuid.uuid4())
        claims = {
            "sub": account["id"], "sid": session, "email": email, "role": account["role"],
            "scope": self.scope_of(account), "jti": str(uuid.uuid4()),
            "exp": int(time.time() + (self.token_seconds if seconds is None else seconds)),
        }  # fmt: skip
        access = f"{segment({'alg': 'ES256'})}.{segment(claims)}.c2lnbmF0dXJl"
        refresh = "refresh-" + uuid.uuid4().hex
        self.sessions[session] = email
        self.refresh_tokens[refresh] = session
        scope = self.scope_of(account)
        return {
            "access_token": access, "token_type": "bearer", "expires_in": 900, "refresh_token": refresh, "scope": scope,
        }  # fmt: skip

    def scope_of(self, account: dict[str, Any]) -> str:
        """Return the scopes of the account's tokens: a customer's while it waits for a second factor."""
        return ROLE_SCOPES["customer" if account["email"] in self.withheld else account["role"]]

    def calls_to(self, method: str, path: str) -> int:
        return self.calls.count((method, path))

    # The application

    def _routes(self) -> Iterator[Route]:
        table = [
            *self.auth.routes(), *self.search.routes(),
            ("POST", "/books", self.create), *self.stock.routes(), *self.history.routes(), *self.imports.routes(),
            *self.administration.routes(),
            ("GET", "/books/{book_id}", self.book), ("PATCH", "/books/{book_id}", self.patch_book),
            ("DELETE", "/books/{book_id}", self.archive), ("POST", "/books/{book_id}/restore", self.restore),
            ("GET", "/cart", self.cart), ("PUT", "/cart/items/{book_id}", self.put_item),
            ("DELETE", "/cart/items/{book_id}", self.delete_item), ("POST", "/orders", self.place),
            *self.staff_orders.routes(), ("GET", "/orders/{order_id}", self.order),
            ("POST", "/orders/{order_id}/cancel", self.cancel), ("POST", "/orders/{order_id}/{what}", self.advance),
            ("GET", "/health/live", self.live),
        ]  # fmt: skip
        for method, path, handler in table:
            yield Route(path, self._answering(handler), methods=[method])

    def _answering(self, handler: Callable[..., Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            self.calls.append((request.method, request.url.path))
            self.seen.append(request)
            first = request.url.path.split("/")[1]
            if first in self.down or "everything" in self.down:
                return JSONResponse({"code": "upstream_unavailable", "status": 503}, 503)
            try:
                if self.before_answer is not None:
                    await self.before_answer(request)
                response = await handler(request)
            except Problem as problem:
                response = JSONResponse(problem.body, problem.status, problem.headers, "application/problem+json")
            # No cookie of an answer may ever travel with the next person's request.
            response.set_cookie("leak", "of somebody else")
            return response

        return answer

    def who(self, request: Request, scope: str | None = None) -> dict[str, Any]:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            part = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except (IndexError, ValueError):
            raise Problem(401, "not_authenticated") from None
        if claims["exp"] <= time.time() or claims["sid"] not in self.sessions:
            raise Problem(401, "not_authenticated")
        if scope is not None and scope not in claims["scope"].split():
            raise Problem(403, "not_allowed")
        return self.accounts[claims["email"]]

    def refuse(self, status: int, code: str, **facts: Any) -> NoReturn:
        raise Problem(status, code, **facts)

    def now(self) -> str:
        return now()

    async def live(self, _request: Request) -> Response:
        return JSONResponse({"status": "live"})

    # book-service

    def reader(self, request: Request) -> bool:
        """Tell whether the reader edits books."""
        if self.is_open and "authorization" not in request.headers:
            return False
        return "books:write" in self.who(request)["scopes"]

    def find_book(self, request: Request) -> dict[str, Any]:
        editor = self.reader(request)
        book = self.books.get(request.path_params["book_id"])
        if book is None or (book["archived_at"] and not editor):
            raise Problem(404, "book_not_found")
        return book if editor else book | {"on_hand": None}

    async def book(self, request: Request) -> Response:
        return tagged(self.find_book(request))

    async def create(self, request: Request) -> Response:
        self.who(request, "books:write")
        body = await request.json()
        if body.get("isbn13") and not body["isbn13"].replace("-", "").isdecimal():
            raise Problem(422, "invalid_input", errors=[{"loc": ["body", "isbn13"], "msg": "is not an ISBN"}])
        self.check_isbn(body.get("isbn13"))
        if self.added.setdefault(request.headers["idempotency-key"], dict(body)) != body:
            raise Problem(422, "idempotency_key_reused")
        stock = body.pop("stock", 0)
        body = {name: value for name, value in body.items() if value is not None}
        book_id = self.add_book(len(self.books) + 500, **body, on_hand=stock, available=stock)
        return tagged(self.books[book_id], 201)

    def check_isbn(self, isbn: str | None, book: dict[str, Any] | None = None) -> None:
        for other in self.books.values():
            if isbn and other["isbn13"] == isbn and other is not book:
                raise Problem(409, "isbn_taken", book_id=other["id"], archived=bool(other["archived_at"]))

    def check_version(self, request: Request, book: dict[str, Any]) -> None:
        if_match = request.headers.get("if-match")
        if if_match and f'"v{book["version"]}.' not in if_match:
            raise Problem(412, "precondition_failed", current=book)

    async def patch_book(self, request: Request) -> Response:
        account, book, body = self.who(request, "books:write"), self.find_book(request), await request.json()
        self.check_version(request, book)
        if book["archived_at"]:
            raise Problem(409, "book_archived")
        self.check_isbn(body.get("isbn13"), book)
        self.history.change(book, body, by=account)
        return tagged(book)

    async def archive(self, request: Request) -> Response:
        self.history.archive(self.find_book(request), by=self.who(request, "books:write"))
        return Response(status_code=204)

    async def restore(self, request: Request) -> Response:
        account, book = self.who(request, "books:write"), self.find_book(request)
        self.history.archive(book, archived=False, by=account)
        return tagged(book)

    # order-service

    def cart_of(self, account: dict[str, Any]) -> dict[str, Any]:
        known = "books" not in self.down
        items = []
        for line in self.carts.get(account["email"], {}).values():
            book = self.books[line["book_id"]]
            problem = "insufficient_stock" if book["available"] < line["quantity"] else None
            problem = "unavailable" if book["archived_at"] else problem
            items.append({
                "book_id": book["id"], "quantity": line["quantity"], "title": book["title"],
                "authors": book["authors"], "isbn13": book["isbn13"], "unit_price": book["price"],
                "added_price": line["added_price"], "price_changed": line["added_price"] != book["price"],
                "available": book["available"], "can_order": known and problem is None,
                "problem": problem if known else None, "line_total": str(Decimal(book["price"]) * line["quantity"]),
            })  # fmt: skip
        total = sum((Decimal(item["line_total"]) for item in items), Decimal("0.00"))
        count = sum(item["quantity"] for item in items)
        return {"items": items, "total": str(total), "currency": "GBP", "item_count": count, "prices_known": known}

    async def cart(self, request: Request) -> Response:
        return JSONResponse(self.cart_of(self.who(request, "orders:write")))

    async def put_item(self, request: Request) -> Response:
        account = self.who(request, "orders:write")
        book_id, quantity = request.path_params["book_id"], (await request.json())["quantity"]
        if book_id not in self.books:
            raise Problem(404, "book_not_found")
        line = self.carts.setdefault(account["email"], {}).setdefault(
            book_id, {"book_id": book_id, "added_price": self.books[book_id]["price"]}
        )
        line["quantity"] = quantity
        return JSONResponse(self.cart_of(account))

    async def delete_item(self, request: Request) -> Response:
        account = self.who(request, "orders:write")
        self.carts.get(account["email"], {}).pop(request.path_params["book_id"], None)
        return Response(status_code=204)

    async def place(self, request: Request) -> Response:
        account, body = self.who(request, "orders:write"), await request.json()
        key = request.headers["idempotency-key"]
        if key in self.answers:
            if self.answers[key]["body"] != body:
                raise Problem(422, "idempotency_key_reused")
            return JSONResponse(self.orders[self.answers[key]["order_id"]], 201)
        short = [found for line in body["items"] if (found := self.short_line(line))]
        if short:
            codes = {line["problem"] for line in short}
            raise Problem(409, "insufficient_stock" if codes == {"insufficient_stock"} else "unknown_book", lines=short)
        order = self.make_order(account, body)
        if body.get("expected_total") and Decimal(body["expected_total"]) != Decimal(order["total"]):
            lines = [{"book_id": item["book_id"], "unit_price": item["unit_price"]} for item in order["items"]]
            raise Problem(409, "price_changed", total=order["total"], lines=lines)
        self.orders[order["id"]] = order
        self.answers[key] = {"body": body, "order_id": order["id"]}
        for item in order["items"]:
            self.carts.get(account["email"], {}).pop(item["book_id"], None)
            self.books[item["book_id"]]["available"] -= item["quantity"]
        return JSONResponse(order, 202 if order["status"] == "pending" else 201)

    def short_line(self, line: dict[str, Any]) -> dict[str, Any] | None:
        book = self.books[line["book_id"]]
        left = 0 if book["archived_at"] else book["available"]
        problem = "archived_book" if book["archived_at"] else "insufficient_stock"
        facts = {"book_id": book["id"], "title": book["title"], "wanted": line["quantity"], "available": left}
        return facts | {"problem": problem} if left < line["quantity"] else None

    def make_order(self, account: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        items = []
        for line in body["items"]:
            book = self.books[line["book_id"]]
            items.append({
                "book_id": book["id"], "title": book["title"], "authors": book["authors"], "isbn13": book["isbn13"],
                "quantity": line["quantity"], "unit_price": book["price"],
                "line_total": str(Decimal(book["price"]) * line["quantity"]),
            })  # fmt: skip
        total = sum((Decimal(item["line_total"]) for item in items), Decimal(0))
        step = {"status": self.order_status, "at": now(), "actor": account["email"], "actor_role": "customer",
                "detail": None}  # fmt: skip
        return {
            "id": str(uuid.uuid4()), "number": f"Q-{1042 + len(self.orders)}", "status": self.order_status,
            "account_id": account["id"], "customer_email": account["email"], "items": items, "total": str(total),
            "currency": "GBP", "delivery": body.get("delivery"), "reason": None, "created_at": now(),
            "updated_at": now(), "can_cancel": True, "timeline": [step],
        }  # fmt: skip

    def find_order(self, request: Request) -> dict[str, Any]:
        account = self.who(request, "orders:read")
        order = self.orders.get(request.path_params["order_id"])
        if order is None or (order["account_id"] != account["id"] and "orders:manage" not in account["scopes"]):
            raise Problem(404, "order_not_found")
        return order

    async def order(self, request: Request) -> Response:
        order = self.find_order(request)
        manages = "orders:manage" in self.who(request, "orders:read")["scopes"]
        can = {f"can_{what}": manages and order["status"] == before for what, (before, _) in STAFF_ACTIONS.items()}
        return tagged(order | can | {"version": 1})

    async def advance(self, request: Request) -> Response:
        self.who(request, "orders:manage")
        order, (before, after) = self.find_order(request), STAFF_ACTIONS[request.path_params["what"]]
        if order["status"] not in {before, after}:
            raise Problem(409, "order_not_" + after, order_status=order["status"])
        if order["status"] == before:
            order |= {"status": after, "can_cancel": False}
            order["timeline"].append(order["timeline"][0] | {"status": after, "at": now()})
        return JSONResponse(order)

    async def cancel(self, request: Request) -> Response:
        order = self.find_order(request)
        if not order["can_cancel"]:
            raise Problem(409, "order_not_cancellable")
        order |= {"status": "cancelled", "can_cancel": False}
        order["timeline"].append(order["timeline"][0] | {"status": "cancelled", "at": now()})
        return JSONResponse(order)


def tagged(book: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(book, status, headers={"ETag": f'"v{book["version"]}.s1"'})
