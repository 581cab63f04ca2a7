"""Of the group signing_in: refresh tokens, raced, repeated and made up."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2

from attack.people import Caller, sign_up
from attack.report import Report
from attack.shop import Shop

AT_ONCE = 20
GRACE_SECONDS = 30
SHOWN = "POST /auth/refresh refresh_token=…"
REVOKED_SECONDS = 10


def attack(shop: Shop, report: Report, *, quick: bool) -> None:
    """Renew a session many times at once; then, unless quick, use a token again that was used long ago."""
    url = f"{shop.api}/auth/refresh"
    with httpx2.Client(timeout=30, trust_env=False) as http:
        person = sign_up(shop, "renewed")
        _try_made_up(report, http, url, person)

        def renew(token: str) -> httpx2.Response:
            return http.post(url, data={"refresh_token": token})

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(renew, [person.refresh_token] * AT_ONCE))
        report.tried += AT_ONCE - 1
        statuses = {answer.status_code for answer in answers}
        report.expect(statuses == {200}, f"{AT_ONCE} renewals at once are answered {statuses}", SHOWN)
        successors = {answer.json().get("refresh_token") for answer in answers}
        report.expect(len(successors) == 1, f"one token has {len(successors)} successors", SHOWN)
        newest = renew(str(next(iter(successors)))).json()
        if not quick:
            time.sleep(GRACE_SECONDS + 2)
            _try_stolen(shop, report, http, person, newest)


def _try_made_up(report: Report, http: httpx2.Client, url: str, person: Caller) -> None:
    token = person.refresh_token
    made_up = [secrets.token_urlsafe(32) for _ in range(20)]
    made_up += [
        "",
        "x",
        token[:-1],
        f"{token}x",
        token.swapcase(),
        token[::-1],
        person.bearer,
        "\0",
        "é",
        "x" * 400_000,
    ]
    for each in made_up:
        for answer in (http.post(url, data={"refresh_token": each}), http.post(url, json={"refresh_token": each})):
            refused = answer.status_code in {400, 401, 413, 422, 429}
            report.expect(refused, f"the refresh token {each[:20]!r} is answered {answer.status_code}", SHOWN)
    for body in ({"refresh_token": None}, [token], {"refresh_token": {"a": token}}, token, None):
        answer = http.post(url, json=body)
        report.expect(answer.status_code in {400, 422}, f"{str(body)[:40]} is answered {answer.status_code}", SHOWN)


def _try_stolen(shop: Shop, report: Report, http: httpx2.Client, person: Caller, newest: dict[str, str]) -> None:
    """Use the first token again: whoever has it, the session is over for all who hold any of it."""
    url = f"{shop.api}/auth/refresh"
    stolen = http.post(url, data={"refresh_token": person.refresh_token})
    report.expect(stolen.status_code == 401, f"a token used long ago is answered {stolen.status_code}", SHOWN)  # noqa: PLR2004
    rest = http.post(url, data={"refresh_token": newest["refresh_token"]})
    report.expect(rest.status_code == 401, f"its successor is still answered {rest.status_code}", SHOWN)  # noqa: PLR2004
    started = time.monotonic()
    headers = {"Authorization": f"Bearer {newest['access_token']}"}
    while (
        http.get(f"{shop.api}/books", headers=headers).is_success and time.monotonic() - started < 2 * REVOKED_SECONDS
    ):
        time.sleep(0.1)
    seconds = time.monotonic() - started
    report.note(f"after the reuse of a refresh token its access token lived {seconds:.1f} s")
    report.expect(seconds < REVOKED_SECONDS, f"its access token lives {seconds:.1f} s longer", SHOWN)
