"""People of every role, as the shop knows them, and the API keys of one of them."""

import base64
import itertools
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from attack.places import client_at, fresh_place
from attack.shop import Shop

PASSWORD = "correct horse battery staple"  # noqa: S105 (of a shop that lives for minutes)
BUSY_SECONDS = 20.0
ROLES = ("customer", "editor", "staff", "admin")
SCOPES = (
    *("books:read", "books:write", "stock:write"),
    *("orders:read", "orders:write", "orders:manage", "accounts:manage"),
)

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the API: a person who is signed in, the holder of an API key, or nobody in particular."""

    name: str
    scopes: frozenset[str] = frozenset()
    bearer: str = ""
    email: str = ""
    account_id: str = ""
    session_id: str = ""
    refresh_token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say who is calling."""
        return {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}

    @property
    def is_person(self) -> bool:
        """Whether there is a session, and not an API key or nobody."""
        return bool(self.refresh_token)


NOBODY = Caller("nobody")


def fresh_email(name: str = "reader") -> str:
    """Return an address that nobody has yet."""
    return f"{name}-{next(_numbers)}-{secrets.token_hex(4)}@example.org"


def post(http: httpx2.Client, url: str, **body: object) -> httpx2.Response:
    """Send what has to succeed; a service that is busy with an attack of before is asked again."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        answer = http.post(url, **body)  # type: ignore[arg-type]
        if answer.status_code not in {503, 504} or time.monotonic() > deadline:
            return answer.raise_for_status()
        time.sleep(0.5)


def sign_in(shop: Shop, email: str, password: str = PASSWORD, *, name: str = "", place: str = "") -> Caller:
    """Sign somebody in."""
    # From a place of its own: how often somebody may be wrong at another one is not this one's business.
    with client_at(place or fresh_place()) as http:
        answer = post(http, f"{shop.api}/auth/login", data={"username": email, "password": password})
    return caller_of(answer.json(), email, name)


def caller_of(pair: dict[str, str], email: str, name: str = "") -> Caller:
    """Return who the tokens of a sign-in stand for."""
    claims = claims_of(pair["access_token"])
    return Caller(
        name or claims["role"],
        frozenset(claims["scope"].split()),
        pair["access_token"],
        email,
        claims["sub"],
        claims["sid"],
        pair["refresh_token"],
    )


def sign_up(shop: Shop, name: str = "reader") -> Caller:
    """Make an account of the role that anybody gets."""
    email = fresh_email(name)
    _register(shop, email)
    return sign_in(shop, email, name=name)


def _register(shop: Shop, email: str) -> str:
    with client_at(fresh_place()) as http:
        account = post(http, f"{shop.api}/auth/register", json={"email": email, "password": PASSWORD}).json()
    return str(account["id"])


def first_admin(shop: Shop, email: str = "owner@example.org") -> Caller:
    """Return the administrator of a new shop: whoever signs up first."""
    answer = httpx2.post(f"{shop.api}/auth/register", json={"email": email, "password": PASSWORD}, timeout=30)
    if answer.status_code != httpx2.codes.CONFLICT:
        answer.raise_for_status()
    return sign_in(shop, email, name="admin")


def with_role(shop: Shop, admin: Caller, role: str) -> Caller:
    """Make an account and give it a role, as an administrator does."""
    email = fresh_email(role)
    change_account(shop, admin, _register(shop, email), role=role)
    return sign_in(shop, email, name=role)


def change_account(shop: Shop, admin: Caller, account_id: str, **changes: object) -> None:
    """Change somebody's role, or disable the account."""
    url = f"{shop.api}/auth/users/{account_id}"
    httpx2.patch(url, json=changes, headers=admin.headers, timeout=30).raise_for_status()


def api_key(shop: Shop, owner: Caller, scopes: Sequence[str], name: str = "a key") -> Caller:
    """Make an API key of ``owner``."""
    body = {"name": name, "scopes": list(scopes)}
    answer = httpx2.post(f"{shop.api}/auth/api-keys", json=body, headers=owner.headers, timeout=30)
    made = answer.raise_for_status().json()
    return Caller(f"key {' '.join(scopes)}", frozenset(scopes), made["key"], owner.email, owner.account_id, made["id"])


def claims_of(token: str) -> dict[str, str]:
    """Read a token's claims without checking them."""
    payload = token.split(".")[1]
    claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
