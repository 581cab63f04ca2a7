"""Group floods: tokens with made-up key ids and made-up API keys must not become a flood of calls at auth-service."""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx2

from attack.forgeries import Forger
from attack.people import api_key, first_admin, sign_up
from attack.report import Report, curl
from attack.shop import SERVICES, Shop

MANY = 400
FEW = 8
_KEYS = "/.well-known/jwks.json"
_EXCHANGE = "/internal/api-key-token"
_PERSONAL = {"auth-service": "/auth/me", "book-service": "/books", "order-service": "/orders"}


def attack(shop: Shop, report: Report, *, quick: bool) -> None:
    """Flood the gateway and each service, and count what reaches auth-service meanwhile."""
    many = MANY // 4 if quick else MANY
    person = sign_up(shop, "flood")
    forger = Forger(shop, person)
    urls = {"gateway": f"{shop.api}/books"}
    urls |= {name: f"{shop.service_url(name)}{_PERSONAL[name]}" for name in SERVICES if name != "auth-service"}

    def unknown_key() -> str:
        return forger.expired_key()

    key = api_key(shop, first_admin(shop), ["books:read"]).bearer
    wrong = key[:-8] + secrets.token_hex(4)

    def made_up_api_key() -> str:
        # Of the right form, with another's id and a secret of nobody.
        return key[:-32] + secrets.token_hex(16)

    def the_same_wrong_key() -> str:
        return wrong

    def broken_api_key() -> str:
        return "quire_" + secrets.choice(["", "_", "__", "x" * 3000, "\u00e9_1", "../internal_x", "1_2_3_4"])

    floods = [Flood(f"{name}, unknown key ids", url, _KEYS, FEW, unknown_key) for name, url in urls.items()]
    floods += [
        # Here nothing limits how many an address may try; the usual limit is tried by gateway/tests/test_limits.py.
        Flood("gateway, made-up API keys", urls["gateway"], _EXCHANGE, many, made_up_api_key),
        Flood("gateway, one wrong API key", urls["gateway"], _EXCHANGE, FEW, the_same_wrong_key),
        Flood("gateway, broken API keys", urls["gateway"], _EXCHANGE, FEW, broken_api_key),
    ]
    for flood in floods:
        flood.run(shop, report, many)
    still = httpx2.get(urls["gateway"], headers=person.headers, timeout=20)
    report.expect(still.is_success, "a good token is refused after the flood", curl("GET", urls["gateway"]))


@dataclass(frozen=True, slots=True)
class Flood:
    """Requests with bad tokens, and how many calls of a path of auth-service they may lead to."""

    what: str
    url: str
    path: str
    most: int
    make: Callable[[], str]

    def run(self, shop: Shop, report: Report, many: int) -> None:
        """Send them, and count."""
        before = _asked(shop, self.path)
        tokens = [self.make() for _ in range(many)]
        started = time.monotonic()

        with httpx2.Client(timeout=20, trust_env=False) as http, ThreadPoolExecutor(16) as pool:
            headers = ({"Authorization": f"Bearer {token}".encode()} for token in tokens)
            statuses = list(pool.map(lambda each: http.get(self.url, headers=each).status_code, headers))
        seconds = time.monotonic() - started
        time.sleep(0.5)
        asked = _asked(shop, self.path) - before
        report.tried += many - 2
        wrong = sorted(set(statuses) - {401, 429, 503})
        report.expect(
            not wrong, f"{self.what}: answered {wrong}", curl("GET", self.url, [("Authorization", "Bearer …")])
        )
        report.expect(
            asked <= self.most,
            f"{self.what}: {asked} calls of {self.path} for {many} requests",
            f"grep {self.path} log/auth-service.log",
        )
        report.note(f"{self.what}: {many} requests in {seconds:.1f} s, {asked} calls of {self.path}")


def _asked(shop: Shop, path: str) -> int:
    return sum(path in line for line in shop.log("auth-service").splitlines())
