"""How much of nginx's throughput the gateway reaches on one hop: ``python benchmarks/gateway_throughput.py``.

A service that answers 4 KB is asked directly, through nginx (``proxy_pass``, keep-alive) and through the gateway, with
the token checked, the limits counted, the request id, the log line and the metrics on, by 1, 8 and 32 clients. What is
measured has one core, the load and the service share another. Needs wrk; without nginx the service is a plain ASGI
application, and the gateway is compared with that.

Besides, for each: the processor time of a request, and how much of the time its process waited for a core. Where that
is more than a few percent, somebody else is using the machine, and the times of requests say nothing.
"""

import argparse
import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from service_kit.testing.tokens import TokenMint

CLIENTS = (1, 8, 32)
BODY = "x" * 4096
PLAIN_SERVICE = f"""
import json
HEAD = {{"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}}
ANSWERS = {{"/.well-known/jwks.json": open("jwks.json", "rb").read(), "/internal/revocations": b'{{"as_of": 0}}'}}
async def app(scope, receive, send):
    body = ANSWERS.get(scope["path"], b"{BODY}")
    await send({{**HEAD, "headers": [*HEAD["headers"], (b"content-length", b"%d" % len(body))]}})
    await send({{"type": "http.response.body", "body": body}})
"""
NGINX = """
worker_processes 1; daemon off; pid {folder}/{port}.pid; error_log stderr crit; {user}
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream service {{ server 127.0.0.1:{service}; keepalive 64; keepalive_requests 1000000; }}
  server {{ listen 127.0.0.1:{port}; location / {{ {answer} }} }}
}}
"""
FORWARD = 'proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection "";'


class Target(NamedTuple):
    """What is asked, and the process whose time it costs."""

    url: str
    process: int


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on; taken all at once, or one could be given twice."""
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [int(listener.getsockname()[1]) for listener in listeners]


@contextlib.contextmanager
def running(command: list[str], core: int, folder: Path, **environment: str) -> Iterator[int]:
    """Run a server on one core until the block ends; its process id is what the block gets."""
    command = pinned(command, core)
    variables = os.environ | environment
    process = subprocess.Popen(  # noqa: S603 (commands of our own)
        command, cwd=folder, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def pinned(command: list[str], core: int) -> list[str]:
    if shutil.which("taskset") and (os.cpu_count() or 1) > 1:
        return ["taskset", "-c", str(core), *command]
    return command


def nginx(folder: Path, port: int, service: int, answer: str) -> list[str]:
    path = folder / f"{port}.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    path.write_text(NGINX.format(folder=folder, port=port, service=service, answer=answer, user=user))
    return [str(shutil.which("nginx")), "-c", str(path), "-p", str(folder)]


def wait_until_answers(url: str, token: str) -> None:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 (loopback)
    for _ in range(100):
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(request, timeout=1):  # noqa: S310
            return
        time.sleep(0.1)
    message = f"{url} does not answer"
    raise SystemExit(message)


def load(url: str, token: str, clients: int, seconds: float) -> tuple[float, float, float]:
    """Return requests per second, and the 50th and 99th percentile of the time of one in milliseconds."""
    headers = ["-H", f"Authorization: Bearer {token}"]
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", *headers, url]
    said = subprocess.run(pinned(command, 1), capture_output=True, text=True, check=True).stdout  # noqa: S603
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    figures = dict(re.findall(r"^ *(Requests/sec:|50%|99%) +(\S+)$", said, re.MULTILINE))
    return float(figures["Requests/sec:"]), milliseconds(figures["50%"]), milliseconds(figures["99%"])


def milliseconds(text: str) -> float:
    number = text.rstrip("mus")
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[text.removeprefix(number)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        parser.error("this needs wrk (apt-get install wrk)")
    mint = TokenMint()
    token = mint.token()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as servers:
        folder = Path(name)
        (folder / "jwks.json").write_text(json.dumps(mint.jwks))
        (folder / "plain_service.py").write_text(PLAIN_SERVICE)
        targets = start_all(servers, folder)
        for target in targets.values():
            wait_until_answers(target.url, token)
        report(measure(targets, token, options.rounds, options.seconds))


def start_all(servers: contextlib.ExitStack, folder: Path) -> dict[str, Target]:
    """Start the service and what stands in front of it; return what to ask, by name."""
    plain, gateway, fast, proxy = free_ports(4)
    uvicorn = [sys.executable, "-m", "uvicorn", "plain_service:app", "--log-level", "critical", "--no-access-log"]
    process = servers.enter_context(running([*uvicorn, "--port", str(plain)], 1, folder))
    service, targets = plain, {}
    if shutil.which("nginx"):
        service = fast
        (folder / "answer.json").write_text(BODY)
        answer = f"root {folder}; default_type application/json; try_files /answer.json =404;"
        process = servers.enter_context(running(nginx(folder, service, plain, answer), 1, folder))
        in_between = servers.enter_context(running(nginx(folder, proxy, service, FORWARD), 0, folder))
        targets["nginx proxy_pass"] = Target(f"http://127.0.0.1:{proxy}/books", in_between)
    settings = {
        "GATEWAY_PORT": str(gateway),
        "AUTH_URL": f"http://127.0.0.1:{plain}",
        "BOOK_URL": f"http://127.0.0.1:{service}",
        "STOREFRONT": "private",
        "GATEWAY_CLIENT_SECRET": secrets.token_hex(32),
        "WEB_CLIENT_SECRET": secrets.token_hex(32),
        # Counted as usual, but never met: what counting costs belongs to what is measured.
        "GATEWAY_LIMIT_ACCOUNT": "100000000/minute",
        "LOG_FORMAT": "json",
    }
    own = servers.enter_context(running([sys.executable, "-m", "gateway"], 0, folder, **settings))
    return {
        "directly": Target(f"http://127.0.0.1:{service}/books", process),
        **targets,
        "gateway": Target(f"http://127.0.0.1:{gateway}/books", own),
    }


class Figures(NamedTuple):
    """What one run shows. Times of requests in milliseconds, of the processor in microseconds a request."""

    rate: float
    p50: float
    p99: float
    processor: float
    waited: float


def processor_times(process: int) -> tuple[int, int]:
    """Return how long the process, with its children, ran and how long it waited for a core, in nanoseconds."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    times = [Path(f"/proc/{number}/schedstat").read_text().split() for number in (process, *children)]
    return sum(int(ran) for ran, _, _ in times), sum(int(waited) for _, waited, _ in times)


