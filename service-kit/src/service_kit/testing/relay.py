"""A TCP relay between a service and what it talks to, for tests of what a network may do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable


class Relay:
    """Passes bytes on from ``port`` to another port of this machine, until it is told otherwise."""

    def __init__(self, target_port: int) -> None:
        """Take the port to pass everything on to, on 127.0.0.1."""
        self.port = 0
        self.accepted = 0
        self.refusal: bytes | None = None
        """Unless None: new connections get this and are closed."""
        self.cut_when: Callable[[bytes], bool] = lambda _: False
        """Asked of all that clients send: what it says yes to is passed on, and then the client's side is cut."""
        self._target_port = target_port
        self._transports: set[asyncio.WriteTransport] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._deaf: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Relay"]:
        """Listen on a free port until the end of the context."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            for transport in self._transports:
                transport.abort()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def hold(self) -> None:
        """Let nothing pass any more, on any connection, and tell nobody."""
        self._flowing.clear()

    def let_go(self) -> None:
        """Let everything pass again."""
        self._flowing.set()

    def hold_open_connections(self) -> None:
        """Let nothing pass any more on the connections that are open now; those to come are another matter."""
        self._deaf |= self._tasks

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self.refusal is not None:
            await reader.read(1024)
            writer.write(self.refusal)
            writer.close()
            return
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        self._transports |= {writer.transport, there_writer.transport}
        for source, target, client in ((reader, there_writer, writer), (there_reader, writer, None)):
            task = asyncio.create_task(self._pump(source, target, client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, client: asyncio.StreamWriter | None
    ) -> None:
        this = asyncio.current_task()
        with contextlib.suppress(OSError):
            while data := await source.read(1 << 16):
                await self._flowing.wait()
                if this in self._deaf:
                    await asyncio.Event().wait()
                if client is not None and self.cut_when(data):
                    client.transport.abort()
                target.write(data)
                await target.drain()
        target.close()
