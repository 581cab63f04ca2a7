"""Calls about imports."""

from collections.abc import AsyncIterable
from typing import Any, Literal

from web_frontend.gateway_client import Call, Gateway, QueryValues
from web_frontend.gateway_problems import Refused
from web_frontend.importing.imports import Import, ImportPage
from web_frontend.importing.rows import RowPage

_PATH = "/books/imports"
_PAGE = "20"
_ROWS = "50"

Step = Literal["apply", "undo", "cancel"]


class MovedOn(Exception):
    """The import is in another state by now, in which this cannot be done."""


class ImportsClient:
    """book-service's imports, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def all(self, cursor: str = "", *, limit: str = _PAGE) -> ImportPage:
        """Return one page of imports, newest first."""
        query = [("limit", limit), *([("cursor", cursor)] if cursor else [])]
        return ImportPage.model_validate((await self._gateway.get(_PATH, query)).body)

    async def one(self, import_id: str) -> Import:
        """Return an import. Raises ``NotFound``."""
        return Import.model_validate((await self._gateway.get(f"{_PATH}/{import_id}")).body)

    async def rows(self, import_id: str, outcome: str, cursor: str = "") -> RowPage:
        """Return one page of its rows with that outcome."""
        query: QueryValues = [("outcome", outcome), ("limit", _ROWS)]
        query += [("cursor", cursor)] if cursor else []
        return RowPage.model_validate((await self._gateway.get(f"{_PATH}/{import_id}/rows", query)).body)

    async def send(self, name: str, file: AsyncIterable[bytes], *, idempotency_key: str) -> Import:
        """Send a file as it comes; the same file with the same key is one import. Raises what ``file`` raises."""
        headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": idempotency_key}
        call = Call("POST", _PATH, params=[("name", name)], file=file, headers=headers)
        return Import.model_validate((await self._gateway.send_file(call)).body)

    async def change(self, import_id: str, changes: dict[str, Any]) -> None:
        """Have the file checked again with another mapping or other options. Raises ``MovedOn``."""
        await self._change(Call("PATCH", f"{_PATH}/{import_id}", json=changes))

    async def take(self, step: Step, import_id: str) -> None:
        """Apply, undo or cancel an import; once more is the same. Raises ``MovedOn``."""
        await self._change(Call("POST", f"{_PATH}/{import_id}/{step}"))

    async def discard(self, import_id: str) -> None:
        """Forget an import that was never applied. Raises ``MovedOn``, ``NotFound``."""
        await self._change(Call("DELETE", f"{_PATH}/{import_id}"))

    async def _change(self, call: Call) -> None:
        try:
            await self._gateway.send(call)
        except Refused as error:
            if error.code == "import_state":
                raise MovedOn from error
            raise
