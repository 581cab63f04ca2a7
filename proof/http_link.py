"""A link that carries HTTP: a load balancer before the replicas of a service, whose requests and answers can go wrong.

Every request goes to the next replica that takes a connection, on a connection of its own.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from random import Random

from proof.history import History
from proof.links import Connection, Link, LinkFault, break_off, hold
from proof.processes import LOOPBACK, Replica
from proof.wire import Message, read_answer, read_request

LONGEST_DELIVERY = 60.0
_INTERNAL_ERROR = 500
_SECOND = 1.0

REFUSED = "request lost"
SILENT = "silent"
DELAYED = "delayed"
LATE = "delivered late"
REPEATED = "delivered again"
ANSWER_LOST = "answer lost"
ANSWER_CUT = "answer cut"
SLOW = "a byte per second"
ASKED = "crash when asked"
ARRIVING = "crash in the middle"
ANSWERED = "crash before the answer"


class HttpLink(Link):
    """One caller's way to the replicas of a service."""

    def __init__(self, name: str, replicas: Sequence[Replica], *, port: int, random: Random, history: History) -> None:
        """Take the replicas in front of which it stands."""
        super().__init__(name, port=port)
        self._replicas = list(replicas)
        self._next = random.randrange(len(self._replicas))
        self._history = history
        self.answers: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on the requests of one connection until one of them breaks it."""
        while (request := await read_request(reader)) is not None:
            if not await self._exchange(request, reader, writer):
                break_off(writer)
                return

    async def _exchange(self, request: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Carry one request there and its answer back; False when the connection is to be broken."""
        if not await self._goes_out(request, reader):
            return False
        if fault := self.meet(REPEATED, request.target):
            self.in_background(self._deliver_after(fault.delay, request))
        answer, replica = await self._deliver(request)
        if answer is None or self._strikes(ANSWERED, request, replica) or self.meet(ANSWER_LOST, request.target):
            return False
        if writer.is_closing():  # Whoever asked has gone; uvloop does not let one write to nobody.
            return False
        if self.meet(ANSWER_CUT, request.target):
            writer.write(answer.raw[: len(answer.raw) * 2 // 3])
            await writer.drain()
            return False
        if fault := self.meet(SLOW, request.target):
            await self._drip(answer, writer, fault)
        else:
            writer.write(answer.raw)
        await writer.drain()
        return True

    async def _goes_out(self, request: Message, reader: asyncio.StreamReader) -> bool:
        if self._strikes(ASKED, request, None) or self.meet(REFUSED, request.target):
            return False
        if fault := self.meet(LATE, request.target):
            self.in_background(self._deliver_after(fault.delay, request))
            await hold(reader)
            return False
        if self.meet(SILENT, request.target):
            await hold(reader)
            return False
        if fault := self.meet(DELAYED, request.target):
            await asyncio.sleep(fault.delay)
        return True

    async def _deliver(self, request: Message) -> tuple[Message | None, Replica | None]:
        for _ in self._replicas:
            self._next = (self._next + 1) % len(self._replicas)
            replica = self._replicas[self._next]
            try:
                connection = await asyncio.open_connection(LOOPBACK, replica.port, limit=1 << 20)
            except OSError:
                continue
            answer = await self._ask(request, connection, replica)
            if answer is not None:
                self._count(request, answer)
            return answer, replica
        return None, None

    async def _ask(self, request: Message, connection: Connection, replica: Replica) -> Message | None:
        reader, writer = connection
        try:
            writer.write(request.raw)
            await writer.drain()
            self._strikes(ARRIVING, request, replica)
            async with asyncio.timeout(LONGEST_DELIVERY):
                return await read_answer(reader)
        except (OSError, TimeoutError):
            return None
        finally:
            writer.close()

    def _count(self, request: Message, answer: Message) -> None:
        self.answers[str(answer.status)] += 1
        if answer.status == _INTERNAL_ERROR:
            self._history.write("internal error", link=self.name, target=request.target)

    async def _deliver_after(self, seconds: float, request: Message) -> None:
        await asyncio.sleep(seconds)
        answer, _ = await self._deliver(request)
        self._history.write(
            "note", link=self.name, what="delivered afterwards", target=request.target, status=answer and answer.status
        )

    def _strikes(self, kind: str, request: Message, replica: Replica | None) -> bool:
        fault = self.meet(kind, request.target)
        if fault is None or fault.strike is None:
            return False
        self._history.write("note", link=self.name, what=kind, target=request.target)
        fault.strike(replica)
        return True

    async def _drip(self, answer: Message, writer: asyncio.StreamWriter, fault: LinkFault) -> None:
        rest = answer.raw
        while rest and fault in self.faults and not writer.is_closing():
            writer.write(rest[:1])
            await writer.drain()
            rest = rest[1:]
            await asyncio.sleep(_SECOND)
        writer.write(rest)
