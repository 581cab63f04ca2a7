"""What people do with their accounts."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts import repository
from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.errors import SignupClosed
from auth_service.accounts.models import Account
from auth_service.accounts.own_account import OwnAccount
from auth_service.accounts.password_policy import PasswordPolicy
from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.reauthentication import Reauthentication, existing
from auth_service.accounts.roles import Role
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.invitations.service import InvitationService
from auth_service.links.repository import end_links
from auth_service.mail.kinds import MailKind
from auth_service.mail.notices import Notices
from auth_service.places import Place
from auth_service.second_factor.rule import ScopeRule
from auth_service.sessions.repository import end_sessions
from auth_service.throttling.limits import Purpose
from auth_service.throttling.service import Throttle
from service_kit.database import Database
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
    """What somebody signs up with; ``invitation`` is the token of one."""

    email: EmailAddress
    password: str
    full_name: str | None
    invitation: str | None = None


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
        reauthentication: Reauthentication,
        throttle: Throttle,
        trail: AuditTrail,
        rule: ScopeRule,
        notices: Notices,
        invitations: InvitationService,
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._passwords = passwords
        self._revocations = revocations
        self._signup = signup
        self._reauthentication = reauthentication
        self._throttle = throttle
        self._trail = trail
        self._rule = rule
        self._policy = policy
        self._notices = notices
        self._invitations = invitations

    async def signup_state(self) -> SignupState:
        """Say whether one can sign up."""
        first = False
        if self._signup.first_is_admin:
            async with self._database.read() as connection:
                first = not await repository.any_account(connection)
        return SignupState(self._signup.open, self._signup.default_role, first)

    async def register(self, new: NewAccount, place: Place) -> OwnAccount:
        """Add an account, as what the sign-up rules or its invitation say.

        Raises ``SignupClosed``, ``LinkExpired``, ``InvitationForAnother``, ``EmailTaken``, ``UnacceptablePassword``,
        ``TooManyAttempts`` or ``PasswordsBusy``.
        """
        if not (self._signup.open or (new.invitation is not None and self._signup.by_invitation)):
            raise SignupClosed
        self._policy.check(new.password, email=new.email.text, field="password")
        # The answer tells who has an account, so that it may not be asked too often; so the attempt is not given back.
        await self._throttle.reserve(Purpose.REGISTRATION, place=place)
        if new.invitation is not None:
            # Strangers with a made-up invitation are not worth a hash.
            await self._invitations.look_at(new.invitation)
        password_hash = await self._passwords.hash(new.password)
        async with self._database.transaction() as session:
            account = await self._add(session, new, password_hash, place)
        return self._own(account, second_factor=False, shown=False)

    async def get(self, account_id: UUID, session_id: UUID) -> OwnAccount:
        """Return the caller's account. Raises ``NotAuthenticated`` when it is gone."""
        async with self._database.transaction() as session:
            return await self._find_own(session, account_id, session_id)

    async def rename(self, account_id: UUID, session_id: UUID, full_name: str | None, place: Place) -> OwnAccount:
        """Change the name. Raises ``NotAuthenticated`` when the account is gone."""
        async with self._database.transaction() as session:
            account = existing(await repository.lock_account(session, account_id))
            account.full_name = full_name
            renamed = await self._find_own(session, account_id, session_id)
            await self._trail.record(
                session, Happening(Action.ACCOUNT_RENAMED, actor=account_id, subject=account_id, place=place)
            )
            return renamed

    async def change_password(
        self, account_id: UUID, session_id: UUID, *, current: str, new: str, place: Place
    ) -> None:
        """Change the password and end all sessions but ``session_id``. API keys stay as they are.

        Raises ``WrongPassword``, ``UnacceptablePassword``, ``TooManyAttempts`` or ``PasswordsBusy``.
        """
        email = (await self.get(account_id, session_id)).account.email
        self._policy.check(new, email=email, field="new_password")
        confirmed = await self._reauthentication.by_password(account_id, current, place)
        new_hash = await self._passwords.hash(new)
        async with self._database.transaction() as session:
            account = confirmed.unchanged(await repository.lock_account(session, account_id))
            account.password_hash = new_hash
            ended = await end_sessions(session, account_id, but=session_id)
            await end_links(session, account_id)
            await self._notices.enqueue(session, MailKind.PASSWORD_CHANGED, account, place)
            changed = Happening(
                Action.PASSWORD_CHANGED,
                actor=account_id,
                subject=account_id,
                place=place,
                detail={"sessions": ended},
            )
            await self._trail.record(session, changed)
        await self._revocations.refresh()

    async def _add(self, session: AsyncSession, new: NewAccount, password_hash: str, place: Place) -> Account:
        taken = None if new.invitation is None else await self._invitations.take(session, new.invitation, new.email)
        account = Account(
            email=new.email.text,
            email_key=new.email.key,
            full_name=new.full_name,
            password_hash=password_hash,
            role=self._signup.default_role if taken is None else taken.role,
        )
        if taken is None:
            await self._promote_the_first(session, account)
        await repository.add_account(session, account)
        await self._notices.ask_to_verify(session, account)
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

    async def _find_own(self, session: AsyncSession, account_id: UUID, session_id: UUID) -> OwnAccount:
        account, second_factor, shown = existing(await repository.find_own_account(session, account_id, session_id))
        return self._own(account, second_factor=second_factor, shown=shown)

    def _own(self, account: Account, *, second_factor: bool, shown: bool) -> OwnAccount:
        role = Role(account.role)
        return OwnAccount(
            account,
            scopes=self._rule.scopes(role, shown=shown),
            second_factor_enabled=second_factor,
            second_factor_required=self._rule.requires(role),
        )
