"""Group slow: hundreds of clients that send or read a byte now and then, while others want to be served."""

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2

from attack.people import sign_up
from attack.report import Report, say
from attack.shop import Shop

CONNECTIONS = 600
A_SECOND = 60
"""So few that it is their slowness that is tried, and not how many pages this machine can make."""
SECONDS = 18
SLOWEST_SECONDS = 5.0
TOOL = "slowhttptest"


@dataclass
class GoodClients:
    """People who only want a page, each over a new connection."""

    url: str
    headers: dict[str, str]
    served: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)

    @contextmanager
    def asking(self, people: int = 3) -> Iterator[None]:
        """Ask all the time, until the block ends."""
        over = threading.Event()
        threads = [threading.Thread(target=self._ask, args=(over,)) for _ in range(people)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def _ask(self, over: threading.Event) -> None:
        headers = self.headers | {"Connection": "close"}
        with httpx2.Client(headers=headers, timeout=SLOWEST_SECONDS, trust_env=False) as http:
            while not over.is_set():
                started = time.monotonic()
                try:
                    answer = http.get(self.url)
                    if not answer.is_success:
                        self.failures.append(str(answer.status_code))
                except httpx2.HTTPError as error:
                    self.failures.append(type(error).__name__)
                self.slowest = max(self.slowest, time.monotonic() - started)
                self.served += 1
                over.wait(0.1)


def attack(shop: Shop, report: Report, *, quick: bool) -> None:
    """Run the tool in its three modes against the gateway, and unless quick against the pages too."""
    if shutil.which(TOOL) is None and not _install():
        report.left_out = f"{TOOL} is not installed; it is a package of Debian and Ubuntu, and only root may install it"
        return
    headers = sign_up(shop, "patient").headers
    seconds = SECONDS // 2 if quick else SECONDS
    doors = [("the gateway", shop.api, "/books?limit=100", headers)]
    if not quick:
        doors.append(("the pages", shop.web, "/sign-up", {}))
    for name, base, path, shown in doors:
        for mode, arguments in _modes(base, path).items():
            clients = GoodClients(f"{base}{path}", shown)
            command = [TOOL, *arguments, "-c", str(CONNECTIONS), "-r", str(A_SECOND), "-l", str(seconds), "-v", "0"]
            with clients.asking():
                subprocess.run(command, capture_output=True, timeout=seconds + 60, check=False)  # noqa: S603 (a fixed program)
            report.tried += CONNECTIONS - 1
            held = not clients.failures and clients.served > seconds
            failed = f"{len(clients.failures)} of {clients.served} good requests failed: {clients.failures[:5]}"
            report.expect(held, f"{name}, {mode}: {failed}", " ".join(command))
            report.note(f"{name}, {mode}: {clients.served} good requests, the slowest {clients.slowest:.2f} s")


def _modes(base: str, path: str) -> dict[str, list[str]]:
    return {
        "slow headers": ["-H", "-i", "3", "-x", "16", "-u", f"{base}{path}"],
        "slow bodies": ["-B", "-i", "3", "-x", "4", "-s", "8192", "-u", f"{base}{path}"],
        "slow reading": ["-X", "-n", "3", "-w", "1", "-y", "16", "-z", "4", "-u", f"{base}{path}"],
    }


def _install() -> bool:
    """Install the tool from the distribution's packages, as root on a system that has them."""
    apt = shutil.which("apt-get")
    if apt is None:
        return False
    say(f"installing {TOOL}")
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", TOOL]):
        subprocess.run([apt, *arguments], capture_output=True, check=False)  # noqa: S603 (a fixed program)
    return shutil.which(TOOL) is not None
