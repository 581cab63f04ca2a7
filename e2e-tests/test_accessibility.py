"""axe finds nothing wrong, and nothing scrolls sideways, on the pages for books and for one's own account."""

from dataclasses import dataclass

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from pages import PASSWORD, book_url, sign_in
from playwright.sync_api import Page, expect
from system import System

OWNER = "owner@example.org"
FILE = """id,isbn13,title,authors,language,format,pages,price
{id},,{title},George Eliot; A. N. Other,eng,paperback,880,8.49
,,Scenes of Clerical Life,George Eliot,eng,paperback,420,6.99
,123,,Nobody,Klingon,scroll,many,dear
"""
OTHERS = "Werk;Kostet\nEffi Briest;9,99\n"
# Longer than any line: what people type must not push a page apart.
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen " * 4
# One of each kind: what they share need not be looked at again.
OF_ONES_OWN = ("/account", "/account/sessions", "/account/api-keys/new", "/account/data/delete", "/local/mails")
# What axe would do beyond looking at this one page takes half of its time.
OPTIONS = "{resultTypes: ['violations'], preload: false, iframes: false, selectors: false}"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True)
class Shelf:
    """A book that was edited and one with a long title, and imports in each of their states."""

    book: dict
    long: dict
    imports: dict[str, str]


@pytest.fixture(scope="module")
def shelf(system: System) -> Shelf:
    headers = system.sign_in(OWNER, PASSWORD)

    def create(**fields: object) -> dict:
        return httpx2.post(f"{system.api}/books/", json=fields, headers=headers).raise_for_status().json()

    book = create(title="Felix Holt", authors=["George Eliot"], price="7.99", stock=2, subjects=["Reform"])
    change = {"subtitle": "The Radical", "authors": ["Marian Evans"], "description": "An election.\n\nAnd after."}
    httpx2.patch(f"{system.api}/books/{book['id']}", json=change, headers=headers).raise_for_status()
    long = create(title=LONG, authors=[LONG], publisher=LONG, subjects=[LONG[:90]], price="99999.99")
    httpx2.delete(f"{system.api}/books/{long['id']}", headers=headers).raise_for_status()
    httpx2.get(f"{system.api}/books/", params={"q": "zyxwvu tsrqpo"}, headers=headers).raise_for_status()

    def send(content: str, state: str) -> str:
        url = f"{system.api}/books/imports"
        sent = httpx2.post(url, params={"name": f"{LONG[:90]}.csv"}, content=content.encode(), headers=headers).json()
        return _until(f"{url}/{sent['id']}", state, headers)

    content = FILE.format(id=book["id"], title=book["title"])
    imports = {"checked": send(content, "checked"), "columns": send(OTHERS, "needs_mapping")}
    imports["refused"] = send("title,title\na,b\n", "refused")
    done = send("title,price\nRomola,5.00\n", "checked")
    url = f"{system.api}/books/imports/{done}"
    for step, state in (("apply", "applied"), ("undo", "undone")):
        httpx2.post(f"{url}/{step}", headers=headers).raise_for_status()
        imports[state] = _until(url, state, headers)
    return Shelf(book, long, imports)


def _until(url: str, state: str, headers: dict[str, str]) -> str:
    for _ in range(200):
        found = httpx2.get(url, headers=headers).json()
        if found["state"] == state:
            return found["id"]
    message = f"The import stays {found['state']}"
    raise AssertionError(message)


def addresses(shelf: Shelf) -> list[str]:
    book, long, checked = book_url(shelf.book), book_url(shelf.long), f"/staff/imports/{shelf.imports['checked']}"
    return [
        "/new",
        "/books?subject=Poetry&price_min=12&in_stock=true",
        "/books?q=middlemrach",
        "/books?q=zyxwvu",
        f"/books?q={LONG}",
        "/books?archived=true",
        "/authors",
        "/subjects?sort=count",
        "/publishers?q=zyx",
        "/authors/Virginia%20Woolf",
        "/authors/Nobody",
        book,
        long,
        *(f"{book}/{step}" for step in ("edit", "history", "history/1", "archive")),
        f"{long}/edit",
        "/staff/imports",
        *(f"{checked}?show={tab}" for tab in ("new", "changed", "bad")),
        *(f"/staff/imports/{shelf.imports[state]}" for state in ("columns", "refused", "undone")),
        "/staff/export?q=woolf",
        "/staff/searches",
        "/admin/accounts",
        "/admin/invitations",
        "/admin/audit",
        "/admin/audit?person=example",
    ]


@pytest.fixture(params=[("light", 1280), ("dark", 320)], ids=["light and wide", "dark and narrow"])
def staff(request, new_context) -> Page:
    """Give the page of somebody who may edit books; nothing moves in it, so that no colour is measured halfway."""
    theme, width = request.param
    screen = {"width": width, "height": 800}
    page = new_context(color_scheme=theme, viewport=screen, has_touch=width < 400, reduced_motion="reduce").new_page()
    sign_in(page, OWNER)
    return page


def faults_of(page: Page, axe: Axe) -> list[str]:
    """Return what is wrong with the page as it shows now."""
    page.evaluate(axe.axe_script)
    faults = [
        f"{page.url}: {found['id']} at {[node['html'][:200] for node in found['nodes'][:3]]}"
        for found in page.evaluate(f"axe.run({OPTIONS})")["violations"]
    ]
    if page.evaluate(SIDEWAYS) > 0:
        faults.append(f"{page.url} scrolls sideways")
    return faults


def test_every_page_of_the_catalogue_is_sound(staff: Page, shelf: Shelf):
    axe, faults = Axe(), []
    for address in addresses(shelf):
        assert staff.goto(address).status < 500
        faults += faults_of(staff, axe)
    assert faults == []


def test_every_page_of_ones_own_account_is_sound(staff: Page):
    axe, faults = Axe(), []
    for address in OF_ONES_OWN:
        assert staff.goto(address).status < 400
        faults += faults_of(staff, axe)
    staff.goto("/account/second-factor")
    staff.get_by_label("Your password").fill(PASSWORD)
    staff.get_by_role("button", name="Set it up").click()
    expect(staff.get_by_role("img", name="QR code")).to_be_visible()
    faults += faults_of(staff, axe)
    assert faults == []


def test_what_opens_and_what_asks_is_sound(staff: Page, system: System, shelf: Shelf):
    page, axe = staff, Axe()
    page.goto("/books")
    page.get_by_role("combobox", name="Search by title").press_sequentially("wool")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowDown")
    faults = faults_of(page, axe)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Menu").click()
    faults += faults_of(page, axe)

    page.goto(f"{book_url(shelf.book)}/edit")
    page.get_by_label("Title", exact=True).fill("")
    page.get_by_label("Price").fill("dear")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_focused()
    faults += faults_of(page, axe)

    page.goto(f"{book_url(shelf.book)}/edit")
    page.get_by_label("Price").fill("5.55")
    url = f"{system.api}/books/{shelf.book['id']}"
    narrow = page.viewport_size["width"] < 400
    change = {"price": "6.66" if narrow else "7.77", "pages": 480 if narrow else 481}
    httpx2.patch(url, json=change, headers=system.sign_in(OWNER, PASSWORD)).raise_for_status()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Somebody else was faster")).to_be_visible()
    faults += faults_of(page, axe)
    assert faults == []
