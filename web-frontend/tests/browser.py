"""A browser without scripts: keeps cookies, reads forms, sends them as a person would."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx2
from fake_gateway import PASSWORD
from fastapi import FastAPI

ORIGIN = "http://localhost:8080"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@dataclass
class Form:
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)

    def value(self, name: str) -> str:
        return next(value for found, value in self.fields if found == name)


class Forms(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._textarea: str | None = None
        self._select: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""))
            self.forms.append(self._open)
        if self._open is None or ("name" not in given and tag != "option"):
            return
        if tag == "input" and (given.get("type") not in {"checkbox", "radio"} or "checked" in given):
            self._open.fields.append((given["name"], given.get("value", "")))
        if tag == "textarea":
            self._textarea = given["name"]
            self._open.fields.append((given["name"], ""))
        if tag == "select":
            self._select = given["name"]
        if tag == "option" and self._select and "selected" in given:
            self._open.fields.append((self._select, given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "textarea":
            self._textarea = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None and self._open is not None:
            name, value = self._open.fields[-1]
            # A parser drops the line end right after the tag.
            self._open.fields[-1] = (name, value + (data.removeprefix("\n") if not value else data))


class Browser:
    def __init__(self, app: FastAPI, base_url: str = ORIGIN) -> None:
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        self.http = httpx2.AsyncClient(transport=transport, base_url=base_url)

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.http.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def follow(self, response: httpx2.Response) -> httpx2.Response:
        assert response.status_code == 303, (response.status_code, response.text[:2000])
        return await self.http.get(response.headers["location"])

    async def post(self, path: str, fields: Any, headers: dict[str, str] | None = None) -> httpx2.Response:
        pairs = list(fields.items()) if isinstance(fields, dict) else fields
        content = str(httpx2.QueryParams(tuple(pairs))).encode()
        sent = {"Content-Type": "application/x-www-form-urlencoded"} | (SAME_ORIGIN if headers is None else headers)
        return await self.http.post(path, content=content, headers=sent)

    async def submit(
        self,
        shown: httpx2.Response,
        action: str,
        values: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        return await self.post(action, filled(shown, action, values), headers)

    async def sign_in(self, email: str = "reader@example.com", password: str = PASSWORD) -> httpx2.Response:
        return await self.submit(await self.get("/sign-in"), "/sign-in", {"email": email, "password": password})


def form_of(shown: httpx2.Response, action: str) -> Form:
    return next(form for form in Forms(shown.text).forms if form.action == action)


def filled(shown: httpx2.Response, action: str, values: dict[str, str] | None = None) -> list[tuple[str, str]]:
    values = values or {}
    kept = [(name, value) for name, value in form_of(shown, action).fields if name not in values]
    return kept + list(values.items())
