"""Making links, decently few of them."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.emails import EmailAddress
from auth_service.links import repository
from auth_service.links.models import Link
from auth_service.links.purposes import Purpose
from auth_service.links.tokens import LinkTokens
from service_kit.identifiers import new_id

MOST_LINKS: Final = 3
"""So many links of one purpose go to an account, or to an address, within an hour; nobody's mailbox is buried."""
_WITHIN: Final = timedelta(hours=1)


async def may_have_another(session: AsyncSession, purpose: Purpose, account_id: UUID, email_key: str) -> bool:
    """Tell whether the account, and the address, got fewer links than is decent."""
    made = await repository.count_links(session, purpose, account_id=account_id, email_key=email_key, within=_WITHIN)
    return made < MOST_LINKS


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
