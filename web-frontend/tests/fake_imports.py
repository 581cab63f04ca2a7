"""Imports and exports behind the fake gateway."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from fake_gateway import FakeGateway

COUNTS = ("rows", "checked", "new", "changed", "unchanged", "bad", "applied", "failed", "undone", "kept")
STEPS = {
    "apply": (("checked",), "applying", ("applying", "applied")),
    "undo": (("applied", "cancelled"), "undoing", ("undoing", "undone")),
    "cancel": (
        ("receiving", "reading", "needs_mapping", "checking", "checked", "applying"),
        "cancelled",
        ("cancelled",),
    ),
}


class FakeImports:
    """The part of book-service that takes and gives files. Tests say how far an import is."""

    def __init__(self, gateway: "FakeGateway") -> None:
        self.gateway = gateway
        self.all: dict[str, dict[str, Any]] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.received = bytearray()
        self.sent: list[tuple[str, Any]] = []
        self.keys: dict[str, tuple[bytes, Any]] = {}
        self.state_of_new = "reading"
        self.page_size: int | None = None

    def routes(self) -> list[tuple[str, str, Any]]:
        one = "/books/imports/{import_id}"
        return [
            ("POST", "/books/imports", self.receive), ("GET", "/books/imports", self.list_all),
            ("GET", one, self.one), ("PATCH", one, self.patch), ("DELETE", one, self.delete),
            ("GET", f"{one}/rows", self.list_rows), ("GET", f"{one}/rejected", self.rejected),
            ("POST", f"{one}/{{step}}", self.step), ("GET", "/books/export", self.export),
        ]  # fmt: skip

    # Things that are there

    def add(self, state: str = "checked", rows: list[dict[str, Any]] | None = None, **facts: Any) -> dict[str, Any]:
        """Have an import in ``state``; its counts follow from its rows."""
        import_id, rows = str(uuid.uuid4()), rows or []
        outcomes = [row["outcome"] for row in rows]
        counts = {name: outcomes.count(name) for name in COUNTS} | {"rows": len(rows), "checked": len(rows)}
        counts |= facts.pop("counts", {})
        editor = self.gateway.accounts["editor@example.com"]
        self.rows[import_id] = [row(number, **facts) for number, facts in enumerate(rows, start=2)]
        self.all[import_id] = {
            "id": import_id, "name": "autumn.csv", "format": "csv", "state": state,
            "created_at": dt.datetime.now(dt.UTC).isoformat(), "actor": editor["id"], "actor_name": editor["email"],
            "bytes": 2048, "columns": ["isbn13", "title", "price"], "options": {"restore_archived": False},
            "mapping": {"isbn13": "isbn13", "title": "title", "price": "price"}, "counts": counts, "problem": None,
            "finished_at": None,
        } | facts  # fmt: skip
        return self.all[import_id]

    # Answers

    def find(self, request: Request) -> dict[str, Any]:
        self.gateway.who(request, "books:write")
        found = self.all.get(request.path_params["import_id"])
        return found if found is not None else self.gateway.refuse(404, "import_not_found")

    async def receive(self, request: Request) -> Response:
        self.gateway.who(request, "books:write")
        self.received.clear()
        async for chunk in request.stream():
            self.received += chunk
        key, content = request.headers["idempotency-key"], bytes(self.received)
        before, earlier = self.keys.get(key, (content, None))
        if before != content:
            self.gateway.refuse(422, "idempotency_key_reused")
        if earlier is not None:
            return JSONResponse(earlier, 202)
        new = self.add(self.state_of_new, name=request.query_params["name"], bytes=len(self.received))
        self.keys[key] = (content, new)
        return JSONResponse(new, 202, headers={"Location": f"/books/imports/{new['id']}"})

    async def list_all(self, request: Request) -> Response:
        self.gateway.who(request, "books:write")
        return self.page(list(reversed(self.all.values())), request)

    async def one(self, request: Request) -> Response:
        return JSONResponse(self.find(request))

    async def patch(self, request: Request) -> Response:
        found, body = self.find(request), await request.json()
        if found["state"] not in {"needs_mapping", "checked"}:
            self.gateway.refuse(409, "import_state")
        if "title" not in body.get("mapping", {"": "title"}).values():
            errors = [{"loc": ["body", "mapping"], "msg": "no column is the title"}]
            self.gateway.refuse(422, "invalid_input", errors=errors)
        self.sent.append(("patch", body))
        found |= body | {"state": "checking"}
        return JSONResponse(found, 202)

    async def step(self, request: Request) -> Response:
        found = self.find(request)
        before, after, already = STEPS[request.path_params["step"]]
        if found["state"] in before:
            self.sent.append((request.path_params["step"], found["id"]))
            found["state"] = after
        elif found["state"] not in already:
            self.gateway.refuse(409, "import_state")
        return JSONResponse(found, 202)

    async def delete(self, request: Request) -> Response:
        found = self.find(request)
        if found["counts"]["applied"]:
            self.gateway.refuse(409, "import_state")
        del self.all[found["id"]]
        return Response(status_code=204)

    async def list_rows(self, request: Request) -> Response:
        outcome = request.query_params["outcome"]
        return self.page([row for row in self.rows[self.find(request)["id"]] if row["outcome"] == outcome], request)

    async def rejected(self, request: Request) -> Response:
        self.find(request)
        headers = {"Content-Disposition": 'attachment; filename="autumn-rejected.csv"'}
        return Response("isbn13,title,price,problem\r\n", media_type="text/csv", headers=headers)

    async def export(self, request: Request) -> Response:
        self.gateway.who(request, "books:write")
        self.sent.append(("export", request.query_params.multi_items()))
        headers = {"Content-Disposition": 'attachment; filename="books.csv"'}
        return Response("id,isbn13,title\r\n", media_type="text/csv", headers=headers)

    def page(self, found: list[dict[str, Any]], request: Request) -> Response:
        cursor = request.query_params.get("cursor", "0")
        if not cursor.isdecimal():
            self.gateway.refuse(400, "invalid_cursor")
        limit, start = self.page_size or int(request.query_params.get("limit", 24)), int(cursor)
        return JSONResponse({
            "items": found[start : start + limit], "total": len(found), "total_is_estimate": False,
            "next_cursor": str(start + limit) if start + limit < len(found) else None,
            "prev_cursor": str(max(0, start - limit)) if start else None,
        })  # fmt: skip


def row(line: int, outcome: str, **facts: Any) -> dict[str, Any]:
    return {
        "line": line, "outcome": outcome, "isbn13": f"97801{line:08d}", "title": f"Book of line {line}",
        "book_id": None, "changes": {}, "problems": [], "applied": False,
    } | facts  # fmt: skip
