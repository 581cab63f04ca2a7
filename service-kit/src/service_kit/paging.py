"""Opaque cursors for keyset pages.

A cursor holds the sort keys of the row that a page starts behind, and a digest of the query that it belongs to. It is
no secret and no permission: whoever forges one only names another place to start at, in a query that anyone may ask. So
the digest is there to refuse clearly what was damaged or belongs to another query, and not to keep anyone out.
"""

import base64
import binascii
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from service_kit.languages.texts import N_
from service_kit.problems import DomainError

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=100, description="Items on a page.")]
CursorText = Annotated[str | None, Query(max_length=2000, description="`next_cursor` or `prev_cursor` of a page.")]
DEFAULT_LIMIT = 24

Key = str | int | float | UUID | Decimal
KeyType = type[str] | type[float] | type[UUID] | type[Decimal] | range
"""What a sort key is; a range is of whole numbers: those that the column holds."""
INT4 = range(-(1 << 31), 1 << 31)
INT8 = range(-(1 << 63), 1 << 63)
_LONGEST_LINK = 4096
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_DECIMAL = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")


class InvalidCursor(DomainError):
    """The cursor was damaged or belongs to another query."""

    code = "invalid_cursor"
    status = 400
    title = N_("The cursor does not belong to this query")


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int = Field(description="How many there are in all; an estimate when `total_is_estimate`.")
    total_is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page starts: behind (or before) the row with these sort keys."""

    direction: Literal["next", "prev"]
    keys: tuple[Key, ...]

    def encode(self, query: Mapping[str, Any]) -> str:
        """Return the cursor as URL-safe text that only fits ``query``."""
        payload = json.dumps([self.direction[0], *self.keys], ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(query_digest(payload, query) + payload).rstrip(b"=").decode()


def decode_cursor(encoded: str | None, query: Mapping[str, Any], *, key_types: Sequence[KeyType]) -> Cursor | None:
    """Read a cursor of ``query``. Its keys are such that the database can compare them. Raises ``InvalidCursor``."""
    if encoded is None:
        return None
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        payload = raw[8:]
        if raw[:8] != query_digest(payload, query):
            raise InvalidCursor
        direction, *values = _list(json.loads(payload))
        keys = tuple(_key(value, kind) for value, kind in zip(values, key_types, strict=True))
        return Cursor(_DIRECTIONS[direction], keys)
    except (binascii.Error, ValueError, UnicodeError, KeyError, TypeError, RecursionError) as error:
        raise InvalidCursor from error


_DIRECTIONS: dict[str, Literal["next", "prev"]] = {"n": "next", "p": "prev"}


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or not value:
        message = "not a list"
        raise TypeError(message)
    return value


def _key(value: object, kind: KeyType) -> Key:
    """Return a key as what it is. Raises ``ValueError`` for what no row has, and no statement could be given."""
    if isinstance(kind, range):
        if type(value) is int and value in kind:
            return value
    elif kind is float:
        if isinstance(value, float) and math.isfinite(value):
            return value
    elif isinstance(value, str) and not _NO_TEXT.search(value):
        if kind is UUID:
            return UUID(value)
        if kind is str:
            return value
        if _DECIMAL.fullmatch(value):
            return Decimal(value)
    message = "not a key of this list"
    raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Cut(Generic[Item]):
    """The rows of one page in reading order, and the cursors to its neighbours."""

    rows: list[Item]
    next_cursor: str | None
    prev_cursor: str | None


def cut_page(
    found: Sequence[Item],
    *,
    limit: int,
    cursor: Cursor | None,
    query: Mapping[str, Any],
    keys: Callable[[Item], tuple[Key, ...]],
) -> Cut[Item]:
    """Make a page of what was read from ``cursor`` on: up to ``limit + 1`` rows, in the direction away from it.

    ``keys`` returns the sort keys of a row, as a cursor of ``query`` carries them.
    """
    rows, has_more = list(found[:limit]), len(found) > limit
    backwards = cursor is not None and cursor.direction == "prev"
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, has_more) if backwards else (has_more, cursor is not None)
    return Cut(
        rows,
        next_cursor=Cursor("next", keys(rows[-1])).encode(query) if rows and has_next else None,
        prev_cursor=Cursor("prev", keys(rows[0])).encode(query) if rows and has_previous else None,
    )


def query_digest(payload: bytes, query: Mapping[str, Any]) -> bytes:
    """Return what a cursor with ``payload`` begins with when it belongs to ``query``."""
    described = json.dumps(query, sort_keys=True, default=str).encode()
    return hashlib.blake2b(payload + b"\0" + described, digest_size=8, person=b"quire cursor").digest()


def link_header(request: Request, *, next_cursor: str | None, prev_cursor: str | None) -> dict[str, str]:
    """Return a ``Link`` header (RFC 8288) to the neighbouring pages, as relative references.

    It repeats the query, which is as long as the client likes. Longer than HTTP programs take, it would make the answer
    none at all, and the gateway would hold that against the service; the cursors are in the body, too.
    """
    links = []
    for relation, cursor in (("next", next_cursor), ("prev", prev_cursor)):
        if cursor is not None:
            query = [(key, value) for key, value in request.query_params.multi_items() if key != "cursor"]
            links.append(f'<{request.url.path}?{urlencode([*query, ("cursor", cursor)])}>; rel="{relation}"')
    text = ", ".join(links)
    return {"Link": text} if 0 < len(text) <= _LONGEST_LINK else {}
