"""What the operator does with other people's accounts."""

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts import repository
from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.errors import AccountNotFound
from auth_service.accounts.models import Account
from auth_service.accounts.password_policy import PasswordPolicy
from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.repository import ListedAccount
from auth_service.accounts.roles import Role
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.invitations.repository import withdraw_all_of
from auth_service.links.repository import end_links
from auth_service.places import Place
from auth_service.second_factor.resetting import SecondFactorReset
from auth_service.sessions.repository import end_sessions
from service_kit.database import Database


class AccountOperations:
    """Makes accounts and changes them, whatever the sign-up rules say."""

    def __init__(
        self, *, database: Database, passwords: PasswordHasher, policy: PasswordPolicy, trail: AuditTrail
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._passwords = passwords
        self._policy = policy
        self._trail = trail
        self._second_factors = SecondFactorReset(database, trail)

    async def create(self, email: EmailAddress, password: str, *, role: Role, full_name: str | None) -> Account:
        """Add an account, whose address the operator vouches for. Raises ``EmailTaken`` or ``UnacceptablePassword``."""
        password_hash = await self._hash(password, email.text)
        account = Account(
            email=email.text, email_key=email.key, full_name=full_name, password_hash=password_hash, role=role
        )
        async with self._database.transaction() as session:
            added = await repository.add_account(session, account)
            await repository.mark_verified(session, added)
            await self._record(session, Action.ACCOUNT_CREATED, added, role=added.role)
            return added

    async def set_role(self, email: EmailAddress, role: Role) -> bool:
        """Change the role and refuse the tokens that name the old one; False if it is the same.

        Raises ``AccountNotFound``. Sessions go on: their next refresh gives tokens with the new role.
        """
        async with self._database.transaction() as session:
            account = _existing(await repository.lock_account_by_email(session, email.key))
            if account.role == role:
                return False
            before, account.role = account.role, role
            await repository.refuse_earlier_tokens(session, account)
            withdrawn = await withdraw_all_of(session, account.id) if before == Role.ADMIN else []
            await self._record(session, Action.ROLE_CHANGED, account, **{"from": before, "to": role.value})
            for invitation in withdrawn:
                await self._record(session, Action.INVITATION_WITHDRAWN, account, invitation=str(invitation))
            return True

    async def reset_password(self, email: EmailAddress, password: str) -> int:
        """Set another password, end all sessions and return how many there were.

        Raises ``AccountNotFound`` or ``UnacceptablePassword``.
        """
        password_hash = await self._hash(password, email.text)
        async with self._database.transaction() as session:
            account = _existing(await repository.lock_account_by_email(session, email.key))
            account.password_hash = password_hash
            await end_links(session, account.id)
            ended = await end_sessions(session, account.id)
            await self._record(session, Action.PASSWORD_RESET, account, sessions_ended=ended)
            return ended

    async def reset_second_factor(self, email: EmailAddress) -> bool:
        """Take the second factor away and end all sessions; False if there was none. Raises ``AccountNotFound``."""
        async with self._database.transaction() as session:
            account = _existing(await repository.lock_account_by_email(session, email.key))
        return await self._second_factors.reset_second_factor(account.id, actor=None, place=Place())

    async def list(self) -> list[ListedAccount]:
        """Return all accounts, oldest first."""
        async with self._database.read() as connection:
            return await repository.list_accounts(connection)

    async def _record(self, session: AsyncSession, action: Action, account: Account, **detail: str | int) -> None:
        await self._trail.record(session, Happening(action, subject=account.id, detail={"by": "operator", **detail}))

    async def _hash(self, password: str, email: str) -> str:
        self._policy.check(password, email=email, field="password")
        return await self._passwords.hash(password)


def _existing(account: Account | None) -> Account:
    if account is None:
        raise AccountNotFound
    return account
