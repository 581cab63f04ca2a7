"""What people do with their second factor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import Account
from auth_service.accounts.reauthentication import Reauthentication, existing
from auth_service.accounts.repository import find_account, lock_account, refuse_earlier_tokens
from auth_service.accounts.roles import Role
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.mail.kinds import MailKind
from auth_service.mail.notices import Notices
from auth_service.places import Place
from auth_service.second_factor import repository
from auth_service.second_factor.checking import AcceptedCode, CodeCheck
from auth_service.second_factor.codes import CodeBook, is_app_code, normalised
from auth_service.second_factor.errors import NoSecondFactor, SecondFactorEnabled, SecondFactorIsRequired, WrongCode
from auth_service.second_factor.rule import ScopeRule
from auth_service.sessions.repository import end_sessions, mark_second_factor
from auth_service.throttling.limits import Purpose
from auth_service.throttling.service import Throttle
from service_kit.database import Database
from service_kit.revocations import RevocationFeed

ABANDONED_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OwnSecondFactor:
    """What people see of their second factor."""

    enabled_at: datetime | None
    required: bool
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class NewSecret:
    """What an authenticator app is to be given."""

    secret: str
    uri: str


class SecondFactorService:
    """Second factors."""

    def __init__(  # noqa: PLR0913 (what it works with)
        self,
        *,
        database: Database,
        reauthentication: Reauthentication,
        throttle: Throttle,
        trail: AuditTrail,
        codes: CodeBook,
        rule: ScopeRule,
        revocations: RevocationFeed,
        notices: Notices,
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._reauthentication = reauthentication
        self._throttle = throttle
        self._trail = trail
        self._codes = codes
        self._check = CodeCheck(codes)
        self._rule = rule
        self._revocations = revocations
        self._notices = notices

    async def state(self, account_id: UUID) -> OwnSecondFactor:
        """Return whether the account has a second factor. Raises ``NotAuthenticated`` when the account is gone."""
        async with self._database.read() as connection:
            found = existing(await repository.read_state(connection, account_id))
        return OwnSecondFactor(found.enabled_at, self._rule.requires(Role(found.role)), found.recovery_codes_left)

    async def begin(self, account_id: UUID, *, password: str, place: Place) -> NewSecret:
        """Make a secret, which counts once a code of it was shown.

        Raises ``WrongPassword``, ``TooManyAttempts``, ``PasswordsBusy`` or ``SecondFactorEnabled``.
        """
        confirmed = await self._reauthentication.by_password(account_id, password, place)
        secret = self._codes.new_secret()
        async with self._database.transaction() as session:
            account = confirmed.unchanged(await lock_account(session, account_id))
            if await self._check.is_enabled(session, account_id):
                raise SecondFactorEnabled
            await repository.begin_factor(session, account_id, self._codes.seal(secret, account_id))
        return NewSecret(secret, self._codes.uri(secret, account.email))

    async def confirm(self, account_id: UUID, session_id: UUID, *, code: str, place: Place) -> list[str]:
        """Have the second factor count, end the other sessions, and return the recovery codes.

        Raises ``WrongCode``, ``TooManyAttempts``, ``SecondFactorEnabled`` or ``NoSecondFactor``.
        """
        async with self._database.transaction() as session:
            email_key = existing(await find_account(session, account_id)).email_key
        reservation = await self._throttle.reserve(Purpose.CODE, account=email_key, place=place)
        async with self._database.transaction() as session:
            account = existing(await lock_account(session, account_id))
            factor = await repository.lock_factor(session, account_id)
            if factor is None:
                raise NoSecondFactor
            if factor.confirmed_at is not None:
                raise SecondFactorEnabled
            code = normalised(code)
            if not is_app_code(code) or not await self._check.accept_of_app(session, factor, code):
                raise WrongCode
            await repository.confirm_factor(session, factor)
            recovery_codes = await self._new_recovery_codes(session, account_id)
            await end_sessions(session, account_id, but=session_id)
            await mark_second_factor(session, account_id, shown=True)
            # They say that no second factor was shown.
            await refuse_earlier_tokens(session, account)
            await self._notices.enqueue(session, MailKind.SECOND_FACTOR_ENABLED, account, place)
            await self._record(session, Action.SECOND_FACTOR_ENABLED, account_id, place)
        await self._throttle.refund(reservation)
        await self._revocations.refresh()
        return recovery_codes

    async def renew_recovery_codes(self, account_id: UUID, *, password: str, code: str, place: Place) -> list[str]:
        """Return new recovery codes in the place of the old ones.

        Raises ``WrongPassword``, ``WrongCode``, ``TooManyAttempts``, ``PasswordsBusy`` or ``NoSecondFactor``.
        """
        confirmed = await self._reauthentication.by_password(account_id, password, place)
        reservation = await self._throttle.reserve(Purpose.CODE, account=confirmed.email_key, place=place)
        async with self._database.transaction() as session:
            account = confirmed.unchanged(await lock_account(session, account_id))
            accepted = await self._accept(session, account, code)
            recovery_codes = await self._new_recovery_codes(session, account_id)
            await self._record(session, Action.RECOVERY_CODES_MADE, account_id, place, accepted)
        await self._throttle.refund(reservation)
        return recovery_codes

    async def disable(self, account_id: UUID, *, password: str, code: str, place: Place) -> None:
        """Give the second factor up.

        Raises ``WrongPassword``, ``WrongCode``, ``TooManyAttempts``, ``PasswordsBusy``, ``NoSecondFactor`` or
        ``SecondFactorIsRequired``.
        """
        confirmed = await self._reauthentication.by_password(account_id, password, place)
        reservation = await self._throttle.reserve(Purpose.CODE, account=confirmed.email_key, place=place)
        async with self._database.transaction() as session:
            account = confirmed.unchanged(await lock_account(session, account_id))
            if self._rule.requires(Role(account.role)):
                raise SecondFactorIsRequired
            accepted = await self._accept(session, account, code)
            await repository.delete_factor(session, account_id)
            # Should the role come to want a second factor, these sessions have shown one that is no more.
            await mark_second_factor(session, account_id, shown=False)
            await self._notices.enqueue(session, MailKind.SECOND_FACTOR_DISABLED, account, place)
            await self._record(session, Action.SECOND_FACTOR_DISABLED, account_id, place, accepted)
        await self._throttle.refund(reservation)

    async def delete_abandoned(self) -> int:
        """Delete the secrets whose first code was never shown, and return how many those were."""
        async with self._database.autocommit() as connection:
            return await repository.delete_abandoned(connection, ABANDONED_AFTER)

    async def _accept(self, session: AsyncSession, account: Account, code: str) -> AcceptedCode:
        if not await self._check.is_enabled(session, account.id):
            raise NoSecondFactor
        accepted = await self._check.accept(session, account.id, code)
        if accepted is None:
            raise WrongCode
        return accepted

    async def _new_recovery_codes(self, session: AsyncSession, account_id: UUID) -> list[str]:
        recovery_codes = self._codes.new_recovery_codes()
        digests = [self._codes.recovery_digest(code, account_id) for code in recovery_codes]
        await repository.replace_recovery_codes(session, account_id, digests)
        return recovery_codes

    async def _record(
        self,
        session: AsyncSession,
        action: Action,
        account_id: UUID,
        place: Place,
        accepted: AcceptedCode | None = None,
    ) -> None:
        done = Happening(action, actor=account_id, subject=account_id, place=place)
        for happening in (*(accepted.happenings(account_id, place) if accepted else ()), done):
            await self._trail.record(session, happening)
