"""Opens the shop, keeps it open, and closes it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from quire_local import children_file, run_lock
from quire_local.banner import show_banner
from quire_local.cluster import Cluster, stop_left_over_server
from quire_local.console import Console
from quire_local.environment import environment_of, shop_environment, write_environment
from quire_local.layout import Layout, Service
from quire_local.migrations import load_sample_catalogue, migrate, wants_sample_catalogue
from quire_local.ports import LOOPBACK, refuse_taken_ports
from quire_local.readiness import Address, has_no_account_yet, wait_until_ready
from quire_local.secrets_file import load_secrets
from quire_local.settings import Settings, read_settings
from quire_local.supervisor import Patience, ServiceProcess, Supervisor

_WATCH_SECONDS = 1.0


def open_shop(
    layout: Layout, console: Console, environ: Mapping[str, str] | None = None, patience: Patience | None = None
) -> None:
    """Run the shop until Ctrl-C or SIGTERM. Raises CannotStartError when it cannot be opened."""
    environ = os.environ if environ is None else environ
    settings = read_settings(layout, environ)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as closing:
        closing.enter_context(run_lock.held(layout.lock))
        end_left_overs(layout, console)
        refuse_taken_ports(layout, settings)
        secrets, new_secrets = load_secrets(layout)
        cluster = None if settings.has_own_databases else Cluster(layout, settings, secrets, new_secrets)
        if cluster:
            console.step("Making a new PostgreSQL for this shop" if cluster.is_new else "Starting PostgreSQL")
            closing.callback(cluster.stop)
            cluster.start()
        shop = shop_environment(layout, settings, secrets, cluster.urls() if cluster else {})
        write_environment(layout, shop)
        launcher = Launcher(layout, settings, console, {**environ, **shop}, cluster, patience or Patience())
        asyncio.run(launcher.run())


def end_left_overs(layout: Layout, console: Console) -> None:
    """End what a killed launcher left running; only for the holder of the run lock."""
    ended = children_file.end_left_over(layout)
    if stop_left_over_server(layout):
        ended.append("PostgreSQL")
    if ended:
        console.step(f"Ended what an earlier start had left running: {', '.join(ended)}")


@dataclass
class Launcher:
    """One run of the shop whose PostgreSQL, if it has one of its own, runs already."""

    layout: Layout
    settings: Settings
    console: Console
    variables: Mapping[str, str]
    cluster: Cluster | None
    patience: Patience
    supervisor: Supervisor = field(init=False)

    async def run(self) -> None:
        """Keep the shop open until a signal asks to stop, or it cannot go on."""
        self.supervisor = Supervisor([self._process(service) for service in self.layout.services])
        stopping = _on_signals(self.supervisor.kill)
        tasks = [asyncio.create_task(self._keep_open()), asyncio.create_task(stopping.wait())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if stopping.is_set():
                self.console.step("Stopping")
            for task in done:
                task.result()
        finally:
            await self.supervisor.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.layout.children.unlink(missing_ok=True)

    async def _keep_open(self) -> None:
        await self._prepare_databases()
        self.console.step("Starting the services")
        await asyncio.gather(
            self.supervisor.run(), self._record_processes(), self._watch_cluster(), self._greet_when_ready()
        )

    async def _prepare_databases(self) -> None:
        self.console.step("Bringing the databases up to date")
        await migrate(self.layout, self.variables, self.cluster.revision if self.cluster else None)
        if wants_sample_catalogue(self.layout):
            self.console.step("Loading the sample catalogue")
            if problem := await load_sample_catalogue(self.layout, self.variables):
                self.console.trouble(problem)

    async def _greet_when_ready(self) -> None:
        addresses = {service.name: self._address(service) for service in self.layout.services}
        await wait_until_ready(self.supervisor.processes, addresses, self.console)
        has_no_account = await has_no_account_yet(addresses["gateway"])
        show_banner(self.console, self.settings, has_no_account=has_no_account)

    async def _record_processes(self) -> None:
        while True:
            await self.supervisor.changed.wait()
            self.supervisor.changed.clear()
            children_file.record(self.layout, self.supervisor.process_ids())

    async def _watch_cluster(self) -> None:
        while self.cluster:
            await asyncio.sleep(_WATCH_SECONDS)
            if not self.cluster.is_running:
                self.console.trouble("PostgreSQL ended unexpectedly; starting it again")
                self.cluster.start()

    def _process(self, service: Service) -> ServiceProcess:
        environment = environment_of(service, self.layout, self.variables)
        return ServiceProcess(service, self.layout, environment, self.console, self.patience)

    def _address(self, service: Service) -> Address:
        host = self.settings.reached_at.strip("[]") if service.faces_people else LOOPBACK
        return host, self.settings.ports[service.name]


def _on_signals(second_time: Callable[[], None]) -> asyncio.Event:
    """Return an event that Ctrl-C, SIGTERM or a closed terminal sets; a second signal calls `second_time`."""
    asked = asyncio.Event()

    def handle() -> None:
        if asked.is_set():
            second_time()
        asked.set()

    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(wanted, handle)
    return asked
