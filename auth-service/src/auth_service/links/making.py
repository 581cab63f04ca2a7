"""Making links."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.emails import EmailAddress
from auth_service.links import repository
from auth_service.links.models import Link
from auth_service.links.purposes import Purpose
from auth_service.links.tokens import LinkTokens
from service_kit.identifiers import new_id


async def add_link(
    session: AsyncSession, tokens: LinkTokens, purpose: Purpose, account_id: UUID, address: EmailAddress
) -> Link:
    """Make a link for what is done to ``address``; older ones of the account for the same purpose end."""
    link_id = new_id()
    link = Link(
        id=link_id,
        account_id=account_id,
        purpose=purpose,
        token_hash=tokens.digest(purpose, link_id),
        email=address.text,
        email_key=address.key,
    )
    await repository.add_link(session, link)
    return link
