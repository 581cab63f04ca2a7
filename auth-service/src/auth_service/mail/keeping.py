"""Mail at work: sent in the background, and forgotten in the end."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from auth_service.audit.trail import AuditTrail
from auth_service.config import Settings
from auth_service.links.repository import delete_old_links
from auth_service.links.tokens import LinkTokens
from auth_service.mail.addressing import Addressing
from auth_service.mail.composing import Composer
from auth_service.mail.delivery import Delivery
from auth_service.mail.repository import delete_done_mails
from auth_service.mail.transports import transport_for
from service_kit.database import Database
from service_kit.languages.choice import Languages
from service_kit.periodic import repeating


@asynccontextmanager
async def mail_at_work(
    settings: Settings, database: Database, tokens: LinkTokens, trail: AuditTrail, languages: Languages
) -> AsyncIterator[None]:
    """Send what is due until the context ends, if mail works here, and delete what is of no use any more."""

    async def clean() -> None:
        async with database.transaction() as session:
            await delete_done_mails(session)
            await delete_old_links(session)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(repeating(clean, seconds=settings.cleaning_seconds, name="delete old mails"))
        if transport := transport_for(settings, settings.public_web_url):
            composer = Composer(settings, settings.public_web_url, languages)
            delivery = Delivery(database, transport, composer, tokens, Addressing(database, tokens, trail))
            sending = repeating(delivery.send_due, seconds=settings.mail_poll_seconds, name="send mails")
            await stack.enter_async_context(sending)
        yield
