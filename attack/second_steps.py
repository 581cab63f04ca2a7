"""Of the group signing_in: the second factor, guessed at, repeated, and gone around."""

import base64
import hashlib
import hmac
import secrets
import time

import httpx2

from attack.people import PASSWORD, Caller, sign_in, sign_up
from attack.places import client_at, fresh_place
from attack.report import Report
from attack.shop import Shop

STEP_SECONDS = 30
TRIES_OF_A_CHALLENGE = 5
MOST_CODES_A_DAY = 25
_PATH = "/auth/login/second-factor"
SHOWN = f'POST {_PATH} {{"challenge": …, "code": …}}'


def attack(shop: Shop, report: Report) -> None:
    """Give somebody a second factor and try to do without."""
    owner, home = _with_two_steps(shop)
    secret, recovery_codes = _enrol(shop, owner)
    with client_at(home) as http:
        _try_repeating(shop, report, http, owner, secret)
        _try_recovery_code(shop, report, http, owner, recovery_codes[0])
    owner, home = _with_two_steps(shop)
    _enrol(shop, owner)
    with client_at(home) as http:
        _try_one_challenge(shop, report, http, owner)
    owner, home = _with_two_steps(shop)
    _, recovery_codes = _enrol(shop, owner)
    _try_many_places(shop, report, owner)
    with client_at(home) as http:
        shown = {"challenge": challenge(shop, http, owner), "code": recovery_codes[1]}
        answer = http.post(f"{shop.api}{_PATH}", json=shown)
    report.expect(answer.is_success, f"strangers' guesses lock the owner out ({answer.status_code})", SHOWN)


def _with_two_steps(shop: Shop) -> tuple[Caller, str]:
    """Return somebody, and the place where they are at home."""
    home = fresh_place()
    return sign_in(shop, sign_up(shop, "two-steps").email, place=home), home


def code_at(secret: str, seconds: float) -> str:
    """Return the code of a secret at a time (RFC 6238, with the parameters of all authenticator apps)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, int(seconds // STEP_SECONDS).to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def challenge(shop: Shop, http: httpx2.Client, person: Caller) -> str:
    """Show the password; return the challenge for the second step, empty when there is none."""
    answer = http.post(f"{shop.api}/auth/login", data={"username": person.email, "password": PASSWORD})
    return str(answer.json().get("challenge", ""))


def _enrol(shop: Shop, owner: Caller) -> tuple[str, list[str]]:
    url = f"{shop.api}/auth/me/second-factor"
    made = httpx2.post(url, json={"current_password": PASSWORD}, headers=owner.headers, timeout=20).raise_for_status()
    secret = made.json()["secret"]
    confirm = {"code": code_at(secret, time.time())}
    shown = httpx2.post(f"{url}/confirm", json=confirm, headers=owner.headers, timeout=20).raise_for_status()
    return secret, shown.json()["recovery_codes"]


def _try_repeating(shop: Shop, report: Report, http: httpx2.Client, owner: Caller, secret: str) -> None:
    """Use a code twice, codes of other times, and a challenge that has been used."""
    url, now = f"{shop.api}{_PATH}", time.time()
    used = code_at(secret, now)
    answer = http.post(url, json={"challenge": challenge(shop, http, owner), "code": used})
    report.expect(answer.status_code == 401, "the code that switched it on is taken again", SHOWN)  # noqa: PLR2004
    asked = challenge(shop, http, owner)
    fresh = code_at(secret, now + STEP_SECONDS)
    answer = http.post(url, json={"challenge": asked, "code": fresh})
    taken = answer.is_success
    report.note(f"the code of the next half minute is {'taken (clocks may differ)' if taken else 'not taken'}")
    for again in (asked, challenge(shop, http, owner)):
        answer = http.post(url, json={"challenge": again, "code": fresh})
        held = answer.status_code == 401 or not taken  # noqa: PLR2004
        report.expect(held, f"a code is taken twice ({answer.status_code})", SHOWN)
    for offset in (-3600, -120, 120, 3600):
        answer = http.post(url, json={"challenge": challenge(shop, http, owner), "code": code_at(secret, now + offset)})
        report.expect(answer.status_code in {401, 429}, f"a code of {offset} seconds from now is taken", SHOWN)


def _try_recovery_code(shop: Shop, report: Report, http: httpx2.Client, owner: Caller, code: str) -> None:
    url = f"{shop.api}{_PATH}"
    first = http.post(url, json={"challenge": challenge(shop, http, owner), "code": code})
    report.expect(first.is_success, f"a recovery code is not taken ({first.status_code})", SHOWN)
    second = http.post(url, json={"challenge": challenge(shop, http, owner), "code": code})
    report.expect(second.status_code in {401, 429}, "a recovery code is taken twice", SHOWN)


def _try_one_challenge(shop: Shop, report: Report, http: httpx2.Client, owner: Caller) -> None:
    """Try eight codes for one challenge, which dies at five, and challenges that never lived."""
    url, asked = f"{shop.api}{_PATH}", challenge(shop, http, owner)
    told = [http.post(url, json={"challenge": asked, "code": f"{n:06}"}).json()["code"] for n in range(8)]
    held = "invalid_challenge" in told[: TRIES_OF_A_CHALLENGE + 1] or "too_many_attempts" in told
    report.expect(held, f"eight codes for one challenge are answered {told}", SHOWN)
    with client_at(fresh_place()) as elsewhere:
        for made_up in ("", "x", asked + "x", secrets.token_urlsafe(32), owner.bearer, owner.refresh_token, None):
            answer = elsewhere.post(url, json={"challenge": made_up, "code": "000000"})
            report.expect(answer.status_code in {401, 422, 429}, f"challenge {made_up!r}: {answer.status_code}", SHOWN)
        for code in (
            "",
            "0",
            "0" * 7,
            "\u0660\u0660\u0660\u0660\u0660\u0660",
            " 000000",
            "-00001",
            "1e5000",
            "\0",
            "x" * 5000,
            None,
            0,
            ["0"],
            {"$ne": 0},
        ):
            answer = elsewhere.post(url, json={"challenge": asked, "code": code})
            report.expect(answer.status_code in {401, 422, 429}, f"code {code!r}: {answer.status_code}", SHOWN)


def _try_many_places(shop: Shop, report: Report, owner: Caller) -> None:
    """Guess from sixty places, each with the right password: few codes a day are looked at."""
    looked_at = 0
    for number in range(60):
        with client_at(fresh_place()) as http:
            asked = challenge(shop, http, owner)
            if not asked:
                continue
            answer = http.post(f"{shop.api}{_PATH}", json={"challenge": asked, "code": f"{number:06}"})
            looked_at += answer.status_code == 401  # noqa: PLR2004
    report.tried += 59
    report.note(f"of 60 codes from 60 places {looked_at} were looked at")
    report.expect(looked_at <= MOST_CODES_A_DAY, f"{looked_at} codes may be guessed from elsewhere", SHOWN)
