"""What the gateway answers itself."""

import json

import httpx2
import pytest


async def test_the_index_says_where_to_go(gateway):
    answer = await gateway.request("GET", "/")
    assert json.loads(answer.body) == {"documentation": "/docs", "openapi": "/openapi.json", "health": "/health/ready"}


async def test_live(gateway):
    answer = await gateway.request("GET", "/health/live")
    assert json.loads(answer.body) == {"status": "live"}


async def test_ready_when_all_are(gateway, upstream):
    async def behave(_request, wire):
        await wire.answer(b'{"status":"ready","checks":{}}')

    upstream.behave = behave
    answer = await gateway.request("GET", "/health/ready")
    checks = json.loads(answer.body)["checks"]
    assert {name for name, check in checks.items() if check["ok"]} >= {
        "keys",
        "revocations",
        "book-service",
        "order-service",
    }


async def test_ready_names_the_service_that_is_not(start_gateway, upstream):
    async def behave(_request, wire):
        body = b'{"status":"not_ready","checks":{"database":{"ok":false,"detail":"x"},"keys":{"ok":true,"detail":""}}}'
        await wire.answer(body, status="503 Service Unavailable")

    upstream.behave = behave
    gateway = await start_gateway(order_url="http://127.0.0.1:1")
    answer = await gateway.request("GET", "/health/ready/")
    body = json.loads(answer.body)
    assert (answer.status, body["status"]) == (503, "not_ready")
    assert body["checks"]["book-service"] == {"ok": False, "detail": "not ready: database"}
    assert body["checks"]["order-service"] == {"ok": False, "detail": "cannot be reached"}


@pytest.mark.parametrize("path", ["/", "/health/live"])
async def test_other_methods_are_405(gateway, path):
    answer = await gateway.request("DELETE", path)
    assert (answer.status, json.loads(answer.body)["code"]) == (405, "method_not_allowed")


async def test_metrics_are_on_a_listener_of_their_own(start_gateway, unused_tcp_port):
    gateway = await start_gateway(metrics_port=unused_tcp_port)
    await gateway.request("GET", "/books/17")
    assert (await gateway.request("GET", "/metrics")).status == 404
    async with httpx2.AsyncClient(trust_env=False) as http:
        text = (await http.get(f"http://127.0.0.1:{unused_tcp_port}/metrics")).text
    assert 'http_requests_total{method="GET",route="/books",status="200"}' in text
