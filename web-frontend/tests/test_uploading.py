"""A file on its way through the pages: who may send it, what is refused before its first byte, what breaks off."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from browser import ORIGIN, SAME_ORIGIN, form_of

from web_frontend import uploading

PATH = "/staff/imports"
BOUNDARY = "a-boundary-of-the-test"
CSV = b"isbn13,title,price\r\n9780141439600,A Tale of Two Cities,8.99\r\n"


def field(name: str, value: str) -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def file_head(filename: str = "autumn.csv") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
    return f"{head}Content-Type: text/csv\r\n\r\n".encode()


def end() -> bytes:
    return f"\r\n--{BOUNDARY}--\r\n".encode()


async def token_of(browser) -> str:
    return form_of(await browser.get(PATH), PATH).value("csrf_token")


async def send(browser, content, headers=None):
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return await browser.http.post(PATH, content=content, headers=kind | (SAME_ORIGIN if headers is None else headers))


def nothing_arrived(gateway) -> bool:
    return gateway.calls_to("POST", "/books/imports") == 0


async def test_a_file_arrives_as_it_is_and_leads_to_the_page_of_its_import(editor, gateway):
    content = (
        field("csrf_token", await token_of(editor))
        + file_head("C:\\books\\h\u00e9rbst;\u201cneu\u201d.csv")
        + CSV
        + end()
    )
    answer = await send(editor, content)
    imported = next(iter(gateway.imports.all.values()))
    assert answer.headers["location"] == f"{PATH}/{imported['id']}"
    assert bytes(gateway.imports.received) == CSV
    assert imported["name"] == "h\u00e9rbst;\u201cneu\u201d.csv"


async def test_the_first_bytes_are_at_the_gateway_before_the_last_are_sent(editor, gateway):
    piece, pieces = b"x" * 64 * 1024, 80
    most_behind = 0

    async def slowly() -> AsyncIterator[bytes]:
        nonlocal most_behind
        yield field("csrf_token", token)
        yield file_head()
        for number in range(pieces):
            yield piece
            # The next piece is asked for once this one is passed on.
            most_behind = max(most_behind, number * len(piece) - len(gateway.imports.received))
        yield end()

    token = await token_of(editor)
    answer = await send(editor, slowly())
    assert answer.status_code == 303
    assert len(gateway.imports.received) == pieces * len(piece)
    assert most_behind <= 2 * len(piece)


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}])
async def test_a_file_from_another_site_is_refused_before_it_is_read(editor, gateway, headers):
    content = field("csrf_token", await token_of(editor)) + file_head() + CSV + end()
    answer = await send(editor, content, headers)
    assert answer.status_code == 403
    assert nothing_arrived(gateway)
    assert (await send(editor, content, {"Origin": ORIGIN})).status_code == 303


async def test_a_file_without_a_good_token_before_it_is_refused_unread(editor, gateway):
    good = await token_of(editor)
    for content in (
        file_head() + CSV + end(),
        file_head() + CSV + b"\r\n" + field("csrf_token", good) + end()[2:],
        field("csrf_token", good[:-1] + ("0" if good[-1] != "0" else "1")) + file_head() + CSV + end(),
    ):
        answer = await send(editor, content)
        assert answer.status_code == 403
        assert "Please choose the file once more" in answer.text
        assert form_of(answer, PATH).value("csrf_token")
    assert nothing_arrived(gateway)


async def test_somebody_who_does_not_edit_books_may_not_send_a_file(reader, gateway):
    token = form_of(await reader.get("/account"), "/theme").value("csrf_token")
    assert (await send(reader, field("csrf_token", token) + file_head() + CSV + end())).status_code == 403
    assert nothing_arrived(gateway)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: good[:-30],
        lambda good: good.replace(b"\r\n\r\n", b"\r\n"),
        lambda _: b"\x00\xff" * 4000,
        lambda _: b"",
        lambda good: good.replace(b"; filename", b"; nothing"),
        lambda good: field("note", "n" * 20_000) + good,
        lambda good: field("", "") * 2_000 + good,
        lambda good: f"--{BOUNDARY}\r\n\r\n\r\n".encode() * 2_000 + good,
        lambda good: field("n" * 4_000, "") * 5 + good,
        lambda good: field("a", "").replace(b"\r\n\r\n", b"\r\nX: " + b"y" * 10_000 + b"\r\n\r\n") + good,
        lambda good: b"--" + BOUNDARY.encode() + b"\r\n" + b"X: y\r\n" * 200 + good,
    ],
)
async def test_what_is_no_whole_form_with_a_file_is_refused_and_never_looks_whole(editor, gateway, spoil):
    answer = await send(editor, spoil(field("csrf_token", await token_of(editor)) + file_head() + CSV + end()))
    assert answer.status_code == 400
    assert "did not arrive whole" in answer.text
    assert not gateway.imports.all


async def test_another_kind_of_form_is_refused(editor, gateway):
    answer = await editor.post(PATH, {"csrf_token": await token_of(editor), "file": "autumn.csv"})
    assert answer.status_code == 400
    assert nothing_arrived(gateway)


async def test_sending_without_choosing_a_file_asks_for_one(editor, gateway):
    answer = await send(editor, field("csrf_token", await token_of(editor)) + file_head("") + end())
    assert answer.status_code == 422
    assert "Choose a file first" in answer.text
    assert nothing_arrived(gateway)


@pytest.mark.parametrize("announced", [True, False])
async def test_a_file_that_is_too_large_is_refused_with_a_page_that_says_how_large_it_may_be(
    open_shop, gateway, announced
):
    editor = await open_shop(max_import_bytes=2 << 20)
    await editor.sign_in("editor@example.com")
    token = await token_of(editor)

    async def pieces(number: int) -> AsyncIterator[bytes]:
        yield field("csrf_token", token) + file_head()
        for _ in range(number):
            yield b"x" * (1 << 20)
        yield end()

    whole = b"".join([piece async for piece in pieces(4)])
    answer = await send(editor, whole if announced else pieces(4))
    assert answer.status_code == 413
    assert "at most 2.0 MB" in answer.text
    assert not gateway.imports.all
    # The file counts alone, to the byte, and not the form around it.
    assert (
        await send(editor, field("csrf_token", token) + file_head() + b"x" * ((2 << 20) + 1) + end())
    ).status_code == 413
    assert not gateway.imports.all
    # As large as it may be, and larger than any other form may be.
    assert (await send(editor, pieces(2))).status_code == 303
    form = SAME_ORIGIN | {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await editor.http.post("/theme", content=whole, headers=form)).status_code == 413


async def test_a_limit_of_the_gateway_is_told_in_the_same_way(editor, gateway):
    async def refuse(request):
        if request.method == "POST":
            gateway.refuse(413, "body_too_large", detail="The body may have at most 1000 bytes.")

    token = await token_of(editor)
    gateway.before_answer = refuse
    answer = await send(editor, field("csrf_token", token) + file_head() + CSV + end())
    assert answer.status_code == 413
    assert "The file is too large" in answer.text


async def test_when_the_catalogue_is_away_the_form_is_there_to_try_again(editor, gateway):
    content = field("csrf_token", await token_of(editor)) + file_head() + CSV + end()
    gateway.down = {"books"}
    answer = await send(editor, content)
    assert answer.status_code == 503
    assert "The catalogue is away" in answer.text
    assert "nothing has changed" in answer.text
    assert nothing_arrived(gateway)
    gateway.down = set()
    again = field("csrf_token", form_of(answer, PATH).value("csrf_token")) + file_head() + CSV + end()
    assert (await send(editor, again)).status_code == 303


async def test_the_same_file_sent_twice_is_one_import_and_another_one_is_asked_for_again(editor, gateway):
    shown = form_of(await editor.get(PATH), PATH)
    fields = b"".join(field(name, shown.value(name)) for name in ("csrf_token", "idempotency_key"))
    answers = [await send(editor, fields + file_head() + CSV + end()) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert len(gateway.imports.all) == 1
    other = await send(editor, fields + file_head() + CSV + CSV + end())
    assert other.status_code == 422
    assert "has sent another file already" in other.text
    assert form_of(other, PATH).value("idempotency_key") != shown.value("idempotency_key")


async def test_a_session_that_has_ended_leads_through_signing_in_back_to_choosing_the_file(editor, gateway):
    content = field("csrf_token", await token_of(editor)) + file_head() + CSV + end()
    gateway.sessions.clear()
    refused = await send(editor, content)
    assert refused.status_code == 401
    assert nothing_arrived(gateway)
    answer = await editor.submit(refused, "/sign-in", {"email": "editor@example.com", "password": "correct horse"})
    assert answer.headers["location"] == PATH
    page = await editor.follow(answer)
    assert "a file cannot be kept meanwhile: choose it once more" in page.text


async def test_a_token_that_is_about_to_end_is_renewed_before_the_file_is_sent(editor, gateway):
    content = field("csrf_token", await token_of(editor)) + file_head() + CSV + end()
    # The gateway refuses the token, as after a change of the account's role; the session itself goes on.
    refused = False

    async def refuse_once(_request):
        nonlocal refused
        if not refused:
            refused = True
            gateway.refuse(401, "not_authenticated")

    gateway.before_answer = refuse_once
    assert (await send(editor, content)).status_code == 303
    assert bytes(gateway.imports.received) == CSV


async def test_a_browser_that_stops_sending_is_told_so_and_leaves_no_import(editor, gateway, monkeypatch):
    monkeypatch.setattr(uploading, "_STALLED_SECONDS", 0.05)
    token = await token_of(editor)

    async def stalling() -> AsyncIterator[bytes]:
        yield field("csrf_token", token) + file_head() + CSV
        await asyncio.sleep(5)
        yield end()

    answer = await send(editor, stalling())
    assert answer.status_code == 408
    assert "stopped on its way" in answer.text
    assert not gateway.imports.all


async def test_a_browser_that_leaves_in_the_middle_breaks_the_request_to_the_gateway_off(editor, gateway):
    token = await token_of(editor)
    messages = [
        {"type": "http.request", "body": field("csrf_token", token) + file_head() + CSV, "more_body": True},
        {"type": "http.disconnect"},
    ]
    request = editor.http.build_request("POST", PATH, headers=SAME_ORIGIN)
    kind = (b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode())
    scope = {
        "type": "http", "method": "POST", "path": PATH, "raw_path": PATH.encode(), "query_string": b"",
        "headers": [*((name.lower(), value) for name, value in request.headers.raw), kind], "scheme": "http",
        "http_version": "1.1", "server": ("localhost", 8080), "client": ("127.0.0.1", 1), "root_path": "",
        "asgi": {"version": "3.0"},
    }  # fmt: skip

    async def receive():
        return messages.pop(0)

    async def ignore(_message):
        pass

    await editor.app(scope, receive, ignore)
    assert gateway.imports.received
    assert not gateway.imports.all
