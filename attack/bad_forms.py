"""Of the group signing_in: forms that no page sends, large, empty, or of the wrong kind."""

import json
import time
from collections.abc import Iterator

import httpx2

from attack.people import PASSWORD, fresh_email, sign_up
from attack.report import Report, curl
from attack.shop import Shop

LONGEST_SECONDS = 5.0
_MEBIBYTE = 1 << 20
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}
_NAMES = ("", "x" * 900_000, "a\0b", "' OR 1=1 --", "%", "*", "a@b" * 200)
_MAILS = (
    *("", "a", "a@", "@b", "a b@c.example", "a@b.example\r\nBcc: c@d.example", "a@b.example,c@d.example"),
    *("x" * 300 + "@b.example", "<a@b.example>", None, 1),
)
_NEW_PASSWORDS = ("short", "x" * 129, "password123", "a\0bcdefgh", "\ud800abcdefgh", 12345678, ["x"] * 9, None)


def attack(shop: Shop, report: Report) -> None:
    """Send each; all are refused, and quickly."""
    email = sign_up(shop).email
    forms = [("/auth/login", body, headers) for body, headers in _sign_ins(email)]
    forms += [("/auth/register", body, _JSON) for body in _sign_ups()]
    with httpx2.Client(timeout=20, trust_env=False) as http:
        for path, body, headers in forms:
            started = time.monotonic()
            status = http.post(f"{shop.api}{path}", content=body, headers=headers).status_code
            seconds = time.monotonic() - started
            held = 400 <= status < 500 and seconds < LONGEST_SECONDS  # noqa: PLR2004
            what = f"{body[:100]!r} is answered {status} after {seconds:.1f} s"
            report.expect(held, what, curl("POST", f"{shop.api}{path}", [*headers.items()]))


def _sign_ins(email: str) -> Iterator[tuple[bytes, dict[str, str]]]:
    passwords = [*("x" * size for size in (129, 513, 900_000, _MEBIBYTE)), "", "a\0b"]
    passwords += [f"{PASSWORD}\0", PASSWORD.upper(), f" {PASSWORD}"]
    for name, password in (*((email, each) for each in passwords), *((each, "x") for each in _NAMES)):
        yield str(httpx2.QueryParams({"username": name, "password": password})).encode(), _FORM
    yield f"username={email}&username=x&password=x".encode(), _FORM
    yield b"username=%ff&password=%ed%a0%80", _FORM
    yield b"grant_type=client_credentials&username=a&password=b", _FORM
    for body in ({"username": email, "password": PASSWORD}, {"username": {"$ne": None}, "password": {"$ne": None}}):
        yield json.dumps(body).encode(), _JSON


def _sign_ups() -> Iterator[bytes]:
    bodies: list[dict[str, object]] = [{"email": fresh_email(), "password": word} for word in _NEW_PASSWORDS]
    bodies += [{"email": mail, "password": PASSWORD} for mail in _MAILS]
    for body in bodies:
        yield json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
