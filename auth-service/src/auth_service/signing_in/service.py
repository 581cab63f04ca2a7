"""Signing in.

Who names an unknown account, a disabled one or a wrong password gets the same answer after the same work, also when
there were too many attempts. What happens then is written down in each case.
"""

import secrets
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.errors import PasswordsBusy
from auth_service.accounts.models import Account
from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.repository import StoredPassword, find_password, lock_account
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.mail.kinds import MailKind
from auth_service.mail.notices import Notices
from auth_service.places import Place
from auth_service.second_factor.checking import AcceptedCode, CodeCheck
from auth_service.sessions.tokens import SessionTokens, Tokens
from auth_service.signing_in import repository
from auth_service.signing_in.errors import (
    EmailNotVerified,
    InvalidChallenge,
    InvalidCode,
    InvalidCredentials,
    SecondFactorRequired,
)
from auth_service.signing_in.repository import CHALLENGE_LIFE, ChallengedAccount
from auth_service.throttling.limits import Purpose
from auth_service.throttling.service import Reservation, Throttle
from service_kit.database import Database
from service_kit.problems import DomainError

Outcome = Tokens | DomainError
"""What a transaction came to. An error is returned and not raised where what led to it is to be kept."""


class SignInService:
    """Starts sessions."""

    def __init__(  # noqa: PLR0913 (what it works with)
        self,
        *,
        database: Database,
        passwords: PasswordHasher,
        throttle: Throttle,
        codes: CodeCheck,
        tokens: SessionTokens,
        trail: AuditTrail,
        notices: Notices,
        require_verified_email: bool,
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._passwords = passwords
        self._throttle = throttle
        self._codes = codes
        self._tokens = tokens
        self._trail = trail
        self._notices = notices
        self._require_verified_email = require_verified_email

    async def sign_in(self, *, email: str, password: str, code: str | None, place: Place) -> Tokens:
        """Start a session.

        Raises ``InvalidCredentials``, ``TooManyAttempts``, ``PasswordsBusy``; and after the right password
        ``EmailNotVerified``, ``SecondFactorRequired`` or ``InvalidCode``.
        """
        stored = await self._with_password(email, password, place)
        better_hash = None
        if self._passwords.is_outdated(stored.password_hash):
            better_hash = await self._passwords.hash(password)
        # Only for an account with a second factor is a code looked at.
        code = code if stored.second_factor else None
        reservation = await self._reserve_code(stored.email_key, place) if code is not None else Reservation()
        async with self._database.transaction() as session:
            account = await lock_account(session, stored.account_id)
            # The password may have been changed, or the account disabled, while we compared.
            if account is None or account.disabled_at is not None or account.password_hash != stored.password_hash:
                raise InvalidCredentials
            if better_hash is not None:
                account.password_hash = better_hash
            outcome = await self._admit(session, account, code, place)
        return await self._concluded(outcome, reservation)

    async def answer_challenge(self, *, challenge: str, code: str, place: Place) -> Tokens:
        """Start the session that wanted a code. Raises ``InvalidChallenge``, ``InvalidCode``, ``TooManyAttempts``."""
        async with self._database.read() as connection:
            challenged = await repository.find_challenged(connection, challenge)
        if challenged is None:
            raise InvalidChallenge
        reservation = await self._reserve_code(challenged.email_key, place)
        async with self._database.transaction() as session:
            outcome = await self._answer(session, challenged, challenge, code, place)
        return await self._concluded(outcome, reservation)

    async def delete_expired(self) -> int:
        """Delete the challenges whose time has passed, and return how many."""
        async with self._database.autocommit() as connection:
            return await repository.delete_expired(connection)

    async def _with_password(self, email: str, password: str, place: Place) -> StoredPassword:
        email_key = _email_key(email)
        named = email_key if email_key is not None else email.strip().lower()
        reservation = await self._throttle.reserve(Purpose.PASSWORD, account=named, place=place)
        stored = await self._stored_password(email_key)
        try:
            matches = await self._passwords.matches(password, stored.password_hash if stored else None)
        except PasswordsBusy:
            await self._throttle.refund(reservation)
            raise
        if stored is None or stored.disabled or not matches:
            reason = "disabled" if matches else "password"
            await self._write_refusal(stored.account_id if stored else None, reason, place)
            raise InvalidCredentials
        await self._throttle.refund(reservation)
        return stored

    async def _stored_password(self, email_key: str | None) -> StoredPassword | None:
        if email_key is None:
            return None
        async with self._database.read() as connection:
            return await find_password(connection, email_key)

    async def _reserve_code(self, email_key: str, place: Place) -> Reservation:
        return await self._throttle.reserve(Purpose.CODE, account=email_key, place=place)

    async def _admit(self, session: AsyncSession, account: Account, code: str | None, place: Place) -> Outcome:
        if self._require_verified_email and account.email_verified_at is None:
            await self._record_refusal(session, account.id, "email not verified", place)
            return EmailNotVerified()
        if not await self._codes.is_enabled(session, account.id):
            return await self._start(session, account, None, place)
        if code is None:
            challenge = secrets.token_urlsafe(32)
            await repository.add_challenge(session, challenge, account)
            return SecondFactorRequired(challenge, expires_in=int(CHALLENGE_LIFE.total_seconds()))
        accepted = await self._codes.accept(session, account.id, code)
        if accepted is None:
            await self._record_refusal(session, account.id, "code", place)
            return InvalidCode()
        return await self._start(session, account, accepted, place)

    async def _answer(
        self, session: AsyncSession, challenged: ChallengedAccount, challenge: str, code: str, place: Place
    ) -> Outcome:
        # The account first, as everywhere, so that nobody waits for somebody who waits.
        account = await lock_account(session, challenged.account_id)
        if account is None or account.disabled_at is not None:
            return InvalidChallenge()
        found = await repository.lock_challenge(session, challenge, account)
        if found is None or not await self._codes.is_enabled(session, account.id):
            return InvalidChallenge()
        accepted = await self._codes.accept(session, account.id, code)
        if accepted is None:
            found.tries += 1
            await self._record_refusal(session, account.id, "code", place)
            return InvalidCode()
        await session.delete(found)
        return await self._start(session, account, accepted, place)

    async def _start(
        self, session: AsyncSession, account: Account, accepted: AcceptedCode | None, place: Place
    ) -> Tokens:
        tokens = await self._tokens.start(session, account, place, second_factor=accepted is not None)
        await self._throttle.remember_place(session, account.id, place)
        if accepted is not None and accepted.recovery_codes_left is not None:
            await self._notices.enqueue(session, MailKind.RECOVERY_CODE_USED, account, place)
        detail = {"second_factor": accepted.kind} if accepted else {}
        signed_in = Happening(Action.SIGNED_IN, actor=account.id, subject=account.id, place=place, detail=detail)
        for happening in (*(accepted.happenings(account.id, place) if accepted else ()), signed_in):
            await self._trail.record(session, happening)
        return tokens

    async def _concluded(self, outcome: Outcome, reservation: Reservation) -> Tokens:
        if not isinstance(outcome, InvalidCode):
            await self._throttle.refund(reservation)
        if isinstance(outcome, DomainError):
            raise outcome
        return outcome

    async def _write_refusal(self, account_id: UUID | None, reason: str, place: Place) -> None:
        async with self._database.transaction() as session:
            await self._record_refusal(session, account_id, reason, place)

    async def _record_refusal(self, session: AsyncSession, account_id: UUID | None, reason: str, place: Place) -> None:
        refused = Happening(Action.SIGN_IN_REFUSED, subject=account_id, place=place, detail={"reason": reason})
        await self._trail.record(session, refused)


def _email_key(email: str) -> str | None:
    try:
        return EmailAddress.parse(email).key
    except ValueError:
        return None
