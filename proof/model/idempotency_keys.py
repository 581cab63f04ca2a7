"""In the place of ``service_kit.idempotency``'s SQL: keys on ``order_tables``."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from proof.model.order_tables import KeyRow
from proof.model.tables import Session, insert
from service_kit.idempotency import (
    EarlierRequest,
    IdempotencyKeyReused,
    IdempotentRequest,
    RequestInProgress,
    StoredAnswer,
)


async def claim(
    session: Session,
    records: Any,  # noqa: ANN401 (there is one table)
    request: IdempotentRequest,
    *,
    resource_id: UUID | None = None,
    running_seconds: float = 10,
) -> EarlierRequest | None:
    """Take the key for this request: None when it is the first with it, else what came of the earlier one."""
    async with session.writes() as tables:
        now = tables.clock.seconds
        name = (request.account_id, request.key)
        if name not in tables.keys:
            insert(tables.keys, name, KeyRow(request.fingerprint, resource_id, now + running_seconds))
            return None
    return await earlier_request(session, records, request)


async def earlier_request(
    session: Session,
    records: Any,  # noqa: ANN401
    request: IdempotentRequest,
) -> EarlierRequest:
    """Tell what became of the request that took the key."""
    del records
    tables = await session.reads()
    row: KeyRow = tables.keys[request.account_id, request.key]
    if row.fingerprint != request.fingerprint:
        raise IdempotencyKeyReused
    if row.status is None and row.running_until > tables.clock.seconds:
        raise RequestInProgress
    return EarlierRequest(row.resource_id, row.answer, row.status)


async def complete(
    session: Session,
    records: Any,  # noqa: ANN401
    request: IdempotentRequest,
    answer: StoredAnswer,
) -> None:
    """Keep the answer of a claimed request; the first one that is kept stays."""
    del records
    async with session.writes() as tables:
        name = (request.account_id, request.key)
        if (row := tables.keys.get(name)) and row.status is None:
            tables.keys[name] = replace(row, status=answer.status, answer=answer)
