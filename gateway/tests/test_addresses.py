"""Where a request comes from, as services are told it, whatever the client says of itself."""

import itertools
import json

PERSON = "203.0.113.7"
LIES = {
    "X-Forwarded-For": PERSON,
    "X-Real-IP": PERSON,
    "Forwarded": f"for={PERSON}",
    "X-Internal-Gateway": "me",
    "X-User-Id": "1",
}


async def told(gateway, upstream, **headers):
    """Return which address a service was told for a request with these headers."""
    answer = await gateway.request("GET", "/books", **headers)
    assert answer.status == 200, answer.body
    return upstream.last.all("x-forwarded-for")


async def test_a_stranger_is_not_believed(gateway, upstream):
    assert await told(gateway, upstream, **LIES) == ["127.0.0.1"]
    names = {name.lower() for name, _ in upstream.last.headers}
    assert not names & {"x-internal-gateway", "x-user-id", "forwarded", "x-real-ip", "proxy-authorization"}


async def test_web_frontend_is_believed_by_its_credentials(gateway, upstream):
    credentials = gateway.web_credentials()
    believed = await told(gateway, upstream, X_Forwarded_For=PERSON, Proxy_Authorization=credentials)
    assert believed == [PERSON]
    assert upstream.last.all("proxy-authorization") == []
    assert await told(gateway, upstream, Proxy_Authorization=credentials) == ["127.0.0.1"]
    further = await told(gateway, upstream, X_Forwarded_For=f"8.8.8.8, {PERSON}", Proxy_Authorization=credentials)
    assert further == [PERSON]


async def test_wrong_credentials_of_web_frontend_are_refused_and_never_ignored(gateway, upstream):
    secrets = ("wrong", "pages-are-kn0wn-t0-it-by-this-w0rd ")
    for target, secret in itertools.product(("/books", "/health/live"), secrets):
        credentials = gateway.web_credentials(secret=secret)
        answer = await gateway.request("GET", target, X_Forwarded_For=PERSON, Proxy_Authorization=credentials)
        assert (answer.status, json.loads(answer.body)["code"]) == (407, "wrong_proxy_credentials")
        assert answer.one("proxy-authenticate").startswith("Basic")
    assert upstream.requests == []


async def test_credentials_for_another_proxy_prove_nothing(gateway, upstream):
    for credentials in ("Basic", "Basic !!", "Bearer x", "x", gateway.web_credentials(client="somebody")):
        believed = await told(gateway, upstream, X_Forwarded_For=PERSON, Proxy_Authorization=credentials)
        assert believed == ["127.0.0.1"]


async def test_two_credentials_are_refused(gateway, upstream):
    line = f"Proxy-Authorization: {gateway.web_credentials()}\r\n"
    answer = await gateway.send(f"GET /books HTTP/1.1\r\nHost: x\r\n{line}{line}\r\n".encode())
    assert answer.status == 400
    assert upstream.requests == []


HOPS = [
    ("", "127.0.0.1"),
    (PERSON, PERSON),
    (f"8.8.8.8, {PERSON}", PERSON),
    (f"8.8.8.8, {PERSON}, 10.1.2.3", PERSON),
    (f"{PERSON}:4711", PERSON),
    ("2001:db8::1", "2001:db8::1"),
    (f"::ffff:{PERSON}", PERSON),
    ("fe80::1%eth0", "fe80::1"),
    ("nonsense", "127.0.0.1"),
    (f"{PERSON}, nonsense", "127.0.0.1"),
    ("10.0.0.1, 10.0.0.2", "10.0.0.1"),
]


async def test_behind_trusted_proxies_the_last_hop_that_is_none_counts(start_gateway, upstream):
    gateway = await start_gateway(trusted_proxies="127.0.0.0/8, 10.0.0.0/8")
    for forwarded, address in HOPS:
        assert await told(gateway, upstream, X_Forwarded_For=forwarded) == [address]
    # Several lines are one list.
    lines = f"X-Forwarded-For: 8.8.8.8\r\nx-forwarded-for: {PERSON}\r\n"
    await gateway.send(f"GET /books HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
    assert upstream.last.all("x-forwarded-for") == [PERSON]


async def test_web_frontend_behind_a_trusted_proxy_is_believed_one_hop_further(start_gateway, upstream):
    gateway = await start_gateway(trusted_proxies="127.0.0.1")
    hops = f"8.8.8.8, {PERSON}, 192.0.2.80"
    headers = {"X_Forwarded_For": hops, "Proxy_Authorization": gateway.web_credentials()}
    assert await told(gateway, upstream, **headers) == [PERSON]


async def test_auth_service_alone_is_shown_who_the_gateway_is(start_gateway, upstream):
    gateway = await start_gateway(auth_url=upstream.url)
    await gateway.request("POST", "/auth/login", X_Internal_Gateway="me")
    assert upstream.last.all("x-internal-gateway") == [gateway.secret]
    assert upstream.last.all("x-forwarded-for") == ["127.0.0.1"]
    await gateway.request("GET", "/books", X_Internal_Gateway="me")
    assert upstream.last.all("x-internal-gateway") == []


async def test_a_proxy_that_is_not_known_is_told_to_the_operator_once(gateway, listener):
    for _ in range(3):
        await gateway.request("GET", "/books", X_Forwarded_For=PERSON)
    (line,) = listener.said("GATEWAY_TRUSTED_PROXIES")
    assert PERSON not in line
