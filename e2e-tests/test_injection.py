"""What people type is shown as text on every page: it runs nothing, loads nothing and breaks nothing.

Each text of each request body is planted, as the OpenAPI document lists them, so a new field without a row is noticed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import quote
from uuid import uuid4

import httpx2
import pytest
from faults import wait_until
from openapi_fields import text_fields
from pages import PASSWORD, sign_in
from planting import ADDRESS, PAYLOADS, USER_AGENT, Planted, Watch
from playwright.sync_api import Browser, Page, expect
from system import System

OWNER = "owner@example.org"
# Free texts that cannot be planted, each with its reason.
NOT_FREE = {
    "isbn13": "is refused unless it is digits with a right check digit",
    "counts[].isbn": "the same",
    "published_on": "is refused unless it is a date",
    "language": "is refused unless it is a code of ISO 639",
    "price": "is refused unless it is an amount",
    "expected_total": "the same",
    "refresh_token": "is compared and never kept",
    "token": "the same",
    "invitation": "the same",
    "code": "the same",
    "scopes[]": "is refused unless it is a scope of the caller",
    "POST /auth/password-reset email": "is looked up and never kept",
    "POST /auth/email-verification email": "the same",
    "username": "is looked up and never kept; the page that refuses it is looked at below",
    "POST /orders/parked/{order_id}/{step}/resolve note": "nothing is parked here; web-frontend's own tests show it",
}
# Planted, and shown on no page as it was sent.
NOT_SHOWN = {
    "POST /auth/register email": "stands in the pages with its domain as the service writes it",
}


@dataclass
class Shop:
    """A shop full of hostile texts."""

    planted: Planted
    owner: dict[str, str]
    books: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    buyer: str = ""
    buyer_id: str = ""


@pytest.fixture(scope="module")
def shop(system: System) -> Shop:
    planted = Planted(system)
    owner = system.sign_in(OWNER, PASSWORD)
    made = Shop(planted, owner)
    made.buyer = _buyer(made, system)
    buyer = system.sign_in(made.buyer, PASSWORD)
    _plant_account(made, buyer)
    for kind in range(len(PAYLOADS)):
        _plant_book(made, kind)
        _plant_orders(made, buyer, kind)
        _plant_import(made, system, kind)
    return made


def _buyer(shop: Shop, system: System) -> str:
    planted, email = shop.planted, f"{ADDRESS}@example.org"
    new = {"email": email, "password": PASSWORD, "full_name": planted.text(0)}
    planted.send("POST", "/auth/register", {}, body=new)
    planted.texts[email] = "POST /auth/register email"
    # Only the last name is shown.
    del planted.texts[new["full_name"]]
    headers = system.sign_in(email, PASSWORD) | {"User-Agent": USER_AGENT}
    planted.send("PATCH", "/auth/me", headers, body={"full_name": planted.text(1)})
    shop.buyer_id = httpx2.get(f"{system.api}/auth/me", headers=headers).json()["id"]
    planted.send("PATCH", "/auth/users/{id}", shop.owner, body={"role": "customer"}, id=shop.buyer_id)
    return email


def _plant_account(shop: Shop, buyer: dict[str, str]) -> None:
    planted = shop.planted
    for kind in range(len(PAYLOADS)):
        new = {"name": planted.text(kind), "scopes": ["books:read"]}
        planted.send("POST", "/auth/api-keys", buyer, body=new)
    moved = {"email": f"{ADDRESS}.moved@example.org", "current_password": PASSWORD}
    planted.send("POST", "/auth/me/email", buyer, body=moved)
    invited = {"email": f"{ADDRESS}.invited@example.org", "role": "customer"}
    planted.send("POST", "/auth/invitations", shop.owner, body=invited)


def _book(planted: Planted, kind: int) -> dict[str, object]:
    names = ("title", "subtitle", "publisher", "description")
    texts = {name: planted.text(kind + number) for number, name in enumerate(names)}
    return texts | {"authors": [planted.text(kind), planted.text(kind + 1)], "subjects": [planted.text(kind + 2)]}


def _plant_book(shop: Shop, kind: int) -> None:
    planted, owner = shop.planted, shop.owner
    new = _book(planted, kind) | {"price": "9.99", "stock": 9}
    book = planted.send("POST", "/books", owner, body=new).json()["id"]
    shop.books.append(book)
    planted.send("PATCH", "/books/{book_id}", owner, body=_book(planted, kind + 1), book_id=book)
    whole = _book(planted, kind + 2) | {"price": "8.99"}
    planted.send("PUT", "/books/{book_id}", owner, body=whole, book_id=book)
    shop.names += [whole["authors"][0], whole["publisher"], whole["subjects"][0]]
    change = {"change": 1, "reason": planted.text(kind)}
    planted.send("POST", "/books/{book_id}/stock", owner | _key(), body=change, book_id=book)
    count = {"counted": 8, "note": planted.text(kind + 1)}
    planted.send("POST", "/books/{book_id}/stock/count", owner | _key(), body=count, book_id=book)
    shelf = {"note": planted.text(kind + 2), "counts": [{"book_id": book, "counted": 9}]}
    planted.send("POST", "/books/stocktake", owner | _key(), body=shelf)


def _plant_orders(shop: Shop, buyer: dict[str, str], kind: int) -> None:
    planted, book = shop.planted, shop.books[-1]
    for step in ("ship", "write off", None):
        delivery = {name: planted.text(kind + number) for number, name in enumerate(("name", "address", "note"))}
        wanted = {"items": [{"book_id": book, "quantity": 1}], "delivery": delivery}
        order = planted.send("POST", "/orders", buyer | _key(), body=wanted).json()
        shop.orders.append(order["id"])
        if step == "ship":
            path = f"{planted.system.api}/orders/{order['id']}/ship"
            httpx2.post(path, headers=shop.owner | _key()).raise_for_status()
        elif step:
            lost = {"book_id": book, "order_ids": [order["id"]], "quantity": 1, "reason": planted.text(kind)}
            planted.send("POST", "/orders/write-offs", shop.owner | _key(), body=lost)


def _plant_import(shop: Shop, system: System, kind: int) -> None:
    planted, url = shop.planted, f"{system.api}/books/imports"
    cells = [planted.text(kind + number) for number in range(3)]
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    for content in (f"title,authors,publisher,price\n{quoted},5.00\n", f"{quoted}\na,b,c\n"):
        name = planted.text(kind).replace("/", "|") + ".csv"
        sent = httpx2.post(url, params={"name": name}, content=content.encode(), headers=shop.owner | _key())
        shop.imports.append(sent.raise_for_status().json()["id"])
        planted.note("POST /books/imports ?name", name)
    planted.note("POST /books/imports a cell", cells)
    for one in shop.imports[-2:]:
        _until_read(f"{url}/{one}", shop.owner)


def _until_read(url: str, headers: dict[str, str]) -> None:
    wait_until(lambda: httpx2.get(url, headers=headers).json()["state"] in {"checked", "needs_mapping"})


def _key() -> dict[str, str]:
    return {"Idempotency-Key": f'"{uuid4()}"'}


def test_every_text_that_the_api_takes_is_among_those_that_are_planted(system: System, shop: Shop):
    fields = text_fields(system)
    names = {field: {field, field.rpartition(" ")[2]} for field in fields}
    free = {field for field in fields if not names[field] & NOT_FREE.keys()}
    assert free - shop.planted.fields == set(), "plant these, or say in NOT_FREE why not"
    assert NOT_FREE.keys() - set().union(*names.values()) == set(), "these are no fields any more"


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


@pytest.fixture
def browsers(browser: Browser, system: System, watch: Watch) -> Iterator[object]:
    """Give a function that opens a watched page for somebody."""
    contexts = []

    def open_for(email: str | None, **options: object) -> Page:
        context = browser.new_context(base_url=system.web, locale="en-GB", **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = watch.over(context)
        if email:
            sign_in(page, email)
        return page

    yield open_for
    for context in contexts:
        context.close()


def test_what_people_type_is_text_wherever_it_is_shown(browsers, watch: Watch, shop: Shop, system: System):
    editor, staff = (_with_role(system, shop, role) for role in ("editor", "staff"))
    _look_as_customer(browsers(shop.buyer, user_agent=USER_AGENT), watch, shop)
    _look_as_editor(browsers(editor), watch, shop)
    _look_as_staff(browsers(staff), watch, shop)
    owner = browsers(OWNER)
    _look_as_administrator(owner, watch, shop)
    _type_into_forms(owner, watch)
    assert watch.complaints == []
    unseen = {name for name in watch.unseen(shop.planted.texts) if name not in NOT_SHOWN}
    assert unseen == set(), "shown nowhere as they were sent"


def _with_role(system: System, shop: Shop, role: str) -> str:
    email = f"{role}.of.injection@example.org"
    account = httpx2.get(f"{system.api}/auth/me", headers=system.account(email, PASSWORD)).raise_for_status().json()
    shop.planted.send("PATCH", "/auth/users/{id}", shop.owner, body={"role": role}, id=account["id"])
    return email


def _look_as_customer(page: Page, watch: Watch, shop: Shop) -> None:
    watch.visit(
        page,
        "/account",
        "/account/api-keys",
        "/account/sessions",
        "/account/data",
        "/",
        "/orders",
        "/new",
        "/books",
        "/authors",
        "/subjects",
        "/publishers",
    )
    for book in shop.books:
        watch.visit(page, f"/books/{book}")
        page.get_by_role("button", name="Add to cart").click()
        expect(page.get_by_role("status").first).to_be_attached()
    watch.visit(page, "/cart", "/checkout", *(f"/orders/{order}" for order in shop.orders[:4]))
    shelves = zip(cycle(("authors", "publishers", "subjects", "authors")), shop.names[::3], strict=False)
    watch.visit(page, *(f"/{shelf}?name={quote(name)}" for shelf, name in shelves))
    for kind in range(len(PAYLOADS)):
        words = f"nothing has this {PAYLOADS[kind]}"
        watch.visit(page, f"/books?q={quote(words)}", f"/books?q={quote(PAYLOADS[kind])}&subject={quote(words[:90])}")


def _look_as_editor(page: Page, watch: Watch, shop: Shop) -> None:
    for book in shop.books:
        steps = ("edit", "archive", "history", "history/1", "stock", "stock/write-off?copies=99")
        watch.visit(page, *(f"/books/{book}/{step}" for step in steps))
    watch.visit(page, "/staff/searches", "/staff/imports", "/staff/low-stock?at_most=99", "/staff/stocktake")
    watch.visit(page, *(f"/staff/imports/{one}?show=new" for one in shop.imports))
    watch.visit(page, "/staff/export?q=" + quote(PAYLOADS[0]))


def _look_as_staff(page: Page, watch: Watch, shop: Shop) -> None:
    watch.visit(page, *(f"/staff/orders?status={status}" for status in ("placed", "shipped", "cancelled", "all")))
    slips = "&".join(f"order={order}" for order in shop.orders)
    watch.visit(page, "/staff", f"/staff/slips?{slips}", *(f"/orders/{order}" for order in shop.orders))
    watch.visit(
        page, f"/orders/{shop.orders[2]}/cancel", "/staff/work", f"/books/{shop.books[0]}/stock/write-off?copies=99"
    )


def _look_as_administrator(page: Page, watch: Watch, shop: Shop) -> None:
    account = f"/admin/accounts/{shop.buyer_id}"
    watch.visit(page, "/admin/accounts", f"/admin/accounts?q={quote(ADDRESS)}", account, f"{account}/disable")
    watch.visit(page, "/admin/invitations", "/admin/audit", f"/admin/audit?person={quote(ADDRESS)}", "/local/mails")
    mails = [link.get_attribute("href") or "" for link in page.locator("main a[href^='/local/mails/']").all()]
    watch.visit(page, *mails[:12])


def _type_into_forms(page: Page, watch: Watch) -> None:
    """Have forms refused, once as wrong, once as too old and once as signed out, and look at how they come back."""
    for payload in PAYLOADS[:2]:
        page.goto("/books/new")
        for name in ("title", "authors", "price"):
            page.locator(f"main [name={name}]").fill(payload)
        page.get_by_role("button", name="Add the book").click()
        expect(page.get_by_role("alert")).to_be_visible()
        watch.look(page)
        expect(page.get_by_label("Title", exact=True)).to_have_value(payload)
    page.locator("main [name=csrf_token]").evaluate("(field) => { field.value = 'too old' }")
    page.locator("main form").evaluate("(form) => HTMLFormElement.prototype.submit.call(form)")
    expect(page.get_by_role("heading", name="Please send this once more")).to_be_visible()
    watch.look(page)
    page.goto("/books/new")
    page.get_by_label("Title", exact=True).fill(PAYLOADS[2])
    page.context.clear_cookies()
    page.locator("main form").evaluate("(form) => HTMLFormElement.prototype.submit.call(form)")
    page.get_by_label("Email address").fill(f"{ADDRESS}@example.org")
    page.get_by_label("Password").fill(PAYLOADS[0])
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    watch.look(page)
    page.get_by_label("Email address").fill(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value(PAYLOADS[2])
    watch.look(page)
