"""Of the group signing_in: how long a token lives on, on every service, once it should not."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2

from attack.people import PASSWORD, Caller, api_key, change_account, sign_in, sign_up, with_role
from attack.report import Report
from attack.shop import Shop

LIMIT_SECONDS = 10.0
GIVE_UP_SECONDS = 25.0
MOST_WATCHED = 60
_NEW = "another long password of theirs"
_PERSONAL = {"auth-service": "/auth/me", "book-service": "/books", "order-service": "/orders"}


def attack(shop: Shop, report: Report, admin: Caller) -> None:
    """End sessions in every way, all at once, and watch each token at the gateway and at each service."""
    watched = []
    with ThreadPoolExecutor(MOST_WATCHED) as pool:
        for what, caller, end in list(_endings(shop, admin)):
            urls = _urls(shop, caller)
            with httpx2.Client(timeout=20, trust_env=False) as http:
                good = all(http.get(url, headers=caller.headers).is_success for url in urls.values())
            report.expect(good, f"{what}: the token is not taken while it is good", what)
            end()
            since = time.monotonic()
            watched += [(what, name, url, pool.submit(_watch, url, caller, since)) for name, url in urls.items()]
    longest: dict[str, float] = {}
    for what, name, url, life in watched:
        seconds = life.result()
        report.expect(seconds < LIMIT_SECONDS, f"{what}: {name} takes the token {seconds:.1f} s longer", url)
        longest[what] = max(longest.get(what, 0.0), seconds)
    report.note(
        "a token lived on for " + ", ".join(f"{seconds:.1f} s after {what}" for what, seconds in longest.items())
    )


def _endings(shop: Shop, admin: Caller) -> Iterator[tuple[str, Caller, Callable[[], object]]]:
    """Yield what ends a session, whose token is looked at, and how it is ended."""

    def call(method: str, path: str, caller: Caller, **body: object) -> None:
        url = f"{shop.api}{path}"
        httpx2.request(method, url, headers=caller.headers, timeout=30, **body).raise_for_status()  # type: ignore[arg-type]

    person = sign_up(shop)
    yield "signing out", person, lambda: call("POST", "/auth/logout", person)
    changer = sign_up(shop)
    other = sign_in(shop, changer.email)
    words = {"current_password": PASSWORD, "new_password": _NEW}
    yield "another password", other, lambda: call("POST", "/auth/me/password", changer, json=words)
    two = sign_up(shop)
    second = sign_in(shop, two.email)
    yield "ending one session", second, lambda: call("DELETE", f"/auth/sessions/{second.session_id}", two)
    three = sign_up(shop)
    third = sign_in(shop, three.email)
    yield "ending all others", third, lambda: call("DELETE", "/auth/sessions?keep_current=true", three)
    lowered = with_role(shop, admin, "staff")
    yield "a lower role", lowered, lambda: change_account(shop, admin, lowered.account_id, role="customer")
    disabled = with_role(shop, admin, "staff")
    yield "disabling", disabled, lambda: change_account(shop, admin, disabled.account_id, disabled=True)
    ended = sign_up(shop)
    yield "an administrator's ending", ended, lambda: call("DELETE", f"/auth/users/{ended.account_id}/sessions", admin)
    left = sign_up(shop)
    yield "leaving", left, lambda: call("POST", "/auth/me/delete", left, json={"current_password": PASSWORD})
    holder = with_role(shop, admin, "editor")
    key = api_key(shop, holder, ["books:read", "orders:read"], "revoked")
    yield "revoking a key", key, lambda: call("DELETE", f"/auth/api-keys/{key.session_id}", holder)
    owner = with_role(shop, admin, "editor")
    owned = api_key(shop, owner, ["books:read", "orders:read"], "of a disabled account")
    yield "disabling a key's owner", owned, lambda: change_account(shop, admin, owner.account_id, disabled=True)


def _urls(shop: Shop, caller: Caller) -> dict[str, str]:
    urls = {"gateway": f"{shop.api}/books"}
    if caller.is_person:
        urls |= {service: f"{shop.service_url(service)}{path}" for service, path in _PERSONAL.items()}
    else:
        # Only the gateway knows keys: services see the token that they become.
        urls["gateway, orders"] = f"{shop.api}/orders"
    return urls


def _watch(url: str, caller: Caller, since: float) -> float:
    """Return the seconds after which the token is refused."""
    with httpx2.Client(timeout=20, trust_env=False) as http:
        while time.monotonic() - since < GIVE_UP_SECONDS:
            if http.get(url, headers=caller.headers).status_code == 401:  # noqa: PLR2004
                break
            time.sleep(0.1)
    return time.monotonic() - since
