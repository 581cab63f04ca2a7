"""SQL on attempt counters and known places. All times are the database's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from auth_service.accounts.models import Account
from auth_service.throttling.limits import Limit
from auth_service.throttling.models import AttemptCounter, KnownPlace

_PLACE_IS_FRESH = timedelta(hours=1)

# In the order of their keys, so that two who take from the same counters never wait for each other. What a counter has
# no room for is left as it was: who goes on trying does not have to wait for longer because of that.
_TAKE = text("""
    INSERT INTO attempt_counters AS counter (key, empties_at, cost, room)
    SELECT key, now() + cost, cost, room
    FROM unnest(CAST(:keys AS bytea[]), CAST(:costs AS interval[]), CAST(:rooms AS interval[]))
        AS wanted (key, cost, room)
    ORDER BY key
    ON CONFLICT (key) DO UPDATE
    SET empties_at = greatest(counter.empties_at, now()) + excluded.cost, cost = excluded.cost, room = excluded.room
    WHERE greatest(counter.empties_at, now()) + excluded.cost <= now() + excluded.room
    RETURNING key
""")
_GIVE_BACK = text("""
    WITH taken AS (
        SELECT key FROM attempt_counters WHERE key = ANY(CAST(:keys AS bytea[])) ORDER BY key FOR UPDATE
    )
    UPDATE attempt_counters AS counter SET empties_at = counter.empties_at - counter.cost
    FROM taken WHERE taken.key = counter.key
""")
_WAIT = text("""
    SELECT max(empties_at + cost - room - now()) FROM attempt_counters WHERE key = ANY(CAST(:keys AS bytea[]))
""")
# What is in use is not waited for: it is not empty.
_SWEEP = text("""
    DELETE FROM attempt_counters
    WHERE key IN (SELECT key FROM attempt_counters WHERE empties_at < now() FOR UPDATE SKIP LOCKED)
""")


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter that an attempt is to be taken from, and its limit."""

    key: bytes
    limit: Limit


async def take(connection: AsyncConnection | AsyncSession, counters: Sequence[Counter]) -> set[bytes]:
    """Take one attempt from each counter that has room, and return the keys of those that have none."""
    parameters = {
        "keys": [counter.key for counter in counters],
        "costs": [counter.limit.cost for counter in counters],
        # A part of a cost more: microseconds are rounded.
        "rooms": [counter.limit.period + counter.limit.cost / 1000 for counter in counters],
    }
    taken = set(await connection.scalars(_TAKE, parameters))
    return {counter.key for counter in counters} - taken


async def wait(session: AsyncSession, keys: set[bytes]) -> timedelta:
    """Return how long it is until each of the counters has room for one attempt."""
    found: timedelta | None = await session.scalar(_WAIT, {"keys": list(keys)})
    return found or timedelta()


async def give_back(connection: AsyncConnection, keys: Sequence[bytes]) -> None:
    """Undo one attempt of each counter."""
    await connection.execute(_GIVE_BACK, {"keys": list(keys)})


async def empty(connection: AsyncConnection | AsyncSession, key: bytes) -> None:
    """Forget all attempts of one counter."""
    await connection.execute(delete(AttemptCounter).where(AttemptCounter.key == key))


async def is_known(connection: AsyncConnection, email_key: str, client: bytes, within: timedelta) -> bool:
    """Tell whether the account with this address was used from ``client`` lately."""
    query = (
        select(KnownPlace.account_id)
        .join(Account, Account.id == KnownPlace.account_id)
        .where(Account.email_key == email_key, KnownPlace.client == client, KnownPlace.seen_at > func.now() - within)
    )
    return await connection.scalar(query) is not None


async def remember(session: AsyncSession, account_id: UUID, client: bytes) -> None:
    """Note that the owner of the account was at ``client`` now; once an hour is often enough."""
    added = insert(KnownPlace).values(account_id=account_id, client=client)
    statement = added.on_conflict_do_update(
        index_elements=[KnownPlace.account_id, KnownPlace.client],
        set_={"seen_at": func.now()},
        where=KnownPlace.seen_at < func.now() - _PLACE_IS_FRESH,
    )
    await session.execute(statement)


async def account_id_of(session: AsyncSession, email_key: str) -> UUID | None:
    """Return the id of the account with this address, or None."""
    account_id: UUID | None = await session.scalar(select(Account.id).where(Account.email_key == email_key))
    return account_id


async def sweep(connection: AsyncConnection, places_kept: timedelta) -> int:
    """Delete counters that are empty and places that were not used for long; return how many rows."""
    counters = await connection.execute(_SWEEP)
    places = await connection.execute(delete(KnownPlace).where(KnownPlace.seen_at < func.now() - places_kept))
    assert isinstance(counters, CursorResult)  # noqa: S101 (narrows the type for the checker)
    assert isinstance(places, CursorResult)  # noqa: S101
    return counters.rowcount + places.rowcount
