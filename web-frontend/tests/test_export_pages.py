"""Exporting: which books, which file, and what becomes of a download that breaks off."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from browser import Browser
from fake_gateway import FakeGateway


class Pieces(httpx2.AsyncByteStream):
    """A file of the gateway that comes piece by piece."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self.pieces = pieces
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self.pieces:
            yield piece

    async def aclose(self) -> None:
        self.is_closed = True


class WithFile(httpx2.ASGITransport):
    """The fake gateway, whose export is ``file``."""

    def __init__(self, gateway: FakeGateway, file: Pieces) -> None:
        super().__init__(app=gateway)
        self.file = file

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path != "/books/export":
            return await super().handle_async_request(request)
        headers = {"Content-Type": "text/csv", "Content-Disposition": 'attachment; filename="books.csv"'}
        return httpx2.Response(200, headers=headers, stream=self.file)


def scope_of(browser: Browser, path: str, query: str) -> dict:
    request = browser.http.build_request("GET", path, headers={"Accept-Encoding": "identity"})
    return {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "headers": [(name.lower(), value) for name, value in request.headers.raw], "scheme": "http",
        "http_version": "1.1", "server": ("localhost", 8080), "client": ("127.0.0.1", 1), "root_path": "",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }  # fmt: skip


async def test_the_page_says_which_search_is_exported_and_offers_three_files(editor):
    page = (await editor.get("/staff/export?subject=Gothic&format=paperback&price_max=9")).text
    assert "Export these books" in page
    assert "<li>Gothic</li>" in page
    assert "<li>Up to £9.00</li>" in page
    for name in ("csv", "jsonl", "onix"):
        assert f"/staff/export/file?format={name}&amp;subject=Gothic&amp;format=paperback&amp;price_max=9" in page
    whole = (await editor.get("/staff/export")).text
    assert "Export all books" in whole
    assert 'href="/staff/export/file?format=csv"' in whole


async def test_a_search_that_finds_nothing_has_nothing_to_export(editor):
    page = (await editor.get("/staff/export?q=xyzzy")).text
    assert "There is nothing to export" in page
    assert "/staff/export/file" not in page


async def test_the_file_is_of_the_search_and_keeps_its_name(editor, gateway):
    answer = await editor.get("/staff/export/file?format=onix&q=dracula&format=paperback&cursor=7&nonsense=1")
    assert answer.headers["content-disposition"] == 'attachment; filename="books.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text == "id,isbn13,title\r\n"
    assert gateway.imports.sent == [("export", [("format", "onix"), ("format", "paperback"), ("q", "dracula")])]


async def test_without_a_format_the_page_asks_for_one(editor):
    assert (await editor.get("/staff/export/file?q=a")).headers["location"] == "/staff/export?q=a"


@pytest.mark.parametrize("address", ["/staff/export", "/staff/export/file?format=csv"])
async def test_only_editors_export(reader, address):
    assert (await reader.get(address)).status_code == 403


async def test_when_the_catalogue_is_away_a_page_says_so_instead_of_a_broken_file(editor, gateway):
    gateway.down = {"books"}
    answer = await editor.get("/staff/export/file?format=csv")
    assert answer.status_code == 503
    assert "The catalogue is away" in answer.text
    assert "content-disposition" not in answer.headers


async def test_a_file_passes_through_piece_by_piece(open_shop, gateway):
    passed: list[bytes] = []

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(5):
            # The browser has each piece before the next one is asked for.
            assert len(passed) == number
            yield b"%d\n" % number

    editor = await open_shop(transport=WithFile(gateway, Pieces(pieces())))
    await editor.sign_in("editor@example.com")

    async def receive() -> dict:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        if message.get("body"):
            passed.append(message["body"])

    await editor.app(scope_of(editor, "/staff/export/file", "format=csv"), receive, send)
    assert b"".join(passed) == b"0\n1\n2\n3\n4\n"


async def test_a_file_that_breaks_off_never_looks_whole(open_shop, gateway):
    async def pieces() -> AsyncIterator[bytes]:
        yield b"id,isbn13\r\n"
        message = "peer closed connection without sending complete message body"
        raise httpx2.RemoteProtocolError(message)

    file, messages = Pieces(pieces()), []
    editor = await open_shop(transport=WithFile(gateway, file))
    await editor.sign_in("editor@example.com")

    async def receive() -> dict:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        messages.append(message)

    # The server closes the connection of an application that raises, and the browser's download fails.
    with pytest.raises(BaseException, match="peer closed"):
        await editor.app(scope_of(editor, "/staff/export/file", "format=csv"), receive, send)
    assert [message.get("more_body") for message in messages] == [None, True]
    assert file.is_closed


@pytest.mark.parametrize("waits_for", ["gateway", "browser"])
async def test_a_browser_that_leaves_lets_go_of_the_gateways_answer(open_shop, gateway, waits_for):
    waiting = asyncio.Event()

    async def wait() -> None:
        waiting.set()
        await asyncio.sleep(60)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"id,isbn13\r\n"
        if waits_for == "gateway":
            await wait()
        yield b"1,\r\n"

    file = Pieces(pieces())
    editor = await open_shop(transport=WithFile(gateway, file))
    await editor.sign_in("editor@example.com")

    async def receive() -> dict:
        await waiting.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        if message.get("body") and waits_for == "browser":
            await wait()

    async with asyncio.timeout(5):
        await editor.app(scope_of(editor, "/staff/export/file", "format=csv"), receive, send)
    assert file.is_closed
