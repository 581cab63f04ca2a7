"""Requests that are carried out once however often they are sent (draft-ietf-httpapi-idempotency-key-header-07).

A service keeps the keys in a table of its own, made from ``IdempotencyRecord``. In the transaction that carries out the
request it calls ``claim`` first and ``complete`` last; when the work needs more than one transaction, the row stays
without an answer in between and later requests with the key are told that it is still running.

Where each statement counts, a service writes the row in the statement that carries out the request, calls
``earlier_request`` when the key was taken, and keeps no more than the status of an answer that it can build again.
"""

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.encoders import jsonable_encoder
from sqlalchemy import DateTime, LargeBinary, SmallInteger, Text, delete, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from starlette.responses import Response

from service_kit.identity import Caller
from service_kit.languages.language import current_language
from service_kit.languages.texts import N_
from service_kit.problems import DomainError, problem_response

LONGEST_KEY = 255
KEPT = timedelta(hours=25)
"""How long keys are kept: a little more than the 24 hours that the API promises."""

_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')  # sf-string of RFC 8941, section 3.3.3
_BARE = re.compile(r"[A-Za-z0-9._~:/+=@-]+")
_ESCAPED = re.compile(r'\\(["\\])')
_FIRST_ERROR_STATUS = 400


class InvalidIdempotencyKey(DomainError):
    """The header is not one key."""

    code = "invalid_idempotency_key"
    status = 400
    title = N_("The Idempotency-Key header is not valid")


class IdempotencyKeyReused(DomainError):
    """The key came with another request before."""

    code = "idempotency_key_reused"
    status = 422
    title = N_("This Idempotency-Key was used for another request")


class RequestInProgress(DomainError):
    """The first request with the key has not been answered yet."""

    code = "request_in_progress"
    status = 409
    title = N_("A request with this Idempotency-Key is still running")

    def __init__(self) -> None:
        """Say when to try again."""
        super().__init__(headers={"Retry-After": "1"})


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request that carries a key. ``fingerprint`` is the SHA-256 digest of what it asks for."""

    account_id: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer to give again: ``body`` is JSON text; of an error, the members of its problem document."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_error(cls, error: DomainError) -> "StoredAnswer":
        """Keep an error that the same request would meet again, in the words and the language that it is told in."""
        title, detail = error.told()
        members = {"code": error.code, "title": title, "detail": detail, **error.extra}
        headers = {**error.headers, "Content-Language": current_language().code}
        return cls(error.status, json.dumps(jsonable_encoder(members)), headers)


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """What an earlier request with the same key came to.

    It may have left ``status`` alone, for an answer that can be built again; without that it broke off before it could
    give one.
    """

    resource_id: UUID | None
    answer: StoredAnswer | None
    status: int | None = None


class IdempotencyRecord:
    """The columns of a service's table of keys (a declarative mixin). Keys belong to the account that sent them."""

    account_id: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    resource_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    running_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    status: Mapped[int | None] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    body: Mapped[str | None] = mapped_column(Text)


def parse_key(lines: list[str]) -> str | None:
    """Read the header's lines; None when there is none. Raises ``InvalidIdempotencyKey``.

    The draft asks for a string in double quotes; many clients send their UUID without, which means the same key here.
    """
    if not lines:
        return None
    text = lines[0].strip(" \t")
    quoted = _QUOTED.fullmatch(text)
    key = _ESCAPED.sub(r"\1", quoted[1]) if quoted else text
    if len(lines) > 1 or not (quoted or _BARE.fullmatch(text)) or not key.strip() or len(key) > LONGEST_KEY:
        detail = N_("Send one string of 1 to %(most)s ASCII characters in double quotes.")
        raise InvalidIdempotencyKey(detail, values={"most": LONGEST_KEY})
    return key


def fingerprint(method: str, target: str, body: bytes) -> bytes:
    """Return the SHA-256 digest of a request; white space and the order of members in JSON make no difference."""
    with contextlib.suppress(ValueError, RecursionError):  # What is not JSON is compared byte by byte.
        body = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(b"\0".join((method.encode(), target.encode(), body))).digest()


