"""Takes erased people out of orders and carts, a piece at a time.

Orders under way are carried out first: somebody has to know where the books go. They are erased once they are settled.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from order_service.erasing import repository
from order_service.erasing.models import Erasure
from service_kit.auth_client import AuthClient
from service_kit.database import Database
from service_kit.erasures import ErasureFollower, Progress

ORDERS_AT_A_TIME = 100
ENTRIES_AT_A_TIME = 500


def erasure_follower(database: Database, auth: AuthClient) -> ErasureFollower:
    """Return what follows the accounts that auth-service erases."""
    return ErasureFollower(database, Erasure, fetch=auth.fetch_erased_accounts, erase=erase)


async def erase(session: AsyncSession, account_id: UUID) -> Progress:
    """Do a piece of the work, in the caller's transaction."""
    await repository.empty_cart(session, account_id)
    await repository.forget_answers(session, account_id)
    found = await repository.lock_settled(session, account_id, ORDERS_AT_A_TIME)
    if found:
        emails = {email for email in found.values() if email is not None}
        await repository.erase_orders(session, account_id, list(found), emails)
    entries = await repository.erase_work_of_staff(session, account_id, ENTRIES_AT_A_TIME)
    if len(found) == ORDERS_AT_A_TIME or entries == ENTRIES_AT_A_TIME:
        return Progress.MORE
    waits = await repository.has_orders_under_way(session, account_id)
    return Progress.WAITING if waits else Progress.NOTHING_LEFT
