"""Histories behind the fake gateway: every change is written down, and versions are put back."""

import uuid
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from fake_gateway import FakeGateway

FIELDS = (
    "title", "subtitle", "authors", "publisher", "published_on", "language", "format", "pages", "subjects",
    "description", "isbn13", "price",
)  # fmt: skip
COLLEAGUE = {"id": str(uuid.UUID(int=0x01890000000070008000000000C011EA)), "email": "colleague@example.com"}


class FakeHistory:
    """The part of book-service that remembers; ``gateway`` keeps the books."""

    def __init__(self, gateway: "FakeGateway") -> None:
        self.gateway = gateway
        self.revisions: dict[str, list[dict[str, Any]]] = {}
        self.page_size: int | None = None

    def routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("GET", "/books/{book_id}/history", self.history),
            ("GET", "/books/{book_id}/history/{version}", self.version),
            ("POST", "/books/{book_id}/history/{version}/restore", self.restore),
        ]  # fmt: skip

    # Things that happen

    def change(self, book: dict[str, Any], fields: dict[str, Any], *, by: Any = COLLEAGUE, **facts: Any) -> None:
        """Have somebody change a book; a change that changes nothing makes no version."""
        changes = {name: [book[name], value] for name, value in fields.items() if book[name] != value}
        if changes:
            book |= fields
            self.write(book, by, {"kind": "edited", "changes": changes} | facts)

    def archive(self, book: dict[str, Any], *, archived: bool = True, by: Any = COLLEAGUE) -> None:
        """Have somebody archive a book or put it back."""
        if bool(book["archived_at"]) != archived:
            book["archived_at"] = self.gateway.now() if archived else None
            kind = "archived" if archived else "restored"
            self.write(book, by, {"kind": kind, "changes": {"archived": [not archived, archived]}})

    def write(self, book: dict[str, Any], by: Any, facts: dict[str, Any]) -> None:
        book["version"] += 1
        row = {
            "version": book["version"], "at": self.gateway.now(), "actor": by["id"], "actor_name": by["email"],
            "import_id": None, "source_version": None,
        } | facts  # fmt: skip
        self.revisions.setdefault(book["id"], []).append(row)

    # Answers

    def content(self, book: dict[str, Any], version: int) -> dict[str, Any]:
        later = [row for row in self.revisions.get(book["id"], []) if row["version"] > version]
        if not 1 <= version <= book["version"] or len(later) != book["version"] - version:
            self.gateway.refuse(404, "revision_not_found")
        then = {name: book[name] for name in FIELDS}
        for row in reversed(later):
            then |= {name: before for name, (before, _after) in row["changes"].items() if name in then}
        return then

    async def history(self, request: Request) -> Response:
        self.gateway.who(request, "books:write")
        book, query = self.gateway.find_book(request), request.query_params
        if not query.get("cursor", "0").isdecimal():
            self.gateway.refuse(400, "invalid_cursor")
        rows = self.revisions.get(book["id"], [])[::-1]
        limit, start = self.page_size or 24, int(query.get("cursor", 0))
        items = [
            row | {"changes": {name: {"from": old, "to": new} for name, (old, new) in row["changes"].items()}}
            for row in rows[start : start + limit]
        ]
        return JSONResponse({
            "items": items, "total": len(rows),
            "next_cursor": str(start + limit) if start + limit < len(rows) else None,
            "prev_cursor": str(max(0, start - limit)) if start else None,
        })  # fmt: skip

    async def version(self, request: Request) -> Response:
        self.gateway.who(request, "books:write")
        book, version = self.gateway.find_book(request), int(request.path_params["version"])
        then = self.content(book, version)
        restoring = {name: {"from": book[name], "to": then[name]} for name in FIELDS if book[name] != then[name]}
        return JSONResponse({"version": version, "fields": then, "restoring": restoring})

    async def restore(self, request: Request) -> Response:
        account = self.gateway.who(request, "books:write")
        book, version = self.gateway.find_book(request), int(request.path_params["version"])
        self.gateway.check_version(request, book)
        then = self.content(book, version)
        if book["archived_at"]:
            self.gateway.refuse(409, "book_archived")
        self.gateway.check_isbn(then["isbn13"], book)
        self.change(book, then, by=account, kind="reverted", source_version=version)
        return JSONResponse(book, headers={"ETag": f'"v{book["version"]}.s1"'})
