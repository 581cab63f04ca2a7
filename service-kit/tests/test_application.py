"""What happens around every request: ids, slashes, limits, problems, metrics, the log."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
import structlog
from fastapi import FastAPI, Request
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from structlog.testing import CapturingLogger

from service_kit import edge
from service_kit.application import service_application
from service_kit.identity import bearer_token
from service_kit.problems import DomainError, Unavailable
from service_kit.settings import ServiceSettings
from service_kit.testing.clients import running


class TeapotIsShort(DomainError):
    code = "teapot_is_short"
    status = 418
    title = "The teapot is short and stout"


class Order(BaseModel):
    quantity: int


@asynccontextmanager
async def nothing_to_start(app: FastAPI) -> AsyncIterator[None]:
    app.state.readiness["kettle"] = lambda: asyncio.sleep(0, "warm")
    yield


async def _half_an_answer() -> AsyncIterator[bytes]:
    yield b"half"
    message = "cut off"
    raise RuntimeError(message)


def application(**settings) -> FastAPI:
    app = service_application(
        name="test",
        title="Test",
        settings=ServiceSettings(max_body_bytes=1024, **settings),
        lifespan=nothing_to_start,
        larger_bodies={"/files": 4096},
    )

    @app.post("/orders")
    async def place(order: Order) -> Order:
        return order

    @app.get("/orders")
    async def orders() -> list[int]:
        return [1, 2]

    @app.post("/files")
    @app.post("/files/{number}")
    async def count_file(request: Request) -> int:
        return len(await request.body())

    @app.post("/bytes")
    async def count(request: Request) -> int:
        return len(await request.body())

    @app.get("/teapot")
    async def teapot() -> None:
        raise TeapotIsShort(spout="short", headers={"X-Handle": "here"})

    @app.post("/broken")
    async def quote(words: dict[str, str]) -> None:
        raise TeapotIsShort(" ".join(words), spout=next(iter(words)))

    @app.get("/away")
    async def away() -> None:
        raise Unavailable(retry_after=7)

    @app.get("/fault")
    async def fault() -> None:
        message = "a secret detail"
        raise RuntimeError(message)

    @app.get("/half")
    async def half() -> StreamingResponse:
        return StreamingResponse(_half_an_answer())

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with running(application()) as client:
        yield client


@pytest.mark.parametrize("given", ["abc-123", "01a2070e-97f8-7010-8d99-1cb8d2f307a1"])
async def test_a_sane_request_id_is_kept(client, given):
    assert (await client.get("/teapot", headers={"X-Request-ID": given})).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", "é", "<script>"])
async def test_any_other_request_id_is_replaced(client, given):
    answer = await client.get("/teapot", headers={"X-Request-ID": given.encode()})
    assert len(answer.headers["x-request-id"]) == 36
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_path_works_with_and_without_its_slash_and_without_a_redirect(client):
    for path in ("/orders", "/orders/"):
        answer = await client.post(path, json={"quantity": 1})
        assert (answer.status_code, answer.json()) == (200, {"quantity": 1})


async def test_a_domain_error_becomes_a_problem_document(client):
    answer = await client.get("/teapot")
    assert answer.status_code == 418
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-handle"] == "here"
    assert answer.json() == {
        "type": "about:blank",
        "title": "The teapot is short and stout",
        "status": 418,
        "instance": "/teapot",
        "code": "teapot_is_short",
        "request_id": answer.headers["x-request-id"],
        "spout": "short",
    }
    assert (await client.get("/away")).headers["retry-after"] == "7"


async def test_bad_input_names_the_field_and_does_not_repeat_the_value(client):
    answer = await client.post("/orders", json={"quantity": "my password"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", "quantity"]
    assert "my password" not in answer.text


@pytest.mark.parametrize(("value", "status"), [('"x"', 418), ("1", 422)])
async def test_a_problem_that_quotes_half_of_a_surrogate_pair_is_told_all_the_same(client, value, status):
    body = f'{{"\\ud800": {value}}}'
    answer = await client.post("/broken", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "not_found"), ("DELETE", "/orders", 405, "method_not_allowed")],
)
async def test_unknown_paths_and_methods_are_problems_too(client, method, path, status, code):
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_head_is_answered_like_get_without_the_body(client):
    answer = await client.head("/orders")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len((await client.get("/orders")).content))


@pytest.mark.parametrize(
    ("path", "allowed"), [("/orders", "GET, HEAD, POST"), ("/bytes", "POST"), ("/health/live", "GET, HEAD")]
)
async def test_a_method_that_a_path_does_not_take_is_answered_with_all_that_it_takes(client, path, allowed):
    answer = await client.put(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("body", [b"{", b'"\xff"', b"[" * 1000])
async def test_a_body_that_cannot_be_read_is_malformed_whatever_the_reason(client, body):
    answer = await client.post("/orders", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


async def test_a_fault_is_told_without_its_details_and_logged_with_them(monkeypatch, client):
    log = CapturingLogger()
    monkeypatch.setattr(edge, "log", structlog.wrap_logger(log, processors=[structlog.processors.format_exc_info]))
    answer = await client.get("/fault")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "a secret detail" in log.calls[0].kwargs["exception"]


async def test_an_answer_that_breaks_off_does_not_look_complete():
    async with running(application()) as client:
        client._transport.raise_app_exceptions = True  # noqa: SLF001 (there is no other switch)
        with pytest.raises(RuntimeError, match="cut off"):
            await client.get("/half")


async def test_a_body_is_counted_as_it_arrives(client):
    async def chunks():
        for _ in range(3):
            yield b"x" * 500

    assert (await client.post("/bytes", content=b"x" * 1024)).json() == 1024
    announced = await client.post("/bytes", content=b"x" * 1025)
    counted = await client.post("/bytes", content=chunks())
    assert announced.status_code == counted.status_code == 413
    assert announced.json()["code"] == counted.json()["code"] == "body_too_large"


async def test_one_path_may_take_larger_bodies(client):
    for path in ("/files", "/files/"):
        assert (await client.post(path, content=b"x" * 4096)).json() == 4096
        assert (await client.post(path, content=b"x" * 4097)).status_code == 413
    assert (await client.post("/files/7", content=b"x" * 1025)).status_code == 413


async def test_ready_tells_what_is_in_the_way():
    app = application()

    async def broken() -> str:
        message = "no water\nand a long story"
        raise OSError(message)

    async def never() -> str:
        await asyncio.sleep(60)
        return "late"

    async with running(app) as client:
        assert (await client.get("/health/ready")).json()["checks"] == {"kettle": {"ok": True, "detail": "warm"}}
        app.state.readiness |= {"tap": broken, "queue": never}
        answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "not_ready")
    assert answer.json()["checks"]["tap"] == {"ok": False, "detail": "no water"}
    assert answer.json()["checks"]["queue"] == {"ok": False, "detail": "no answer in time"}


async def test_each_request_is_one_log_line_without_its_query(monkeypatch, client):
    log = CapturingLogger()
    monkeypatch.setattr(edge, "log", structlog.wrap_logger(log, processors=[structlog.contextvars.merge_contextvars]))
    await client.get("/teapot?q=private", headers={"X-Request-ID": "trace-1"})
    (line,) = (call.kwargs for call in log.calls)
    assert (line["request_id"], line["path"], line["status"]) == ("trace-1", "/teapot", 418)
    assert "private" not in str(line)


def test_containers_log_json_with_secrets_redacted():
    program = """
import structlog
from service_kit.logs import configure_logging
from service_kit.settings import ServiceSettings

configure_logging("till", ServiceSettings(log_format="json"))
structlog.get_logger().warning("opened", password="hunter2", drawer=7)
"""
    line = json.loads(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)
    assert (line["event"], line["service"], line["level"], line["drawer"]) == ("opened", "till", "warning", 7)
    assert line["password"] == "[redacted]"


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", None), ("Bearer ", None), ("", None), (None, None)],
)
def test_only_a_bearer_header_holds_a_token(header, token):
    assert bearer_token(header) == token
