"""Keeps the services running: passes on what they print, starts a crashed one again, and ends them all."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from quire_local.child_process import end_group, kill_group, module_command
from quire_local.console import Console
from quire_local.layout import CannotStartError, Layout, Service
from quire_local.service_log import ServiceLog

STOP_SECONDS = 18  # more than a service gives its own requests
HEAD_START_SECONDS = 10
LAST_WORDS_SECONDS = 1
REFUSED_SETTINGS = 2  # the exit code of a service that will not start with its settings
_LONGEST_LINE = 64_000


@dataclass(frozen=True)
class Patience:
    """How often a crashed service is started again; times in seconds."""

    first_pause: float = 0.5
    crashes: int = 5
    within: float = 60
    long_pause: float = 60


@dataclass
class CrashHistory:
    """The crashes of one service, and how long to wait after the latest."""

    patience: Patience
    times: deque[float] = field(default_factory=deque)

    def add(self, now: float) -> None:
        """Count a crash, and forget those of long ago."""
        self.times.append(now)
        while self.times[0] < now - self.patience.within:
            self.times.popleft()

    @property
    def is_hopeless(self) -> bool:
        """Tell whether there were too many crashes lately."""
        return len(self.times) >= self.patience.crashes

    @property
    def pause(self) -> float:
        """Seconds until the next attempt: twice as many after each crash."""
        if self.is_hopeless:
            return self.patience.long_pause
        return float(self.patience.first_pause * 2 ** (len(self.times) - 1))


class ServiceProcess:
    """One service as a process that is started again when it ends unasked."""

    def __init__(
        self, service: Service, layout: Layout, environment: Mapping[str, str], console: Console, patience: Patience
    ) -> None:
        """Prepare; `run` starts it."""
        self.service = service
        self.log = ServiceLog(layout.logs / f"{service.name}.log")
        self.ready = asyncio.Event()
        self._layout = layout
        self._environment = environment
        self._console = console
        self._crashes = CrashHistory(patience)
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def process_id(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def run(self, on_change: asyncio.Event) -> None:
        """Run until stopped. Raises CannotStartError if the service refuses its settings at its first start."""
        while not self._stopping.is_set():
            code = await self._run_once(on_change)
            if self._stopping.is_set():
                return
            if code == REFUSED_SETTINGS and not self.ready.is_set():
                reason = self.log.last_lines[-1] if self.log.last_lines else "it gave no reason"
                message = f"{self.service.name} refuses its settings: {reason}"
                raise CannotStartError(message)
            await self._pause_after(code)

    async def stop(self, seconds: float) -> None:
        """Ask the service to end, and end it when it takes longer than `seconds`."""
        self._stopping.set()
        if self._process and self._process.returncode is None:
            await end_group(self._process, seconds)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), LAST_WORDS_SECONDS)

    def kill(self) -> None:
        """End the service at once."""
        self._stopping.set()
        if self.process_id:
            kill_group(self.process_id)

    async def _run_once(self, on_change: asyncio.Event) -> int:
        self._process = await asyncio.create_subprocess_exec(
            *module_command([self.service.package]),
            env=dict(self._environment),
            cwd=self._layout.root,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal is for the launcher, which stops them in order
        )
        self._idle.clear()
        on_change.set()
        if self._stopping.is_set():  # asked while it was being started
            self.kill()
        passing_on = asyncio.create_task(self._pass_on(self._process.stdout))
        try:
            code = await self._process.wait()
            await asyncio.wait([passing_on], timeout=LAST_WORDS_SECONDS)
        finally:
            passing_on.cancel()
            self._idle.set()
        return code

    async def _pass_on(self, output: asyncio.StreamReader | None) -> None:
        begun = b""
        while output and (block := await output.read(_LONGEST_LINE)):
            *lines, begun = (begun + block).split(b"\n")
            if len(begun) > _LONGEST_LINE:
                lines, begun = [*lines, begun], b""
            for line in lines:
                self._show(line)
        if begun:
            self._show(begun)

    def _show(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        self.log.write(text)
        self._console.service_line(self.service.name, text)

    async def _pause_after(self, code: int) -> None:
        self._crashes.add(time.monotonic())
        said = f"{self.service.name} ended unexpectedly ({describe_exit(code)})"
        pause = self._crashes.pause
        if self._crashes.is_hopeless:
            self._console.trouble(f"{said}, {len(self._crashes.times)} times in short order. Its last lines:")
            for line in self.log.last_lines:
                self._console.service_line(self.service.name, line)
            self._console.trouble(f"It will be tried again in {pause:.0f} s; its log is {self.log.path}")
        else:
            self._console.trouble(f"{said}; starting it again in {pause:.1f} s")
        await asyncio.sleep(pause)


class Supervisor:
    """All services of the shop."""

    def __init__(self, processes: list[ServiceProcess]) -> None:
        """Prepare; `run` starts them."""
        self.processes = processes
        self.changed = asyncio.Event()

    async def run(self) -> None:
        """Run all services until cancelled, or until one cannot start at all."""
        # Not a task group: when one fails, the others keep passing on what they print until they are stopped in order.
        await asyncio.gather(*(self._run(process) for process in self.processes))

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End all services side by side."""
        await asyncio.gather(*(process.stop(seconds) for process in self.processes))
        for process in self.processes:
            process.log.close()

    def kill(self) -> None:
        """End all services at once."""
        for process in self.processes:
            process.kill()

    def process_ids(self) -> dict[str, int]:
        """Return the process ids by package."""
        return {it.service.package: it.process_id for it in self.processes if it.process_id}

    async def _run(self, process: ServiceProcess) -> None:
        first = next((it for it in self.processes if it.service.name == process.service.after), None)
        if first:
            # Only a matter of fewer failed attempts: any service can wait for any other by itself.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(first.ready.wait(), HEAD_START_SECONDS)
        await process.run(self.changed)


def describe_exit(code: int) -> str:
    """Return an exit code in words: negative ones are signals."""
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
