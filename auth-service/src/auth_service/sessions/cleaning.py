"""Deletes in the background what is over."""

import asyncio

import structlog

from auth_service.sessions.service import SessionService

log = structlog.get_logger(__name__)


async def keep_clean(sessions: SessionService, seconds: float) -> None:
    """Delete finished sessions every so many seconds until cancelled."""
    while True:
        try:
            deleted = await sessions.delete_finished()
        except Exception as error:  # noqa: BLE001 (whatever went wrong, the next round tries again)
            log.warning("finished sessions cannot be deleted", error=f"{type(error).__name__}: {error}")
        else:
            if deleted:
                log.info("deleted finished sessions", sessions=deleted)
        await asyncio.sleep(seconds)
