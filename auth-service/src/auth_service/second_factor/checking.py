"""Accepts codes of the second factor, each of them once."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.audit.actions import Action
from auth_service.audit.trail import Happening
from auth_service.places import Place
from auth_service.second_factor import repository
from auth_service.second_factor.codes import CodeBook, UnreadableSecret, is_app_code, is_recovery_code, normalised
from auth_service.second_factor.models import SecondFactor
from auth_service.sessions.repository import database_time

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AcceptedCode:
    """A code that was right. ``recovery_codes_left`` is known after one of them was used."""

    recovery_codes_left: int | None = None

    @property
    def kind(self) -> str:
        """Which kind of code it was, for the audit trail."""
        return "app" if self.recovery_codes_left is None else "recovery code"

    def happenings(self, account_id: UUID, place: Place) -> list[Happening]:
        """Return what the audit trail has to tell of it."""
        if self.recovery_codes_left is None:
            return []
        detail = {"left": self.recovery_codes_left}
        used = Happening(Action.RECOVERY_CODE_USED, actor=account_id, subject=account_id, place=place, detail=detail)
        return [used]


class CodeCheck:
    """Compares codes with an account's second factor."""

    def __init__(self, codes: CodeBook) -> None:
        """Take what knows of codes."""
        self._codes = codes

    async def is_enabled(self, session: AsyncSession, account_id: UUID) -> bool:
        """Tell whether the account has a second factor that counts, and keep it so until the transaction ends."""
        factor = await repository.lock_factor(session, account_id)
        return factor is not None and factor.confirmed_at is not None

    async def accept(self, session: AsyncSession, account_id: UUID, code: str) -> AcceptedCode | None:
        """Use a code up in the caller's transaction, in which the account is locked; None if it is not right.

        Before that the caller reserves an attempt (``Purpose.CODE``). After it, the caller records the ``happenings``.
        """
        factor = await repository.lock_factor(session, account_id)
        if factor is None or factor.confirmed_at is None:
            return None
        code = normalised(code)
        if is_app_code(code):
            return AcceptedCode() if await self.accept_of_app(session, factor, code) else None
        if not is_recovery_code(code):
            return None
        digest = self._codes.recovery_digest(code, account_id)
        left = await repository.use_recovery_code(session, account_id, digest)
        return None if left is None else AcceptedCode(left)

    async def accept_of_app(self, session: AsyncSession, factor: SecondFactor, code: str) -> bool:
        """Use up a code that an app shows. ``factor`` is locked, so that of two who show it one is too late."""
        now = await database_time(session)
        try:
            step = self._codes.matching_step(
                factor.sealed_secret, factor.account_id, code, now=now, after=factor.last_step
            )
        except UnreadableSecret:
            log.error("a second factor cannot be decrypted: is AUTH_DATA_SECRET the old one?")  # noqa: TRY400 (no trace)
            return False
        if step is None:
            return False
        factor.last_step = step
        return True