def run(target: Target, token: str, clients: int, seconds: float) -> Figures:
    before, started = processor_times(target.process), time.monotonic()
    rate, p50, p99 = load(target.url, token, clients, seconds)
    ran, waited = (now - then for now, then in zip(processor_times(target.process), before, strict=True))
    took = time.monotonic() - started
    return Figures(rate, p50, p99, ran / 1000 / max(1, rate * took), waited / 1e9 / took)


def measure(targets: dict[str, Target], token: str, rounds: int, seconds: float) -> dict[tuple[int, str], Figures]:
    """Return the medians; the rounds are interleaved, so that a slow moment of the machine hits all alike."""
    cases = [(clients, name) for clients in CLIENTS for name in targets]
    found: dict[tuple[int, str], list[Figures]] = {case: [] for case in cases}
    for target in targets.values():
        load(target.url, token, max(CLIENTS), 1)
    for _ in range(rounds):
        for clients, name in cases:
            found[clients, name].append(run(targets[name], token, clients, seconds))
    return {case: Figures(*map(statistics.median, zip(*runs, strict=True))) for case, runs in found.items()}


def report(found: dict[tuple[int, str], Figures]) -> None:
    names = {name for _, name in found}
    reference = "nginx proxy_pass" if "nginx proxy_pass" in names else "directly"
    columns = f"{'requests/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'cpu us':>7} {'waited':>7}"
    print(f"{'clients':7}  {'':18} {columns}   × {reference}")
    for (clients, name), it in found.items():
        ratio = it.rate / found[clients, reference].rate
        figures = f"{it.rate:10,.0f} {it.p50:8.2f} {it.p99:8.2f} {it.processor:7.0f} {it.waited:7.0%}   {ratio:.3f}"
        print(f"{clients:7}  {name:18} {figures}")
    most = max(CLIENTS)
    last = found[most, "gateway"]
    ratio = last.rate / found[most, reference].rate
    print(
        f"\nat {most} clients: {ratio:.3f} × {reference} (target 0.06), p99 {last.p99 - last.p50:.1f} ms past p50 (5)"
    )


if __name__ == "__main__":
    main()