async def idempotent_request(
    request: Request,
    caller: Caller,
    idempotency_key: Annotated[  # noqa: ARG001 (declared for the OpenAPI document; all its lines are read below)
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Makes repeating the request safe: with the same key and body it is carried out once.",
            examples=['"8e03978e-40d5-43e8-bc93-6894a57f9324"'],
        ),
    ] = None,
) -> IdempotentRequest | None:
    """Read the key of a request, or None when it has none. Raises ``InvalidIdempotencyKey``."""
    key = parse_key(request.headers.getlist("idempotency-key"))
    if key is None:
        return None
    target = f"{request.url.path}?{request.url.query}"
    return IdempotentRequest(caller.subject, key, fingerprint(request.method, target, await request.body()))


IdempotencyKey = Annotated[IdempotentRequest | None, Depends(idempotent_request)]


async def claim(
    session: AsyncSession,
    records: type[IdempotencyRecord],
    request: IdempotentRequest,
    *,
    resource_id: UUID | None = None,
    running_seconds: float = 10,
) -> EarlierRequest | None:
    """Take the key for this request: None when it is the first with it, else what came of the earlier one.

    ``resource_id`` names what the request is about to make. Waits while another transaction that took the same key is
    open. Raises ``IdempotencyKeyReused``, and ``RequestInProgress`` while the first one has no answer and
    ``running_seconds`` are not over.
    """
    new = insert(records).values(
        account_id=request.account_id,
        key=request.key,
        fingerprint=request.fingerprint,
        resource_id=resource_id,
        running_until=func.now() + timedelta(seconds=running_seconds),
    )
    if await session.scalar(new.on_conflict_do_nothing().returning(records.key)) is not None:
        return None
    return await earlier_request(session, records, request)


async def earlier_request(
    session: AsyncSession | AsyncConnection, records: type[IdempotencyRecord], request: IdempotentRequest
) -> EarlierRequest:
    """Tell what became of the request that took the key. Raises ``IdempotencyKeyReused``, ``RequestInProgress``."""
    running = (records.running_until > func.clock_timestamp()).label("running")
    columns = (records.fingerprint, records.resource_id, records.status, records.headers, records.body, running)
    found = await session.execute(select(*columns).where(*_of(records, request)))
    row = found.one_or_none()
    if row is None:  # Its time was over and it went away between the two statements.
        raise RequestInProgress
    if row.fingerprint != request.fingerprint:
        raise IdempotencyKeyReused
    if row.status is not None:
        answer = None if row.body is None else StoredAnswer(row.status, row.body, row.headers or {})
        return EarlierRequest(row.resource_id, answer, row.status)
    if row.running:
        raise RequestInProgress
    return EarlierRequest(row.resource_id, None)


async def complete(
    session: AsyncSession, records: type[IdempotencyRecord], request: IdempotentRequest, answer: StoredAnswer
) -> None:
    """Keep the answer of a claimed request; the first one that is kept stays."""
    kept = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
    await session.execute(update(records).where(*_of(records, request), records.status.is_(None)).values(**kept))


async def delete_expired(session: AsyncSession, records: type[IdempotencyRecord]) -> None:
    """Forget keys that are older than ``KEPT``."""
    statement = delete(records).where(records.created_at < func.now() - KEPT)
    await session.execute(statement, execution_options={"synchronize_session": False})


def replay(request: Request, answer: StoredAnswer) -> Response:
    """Give a stored answer again, marked with ``Idempotent-Replayed: true``."""
    return respond(request, answer, replayed=True)


def respond(request: Request, answer: StoredAnswer, *, replayed: bool) -> Response:
    """Give an answer, for the first time or, with ``replayed``, again."""
    headers = {**answer.headers, "Idempotent-Replayed": "true"} if replayed else dict(answer.headers)
    if answer.status >= _FIRST_ERROR_STATUS:
        members: dict[str, Any] = json.loads(answer.body)
        return problem_response(request, status=answer.status, headers=headers, **members)
    return Response(answer.body, answer.status, headers, media_type="application/json")


def _of(records: type[IdempotencyRecord], request: IdempotentRequest) -> tuple[Any, ...]:
    return (records.account_id == request.account_id, records.key == request.key)
