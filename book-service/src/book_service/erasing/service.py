"""Takes erased people's names out of histories and imports, a piece at a time."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from book_service.erasing import repository
from book_service.erasing.models import Erasure
from service_kit.auth_client import AuthClient
from service_kit.database import Database
from service_kit.erasures import ErasureFollower, Progress

REVISIONS_AT_A_TIME = 1000


def erasure_follower(database: Database, auth: AuthClient) -> ErasureFollower:
    """Return what follows the accounts that auth-service erases."""
    return ErasureFollower(database, Erasure, fetch=auth.fetch_erased_accounts, erase=erase)


async def erase(session: AsyncSession, account_id: UUID) -> Progress:
    """Do a piece of the work, in the caller's transaction."""
    account = str(account_id)
    # First: an import that is at work takes the name for its revisions from its own row.
    await repository.erase_imports(session, account)
    erased = await repository.erase_revisions(session, account, REVISIONS_AT_A_TIME)
    return Progress.MORE if erased == REVISIONS_AT_A_TIME else Progress.NOTHING_LEFT
