"""Two editors at one book: what they change goes together, is told in its history, and can be taken back."""

import re

import httpx2
import pytest
from pages import PASSWORD, book_url, sign_in
from playwright.sync_api import Page, expect
from system import System

FACTS = ("title", "subtitle", "authors", "publisher", "price", "description", "archived_at")


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def editors(request, new_context, system: System, editor, email) -> tuple[Page, Page]:
    """Give the pages of two editors, each in a browser of their own; the second one's address is ``email``."""
    del editor  # It makes the account.
    system.account(email, PASSWORD)
    pages = []
    for address in ("editor@example.org", email):
        page = new_context(java_script_enabled=request.param).new_page()
        sign_in(page, address)
        pages.append(page)
    return pages[0], pages[1]


@pytest.fixture
def book(system: System, editor) -> dict:
    fields = {"title": "Lodore", "authors": ["Mary Shelley"], "price": "7.99", "description": "A duel at Niagara."}
    return httpx2.post(f"{system.api}/books/", json=fields, headers=editor).json()


def fill_in(page: Page, **values: str) -> None:
    for label, value in values.items():
        page.get_by_label(label).fill(value)


def save(page: Page, button: str = "Save") -> None:
    page.get_by_role("button", name=button, exact=True).click()


def test_two_editors_lose_nothing_and_any_version_can_be_put_back(editors, system: System, editor, book, email):
    ann, bob = editors
    url = f"{system.api}/books/{book['id']}"
    main = ann.get_by_role("main")

    # Different fields go together by themselves.
    for page in (ann, bob):
        page.goto(f"{book_url(book)}/edit")
    fill_in(bob, Subtitle="A Novel")
    save(bob)
    expect(bob.get_by_role("main")).to_contain_text("“Lodore” is saved.")
    fill_in(ann, Publisher="Bentley", Description="A duel at Niagara, and after.")
    save(ann)
    expect(main).to_contain_text("“Lodore” is saved, together with a colleague’s change of the subtitle.")

    # Only where both changed the same field, somebody has to choose.
    for page in (ann, bob):
        page.goto(f"{book_url(book)}/edit")
    fill_in(bob, Price="6.00", Authors="M. W. Shelley")
    save(bob)
    expect(bob.get_by_role("main")).to_contain_text("“Lodore” is saved.")
    fill_in(ann, Price="8.50")
    save(ann)
    expect(ann.get_by_role("heading", name="Somebody else was faster")).to_be_visible()
    expect(main.get_by_role("group")).to_have_count(1)
    expect(ann.get_by_role("region", name="These go together by themselves")).to_contain_text("M. W. Shelley")
    ann.get_by_role("group", name=re.compile("^Price")).get_by_label("Theirs").check()
    save(ann, "Save what I chose")
    expect(main).to_contain_text("“Lodore” is saved")
    now = httpx2.get(url, headers=editor).json()
    assert (now["price"], now["publisher"], now["subtitle"]) == ("6.00", "Bentley", "A Novel")

    # All of that is told, and the first version is put back.
    ann.get_by_role("link", name="History").click()
    changes = main.get_by_role("list").first.get_by_role("listitem").filter(has=ann.get_by_role("heading"))
    expect(changes).to_have_count(4)
    expect(changes.nth(0)).to_contain_text(email)
    expect(changes.nth(0).locator("del")).to_contain_text(["Mary Shelley", "£7.99"])
    expect(changes.nth(1)).to_contain_text("You")
    expect(changes.nth(1).locator("ins").first).to_contain_text("Bentley")
    changes.nth(3).get_by_role("link", name="Put this version back").click()
    expect(ann.get_by_role("heading", name="Put version 1 of “Lodore” back?")).to_be_visible()
    assert httpx2.get(url, headers=editor).json()["version"] == now["version"]
    save(ann, "Put version 1 back")
    expect(main).to_contain_text("Version 1 of “Lodore” is put back.")
    expect(changes.nth(0)).to_contain_text("Version 1 put back")
    restored = httpx2.get(url, headers=editor).json()
    assert {name: restored[name] for name in FACTS} == {name: book[name] for name in FACTS}

    # What was archived is put back from its history.
    assert httpx2.delete(url, headers=editor).status_code == 204
    ann.reload()
    expect(changes.nth(0)).to_contain_text("Archived")
    expect(ann.get_by_role("link", name="Put this version back")).to_have_count(0)
    save(ann, "Put it back into the catalogue")
    expect(main).to_contain_text("The book is back in the catalogue.")
    assert httpx2.get(url, headers=editor).json()["archived_at"] is None
