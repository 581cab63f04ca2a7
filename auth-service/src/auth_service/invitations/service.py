"""Making, withdrawing and using invitations."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.models import Account
from auth_service.accounts.repository import lock_account
from auth_service.accounts.roles import Role
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.invitations import repository
from auth_service.invitations.errors import (
    InvitationEnded,
    InvitationForAnother,
    InvitationNotFound,
    InvitationsUseless,
    TooManyInvitations,
)
from auth_service.invitations.models import Invitation
from auth_service.links.errors import LinkExpired
from auth_service.links.purposes import Purpose
from auth_service.links.tokens import LinkTokens, token_digest
from auth_service.listing import AnyRow, Listed, Wanted
from auth_service.mail.kinds import MailKind
from auth_service.mail.models import OutgoingMail
from auth_service.places import Place
from service_kit.database import Database
from service_kit.identifiers import new_id
from service_kit.identity import NotAllowed

MOST_OPEN = 1000
KEPT = timedelta(days=90)
"""How long an invitation is shown after it has ended."""


@dataclass(frozen=True, slots=True)
class MadeInvitation:
    """A new invitation, and its link that is shown once."""

    invitation: AnyRow
    link: str


class InvitationService:
    """Invitations."""

    def __init__(
        self,
        *,
        database: Database,
        trail: AuditTrail,
        tokens: LinkTokens,
        closed: bool = False,
        mail_works: bool = False,
    ) -> None:
        """Take what it works with; ``closed`` says that nobody may sign up, invited or not."""
        self._database = database
        self._trail = trail
        self._tokens = tokens
        self._closed = closed
        self._mail_works = mail_works

    async def list_invitations(self, wanted: Wanted) -> Listed:
        """Return a page of invitations, open or not."""
        async with self._database.read() as connection:
            return await repository.list_invitations(connection, wanted)

    async def invite(
        self, email: EmailAddress | None, role: Role, *, days: int, invited_by: UUID | None = None, place: Place
    ) -> MadeInvitation:
        """Make an invitation; by nobody, when the operator does.

        Raises ``InvitationsUseless``, ``TooManyInvitations``, ``NotAllowed`` when who invites is no administrator now.
        """
        if self._closed:
            raise InvitationsUseless
        invitation_id = new_id()
        async with self._database.transaction() as session:
            if invited_by is not None:
                await _require_administrator(session, invited_by)
            if await repository.count_open(session) >= MOST_OPEN:
                raise TooManyInvitations
            invitation = await repository.add_invitation(
                session,
                Invitation(
                    id=invitation_id,
                    token_hash=self._tokens.digest(Purpose.INVITATION, invitation_id),
                    email=email.text if email else None,
                    email_key=email.key if email else None,
                    role=role,
                    invited_by=invited_by,
                ),
                days=days,
            )
            if email is not None and self._mail_works:
                data = {"expires_at": invitation.expires_at.isoformat()}
                session.add(
                    OutgoingMail(kind=MailKind.INVITATION, recipient=email.text, link_id=invitation_id, data=data)
                )
            detail = {"invitation": str(invitation.id), "role": role.value}
            if invited_by is None:
                detail["by"] = "operator"
            await self._trail.record(
                session, Happening(Action.INVITATION_MADE, actor=invited_by, place=place, detail=detail)
            )
        return MadeInvitation(invitation, self._tokens.address(Purpose.INVITATION, invitation_id))

    async def withdraw(self, invitation_id: UUID, *, actor: UUID, place: Place) -> None:
        """Withdraw an open invitation; again changes nothing. Raises ``InvitationNotFound``, ``InvitationEnded``."""
        async with self._database.transaction() as session:
            state = await repository.withdraw(session, invitation_id)
            if state is None:
                raise InvitationNotFound
            if state == "withdrawn":
                return
            if state != "open":
                raise InvitationEnded
            detail = {"invitation": str(invitation_id)}
            await self._trail.record(
                session, Happening(Action.INVITATION_WITHDRAWN, actor=actor, place=place, detail=detail)
            )

    async def look_at(self, token: str) -> AnyRow:
        """Return what an open invitation is good for. Raises ``LinkExpired``."""
        if self._closed:
            raise LinkExpired
        async with self._database.read() as connection:
            invitation = await repository.find_open(connection, token_digest(token))
        if invitation is None:
            raise LinkExpired
        return invitation

    async def take(self, session: AsyncSession, token: str, email: EmailAddress) -> Invitation:
        """Return an open invitation for this address, which nobody else can use until the transaction ends.

        Raises ``LinkExpired`` or ``InvitationForAnother``.
        """
        invitation = await repository.lock_open(session, token_digest(token))
        if invitation is None:
            raise LinkExpired
        if invitation.email_key is not None and invitation.email_key != email.key:
            raise InvitationForAnother
        return invitation

    async def accept(self, session: AsyncSession, invitation: Invitation, account: Account, place: Place) -> None:
        """Note in the transaction that makes the account that a taken invitation led to it."""
        await repository.accept(session, invitation, account.id)
        accepted = Happening(
            Action.INVITATION_ACCEPTED,
            actor=account.id,
            subject=account.id,
            place=place,
            detail={"invitation": str(invitation.id)},
        )
        await self._trail.record(session, accepted)

    async def delete_old(self) -> None:
        """Delete the invitations that ended long ago, with the addresses in them."""
        async with self._database.transaction() as session:
            await repository.delete_old(session, kept=KEPT)


async def _require_administrator(session: AsyncSession, account_id: UUID) -> None:
    # Kept as it is until the commit: who takes these rights away at this moment then finds the invitation, and
    # withdraws it.
    account = await lock_account(session, account_id, shared=True)
    if account is None or account.disabled_at is not None or account.role != Role.ADMIN:
        raise NotAllowed
