"""An editor brings books in from a file: sees what it would do, applies it, finds the books, takes it back."""

import csv
import io
import re

import httpx2
import pytest
from faults import wait_until
from pages import PASSWORD, book_url, search, sign_in
from playwright.sync_api import Locator, Page, expect
from system import System

OWNER = "owner@example.org"


@pytest.fixture
def owner(system: System) -> dict[str, str]:
    """Give the headers of somebody who may edit books."""
    return system.sign_in(OWNER, PASSWORD)


def file_of(rows: list[dict[str, str]], name: str = "autumn.csv") -> dict[str, object]:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return {"name": name, "mimeType": "text/csv", "buffer": text.getvalue().encode()}


def send(page: Page, file: dict[str, object]) -> None:
    page.goto("/staff/imports")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Rows by").get_by_role("link", name=re.compile(f"^{name}"))


def find(page: Page, title: str) -> None:
    """Search until the book shows."""
    card = page.get_by_role("main").get_by_role("link", name=title)
    search(page, title)
    page.wait_for_url(re.compile(r"/books\?"))

    def is_found() -> bool:
        page.reload()
        return card.count() > 0

    wait_until(is_found)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_file_is_checked_applied_found_and_undone(new_context, system, owner, email, scripts):
    known = {"title": f"Shirley {email}", "authors": ["Charlotte Brontë"], "price": "7.99"}
    known = httpx2.post(f"{system.api}/books/", json=known, headers=owner).raise_for_status().json()
    new = f"Agnes Grey {email}"
    rows = [
        {"id": known["id"], "title": known["title"], "authors": "Charlotte Brontë", "price": "8.49"},
        {"id": "", "title": new, "authors": "Anne Brontë", "price": "6.99"},
        {"id": "", "title": new, "authors": "Anne Brontë", "price": "6.99"},
        {"id": "", "title": "", "authors": "Nobody", "price": "1.00"},
        {"id": "", "title": f"Too dear {email}", "authors": "", "price": "many pounds"},
    ]
    page = new_context(java_script_enabled=scripts).new_page()
    sign_in(page, OWNER)
    send(page, file_of(rows))
    main = page.get_by_role("main")

    # The dry run says it all, and has changed nothing.
    expect(main.get_by_role("heading", name="This is what the file would do")).to_be_visible()
    expect(main).to_contain_text("1 book is new and will be added.")
    expect(main).to_contain_text("1 book will change")
    expect(main).to_contain_text("3 rows are bad and left out.")
    tab(page, "Changed").click()
    expect(main.get_by_role("row", name=known["title"])).to_contain_text("7.99")
    expect(main.get_by_role("row", name=known["title"])).to_contain_text("8.49")
    tab(page, "Bad").click()
    expect(main.get_by_role("row", name="Too dear")).to_contain_text("Price")
    now = httpx2.get(f"{system.api}/books/{known['id']}", headers=owner).json()
    assert now["price"] == "7.99"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the 3 rows to mend").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(text)))) == 3
    assert "problem" in text.splitlines()[0]

    page.get_by_role("button", name="Apply 2 changes").click()
    expect(main.get_by_role("heading", name="2 books were added or changed")).to_be_visible()
    address = page.url
    find(page, new)
    page.goto(book_url(known))
    expect(main).to_contain_text("£8.49")

    # Somebody edits the new book's neighbour before it is all taken back.
    edited = httpx2.patch(f"{system.api}/books/{known['id']}", json={"subtitle": "A Tale"}, headers=owner)
    edited.raise_for_status()
    page.goto(address)
    page.get_by_role("link", name="Undo this import").click()
    page.get_by_role("button", name="Undo the import").click()
    expect(main.get_by_role("heading", name="1 book was put back")).to_be_visible()
    expect(main).to_contain_text("1 book was kept")
    expect(main.get_by_role("row", name=known["title"])).to_be_visible()
    now = httpx2.get(f"{system.api}/books/{known['id']}", headers=owner).json()
    assert (now["price"], now["subtitle"]) == ("8.49", "A Tale")

    def titles() -> list[str]:
        found = httpx2.get(f"{system.api}/books/", params={"q": new}, headers=owner).json()
        return [book["title"] for book in found["items"]]

    wait_until(lambda: new not in titles())


def test_a_file_of_others_is_read_once_its_columns_are_known(page: Page, email):
    sign_in(page, OWNER)
    rows = [{"Werk": f"Effi Briest {email}", "Verfasst von": "Theodor Fontane", "Kostet": "9,99"}]
    send(page, file_of(rows, "lieferung.csv"))
    main = page.get_by_role("main")
    expect(main).to_contain_text("Which column is which?")
    page.get_by_label("Werk").select_option("Title")
    page.get_by_label("Verfasst von").select_option("Authors")
    page.get_by_label("Kostet").select_option("Price")
    page.get_by_role("button", name="Check the rows").click()
    expect(main).to_contain_text("1 book is new and will be added.")
    expect(main).to_contain_text("Theodor Fontane")
    page.get_by_role("button", name="Discard").click()
    expect(main).to_contain_text("It changed nothing.")


def test_what_is_exported_imports_again_without_a_change(page: Page, system, owner, email):
    for title in ("Villette", "The Professor"):
        book = {"title": f"{title} {email}", "authors": ["Charlotte Brontë"], "price": "7.99", "subjects": ["Gothic"]}
        httpx2.post(f"{system.api}/books/", json=book, headers=owner).raise_for_status()
    sign_in(page, OWNER)
    page.goto(f"/staff/export?q={email}")
    main = page.get_by_role("main")
    expect(main).to_contain_text("2 books found by this search")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    content = download.value.path().read_bytes()
    send(page, {"name": download.value.suggested_filename, "mimeType": "text/csv", "buffer": content})
    expect(main.get_by_role("heading", name="There is nothing to apply")).to_be_visible()
    expect(main).to_contain_text("2 rows are as the catalogue has it already.")
