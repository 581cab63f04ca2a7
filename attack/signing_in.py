"""Group signing_in: guessing, locking out, telling who is known, and sessions that should be over."""

import json
import secrets
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from attack import bad_forms, endings, refreshing, second_steps
from attack.people import PASSWORD, first_admin, fresh_email, sign_in, sign_up
from attack.places import client_at, fresh_place
from attack.report import Report, curl
from attack.shop import Shop

WRONG = "not the password of anybody"
REFUSED = 401
THROTTLED = 429
MOST_GUESSES_AT_AN_ADDRESS = 70


def attack(shop: Shop, report: Report, *, quick: bool) -> None:
    """Try all of it; what takes a while because it waits for clocks comes last."""
    admin = first_admin(shop)
    bad_forms.attack(shop, report)
    _try_a_crowd(shop, report, 60 if quick else 200)
    _try_locking_out(shop, report)
    _try_spraying(shop, report)
    _try_telling_apart(shop, report, attempts=10 if quick else 25)
    _try_reset_links(shop, report, 20 if quick else 100)
    second_steps.attack(shop, report)
    refreshing.attack(shop, report, quick=quick)
    endings.attack(shop, report, admin)


def log_in(shop: Shop, email: str, password: str, place: str = "") -> httpx2.Response:
    """Send the form of signing in, from a place of its own."""
    with client_at(place or fresh_place()) as http:
        return http.post(f"{shop.api}/auth/login", data={"username": email, "password": password})


def _shown(shop: Shop, path: str = "/auth/login") -> str:
    return curl("POST", f"{shop.api}{path}", body="username=…&password=…")


def _try_a_crowd(shop: Shop, report: Report, many: int) -> None:
    """Let a crowd sign in at once: each is answered, those who are in already notice little, and it ends."""
    people = [sign_up(shop) for _ in range(10)]
    waits: list[float] = []

    def sign_in_somebody(number: int) -> tuple[int, str]:
        word = PASSWORD if number % 2 else WRONG
        answer = log_in(shop, people[number % 10].email, word)
        return answer.status_code, answer.headers.get("retry-after", "")

    with ThreadPoolExecutor(many + 1) as pool, httpx2.Client(timeout=30, trust_env=False) as http:
        crowd = [pool.submit(sign_in_somebody, number) for number in range(many)]
        while not all(each.done() for each in crowd):
            started = time.monotonic()
            answer = http.get(f"{shop.api}/orders", headers=people[0].headers)
            waits.append(time.monotonic() - started)
            report.expect(
                answer.is_success, f"in a crowd, an order list is answered {answer.status_code}", _shown(shop)
            )
            time.sleep(0.05)
        answers = [each.result() for each in crowd]
    statuses = [status for status, _ in answers]
    report.tried += many - 1
    # 504 comes where this machine has much else to do; it is an answer, too.
    held = 200 in statuses and set(statuses) <= {200, 401, 429, 503, 504}  # noqa: PLR2004
    report.expect(held, f"{many} sign-ins at once: {sorted(set(statuses))}", _shown(shop))
    told = all(wait for status, wait in answers if status in {THROTTLED, 503})
    report.expect(told, "who has to come back is not told when", _shown(shop))
    counted = ", ".join(f"{statuses.count(status)} × {status}" for status in sorted(set(statuses)))
    report.note(
        f"{many} sign-ins at once: {counted}; meanwhile an order list took {max(waits, default=0):.2f} s at most"
    )


def _try_locking_out(shop: Shop, report: Report) -> None:
    """Guess at somebody's password from forty places; at home the owner still gets in."""
    victim, home = sign_up(shop, "victim"), fresh_place()
    sign_in(shop, victim.email, place=home)
    statuses = [
        log_in(shop, victim.email, WRONG, place).status_code
        for place in (fresh_place() for _ in range(40))
        for _ in range(2)
    ]
    report.tried += len(statuses) - 1
    report.expect(THROTTLED in statuses, f"80 guesses at one account are all answered {set(statuses)}", _shown(shop))
    guessed = sum(status == REFUSED for status in statuses)
    report.note(f"of 80 guesses at one account from 40 places {guessed} were looked at")
    answer = log_in(shop, victim.email, PASSWORD, home)
    report.expect(answer.is_success, f"the owner is locked out by strangers ({answer.status_code})", _shown(shop))
    # The same password from one place: a guesser is stopped, and the right password does not get through either.
    place = fresh_place()
    stopped = [log_in(shop, victim.email, WRONG, place).status_code for _ in range(15)]
    answer = log_in(shop, victim.email, PASSWORD, place)
    held = THROTTLED in stopped and answer.status_code == THROTTLED
    report.expect(held, f"15 guesses from one place: {stopped}, then {answer.status_code}", _shown(shop))


