"""What administrators do with other people's accounts."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import Account
from auth_service.accounts.repository import lock_account, refuse_earlier_tokens
from auth_service.accounts.roles import Role
from auth_service.administration import repository
from auth_service.administration.errors import LastAdmin, NoSuchAccount, OwnAccount
from auth_service.administration.schemas import AccountAdministration, AccountQuery, AdministeredAccount
from auth_service.api_keys.repository import revoke_keys
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.clock import now
from auth_service.invitations.repository import withdraw_all_of
from auth_service.links.repository import end_links
from auth_service.listing import Listed, Wanted
from auth_service.password_reset.service import PasswordResetService
from auth_service.places import Place
from auth_service.second_factor.resetting import SecondFactorReset
from auth_service.sessions.repository import SessionLife, end_sessions
from auth_service.sessions.schemas import SessionBody
from auth_service.sessions.service import SessionService
from service_kit.database import Database
from service_kit.identity import NotAllowed
from service_kit.paging import Page
from service_kit.revocations import RevocationFeed


class AdministrationService:
    """Other people's accounts."""

    def __init__(  # noqa: PLR0913 (what it works with)
        self,
        *,
        database: Database,
        revocations: RevocationFeed,
        trail: AuditTrail,
        life: SessionLife,
        sessions: SessionService,
        second_factors: SecondFactorReset,
        password_resets: PasswordResetService,
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._revocations = revocations
        self._trail = trail
        self._life = life
        self._sessions = sessions
        self._second_factors = second_factors
        self._password_resets = password_resets

    async def list_accounts(self, query: AccountQuery) -> Listed:
        """Return a page of the accounts that fit."""
        conditions = {"q": query.q, "role": sorted(set(query.role)), "disabled": query.disabled}
        wanted = Wanted(query.limit, query.cursor, conditions)
        async with self._database.read() as connection:
            return await repository.list_accounts(connection, wanted, life=self._life, conditions=conditions)

    async def get(self, account_id: UUID) -> AdministeredAccount:
        """Return an account. Raises ``NoSuchAccount``."""
        async with self._database.read() as connection:
            row = await repository.find_account(connection, account_id, life=self._life)
        if row is None:
            raise NoSuchAccount
        return AdministeredAccount.of(row)

    async def change(
        self, account_id: UUID, change: AccountAdministration, *, actor: UUID, place: Place
    ) -> AdministeredAccount:
        """Give another role, disable, or enable again. What is so already stays.

        Raises ``NoSuchAccount``, ``OwnAccount``, ``LastAdmin``, and ``NotAllowed`` when the actor is no longer an
        administrator. Tokens that tell of how it was are refused everywhere within ten seconds.
        """
        async with self._database.transaction() as session:
            await repository.change_administrators_in_turn(session)
            account = await _another(session, account_id, actor)
            wanted = _Change.of(account, change)
            if wanted.loses_administrator and not await repository.another_administrator(session, account_id):
                raise LastAdmin
            await _require_administrator(session, actor)
            happenings = await self._carry_out(session, account, wanted)
            if happenings:
                await refuse_earlier_tokens(session, account)
            for action, detail in happenings:
                happening = Happening(action, actor=actor, subject=account_id, place=place, detail=detail)
                await self._trail.record(session, happening)
        await self._revocations.refresh()
        return await self.get(account_id)

    async def list_sessions(
        self, account_id: UUID, *, current: UUID, limit: int, cursor: str | None
    ) -> Page[SessionBody]:
        """Return a page of the open sessions of an account. Raises ``NoSuchAccount``."""
        await self.get(account_id)
        return await self._sessions.list(account_id, current=current, limit=limit, encoded_cursor=cursor)

    async def end_sessions(self, account_id: UUID, *, actor: UUID, place: Place) -> None:
        """Sign an account out everywhere. Raises ``NoSuchAccount``."""
        async with self._database.transaction() as session:
            _existing(await lock_account(session, account_id, shared=True))
            await _require_administrator(session, actor)
        await self._sessions.end_all(account_id, actor=actor, place=place)

    async def remove_second_factor(self, account_id: UUID, *, actor: UUID, place: Place) -> None:
        """Take away the second factor of somebody who has lost it; without one, nothing changes.

        Raises ``NoSuchAccount``, ``OwnAccount``, ``NotAllowed``. All sessions end: each began with that factor.
        """
        async with self._database.transaction() as session:
            await _another(session, account_id, actor)
            await _require_administrator(session, actor)
        await self._second_factors.reset_second_factor(account_id, actor=actor, place=place)

    async def send_password_reset(self, account_id: UUID, *, actor: UUID, place: Place) -> None:
        """Mail the account a link with which to choose another password.

        Raises ``NoSuchAccount``, ``MailNotConfigured``.
        """
        async with self._database.transaction() as session:
            account = _existing(await lock_account(session, account_id))
            await _require_administrator(session, actor)
            await self._password_resets.send_to(session, account)
            happening = Happening(Action.PASSWORD_RESET_ASKED, actor=actor, subject=account_id, place=place)
            await self._trail.record(session, happening)

    async def _carry_out(
        self, session: AsyncSession, account: Account, wanted: "_Change"
    ) -> list[tuple[Action, dict[str, Any]]]:
        happenings: list[tuple[Action, dict[str, Any]]] = []
        if wanted.role is not wanted.role_before:
            account.role = wanted.role
            happenings.append((Action.ROLE_CHANGED, {"from": wanted.role_before.value, "to": wanted.role.value}))
        if wanted.disabled and not wanted.disabled_before:
            account.disabled_at = await now(session)
            ended = await end_sessions(session, account.id)
            revoked = await revoke_keys(session, account.id)
            await end_links(session, account.id)
            happenings.append((Action.ACCOUNT_DISABLED, {"sessions": ended, "api_keys": revoked}))
        elif wanted.disabled_before and not wanted.disabled:
            account.disabled_at = None
            happenings.append((Action.ACCOUNT_ENABLED, {}))
        if wanted.loses_administrator:
            # A link of one's own would be the way back in.
            withdrawn = await withdraw_all_of(session, account.id)
            happenings += [(Action.INVITATION_WITHDRAWN, {"invitation": str(one)}) for one in withdrawn]
        await session.flush()
        return happenings


@dataclass(frozen=True, slots=True)
class _Change:
    """What an account was before, and what it is to be."""

    role_before: Role
    role: Role
    disabled_before: bool
    disabled: bool

    @classmethod
    def of(cls, account: Account, change: AccountAdministration) -> "_Change":
        role, disabled = Role(account.role), account.disabled_at is not None
        return cls(
            role,
            role if change.role is None else change.role,
            disabled,
            disabled if change.disabled is None else change.disabled,
        )

    @property
    def loses_administrator(self) -> bool:
        was = self.role_before is Role.ADMIN and not self.disabled_before
        return was and (self.role is not Role.ADMIN or self.disabled)


async def _another(session: AsyncSession, account_id: UUID, actor: UUID) -> Account:
    if account_id == actor:
        raise OwnAccount
    return _existing(await lock_account(session, account_id))


async def _require_administrator(session: AsyncSession, actor: UUID) -> None:
    # For some seconds more a token says what its owner is no longer.
    if not await repository.is_administrator(session, actor):
        raise NotAllowed


def _existing(account: Account | None) -> Account:
    if account is None:
        raise NoSuchAccount
    return account
