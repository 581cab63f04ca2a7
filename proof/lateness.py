"""How late the run itself was: on a busy machine, clients and links wait for their turn as well."""

import asyncio
from contextlib import suppress

from proof.history import History

LOOK_SECONDS = 0.1
WORTH_NOTING = 0.5


async def note_lateness(history: History) -> None:
    """Write into the log whenever the event loop of the run was held up, until cancelled."""
    loop = asyncio.get_running_loop()
    with suppress(asyncio.CancelledError):
        while True:
            expected = loop.time() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            if (late := loop.time() - expected) > WORTH_NOTING:
                history.late += late
                history.write("late", seconds=round(late, 3))
