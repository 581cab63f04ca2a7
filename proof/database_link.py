"""A link that carries PostgreSQL's protocol: bytes pass as they are, and can stop or break off.

What makes a database connection special is the commit: when it breaks between the commit and the answer, only looking
it up tells what became of it. So the link knows what the end of a transaction looks like on the wire.
"""

import asyncio

from proof.history import History
from proof.links import Connection, Link, LinkFault, break_off
from proof.processes import LOOPBACK

COMMIT_LOST = "answer of a commit lost"
COMMIT_CRASH = "crash at a commit"
STALLED = "stalled"
HALF_OPEN = "half-open"

_COMMIT = b"COMMIT;"
_EXECUTE = b"E\x00\x00\x00\x09\x00"  # Execute of the unnamed portal: a statement, which may commit by itself
_TIME_TO_COMMIT = 0.01
_CHUNK = 1 << 16
_LOOK_AGAIN = 0.02


class DatabaseLink(Link):
    """One process's way to PostgreSQL."""

    def __init__(self, name: str, *, port: int, server_port: int, history: History) -> None:
        """Take the server's port."""
        super().__init__(name, port=port)
        self._server_port = server_port
        self._history = history

    @property
    def is_half_open(self) -> bool:
        """Tell whether bytes vanish now."""
        return any(fault.kind == HALF_OPEN for fault in self.faults)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes both ways until one side ends."""
        try:
            server = await asyncio.open_connection(LOOPBACK, self._server_port)
        except OSError:
            break_off(writer)
            return
        passage = _Passage(self, (reader, writer), server)
        try:
            await passage.carry()
        finally:
            break_off(writer)
            break_off(server[1])

    async def heal(self) -> None:
        """End all that is wrong; a half-open connection is found to be broken."""
        was_half_open = self.is_half_open
        await super().heal()
        if was_half_open:
            self.reset()

    async def held_up(self) -> None:
        """Wait while nothing moves."""
        while any(fault.kind == STALLED for fault in self.faults):  # noqa: ASYNC110 (the list says it, no event)
            await asyncio.sleep(_LOOK_AGAIN)

    def breaking(self, chunk: bytes) -> LinkFault | None:
        """Return what breaks the connection once these bytes have been sent to the server."""
        if _COMMIT not in chunk and _EXECUTE not in chunk:
            return None
        target = "COMMIT" if _COMMIT in chunk else "EXECUTE"
        fault = self.meet(COMMIT_CRASH, target) or self.meet(COMMIT_LOST, target)
        if fault is not None:
            self._history.write("note", link=self.name, what=fault.kind, target=target)
        return fault


class _Passage:
    """One connection of the caller and the one to the server that belongs to it."""

    def __init__(self, link: DatabaseLink, caller: Connection, server: Connection) -> None:
        self._link = link
        self._caller = caller
        self._server = server
        self._answers_are_lost = False

    async def carry(self) -> None:
        ways = [asyncio.create_task(self._to_server()), asyncio.create_task(self._to_caller())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _to_server(self) -> None:
        reader, writer = self._caller[0], self._server[1]
        while chunk := await reader.read(_CHUNK):
            await self._link.held_up()
            if self._link.is_half_open:
                continue
            fault = self._link.breaking(chunk)
            self._answers_are_lost = fault is not None  # before it is sent: the server is quick
            writer.write(chunk)
            await writer.drain()
            if fault is not None:
                if fault.strike is not None:
                    fault.strike(None)
                await asyncio.sleep(_TIME_TO_COMMIT)
                return

    async def _to_caller(self) -> None:
        reader, writer = self._server[0], self._caller[1]
        while chunk := await reader.read(_CHUNK):
            await self._link.held_up()
            if self._link.is_half_open or self._answers_are_lost:
                continue
            writer.write(chunk)
            await writer.drain()
