"""What browsers are told: whose pages may call, and what to make of an answer."""

import json

import pytest

SHOP = "https://shop.example"


async def preflight(gateway, origin, method="PUT", headers="authorization,if-match"):
    return await gateway.request(
        "OPTIONS",
        "/orders/7",
        Origin=origin,
        Access_Control_Request_Method=method,
        Access_Control_Request_Headers=headers,
    )


def told(answer):
    return {name for name, _ in answer.headers if name.startswith("access-control")}


async def test_no_page_of_another_origin_may_call_unless_named(gateway, upstream):
    async def behave(_request, wire):
        await wire.answer(access_control_allow_origin="*", access_control_allow_credentials="true")

    upstream.behave = behave
    assert told(await preflight(gateway, SHOP)) == set()
    answer = await gateway.request("GET", "/books", Origin=SHOP)
    assert (answer.status, told(answer)) == (200, set())


async def test_a_named_origin_may_call_and_read_without_credentials(start_gateway, upstream):
    async def behave(_request, wire):
        await wire.answer(vary="Accept", etag='"v1"')

    upstream.behave = behave
    gateway = await start_gateway(cors_origins=f"http://localhost:3000, {SHOP}")
    asked = await preflight(gateway, SHOP)
    assert (asked.status, asked.body, upstream.requests) == (204, b"", [])
    assert asked.one("access-control-allow-origin") == SHOP
    assert asked.all("access-control-allow-credentials") == []
    assert {"Authorization", "Idempotency-Key", "If-Match"} <= set(
        asked.one("access-control-allow-headers").split(", ")
    )
    answer = await gateway.request("GET", "/books", Origin=SHOP)
    assert answer.one("access-control-allow-origin") == SHOP
    assert answer.all("access-control-allow-credentials") == []
    assert answer.one("vary") == "Accept, Origin"
    exposed = set(answer.one("access-control-expose-headers").split(", "))
    assert exposed == {
        *("ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"),
        "Idempotent-Replayed",
    }


async def test_an_error_of_the_gateway_can_be_read_by_a_named_origin_too(start_gateway):
    gateway = await start_gateway(cors_origins=SHOP)
    answer = await gateway.request("GET", "/orders", Origin=SHOP)
    assert (answer.status, answer.one("access-control-allow-origin")) == (401, SHOP)


@pytest.mark.parametrize(
    "origin", ["https://shop.example.evil", "http://shop.example", "https://shop.example:8443", "null", "https://x"]
)
async def test_other_origins_are_told_nothing(start_gateway, upstream, origin):
    gateway = await start_gateway(cors_origins=SHOP)
    asked = await preflight(gateway, origin)
    assert (asked.status, json.loads(asked.body)["code"]) == (403, "cross_origin_refused")
    assert asked.all("access-control-allow-origin") == []
    assert upstream.requests == []
    answer = await gateway.request("GET", "/books", Origin=origin)
    assert answer.all("access-control-allow-origin") == []
    assert answer.one("vary") == "Origin"


async def test_a_cache_learns_that_the_origin_matters_even_without_one(start_gateway):
    gateway = await start_gateway(cors_origins=SHOP)
    assert (await gateway.request("GET", "/books")).one("vary") == "Origin"


async def test_a_header_that_no_page_has_use_for_is_refused(start_gateway):
    gateway = await start_gateway(cors_origins=SHOP)
    assert (await preflight(gateway, SHOP, headers="x-internal-gateway")).status == 403


@pytest.mark.parametrize(
    "origins",
    ["*", "null", "shop.example", "https://shop.example/", "https://Shop.example", "https://shop.example:443"],
)
async def test_what_no_browser_would_send_is_no_setting(start_gateway, origins):
    with pytest.raises(ValueError, match="is no origin"):
        await start_gateway(cors_origins=origins)


OWN = [("/", 200), ("/health/live", 200), ("/nothing", 404), ("/orders", 401), ("/books/%00", 400), ("/books#", 400)]


async def test_what_the_gateway_itself_says_is_not_guessed_at_and_not_kept(gateway):
    for path, status in OWN:
        answer = await gateway.request("GET", path)
        assert answer.status == status
        assert answer.one("x-content-type-options") == "nosniff", path
        assert answer.one("cache-control") == "no-store", path
        assert answer.all("strict-transport-security") == []
    for path in ("/openapi.json", "/docs", "/docs/assets/docs.js"):
        assert (await gateway.request("GET", path)).one("x-content-type-options") == "nosniff", path


async def test_what_a_service_says_is_data_and_no_page(gateway, upstream):
    async def behave(_request, wire):
        await wire.answer(x_content_type_options="nosniff")

    for behaviour in (upstream.behave, behave):
        upstream.behave = behaviour
        answer = await gateway.request("GET", "/books")
        assert answer.all("x-content-type-options") == ["nosniff"]
        assert answer.all("content-security-policy") == ["default-src 'none'; frame-ancestors 'none'"]


async def test_where_the_public_address_is_https_browsers_stay_with_it(start_gateway, upstream):
    async def behave(_request, wire):
        await wire.answer(strict_transport_security="max-age=0")

    upstream.behave = behave
    gateway = await start_gateway(token_issuer="https://api.shop.example")
    for path in ("/books", "/", "/orders"):
        answer = await gateway.request("GET", path)
        assert answer.one("strict-transport-security") == "max-age=31536000; includeSubDomains"
