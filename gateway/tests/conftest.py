"""A gateway on a real port, an upstream that misbehaves byte by byte as told, and a client that sees every byte."""

import asyncio
import base64
import contextlib
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import uvloop

# The tests of all members run together without packages of their own, so this folder is named to the importer.
sys.path.insert(0, str(Path(__file__).parent))

from fake_keys import FakeKeyService

from gateway.config import Settings
from gateway.connection import protocol_for
from gateway.main import create_app
from service_kit.testing.tokens import TokenMint
from service_kit.testing.upstreams import FakeAuthService

PATIENCE = 5.0
GATEWAY_SECRET = "gateway-1s-kn0wn-t0-auth-by-this-w0rd"
WEB_CLIENT_SECRET = "pages-are-kn0wn-t0-it-by-this-w0rd"


def pytest_asyncio_loop_factories() -> dict[str, Any]:
    """Use the loop that the gateway runs on: transports of another behave differently when connections break."""
    return {"uvloop": uvloop.new_event_loop}


@dataclass
class Message:
    """A request or an answer, as it was on the wire."""

    start: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    whole: bool = True

    @property
    def status(self) -> int:
        return int(self.start.split(" ")[1])

    @property
    def target(self) -> str:
        return self.start.split(" ")[1]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]

    def one(self, name: str) -> str:
        (value,) = self.all(name)
        return value


async def read_head(reader: asyncio.StreamReader) -> Message:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
    pairs = [line.split(":", 1) for line in lines[1:]]
    return Message(lines[0], [(name, value.strip()) for name, value in pairs])


async def read_body(reader: asyncio.StreamReader, message: Message) -> None:
    """Read the body that the headers announce; ``message.whole`` tells whether all of it came."""
    received = bytearray()
    try:
        if message.all("transfer-encoding"):
            while size := int(await reader.readuntil(b"\r\n"), 16):
                received += (await reader.readexactly(size + 2))[:-2]
            await reader.readuntil(b"\r\n")
        elif message.all("content-length"):
            received += await reader.readexactly(int(message.one("content-length")))
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        received += getattr(error, "partial", b"")
        message.whole = False
    message.body = bytes(received)


