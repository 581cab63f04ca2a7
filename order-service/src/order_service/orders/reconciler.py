"""Finishes what requests have left undone: a task in every replica that claims work and carries it out."""

import asyncio
import contextlib
import random
import time

import structlog

from order_service.orders import backlog_metrics
from order_service.orders.saga import OrderSaga
from order_service.orders.settlement import Settlement
from order_service.orders.work import Work

log = structlog.get_logger(__name__)

OBSERVE_SECONDS = 5.0
CLEAN_UP_SECONDS = 600.0
STUCK_SECONDS = 30.0


class Reconciler:
    """One replica's worker. Several replicas share the work without knowing of each other."""

    def __init__(
        self, saga: OrderSaga, settlement: Settlement, *, woken: asyncio.Event, concurrency: int, poll_seconds: float
    ) -> None:
        """Take the saga, where work is claimed, the event that wakes, and how much and how often."""
        self._saga = saga
        self._settlement = settlement
        self._woken = woken
        self._concurrency = concurrency
        self._poll_seconds = poll_seconds
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._looked_at = time.monotonic()
        self._observed_at = self._cleaned_at = -CLEAN_UP_SECONDS

    async def run(self) -> None:
        """Work until ``stop`` is called, and let what is under way then finish."""
        failing = False
        while not self._stopping:
            self._woken.clear()
            try:
                await self._look_for_work()
                await self._observe()
            except Exception as error:  # noqa: BLE001 (whatever it was, the work is still in the database)
                if not failing:
                    log.warning("the reconciler cannot work", error=f"{type(error).__name__}: {error}")
                failing = True
            else:
                failing = False
                self._looked_at = time.monotonic()
            await self._sleep()
        # Each attempt is bounded in time. Whatever does not finish is taken up elsewhere when its lease ends.
        await asyncio.gather(*self._running)

    def stop(self) -> None:
        """Claim no more work."""
        self._stopping = True
        self._woken.set()

    async def work_off(self) -> int:
        """Claim once and wait until what was claimed has been tried; return how much it was."""
        claimed = await self._settlement.claim(self._concurrency)
        await asyncio.gather(*(self._carry_out(work) for work in claimed))
        return len(claimed)

    async def check(self) -> str:
        """Say whether the loop turns, for the readiness answer. Raises ``RuntimeError`` when it does not."""
        seconds = time.monotonic() - self._looked_at
        if seconds > STUCK_SECONDS:
            message = f"has not looked for work for {seconds:.0f} s"
            raise RuntimeError(message)
        return "at work"

    async def _look_for_work(self) -> None:
        while not self._stopping and (free := self._concurrency - len(self._running)) > 0:
            claimed = await self._settlement.claim(free)
            for work in claimed:
                task = asyncio.create_task(self._carry_out(work))
                self._running.add(task)
                task.add_done_callback(self._finished)
            if len(claimed) < free:
                return

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._woken.set()

    async def _carry_out(self, work: Work) -> None:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(order=str(work.order_id))
        try:
            await self._saga.carry_out(work)
        except Exception as error:
            log.exception("work failed")
            with contextlib.suppress(Exception):
                await self._settlement.postpone(work, f"{type(error).__name__}: {error}"[:500])

    async def _sleep(self) -> None:
        with contextlib.suppress(TimeoutError):
            # Jitter keeps replicas that were started together from looking together for ever.
            await asyncio.wait_for(self._woken.wait(), self._poll_seconds * random.uniform(0.8, 1.2))  # noqa: S311

    async def _observe(self) -> None:
        now = time.monotonic()
        if now - self._observed_at >= OBSERVE_SECONDS:
            backlog_metrics.note(await self._settlement.backlog())
            self._observed_at = now
        if now - self._cleaned_at >= CLEAN_UP_SECONDS:
            await self._settlement.forget_old_keys()
            self._cleaned_at = now
