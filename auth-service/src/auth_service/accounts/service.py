"""What people do with their accounts."""

from dataclasses import dataclass
from uuid import UUID

from auth_service.accounts import repository
from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.errors import SignupClosed, WrongPassword
from auth_service.accounts.models import Account
from auth_service.accounts.password_policy import PasswordPolicy
from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.roles import Role
from auth_service.links.repository import end_links
from auth_service.mail.kinds import MailKind
from auth_service.mail.notices import Notices
from auth_service.places import Place
from auth_service.sessions.repository import end_sessions
from service_kit.database import Database
from service_kit.identity import NotAuthenticated
from service_kit.revocations import RevocationFeed


@dataclass(frozen=True, slots=True)
class SignupRules:
    """Who may sign up, and as what."""

    open: bool
    default_role: Role
    first_is_admin: bool


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
        policy: PasswordPolicy,
        revocations: RevocationFeed,
        signup: SignupRules,
        notices: Notices,
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._passwords = passwords
        self._revocations = revocations
        self._signup = signup
        self._policy = policy
        self._notices = notices

    async def signup_state(self) -> SignupState:
        """Say whether one can sign up."""
        first = False
        if self._signup.first_is_admin:
            async with self._database.read() as connection:
                first = not await repository.any_account(connection)
        return SignupState(self._signup.open, self._signup.default_role, first)

    async def register(self, *, email: EmailAddress, password: str, full_name: str | None) -> Account:
        """Add an account. Raises ``SignupClosed``, ``EmailTaken``, ``UnacceptablePassword`` or ``PasswordsBusy``."""
        if not self._signup.open:
            raise SignupClosed
        self._policy.check(password, email=email.text, field="password")
        password_hash = await self._passwords.hash(password)
        async with self._database.transaction() as session:
            account = Account(
                email=email.text,
                email_key=email.key,
                full_name=full_name,
                password_hash=password_hash,
                role=self._signup.default_role,
            )
            if self._signup.first_is_admin and not await repository.any_account(session):
                await repository.wait_for_first_account(session)
                if not await repository.any_account(session):
                    account.role = Role.ADMIN
            added = await repository.add_account(session, account)
            await self._notices.ask_to_verify(session, added)
            return added

    async def get(self, account_id: UUID) -> Account:
        """Return the caller's account. Raises ``NotAuthenticated`` when it is gone."""
        async with self._database.transaction() as session:
            return _existing(await repository.find_account(session, account_id))

    async def rename(self, account_id: UUID, full_name: str | None) -> Account:
        """Change the name. Raises ``NotAuthenticated`` when the account is gone."""
        async with self._database.transaction() as session:
            account = _existing(await repository.lock_account(session, account_id))
            account.full_name = full_name
            return account

    async def change_password(
        self, account_id: UUID, session_id: UUID, *, current: str, new: str, place: Place
    ) -> None:
        """Change the password and end all sessions but ``session_id``.

        Raises ``WrongPassword``, ``UnacceptablePassword`` or ``PasswordsBusy``.
        """
        account = await self.get(account_id)
        self._policy.check(new, email=account.email, field="new_password")
        if not await self._passwords.matches(current, account.password_hash):
            raise WrongPassword
        new_hash = await self._passwords.hash(new)
        async with self._database.transaction() as session:
            locked = _existing(await repository.lock_account(session, account_id))
            if locked.password_hash != account.password_hash:
                raise WrongPassword  # It was changed while we compared.
            locked.password_hash = new_hash
            await end_sessions(session, account_id, but=session_id)
            await end_links(session, account_id)
            await self._notices.enqueue(session, MailKind.PASSWORD_CHANGED, locked, place)
        await self._revocations.refresh()


def _existing(account: Account | None) -> Account:
    if account is None:
        detail = "The account no longer exists."
        raise NotAuthenticated(detail)
    return account
