"""Group tokens: forged, bent and borrowed tokens, at the gateway and at each service past it."""

from collections.abc import Iterator, Mapping

import httpx2

from attack import raw_http
from attack.forgeries import Forger
from attack.people import Caller, sign_up
from attack.report import Report, curl
from attack.shop import SERVICES, Shop

REFUSED = frozenset({400, 401, 413, 431})
NOT_THERE = frozenset({401, 403, 404, 405})
_PERSONAL = {"auth-service": "/auth/me", "book-service": "/books", "order-service": "/orders"}
_INTERNAL = {
    "auth-service": (
        ("POST", "/internal/api-key-token"),
        ("POST", "/internal/token"),
    ),
    "book-service": (
        *(("GET", "/internal/reservations/{id}"), ("PUT", "/internal/reservations/{id}"), ("POST", "/internal/offers")),
        *(("POST", f"/internal/reservations/{{id}}/{what}") for what in ("release", "commit", "return")),
    ),
    "order-service": (),
}
_ID = "01932c07-5a3e-7cc1-9d5e-3f0a8a1f6b10"


def attack(shop: Shop, report: Report, *, quick: bool) -> None:
    """Try each forgery everywhere; then headers that say who one is, internal paths, and tokens of others."""
    person = sign_up(shop, "forger")
    forger = Forger(shop, person)
    targets = dict(_targets(shop))
    with httpx2.Client(timeout=20, trust_env=False) as http:
        for name, url in targets.items():
            good = http.get(url, headers=person.headers)
            report.expect(good.is_success, f"{name}: a good token is refused ({good.status_code})", curl("GET", url))
        for what, token in (*forger.all(), ("a key that was withdrawn", forger.expired_key())):
            for name, url in targets.items():
                if quick and name == "gateway, an order" and len(token) > 1 << 17:
                    continue
                _expect_refusal(report, url, f"{name}: {what}", [("Authorization", f"Bearer {token}")])
        for name, url in targets.items():
            for what, headers in _spoofed(person):
                _expect_refusal(report, url, f"{name}: {what}", headers)
        _try_internal_paths(shop, report, http, person)
        _try_a_service_token(shop, report, http)


def _targets(shop: Shop) -> Iterator[tuple[str, str]]:
    yield "gateway, books", f"{shop.api}/books"
    yield "gateway, the account", f"{shop.api}/auth/me"
    yield "gateway, an order", f"{shop.api}/orders"
    for service in SERVICES:
        yield service, f"{shop.service_url(service)}{_PERSONAL[service]}"


def _spoofed(person: Caller) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield headers that claim who is calling without a token, and tokens where they do not belong."""
    said = {"Id": person.account_id, "Role": "admin", "Email": person.email, "Scope": "accounts:manage"}
    yield "X-User-*", [(f"X-User-{name}", value) for name, value in said.items()]
    yield "X-Internal-*", [(f"X-Internal-{name}", value) for name, value in said.items()]
    for name in (
        "X-Forwarded-For",
        "X-Real-IP",
        "X-Forwarded-User",
        "X-Remote-User",
        "X-Authenticated-User",
        "Forwarded",
    ):
        yield name, [(name, "127.0.0.1")]
    yield "X-Original-URL", [("X-Original-URL", "/health/live"), ("X-Rewrite-URL", "/health/live")]
    yield "a cookie", [("Cookie", f"quire_access={person.bearer}; access_token={person.bearer}")]
    yield "another scheme", [("Authorization", f"Token {person.bearer}")]
    yield "no scheme", [("Authorization", person.bearer)]
    yield "Basic", [("Authorization", "Basic b3JkZXItc2VydmljZTo=")]
    yield "Proxy-Authorization", [("Proxy-Authorization", f"Bearer {person.bearer}")]
    yield (
        "two tokens, the second good",
        [("Authorization", "Bearer x.y.z"), ("Authorization", f"Bearer {person.bearer}")],
    )
    yield "two tokens, joined", [("Authorization", f"Bearer x.y.z, Bearer {person.bearer}")]
    yield "an empty token", [("Authorization", "Bearer ")]
    yield "a null", [("Authorization", "Bearer null")]


def _expect_refusal(report: Report, url: str, what: str, headers: list[tuple[str, str]]) -> None:
    status = raw_http.get(url, headers).status
    report.expect(status in REFUSED, f"{what} is answered {status}", curl("GET", url, headers))


def _try_internal_paths(shop: Shop, report: Report, http: httpx2.Client, person: Caller) -> None:
    spoofed = {"X-Internal-Gateway": "x" * 64, "X-Forwarded-For": "127.0.0.1", "X-User-Role": "admin"}
    for service, paths in _INTERNAL.items():
        for method, path in paths:
            for headers in ({}, person.headers, person.headers | spoofed, {"Authorization": "Basic Z2F0ZXdheTo="}):
                for base in (shop.service_url(service), shop.api):
                    url = f"{base}{path.replace('{id}', _ID)}"
                    _expect_nothing(report, http, method, url, headers)


def _expect_nothing(report: Report, http: httpx2.Client, method: str, url: str, headers: Mapping[str, str]) -> None:
    answer = http.request(method, url, headers=headers)
    is_refused = answer.status_code in NOT_THERE | {422, 400}
    report.expect(is_refused, f"{method} {url} is answered {answer.status_code}", curl(method, url, [*headers.items()]))


def _try_a_service_token(shop: Shop, report: Report, http: httpx2.Client) -> None:
    """Use order-service's own token as if it were a person's: it opens nothing that is anybody's."""
    credentials = ("order-service", shop.secrets["ORDER_CLIENT_SECRET"])
    url = f"{shop.service_url('auth-service')}/internal/token"
    asked = {"grant_type": "client_credentials", "scope": "stock:reserve"}
    token = http.post(url, data=asked, auth=credentials).raise_for_status().json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for method, path in (
        *(("GET", "/auth/me"), ("GET", "/orders"), ("GET", "/cart"), ("GET", "/books"), ("GET", "/auth/sessions")),
        *(("GET", "/auth/users"), ("GET", "/auth/audit"), ("POST", "/auth/logout"), ("GET", "/books/low-stock")),
    ):
        answer = http.request(method, f"{shop.api}{path}", headers=headers)
        refused = answer.status_code in NOT_THERE
        report.expect(refused, f"a service's token opens {path} ({answer.status_code})", curl(method, shop.api + path))
    wide = asked | {"scope": "stock:reserve accounts:manage books:write"}
    answer = http.post(url, data=wide, auth=credentials)
    report.expect(answer.status_code in REFUSED, "a service gets a scope that is not its own", curl("POST", url))
    for user, password in (("order-service", ""), ("order-service", "x" * 64), ("gateway", credentials[1]), ("", "")):
        answer = http.post(url, data=asked, auth=(user, password))
        report.expect(answer.status_code in REFUSED, f"a token for {user!r} with a wrong secret", curl("POST", url))
