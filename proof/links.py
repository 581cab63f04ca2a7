"""A listening port in front of something else, where connections can be made to go wrong."""

import asyncio
import contextlib
import os
import socket
import struct
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from random import Random
from typing import Any

from proof.processes import LOOPBACK, Replica

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Strike = Callable[["Replica | None"], None]
"""Is called with the replica that has the request, if it has been sent to one."""

_NO_LINGER = struct.pack("ii", 1, 0)
_BIGGEST_HEAD = 1 << 20


@dataclass
class LinkFault:
    """Something that goes wrong on a link for a while.

    ``kind`` names it, ``chance`` is how often a request meets it, ``only`` must be part of ``METHOD path``; ``strike``
    is what a crash point does then, and ``once`` ends it after the first time.
    """

    kind: str
    random: Random
    chance: float = 1.0
    only: str = ""
    longest: float = 1.0
    once: bool = False
    strike: Strike | None = None
    struck: asyncio.Event = field(default_factory=asyncio.Event)

    def meets(self, target: str) -> bool:
        """Decide whether a request meets the fault."""
        if self.once and self.struck.is_set():
            return False
        if self.only not in target or self.random.random() >= self.chance:
            return False
        self.struck.set()
        return True

    @property
    def delay(self) -> float:
        """Draw a time in seconds."""
        return self.random.uniform(0.1, 1.0) * self.longest


class Link(ABC):
    """What one process (``caller``) reaches another kind of process through."""

    def __init__(self, name: str, *, port: int) -> None:
        """Take a name like ``order-1>book`` and the port to listen on."""
        self.name = name
        self.port = port
        self.faults: list[LinkFault] = []
        self.met: Counter[str] = Counter()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def caller(self) -> str:
        """The process that calls."""
        return self.name.partition(">")[0]

    async def listen(self) -> None:
        """Take connections."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port, limit=_BIGGEST_HEAD)

    async def refuse(self) -> None:
        """Refuse new connections and break those that are open, as a machine that has gone does."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()

    def reset(self) -> None:
        """Break all open connections (RST)."""
        for writer in list(self._open):
            break_off(writer)

    async def heal(self) -> None:
        """End all that is wrong. Connections on which something was held back for good are broken."""
        for fault in list(self.faults):
            self.remove(fault)
        await self.listen()

    def add(self, fault: LinkFault) -> None:
        """Let something go wrong."""
        self.faults.append(fault)

    def remove(self, fault: LinkFault) -> None:
        """Let it be right again."""
        if fault in self.faults:
            self.faults.remove(fault)

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        await self.refuse()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def meet(self, kind: str, target: str) -> LinkFault | None:
        """Return the first fault of this kind that the request meets now."""
        found = next((fault for fault in self.faults if fault.kind == kind and fault.meets(target)), None)
        if found is not None:
            self.met[kind] += 1
        return found

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that nobody waits for."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @abstractmethod
    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of the caller."""

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.in_background(self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self.serve(reader, writer)
        finally:
            self._open.discard(writer)
            writer.close()


def break_off(writer: asyncio.StreamWriter) -> None:
    """Break a connection: the other side gets an RST, and what was not sent yet is lost."""
    transport = writer.get_extra_info("socket")
    if transport is not None and transport.fileno() >= 0:
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(transport.fileno())) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    writer.transport.abort()


async def hold(reader: asyncio.StreamReader) -> None:
    """Do nothing until the other side gives up."""
    with contextlib.suppress(OSError):
        while await reader.read(1 << 16):
            pass
