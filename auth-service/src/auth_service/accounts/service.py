"""What people do with their accounts."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts import repository
from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.errors import SignupClosed, UnacceptablePassword, WrongPassword
from auth_service.accounts.models import Account
from auth_service.accounts.password_policy import password_problem
from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.roles import Role
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.invitations.service import InvitationService
from auth_service.places import Place
from auth_service.sessions.repository import end_sessions
from service_kit.database import Database
from service_kit.identity import NotAuthenticated
from service_kit.revocations import RevocationFeed


@dataclass(frozen=True, slots=True)
class SignupRules:
    """Who may sign up, and as what."""

    open: bool
    by_invitation: bool
    default_role: Role
    first_is_admin: bool


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What somebody signs up with."""

    email: EmailAddress
    password: str
    full_name: str | None


@dataclass(frozen=True, slots=True)
class SignupState:
    """What somebody who wants to sign up finds."""

    open: bool
    default_role: Role
    first_account: bool


class AccountService:
    """Signing up, and one's own account."""

    def __init__(  # noqa: PLR0913 (what it works with)
        self,
        *,
        database: Database,
        passwords: PasswordHasher,
        revocations: RevocationFeed,
        trail: AuditTrail,
        invitations: InvitationService,
        signup: SignupRules,
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._passwords = passwords
        self._revocations = revocations
        self._trail = trail
        self._invitations = invitations
        self._signup = signup

    async def signup_state(self) -> SignupState:
        """Say whether one can sign up."""
        first = False
        if self._signup.first_is_admin:
            async with self._database.read() as connection:
                first = not await repository.any_account(connection)
        return SignupState(self._signup.open, self._signup.default_role, first)

    async def register(self, new: NewAccount, *, invitation: str | None, place: Place) -> Account:
        """Add an account, as what the sign-up rules or its invitation say.

        Raises ``SignupClosed``, ``InvitationExpired``, ``InvitationForAnother``, ``EmailTaken`` or ``PasswordsBusy``.
        """
        if not (self._signup.open or (invitation is not None and self._signup.by_invitation)):
            raise SignupClosed
        if invitation is not None:
            # Strangers with a made-up invitation are not worth a hash.
            await self._invitations.look_at(invitation)
        password_hash = await self._passwords.hash(new.password)
        async with self._database.transaction() as session:
            taken = None if invitation is None else await self._invitations.take(session, invitation, new.email)
            account = Account(
                email=new.email.text,
                email_key=new.email.key,
                full_name=new.full_name,
                password_hash=password_hash,
                role=self._signup.default_role if taken is None else taken.role,
            )
            if taken is None:
                await self._promote_the_first(session, account)
            account = await repository.add_account(session, account)
            created = Happening(
                Action.ACCOUNT_CREATED,
                actor=account.id,
                subject=account.id,
                place=place,
                detail={"role": account.role},
            )
            await self._trail.record(session, created)
            if taken is not None:
                await self._invitations.accept(session, taken, account, place)
        return account

    async def _promote_the_first(self, session: AsyncSession, account: Account) -> None:
        if self._signup.first_is_admin and not await repository.any_account(session):
            await repository.wait_for_first_account(session)
            if not await repository.any_account(session):
                account.role = Role.ADMIN

    async def get(self, account_id: UUID) -> Account:
        """Return the caller's account. Raises ``NotAuthenticated`` when it is gone."""
        async with self._database.transaction() as session:
            return _existing(await repository.find_account(session, account_id))

    async def rename(self, account_id: UUID, full_name: str | None, place: Place) -> Account:
        """Change the name. Raises ``NotAuthenticated`` when the account is gone."""
        async with self._database.transaction() as session:
            account = _existing(await repository.lock_account(session, account_id))
            account.full_name = full_name
            renamed = Happening(Action.ACCOUNT_RENAMED, actor=account_id, subject=account_id, place=place)
            await self._trail.record(session, renamed)
            return account

    async def change_password(
        self, account_id: UUID, session_id: UUID, *, current: str, new: str, place: Place
    ) -> None:
        """Change the password and end all sessions but ``session_id``. API keys stay as they are.

        Raises ``WrongPassword``, ``UnacceptablePassword`` or ``PasswordsBusy``.
        """
        account = await self.get(account_id)
        if problem := password_problem(new, email=account.email):
            raise UnacceptablePassword(field="new_password", message=problem)
        if not await self._passwords.matches(current, account.password_hash):
            raise WrongPassword
        new_hash = await self._passwords.hash(new)
        async with self._database.transaction() as session:
            locked = _existing(await repository.lock_account(session, account_id))
            if locked.password_hash != account.password_hash:
                raise WrongPassword  # It was changed while we compared.
            locked.password_hash = new_hash
            ended = await end_sessions(session, account_id, but=session_id)
            changed = Happening(
                Action.PASSWORD_CHANGED,
                actor=account_id,
                subject=account_id,
                place=place,
                detail={"sessions": ended},
            )
            await self._trail.record(session, changed)
        await self._revocations.refresh()


def _existing(account: Account | None) -> Account:
    if account is None:
        detail = "The account no longer exists."
        raise NotAuthenticated(detail)
    return account
