"""Staying signed in, signing out, and seeing where one is signed in."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.repository import lock_account
from auth_service.api_keys.repository import ended_keys
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.keys.issuer import TOKEN_LIFETIME
from auth_service.leaving.repository import erased_within
from auth_service.places import Place
from auth_service.sessions import repository
from auth_service.sessions.errors import InvalidRefreshToken, SessionNotFound
from auth_service.sessions.refresh_tokens import digest, successor
from auth_service.sessions.repository import PresentedToken, SessionLife
from auth_service.sessions.schemas import SessionBody
from auth_service.sessions.tokens import SessionTokens, Tokens
from auth_service.throttling.service import Throttle
from service_kit.database import Database
from service_kit.paging import Page, cut_page, decode_cursor
from service_kit.revocations import RevocationFeed, RevocationList
from service_kit.tokens import CLOCK_LEEWAY

log = structlog.get_logger(__name__)

REVOCATION_REACH = TOKEN_LIFETIME + timedelta(seconds=2 * CLOCK_LEEWAY)
"""How long something that ended stays in the revocation list: until every token issued before has expired."""


class RevocationService:
    """What ended before its tokens did."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    async def current(self) -> RevocationList:
        """Return the list as it is now: with the API keys that ended among the sessions, and the erased accounts."""
        async with self._database.read() as connection:
            current = await repository.read_revocations(connection, REVOCATION_REACH)
            keys = await ended_keys(connection, REVOCATION_REACH)
            erased = await erased_within(connection, REVOCATION_REACH)
        return RevocationList(
            as_of=current.as_of,
            sessions=current.sessions | {str(key_id) for key_id in keys},
            accounts=current.accounts | {str(account_id): limit for account_id, limit in erased.items()},
        )


class SessionService:
    """Sessions that have begun."""

    def __init__(  # noqa: PLR0913 (what it works with)
        self,
        *,
        database: Database,
        revocations: RevocationFeed,
        tokens: SessionTokens,
        throttle: Throttle,
        trail: AuditTrail,
        refresh_secret: bytes,
        life: SessionLife,
    ) -> None:
        """Take what it works with; ``refresh_secret`` derives the refresh tokens."""
        self._database = database
        self._revocations = revocations
        self._tokens = tokens
        self._throttle = throttle
        self._trail = trail
        self._refresh_secret = refresh_secret
        self._life = life

    async def refresh(self, refresh_token: str, place: Place) -> Tokens:
        """Give new tokens for a refresh token. Raises ``InvalidRefreshToken``.

        A token that was used moments ago gives the same successor again; one that was used longer ago has been stolen
        from somebody, so its session ends (RFC 9700, section 4.14.2).
        """
        next_token = successor(refresh_token, secret=self._refresh_secret)
        async with self._database.transaction() as session:
            tokens = await self._rotate(session, refresh_token, next_token, place)
        if tokens is None:
            raise InvalidRefreshToken
        return tokens

    async def sign_out(self, account_id: UUID, session_id: UUID, place: Place) -> None:
        """End the session that the caller uses."""
        await self._end(account_id, session_id, place)

    async def list(
        self, account_id: UUID, *, current: UUID | None, limit: int, encoded_cursor: str | None
    ) -> Page[SessionBody]:
        """Return a page of an account's sessions, newest first; ``current`` is marked. Raises ``InvalidCursor``."""
        scope = {"sessions": str(account_id)}
        cursor = decode_cursor(encoded_cursor, scope, key_types=[UUID])
        async with self._database.read() as connection:
            rows = await repository.list_sessions(connection, account_id, self._life, cursor, limit)
            total = await repository.count_sessions(connection, account_id, self._life)
        page = cut_page(rows, limit=limit, cursor=cursor, query=scope, keys=lambda row: (str(row.id),))
        return Page(
            items=[SessionBody.of(row, current=row.id == current) for row in page.rows],
            next_cursor=page.next_cursor,
            prev_cursor=page.prev_cursor,
            total=total,
        )

    async def end(self, account_id: UUID, session_id: UUID, place: Place) -> None:
        """End one of the caller's sessions. Raises ``SessionNotFound``, also for somebody else's."""
        if not await self._end(account_id, session_id, place):
            raise SessionNotFound

    async def end_all(
        self, account_id: UUID, *, but: UUID | None = None, actor: UUID | None = None, place: Place
    ) -> int:
        """End all sessions of an account, or all others, and return how many; ``actor`` if it is not the owner."""
        async with self._database.transaction() as session:
            ended = await repository.end_sessions(session, account_id, but=but)
            detail = {"sessions": ended}
            await self._trail.record(
                session,
                Happening(
                    Action.SESSIONS_ENDED, actor=actor or account_id, subject=account_id, place=place, detail=detail
                ),
            )
        await self._revocations.refresh()
        return ended

    async def delete_finished(self) -> int:
        """Delete what no token can belong to any more, and return how many sessions that were."""
        async with self._database.transaction() as session:
            return await repository.delete_finished(session, self._life, REVOCATION_REACH)

    async def _end(self, account_id: UUID, session_id: UUID, place: Place) -> bool:
        async with self._database.transaction() as session:
            ended = await repository.end_session(session, account_id, session_id)
            if ended:
                detail = {"session": str(session_id)}
                await self._trail.record(
                    session,
                    Happening(Action.SIGNED_OUT, actor=account_id, subject=account_id, place=place, detail=detail),
                )
        await self._revocations.refresh()
        return ended

    async def _rotate(self, session: AsyncSession, refresh_token: str, next_token: str, place: Place) -> Tokens | None:
        presented = await repository.lock_refresh_token(session, digest(refresh_token), self._life)
        if presented is None or not presented.alive:
            return None
        if presented.token.rotated_at is not None and not presented.in_grace:
            await self._end_stolen(session, presented, place)
            return None
        account = await lock_account(session, presented.session.account_id, shared=True)
        if account is None or account.disabled_at is not None:
            return None
        if presented.token.rotated_at is None:
            moved = Place(str(presented.session.address)).client != place.client
            await repository.rotate(session, presented, digest(next_token), place)
            if moved:
                await self._throttle.remember_place(session, account.id, place)
        return self._tokens.of(account, presented.session, next_token, await repository.database_time(session))

    async def _end_stolen(self, session: AsyncSession, presented: PresentedToken, place: Place) -> None:
        stolen_from = presented.session
        log.warning("refresh token used again", session=str(stolen_from.id))
        await repository.end_session(session, stolen_from.account_id, stolen_from.id)
        # Nobody knows who it was that used it, so the event has no actor.
        happening = Happening(
            Action.REFRESH_TOKEN_REUSED,
            subject=stolen_from.account_id,
            place=place,
            detail={"session": str(stolen_from.id)},
        )
        await self._trail.record(session, happening)
