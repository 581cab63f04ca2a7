"""``python -m order_service.retry_parked_work``: set parked work going again, once what was in its way is gone."""

import asyncio

from order_service.config import Settings
from order_service.orders.parked import ParkedService
from service_kit.database import Database
from service_kit.settings import load_settings


async def retry(settings: Settings) -> int:
    """Let all parked work be tried again, and return how much there was."""
    database = Database(settings.database_url, pool_size=1)
    try:
        # A reconciler that runs in a replica finds the work when it looks next.
        return await ParkedService(database, wake=lambda: None).retry_all()
    finally:
        await database.dispose()


if __name__ == "__main__":
    count = asyncio.run(retry(load_settings(Settings)))
    print(f"{count} pieces of parked work will be tried again.")  # noqa: T201 (the answer to who typed the command)