@dataclass
class Wire:
    """One connection, as the misbehaving side or the client has it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    requests: int = 0
    method: str = ""

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, body: bytes = b"ok", status: str = "200 OK", **headers: str) -> None:
        lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
        await self.send(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{''.join(lines)}\r\n".encode())
        if self.method != "HEAD":
            await self.send(body)

    async def request(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Message:
        await self.ask(method, target, body, **headers)
        return await self.read(method)

    async def ask(self, method: str, target: str, body: bytes | None = None, **headers: str) -> None:
        pairs = {"Host": "shop.example", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body is not None:
            pairs["Content-Length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in pairs.items())
        await self.send(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + (body or b""))

    async def read(self, method: str = "GET") -> Message:
        async with asyncio.timeout(PATIENCE):
            message = await read_head(self.reader)
            if method != "HEAD" and message.status not in {204, 304}:
                await read_body(self.reader, message)
        return message

    async def take_body(self, request: Message) -> None:
        await read_body(self.reader, request)

    async def is_closed(self) -> bool:
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read(1) == b""
            except ConnectionError:
                return True

    def close(self) -> None:
        self.writer.close()


Behaviour = Callable[[Message, Wire], Awaitable[None]]


async def well_behaved(_request: Message, wire: Wire) -> None:
    await wire.answer()


@dataclass
class Upstream:
    """A service that does whatever ``behave`` says with each request."""

    port: int = 0
    behave: Behaviour = well_behaved
    requests: list[Message] = field(default_factory=list)
    connections: int = 0
    closed_by_gateway: asyncio.Event = field(default_factory=asyncio.Event)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def last(self) -> Message:
        return self.requests[-1]

    async def asked(self, count: int) -> None:
        """Wait until so many requests have come in all."""
        async with asyncio.timeout(PATIENCE):
            while len(self.requests) < count:
                self.arrival.clear()
                await self.arrival.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        wire = Wire(reader, writer)
        try:
            while True:
                request = await read_head(reader)
                wire.requests += 1
                wire.method = request.start.split(" ")[0]
                self.requests.append(request)
                self.arrival.set()
                await self.behave(request, wire)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.closed_by_gateway.set()
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def listening(upstream: Upstream) -> AsyncIterator[Upstream]:
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(upstream.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    upstream.port = server.sockets[0].getsockname()[1]
    try:
        yield upstream
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def serving(app: Any, **options: Any) -> AsyncIterator[int]:
    """Run an ASGI application on a free port."""
    config = uvicorn.Config(app, port=0, access_log=False, log_config=None, proxy_headers=False, ws="none", **options)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # Not serve(): it looks only ten times a second whether it should end.
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        for listener in server.servers:
            listener.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        await server.lifespan.shutdown()


@dataclass
class Gateway:
    port: int
    mint: TokenMint
    secret: str = GATEWAY_SECRET
    wires: list[Wire] = field(default_factory=list)

    async def connect(self, **options: Any) -> Wire:
        wire = Wire(*await asyncio.open_connection("127.0.0.1", self.port, **options))
        self.wires.append(wire)
        return wire

    async def request(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Message:
        wire = await self.connect()
        return await wire.request(method, target, body, **headers)

    async def send(self, data: bytes) -> Message:
        wire = await self.connect()
        await wire.send(data)
        return await wire.read()

    async def answers(self, method: str, target: str, times: int, **headers: str) -> list[Message]:
        """Send the same request again and again over one connection."""
        wire = await self.connect()
        return [await wire.request(method, target, **headers) for _ in range(times)]

    def web_credentials(self, *, client: str = "web-frontend", secret: str = "") -> str:
        pair = f"{client}:{secret or WEB_CLIENT_SECRET}"
        return "Basic " + base64.b64encode(pair.encode()).decode()

    def bearer(self, role: str = "customer", **claims: Any) -> str:
        return f"Bearer {self.mint.token(role, **claims)}"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with listening(Upstream()) as service:
        yield service


@pytest.fixture(scope="session")
async def auth_url(mint: TokenMint) -> AsyncIterator[str]:
    async with serving(FakeAuthService(mint).app, lifespan="off") as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def keys(mint: TokenMint) -> AsyncIterator[FakeKeyService]:
    """Give an auth-service that exchanges API keys."""
    service = FakeKeyService(mint, gateway_secret=GATEWAY_SECRET)
    async with serving(service.app, lifespan="off") as port:
        service.url = f"http://127.0.0.1:{port}"
        yield service


StartGateway = Callable[..., Awaitable[Gateway]]


@pytest.fixture
async def start_gateway(upstream: Upstream, auth_url: str, mint: TokenMint) -> AsyncIterator[StartGateway]:
    """Start a gateway whose book-service and order-service is ``upstream``; keywords are settings."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**changes: Any) -> Gateway:
            usual = {
                "storefront": "public",
                "client_secret": GATEWAY_SECRET,
                "web_client_secret": WEB_CLIENT_SECRET,
                "auth_url": auth_url,
                "book_url": upstream.url,
                "order_url": upstream.url,
                "answer_seconds": 0.3,
                "upload_seconds": 0.3,
            }
            settings = Settings(**(usual | changes))
            port = await stack.enter_async_context(
                serving(create_app(settings), http=protocol_for(settings), lifespan="on")
            )
            gateway = Gateway(port, mint)
            stack.callback(lambda: [wire.close() for wire in gateway.wires])
            return gateway

        yield start


class Listener:
    """Stands for the loggers of some modules and keeps what they say."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def warning(self, event: str, **values: Any) -> None:
        self.lines.append(f"{event} {values}")

    info = error = warning

    def said(self, words: str) -> list[str]:
        return [line for line in self.lines if words in line]


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Listener:
    listener = Listener()
    for module in ("addresses", "api_keys", "counters", "limits"):
        monkeypatch.setattr(f"gateway.{module}.log", listener)
    return listener


@pytest.fixture
async def gateway(start_gateway: StartGateway) -> Gateway:
    return await start_gateway()


def milliseconds_since(started: float) -> float:
    return (time.monotonic() - started) * 1000


UUID = re.compile(r"[0-9a-f-]{36}")
