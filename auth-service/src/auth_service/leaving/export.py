"""All that auth-service knows of a person, as one JSON document that is written while it is sent."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from auth_service.accounts.models import Account
from auth_service.audit.repository import Which, all_events, last_number
from auth_service.leaving import repository
from auth_service.listing import AnyRow
from service_kit.database import Database


async def personal_data(database: Database, account: Account) -> AsyncIterator[bytes]:
    """Yield the document."""
    async with database.read() as connection:
        row = await repository.account_of(connection, account.id)
        sessions = await repository.sessions_of(connection, account.id)
        api_keys = await repository.api_keys_of(connection, account.id)
        # Whoever signed up with an address that is not theirs is not to read who was invited as what.
        email_key = account.email_key if account.email_verified_at is not None else None
        invitations = await repository.invitations_of(connection, account.id, email_key)
        second_factor = await repository.second_factor_of(connection, account.id)
        links = await repository.links_of(connection, account.id)
        mails = await repository.mails_of(connection, account.id)
        up_to = await last_number(connection)
    members: dict[str, Any] = {
        "exported_at": datetime.now(UTC),
        "account": _told(row) if row is not None else {},
        "sessions": [_told(one) for one in sessions],
        "api_keys": [_told(one) for one in api_keys],
        "invitations": [_invitation(one, account.id) for one in invitations],
        "second_factor": None if second_factor is None else _told(second_factor),
        "links": [_told(one) for one in links],
        "mails": [_told(one) for one in mails],
    }
    yield _text(members)[:-1].encode() + b',"events":['
    separator = b""
    async for rows in all_events(database, Which(about=account.id), up_to=up_to):
        yield separator + ",".join(_text(_event(one, account.id)) for one in rows).encode()
        separator = b","
    yield b"]}\n"


def _event(row: AnyRow, account_id: UUID) -> dict[str, Any]:
    event = _told(row)
    # The ids tell who; other people's addresses are not the person's to take along.
    del event["actor_email"], event["subject_email"]
    if event["actor"] not in {account_id, None}:
        # From where somebody else did it is not the person's to know.
        event["address"] = event["user_agent"] = None
    return event


def _invitation(row: AnyRow, account_id: UUID) -> dict[str, Any]:
    invitation = _told(row)
    if invitation["accepted_by"] not in {account_id, None}:
        # Who has come is not told to who has invited; whom one invited is.
        invitation["accepted_by"] = None
    return invitation


def _told(row: AnyRow) -> dict[str, Any]:
    return dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for a row as a mapping)


def _text(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
