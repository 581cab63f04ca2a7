"""One process of a service: started, killed without warning, frozen, asked to end; and started again."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from proof.history import History
from service_kit.tied_process import tied_command

LOOPBACK = "127.0.0.1"
ASK_AGAIN_SECONDS = 0.05


class Replica:
    """A process that listens on a port of its own."""

    def __init__(  # noqa: PLR0913 (what a process is)
        self, name: str, module: str, *, port: int, environment: Mapping[str, str], log: Path, history: History
    ) -> None:
        """Prepare; ``start`` starts it. ``module`` is run with ``python -m``."""
        self.name = name
        self.port = port
        self.restarts = 0
        self._module = module
        self._environment = dict(environment)
        self._log = log
        self._history = history
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._wanted = False
        self._starting = asyncio.Lock()

    @property
    def service(self) -> str:
        """The name of the service: that of its replicas without their number."""
        return self.name.partition("-")[0]

    @property
    def is_running(self) -> bool:
        """Tell whether the process is there, frozen or not."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the process unless it runs."""
        async with self._starting:
            if self.is_running:
                return
            # It ends with us even when we are killed ourselves.
            command = tied_command([sys.executable, "-m", self._module], ends_with=signal.SIGKILL)
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *command,
                    env=self._environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self._wanted = True
            self._watch = asyncio.create_task(self._watch_over(self._process))
            self._history.write("process", name=self.name, what="started", pid=self._process.pid)

    def kill(self) -> None:
        """End it at once (SIGKILL), as a power cut does."""
        self._end("killed", signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        self._end("asked to end", signal.SIGTERM)

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does (SIGSTOP)."""
        self._signal("frozen", signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on (SIGCONT)."""
        self._signal("thawed", signal.SIGCONT)

    async def wait(self, seconds: float) -> bool:
        """Wait until it has ended; False when it has not within ``seconds``."""
        if self._process is None:
            return True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), seconds)
        return not self.is_running

    async def close(self, seconds: float = 20) -> None:
        """End it for good: asked first, killed when it does not obey."""
        if self.is_running:
            self.thaw()
            self.terminate()
            if not await self.wait(seconds):
                self._history.write("process", name=self.name, what="did not end when asked to")
                self.kill()
        if self._process is not None:
            await self._process.wait()
        if self._watch is not None:
            await self._watch

    async def wait_until_ready(self, seconds: float) -> None:
        """Wait until ``/health/ready`` answers 200. Raises ``RuntimeError``."""
        deadline = time.monotonic() + seconds
        while not await is_ready(self.port):
            if not self.is_running or time.monotonic() > deadline:
                what = f"not ready after {seconds:.0f} s" if self.is_running else "does not start"
                message = f"{self.name}: {what}; its log: {self._log}"
                raise RuntimeError(message)
            await asyncio.sleep(ASK_AGAIN_SECONDS)

    def _end(self, what: str, number: signal.Signals) -> None:
        if self.is_running:
            self._wanted = False
            self.restarts += 1
            self._signal(what, number)

    def _signal(self, what: str, number: signal.Signals) -> None:
        if self._process is not None and self.is_running:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
            self._history.write("process", name=self.name, what=what)

    async def _watch_over(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        self._history.write("process", name=self.name, what="ended", code=code)
        if self._wanted:
            self._history.write("process", name=self.name, what="ended by itself", code=code)


async def is_ready(port: int, *, seconds: float = 4) -> bool:
    """Ask a service whether it is ready to do its work."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return (await reader.readline()).split(b" ")[1:2] == [b"200"]
            finally:
                writer.close()
    except (TimeoutError, OSError, ValueError):
        return False
