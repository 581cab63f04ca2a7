"""Who may pass, by path, method and storefront."""

import json

import pytest

PUBLIC = [
    ("POST", "/auth/register"),
    ("POST", "/auth/login/"),
    ("POST", "/auth/refresh"),
    ("GET", "/auth/signup"),
    ("POST", "/auth/signup/invitation"),
    ("POST", "/auth/login/second-factor"),
    ("POST", "/auth/password-reset/confirm"),
    ("POST", "/auth/email-verification"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/.well-known/oauth-authorization-server"),
]
REQUIRED = [
    ("POST", "/books"),
    ("PUT", "/books/1"),
    ("DELETE", "/books/1/"),
    ("GET", "/cart"),
    ("PUT", "/cart/items/1"),
    ("GET", "/orders/"),
    ("POST", "/orders"),
    ("GET", "/auth/me"),
    ("POST", "/auth/me/password"),
    ("POST", "/auth/logout"),
    ("GET", "/auth/sessions"),
    ("GET", "/auth/api-keys"),
    ("GET", "/auth/users/"),
    ("POST", "/auth/invitations"),
    ("GET", "/auth/audit/export"),
]


@pytest.mark.parametrize(("method", "path"), REQUIRED)
async def test_without_a_token(gateway, upstream, method, path):
    answer = await gateway.request(method, path)
    problem = json.loads(answer.body)
    assert (answer.status, problem["code"]) == (401, "not_authenticated")
    assert answer.one("www-authenticate").startswith("Bearer")
    assert upstream.requests == []


async def test_with_a_token(start_gateway, upstream):
    gateway = await start_gateway(auth_url=upstream.url)
    gateway_with_keys = await start_gateway()
    for _method, path in REQUIRED[:7]:
        answer = await gateway_with_keys.request("GET", path, Authorization=gateway.bearer())
        assert answer.status == 200


@pytest.mark.parametrize(("method", "path"), PUBLIC)
async def test_public_paths_need_none(start_gateway, upstream, method, path):
    gateway = await start_gateway(auth_url=upstream.url)
    answer = await gateway.request(method, path, Authorization="Bearer stale")
    assert answer.status == 200
    assert path in [request.target for request in upstream.requests]


@pytest.mark.parametrize(("storefront", "status"), [("public", 200), ("private", 401)])
async def test_reading_books_is_as_open_as_the_storefront(start_gateway, storefront, status):
    gateway = await start_gateway(storefront=storefront)
    assert (await gateway.request("GET", "/books")).status == status
    assert (await gateway.request("HEAD", "/books/1")).status == status
    assert (await gateway.request("GET", "/books", Authorization=gateway.bearer())).status == 200


BAD = {
    "of another shop": {"iss": "http://elsewhere"},
    "expired": {"iat": 1, "nbf": 1, "exp": 2},
}


@pytest.mark.parametrize("claims", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("path", ["/books", "/orders"])
async def test_a_bad_token_is_refused_even_where_none_is_needed(gateway, upstream, path, claims):
    answer = await gateway.request("GET", path, Authorization=gateway.bearer(**claims))
    assert answer.status == 401
    assert upstream.requests == []


@pytest.mark.parametrize("value", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer  ", "token"])
async def test_another_scheme_is_no_token(gateway, value):
    assert (await gateway.request("GET", "/orders", Authorization=value)).status == 401


async def test_without_keys_nobody_can_be_known(start_gateway):
    gateway = await start_gateway(auth_url="http://127.0.0.1:1")
    answer = await gateway.request("GET", "/orders", Authorization=gateway.bearer())
    assert answer.status == 503
    assert answer.one("retry-after")


MAILS = [
    ({"Host": "localhost:8000"}, 200),
    ({"Host": "127.0.0.1:8000"}, 200),
    ({"Host": "[::1]"}, 200),
    ({"Host": "shop.example:8000"}, 404),
    ({"Host": "localhost.shop.example"}, 404),
    ({"Host": "127.0.0.1", "X_Forwarded_For": "203.0.113.7"}, 404),
    ({"Host": "["}, 404),
]


async def test_mails_that_were_only_written_down_are_shown_on_ones_own_machine_alone(start_gateway, upstream):
    gateway = await start_gateway(auth_url=upstream.url, local_run=True)
    for headers, status in MAILS:
        headers["Proxy_Authorization"] = gateway.web_credentials()
        assert (await gateway.request("GET", "/auth/mails/1", **headers)).status == status
    elsewhere = await start_gateway(auth_url=upstream.url)
    assert (await elsewhere.request("GET", "/auth/mails", Host="localhost")).status == 404