def _try_spraying(shop: Shop, report: Report) -> None:
    """Try one password at a hundred accounts from one place."""
    place = fresh_place()
    statuses = [log_in(shop, fresh_email("sprayed"), WRONG, place).status_code for _ in range(100)]
    report.tried += len(statuses) - 1
    looked_at = sum(status == REFUSED for status in statuses)
    held = THROTTLED in statuses and looked_at <= MOST_GUESSES_AT_AN_ADDRESS
    report.expect(held, f"one place may try {looked_at} accounts", _shown(shop))
    # Saying that one comes from elsewhere does not help.
    with client_at(place) as http:
        for header in (
            "X-Forwarded-For",
            "Forwarded",
            "X-Real-IP",
            "X-Client-IP",
            "True-Client-IP",
            "CF-Connecting-IP",
        ):
            told = {header: f"for={fresh_place()}" if header == "Forwarded" else fresh_place()}
            form = {"username": fresh_email(), "password": WRONG}
            answer = http.post(f"{shop.api}/auth/login", data=form, headers=told)
            report.expect(answer.status_code == THROTTLED, f"{header} is believed ({answer.status_code})", _shown(shop))


def _try_telling_apart(shop: Shop, report: Report, *, attempts: int) -> None:
    """Compare what is said of an account that is there and of one that is not, and how long that takes."""
    known = [sign_up(shop, "known").email for _ in range(attempts)]
    unknown = [fresh_email("unknown") for _ in range(attempts)]
    _same(report, "signing in", log_in(shop, known[0], WRONG), log_in(shop, unknown[0], WRONG))
    for path in ("/auth/password-reset", "/auth/email-verification"):
        answers = []
        for email in (known[1], unknown[1]):
            with client_at(fresh_place()) as http:
                answers.append(http.post(f"{shop.api}{path}", json={"email": email}))
        _same(report, path, *answers)
    costs: dict[str, list[tuple[int, float]]] = {"known": [], "unknown": []}
    for pair in zip(known, unknown, strict=True):
        for name, email in zip(costs, pair, strict=True):
            costs[name].append(_cost_of_a_guess(shop, email))
    worked = {name: sum(work for work, _ in each) for name, each in costs.items()}
    waited = {name: statistics.median(wait for _, wait in each) for name, each in costs.items()}
    report.tried += 2 * attempts - 1
    if worked["known"]:
        ratio, slower = worked["unknown"] / worked["known"], waited["unknown"] / waited["known"]
        report.note(f"an unknown account beside a known one: processor time {ratio:.2f}, time {slower:.2f}")
        report.expect(0.6 < ratio < 1.6, f"an unknown account costs {ratio:.2f} times the work", _shown(shop))  # noqa: PLR2004


def _same(report: Report, what: str, first: httpx2.Response, second: httpx2.Response) -> None:
    def told(answer: httpx2.Response) -> tuple[int, object, frozenset[str]]:
        body = answer.json() if answer.content else None
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if name != "request_id"}
        return answer.status_code, body, frozenset(answer.headers)

    held = told(first) == told(second)
    report.expect(held, f"{what}: a known account is answered {told(first)}, an unknown one {told(second)}", what)


def _cost_of_a_guess(shop: Shop, email: str) -> tuple[int, float]:
    """Return the ticks of processor time that auth-service spends on a wrong password, and the seconds it takes."""
    before, started = _ticks(shop), time.monotonic()
    log_in(shop, email, WRONG)
    return _ticks(shop) - before, time.monotonic() - started


def _ticks(shop: Shop) -> int:
    process = json.loads((shop.var / "children.json").read_text(encoding="utf-8"))["auth_service"]
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _try_reset_links(shop: Shop, report: Report, many: int) -> None:
    """Guess the links of mails: none is taken, and none is an error."""
    guesses = [secrets.token_urlsafe(32) for _ in range(many)]
    guesses += ["", "x", "a.b.c", "x" * 5000, "\0", "../", "' OR 1=1 --", "é", "null", "0"]
    paths = {
        "/auth/password-reset/check": {},
        "/auth/password-reset/confirm": {"password": "a quite long password"},
        "/auth/email-verification/confirm": {},
        "/auth/signup/invitation": {},
    }
    for path, more in paths.items():
        with client_at(fresh_place()) as http:
            statuses = {http.post(f"{shop.api}{path}", json={"token": guess, **more}).status_code for guess in guesses}
        report.tried += len(guesses) - 1
        held = statuses <= {410, 422, THROTTLED}
        report.expect(held, f"made-up links at {path} are answered {sorted(statuses)}", curl("POST", shop.api + path))
