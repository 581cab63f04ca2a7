"""The callers of the access matrix, and the books, orders and imports that its rows are about."""

import json
import time
import uuid
from dataclasses import dataclass, field

import httpx2
from access_rows import Row
from attack.people import (
    NOBODY,
    PASSWORD,
    SCOPES,
    Caller,
    api_key,
    change_account,
    first_admin,
    sign_in,
    sign_up,
    with_role,
)
from attack.shop import Shop

ISBN = "9780156949606"
REVOKED_SECONDS = 10
_OF_PERSONS = {"auth-service": "/auth/me", "book-service": "/books", "order-service": "/orders"}


@dataclass
class World:
    """Who calls, and what is there."""

    shop: Shop
    http: httpx2.Client
    callers: list[Caller] = field(default_factory=list)
    victim: Caller = NOBODY
    stranger: Caller = NOBODY
    bystander: Caller = NOBODY
    book_id: str = ""
    import_id: str = ""
    of_the_victim: dict[str, str] = field(default_factory=dict)

    @property
    def admin(self) -> Caller:
        """The administrator, who makes what others call for."""
        return next(caller for caller in self.callers if caller.name == "admin")

    def call(self, row: Row, caller: Caller, base_url: str, ids: dict[str, str] | None = None) -> int | str:
        """Send a row's request; return the status, or the code of the problem."""
        if row.using == "newcomer" and caller.is_person and caller.name != "disabled":
            caller = sign_up(self.shop)
        answer = self.send(row, caller, base_url=base_url, ids=ids)
        is_problem = answer.headers.get("content-type") == "application/problem+json"
        return answer.json()["code"] if is_problem else answer.status_code

    def send(
        self,
        row: Row,
        caller: Caller,
        *,
        base_url: str = "",
        ids: dict[str, str] | None = None,
        more: dict[str, object] | None = None,
    ) -> httpx2.Response:
        """Send a row's request, perhaps with more in its body."""
        ids = self._ids(row, caller) if ids is None else ids
        url = f"{base_url or self.shop.api}{filled(row.path, ids)}{row.query and '?' + filled(row.query, ids)}"
        if row.json is not None:
            body = json.loads(filled(json.dumps(row.json), ids)) | (more or {})
            return self.http.request(row.method, url, headers=caller.headers, json=body)
        headers = caller.headers | ({"Content-Type": "text/csv"} if row.text is not None else {})
        return self.http.request(row.method, url, headers=headers, data=row.form, content=row.text)

    def book(self, *, archived: bool = False) -> str:
        """Make a book with a hundred copies."""
        book = {"title": "Unicum of the matrix", "price": "9.99", "stock": 100}
        made = self._made("/books", json=book)
        if archived:
            self.http.delete(f"{self.shop.api}/books/{made}", headers=self.admin.headers).raise_for_status()
        return made

    def order_of(self, caller: Caller) -> str:
        """Place an order for the account of the caller, with a token that may."""
        people = (each for each in self.callers if each.is_person and each.account_id == caller.account_id)
        body = {"book_id": self.book_id, "quantity": 1}
        return self._made("/orders", json=body, headers=next(people, caller).headers)

    def _made(self, path: str, **body: object) -> str:
        headers = body.pop("headers", self.admin.headers)
        answer = self.http.post(f"{self.shop.api}{path}", headers=headers, **body)
        return answer.raise_for_status().json()["id"]

    def _ids(self, row: Row, caller: Caller) -> dict[str, str]:
        nobody = str(uuid.uuid4())
        known = {"unknown": nobody, "version": "1", "step": "release", "isbn": ISBN}
        known |= {"book_id": self.book_id, "import_id": self.import_id, "account_id": self.bystander.account_id}
        known |= {"email": self.victim.email, "password": PASSWORD}
        if row.using == "unknown":
            return known | dict.fromkeys(("order_id", "import_id", "mail_id", "invitation_id"), nobody)
        may = row.outcome_for(caller, storefront="private") == row.answer
        if row.using == "own":
            # Who may not is tried on somebody else's, which is looked at afterwards.
            return known | (self._own(row, caller) if may else self.of_the_victim)
        if row.using == "fresh" and "{book_id}" in row.path and may:
            known["book_id"] = self.book(archived=row.path.endswith("{book_id}/restore"))
        return known

    def _own(self, row: Row, caller: Caller) -> dict[str, str]:
        if "{session_id}" in row.path:
            return {"session_id": sign_in(self.shop, caller.email).session_id}
        if "{key_id}" in row.path:
            return {"key_id": api_key(self.shop, caller, ["books:read"]).session_id}
        return {"order_id": self.order_of(caller)}


def filled(text: str, values: dict[str, str]) -> str:
    """Put values in place of ``{name}``."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def open_world(shop: Shop, http: httpx2.Client) -> World:
    """Make the callers and what the rows are about; the disabled account is disabled last."""
    admin = first_admin(shop)
    people = [NOBODY, *(with_role(shop, admin, role) for role in ("customer", "editor", "staff")), admin]
    keys = [api_key(shop, admin, [scope]) for scope in SCOPES]
    world = World(shop, http, [*people, *keys])
    world.victim, world.stranger, world.bystander = (with_role(shop, admin, "customer") for _ in range(3))
    world.book_id = world.book()
    http.patch(f"{shop.api}/books/{world.book_id}", json={"isbn": ISBN}, headers=admin.headers)
    sent = http.post(
        f"{shop.api}/books/imports?name=a.csv",
        content="title,price\nJacob's Room,8\n",
        headers={**admin.headers, "Content-Type": "text/csv"},
    )
    world.import_id = sent.raise_for_status().json()["id"]
    world.of_the_victim = {
        "order_id": world.order_of(world.victim),
        "session_id": world.victim.session_id,
        "key_id": api_key(shop, world.victim, ["books:read"]).session_id,
    }
    lost = with_role(shop, admin, "admin")
    change_account(shop, admin, lost.account_id, disabled=True)
    world.callers.append(
        Caller("disabled", lost.scopes, lost.bearer, lost.email, lost.account_id, lost.session_id, "-")
    )
    return world


def wait_until_the_disabled_is_refused(world: World) -> None:
    """Wait until each service has heard of it, as long as that may take."""
    disabled = next(caller for caller in world.callers if caller.name == "disabled")
    services = (f"{world.shop.service_url(name)}{path}" for name, path in _OF_PERSONS.items())
    urls = [f"{world.shop.api}/books", *services]
    deadline = time.monotonic() + REVOKED_SECONDS
    while any(world.http.get(url, headers=disabled.headers).status_code != 401 for url in urls):
        assert time.monotonic() < deadline, f"a disabled account's token is taken after {REVOKED_SECONDS} seconds"
        time.sleep(0.2)
