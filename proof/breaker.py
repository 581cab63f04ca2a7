"""Carries out a schedule: breaks what it says when it says so, and mends it again."""

import asyncio
from collections import Counter
from random import Random

from proof import kinds
from proof.history import History
from proof.kinds import KINDS, Kind
from proof.links import LinkFault
from proof.processes import Replica
from proof.schedule import Fault
from proof.shop import Shop

LONGEST_WAIT_FOR_A_CRASH = 6.0
ENDS_WITHIN = 25.0


class Breaker:
    """Breaks a shop by a schedule."""

    def __init__(self, shop: Shop, schedule: list[Fault], *, seed: int, history: History) -> None:
        """Take what to break, and when."""
        self._shop = shop
        self._schedule = schedule
        self._seed = seed
        self._history = history
        self._mending = False
        self._database_lock = asyncio.Lock()
        self.counts: Counter[str] = Counter()

    async def run(self) -> None:
        """Carry out the whole schedule; return when its last fault is over."""
        await asyncio.gather(*(self._at_its_time(fault) for fault in self._schedule))

    async def mend(self) -> None:
        """Heal all links and have every process running. Raises ``RuntimeError``."""
        await self._shop.database.start()
        for link in self._shop.links.values():
            await link.heal()
        for replica in self._shop.replicas.values():
            replica.thaw()
            await replica.start()
        await self._shop.wait_until_ready()

    async def _at_its_time(self, fault: Fault) -> None:
        await asyncio.sleep(max(0.0, fault.at - self._history.seconds_of_schedule))
        self._history.write("fault", **fault.as_json())
        await self._carry_out(fault, KINDS[fault.kind])
        self._history.write("healed", number=fault.number, kind=fault.kind, target=fault.target)

    async def _carry_out(self, fault: Fault, kind: Kind) -> None:
        if kind.meets is not None:
            await self._trouble_link(fault, kind)
            return
        self.counts[fault.kind] += 1
        match kind:
            case kinds.KILL:
                await self._kill([self._shop.replicas[fault.target]], fault.lasts)
            case kinds.KILL_ALL:
                await self._kill(self._shop.replicas_of(fault.target), fault.lasts)
            case kinds.FREEZE:
                await self._freeze(self._shop.replicas[fault.target], fault.lasts)
            case kinds.TERMINATE:
                await self._terminate(self._shop.replicas[fault.target], fault.lasts)
            case kinds.DATABASE_CRASH:
                await self._crash_database(fault.lasts)
            case kinds.REFUSE:
                await self._refuse(fault)
            case kinds.RESET:
                self._shop.links[fault.target].reset()

    async def _kill(self, replicas: list[Replica], seconds: float) -> None:
        for replica in replicas:
            replica.kill()
        await self._start_again(replicas, seconds)

    async def _start_again(self, replicas: list[Replica], seconds: float) -> None:
        await asyncio.sleep(seconds)
        for replica in replicas:
            if await replica.wait(ENDS_WITHIN):
                await replica.start()

    async def _freeze(self, replica: Replica, seconds: float) -> None:
        replica.freeze()
        await asyncio.sleep(seconds)
        replica.thaw()

    async def _terminate(self, replica: Replica, seconds: float) -> None:
        replica.thaw()
        replica.terminate()
        if not await replica.wait(ENDS_WITHIN):
            self._history.write("process", name=replica.name, what="did not end when asked to")
            replica.kill()
        await self._start_again([replica], seconds)

    async def _crash_database(self, seconds: float) -> None:
        async with self._database_lock:
            await self._shop.database.stop("immediate")
            await asyncio.sleep(seconds)
            await self._shop.database.start()

    async def _refuse(self, fault: Fault) -> None:
        link = self._shop.links[fault.target]
        await link.refuse()
        await asyncio.sleep(fault.lasts)
        await link.listen()

    async def _trouble_link(self, fault: Fault, kind: Kind) -> None:
        link = self._shop.links[fault.target]
        trouble = LinkFault(
            kind=str(kind.meets),
            random=Random(f"{self._seed}/{fault.number}"),  # noqa: S311 (chance, not secrecy)
            chance=fault.chance,
            only=fault.only,
            longest=kind.longest,
            once=kind.is_crash_point,
        )
        if not kind.is_crash_point:
            link.add(trouble)
            await asyncio.sleep(fault.lasts)
            link.remove(trouble)
            self.counts[fault.kind] += 1
            return
        victims: list[Replica] = []
        caller = self._shop.replicas[link.caller]

        def strike(served_by: Replica | None) -> None:
            victim = caller if kind.strikes == kinds.CALLER else served_by
            if victim is not None:
                victim.kill()
                victims.append(victim)

        trouble.strike = strike
        link.add(trouble)
        try:
            async with asyncio.timeout(LONGEST_WAIT_FOR_A_CRASH):
                await trouble.struck.wait()
        except TimeoutError:
            return
        finally:
            link.remove(trouble)
        self.counts[fault.kind] += 1
        await self._start_again(victims, fault.lasts)
