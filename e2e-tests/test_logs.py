"""Nothing that opens a door stands in any log: no password, token, key, code, cookie or link."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from system import System

OWNER = "owner@example.org"
# What a secret looks like, whichever it is.
SHAPES = re.compile(
    r"eyJ[\w-]{8,}|\bquire_[0-9a-zA-Z-]+_[\w-]{8,}|\$argon2|[Bb]earer [\w.-]{8,}|[?&](?:token|code)=[\w%-]{4,}"
)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_LINK = re.compile(r"[?&]token=([\w.~%-]+)")


class Secrets:
    """All that was secret while people did what people do."""

    def __init__(self) -> None:
        self.all: dict[str, str] = {}

    def keep(self, name: str, value: str) -> str:
        """Note a secret, and return it."""
        if len(value) >= 6:
            self.all[value] = name
        return value

    def keep_pair(self, answer: httpx2.Response) -> dict[str, str]:
        """Note the tokens that signing in gave; return the headers of the access token."""
        pair = answer.raise_for_status().json()
        self.keep("refresh token", pair["refresh_token"])
        return {"Authorization": f"Bearer {self.keep('access token', pair['access_token'])}"}

    def in_text(self, text: str) -> list[str]:
        """Return the names of those that stand in ``text``."""
        return sorted({name for value, name in self.all.items() if value in text})


@pytest.fixture
def secrets(system: System) -> Secrets:
    """Give the secrets of this installation to begin with."""
    found = Secrets()
    stored = httpx2.Response(200, content=(system.folder / "var" / "secrets.json").read_bytes()).json()
    for name, value in stored.items():
        for line in str(value).splitlines():
            found.keep(name, line)
    return found


def logs(system: System) -> Iterator[tuple[Path, str]]:
    """Yield every log of the installation."""
    for path in [system.folder / "launcher.log", *sorted((system.folder / "var" / "log").glob("*.log*"))]:
        yield path, path.read_text(errors="replace")


def use_the_api(system: System, secrets: Secrets, email: str) -> None:
    """Sign up, in, wrongly, again and out, with tokens good and bad, and change the password."""
    password = secrets.keep("password", f"first secret of {email}")
    body = {"email": email, "password": password}
    httpx2.post(f"{system.api}/auth/register", json=body).raise_for_status()
    login = f"{system.api}/auth/login"
    headers = secrets.keep_pair(httpx2.post(login, data={"username": email, "password": password}))
    wrong = secrets.keep("wrong password", f"mistyped secret of {email}")
    assert httpx2.post(login, data={"username": email, "password": wrong}).status_code == 401
    assert httpx2.post(f"{login}?password={wrong}", json={"password": wrong}).status_code >= 400
    refresh = next(value for value, name in secrets.all.items() if name == "refresh token")
    headers = secrets.keep_pair(httpx2.post(f"{system.api}/auth/refresh", json={"refresh_token": refresh})) | headers
    for path in ("/auth/me", "/books", "/cart", "/orders"):
        httpx2.get(system.api + path, headers=headers).raise_for_status()
        for token in (headers["Authorization"] + "x", headers["Authorization"][:-9], "Bearer " + wrong):
            assert httpx2.get(system.api + path, headers={"Authorization": token}).status_code == 401
        httpx2.get(system.api + path, headers={"Authorization": headers["Authorization"].removeprefix("Bearer ")})
        httpx2.get(system.api + path, params={"access_token": wrong}, headers=headers)
    change = {"current_password": password, "new_password": secrets.keep("new password", f"second secret of {email}")}
    httpx2.post(f"{system.api}/auth/me/password", json=change, headers=headers).raise_for_status()
    httpx2.post(f"{system.api}/auth/logout", headers=headers)


def use_the_pages(system: System, secrets: Secrets, email: str) -> None:
    """Sign up, in, wrongly and out on the pages, send a form of before once more, and forget the password."""
    password = secrets.keep("password on the pages", f"page secret of {email}")
    with httpx2.Client(base_url=system.web, headers={"Sec-Fetch-Site": "same-origin"}) as http:

        def send(path: str, shown: str = "", **fields: str) -> httpx2.Response:
            page = http.get(shown or path, follow_redirects=True)
            fields["csrf_token"] = secrets.keep("form token", _TOKEN.search(page.text)[1])
            answer = http.post(path, data=fields)
            for cookie in http.cookies.jar:
                secrets.keep(f"cookie {cookie.name}", cookie.value or "")
            return answer

        assert send("/sign-up", email=email, password=password).status_code == 303
        assert send("/account/password", current_password=password[::-1], new_password=password).status_code == 422
        assert send("/sign-out", "/account").status_code == 303
        assert send("/sign-in", email=email, password=secrets.keep("typo", password + "!")).status_code == 422
        assert send("/sign-in", email=email, password=password, next=f"/account?code={password}").status_code in {
            303,
            422,
        }
        http.cookies.clear()
        assert http.post("/sign-in", data={"email": email, "password": password}).status_code == 403
        send("/forgot-password", email=email)


def follow_links(system: System, secrets: Secrets, email: str) -> None:
    """Open every link that was mailed, on the pages, and use up its token through the API."""
    mails = httpx2.get(f"{system.api}/auth/mails", params={"limit": 50}).raise_for_status().json()["items"]
    mailed = [httpx2.get(f"{system.api}/auth/mails/{mail['id']}").json() for mail in mails if mail["to"] == email]
    links = {link for mail in mailed for link in re.findall(r"https?://\S+", mail["text"]) if "token=" in link}
    assert links, "no link was mailed"
    for link in links:
        token = secrets.keep("token of a link", _LINK.search(link)[1])
        httpx2.get(link, follow_redirects=True)
        for path in ("/auth/password-reset/check", "/auth/email-verification/confirm", "/auth/signup/invitation"):
            httpx2.post(system.api + path, json={"token": token})
            httpx2.get(system.api + path, params={"token": token})


def test_no_secret_stands_in_any_log(system: System, secrets: Secrets, email: str):
    use_the_api(system, secrets, email)
    use_the_pages(system, secrets, f"pages.{email}")
    follow_links(system, secrets, f"pages.{email}")
    assert len(secrets.all) > 30
    told = dict(logs(system))
    # The logs are there, and tell of what was done.
    assert {"auth-service.log", "gateway.log", "web-frontend.log"} <= {path.name for path in told}
    assert all("/auth/login" in text for path, text in told.items() if path.name in {"auth-service.log", "gateway.log"})
    assert {path.name: secrets.in_text(text) for path, text in told.items() if secrets.in_text(text)} == {}
    shaped = {path.name: [match[:40] for match in SHAPES.findall(text)] for path, text in told.items()}
    assert {name: found for name, found in shaped.items() if found} == {}
