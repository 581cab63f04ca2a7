"""An editor adds, edits and archives books; two editors do not lose each other's work."""

import re

import httpx2
import pytest
from pages import PASSWORD, book_url, sign_in
from playwright.sync_api import Page, expect
from system import System


@pytest.fixture
def editor_page(page: Page, editor) -> Page:
    del editor  # It makes the account.
    sign_in(page, "editor@example.org")
    return page


def add_book(page: Page, title: str) -> None:
    page.goto("/books/new")
    page.get_by_label("Title", exact=True).fill(title)
    page.get_by_label("Authors").fill("Mary Shelley")
    page.get_by_label("Price").fill("7.99")
    page.get_by_label("Description").fill("First paragraph.\n\nSecond paragraph.")
    page.get_by_label("Copies on the shelf").fill("4")
    page.get_by_role("button", name="Add the book").click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def test_add_edit_conflict_and_archive(editor_page: Page, system: System, editor, email):
    page, title = editor_page, f"Frankenstein {email}"
    add_book(page, title)
    expect(page.get_by_role("main")).to_contain_text("£7.99")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Price").fill("8.50")
    page.get_by_label("Publisher").fill("Lackington")

    # Meanwhile somebody else changes the price and the subtitle.
    url = f"{system.api}/books/{page.url.split('/')[-2]}"
    change = {"price": "6.00", "subtitle": "Or, The Modern Prometheus"}
    assert httpx2.patch(url, json=change, headers=editor).status_code == 200

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Somebody else was faster")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("£8.50")
    expect(page.get_by_role("main")).to_contain_text("£6.00")
    page.get_by_role("group", name=re.compile("^Price")).get_by_label("Yours").check()
    page.get_by_role("button", name="Save what I chose").click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    saved = httpx2.get(url, headers=editor).json()
    assert (saved["price"], saved["publisher"]) == ("8.50", "Lackington")
    assert saved["subtitle"] == "Or, The Modern Prometheus"

    page.get_by_role("link", name="Archive").click()
    page.get_by_role("button", name="Archive the book").click()
    expect(page.get_by_role("main")).to_contain_text("The book is archived.")
    assert httpx2.get(url, headers=editor).json()["archived_at"] is not None
    page.goto(f"/books?q={title}")
    expect(page.get_by_role("main")).to_contain_text("No books match")


def scan(page: Page, isbn: str) -> None:
    """Do what a scanner does: type the digits and Enter."""
    page.keyboard.type(isbn)
    page.keyboard.press("Enter")


def test_a_scanned_book_is_added_by_keyboard_alone(editor_page: Page, system: System, editor):
    # Keys are counted after the scan: what is typed of the book itself, and beyond that three Tabs and the saving.
    page, isbn = editor_page, "9780141182636"
    page.goto("/books/new")
    keys: list[str] = []

    def press(key: str) -> None:
        keys.append(key)
        page.keyboard.press(key)

    def write(text: str) -> None:
        for character in text:
            press(character)

    expect(page.locator("#isbn")).to_be_focused()
    # A wrong digit is told at the field, and scanned again over it.
    scan(page, isbn[:-1] + "0")
    expect(page.locator("#isbn")).to_be_focused()
    expect(page.get_by_role("main")).to_contain_text("whose last digit is right")
    scan(page, isbn)
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    expect(page.get_by_role("main")).to_contain_text("No book has this ISBN yet.")
    blank = page.locator("#drawn").inner_html()
    write("Tender Is the Night")
    press("Tab")
    write("F. Scott Fitzgerald")
    expect(page.locator("#drawn")).to_contain_text("Tender Is the NightF. Scott Fitzgerald")
    drawn = page.locator("#drawn svg").inner_html()
    assert drawn not in blank
    press("Tab")
    write("9.99")
    press("Tab")
    write("3")
    press("Control+Enter")
    expect(page.get_by_role("heading", name="Tender Is the Night", level=1)).to_be_visible()
    # What was drawn while it was typed is what the book has now.
    assert page.locator("main .cover svg").first.inner_html() == drawn
    book = httpx2.get(f"{system.api}/books/isbn/{isbn}", headers=editor).json()
    assert (book["title"], book["authors"], book["price"]) == ("Tender Is the Night", ["F. Scott Fitzgerald"], "9.99")
    assert book["on_hand"] == 3
    beyond = len(keys) - len("Tender Is the NightF. Scott Fitzgerald9.993")
    assert beyond == 4, keys

    # The same book again is offered to be edited instead.
    page.goto("/books/new")
    expect(page.locator("#isbn")).to_be_focused()
    scan(page, isbn)
    expect(page.get_by_role("link", name="Edit it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Edit “Tender Is the Night”")).to_be_visible()
    # Names that begin like what is typed are offered; the arrow keys choose.
    authors = page.get_by_label("Authors")
    authors.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nF. Sc")
    expect(page.get_by_role("option", name="F. Scott Fitzgerald")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(authors).to_have_value("F. Scott Fitzgerald\nF. Scott Fitzgerald")
    httpx2.delete(f"{system.api}/books/{book['id']}", headers=editor)


def test_without_scripts_a_scan_looks_the_isbn_up_and_goes_on_at_the_title(new_context, editor):
    del editor  # It makes the account.
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, "editor@example.org")
    page.goto("/books/new")
    expect(page.locator("#isbn")).to_be_focused()
    page.keyboard.type("0-19-953564-7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("No book has this ISBN yet.")
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.type("This Side of Paradise")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is one thing to put right")
    expect(page.locator("#drawn")).to_contain_text("This Side of Paradise")


def test_stock_changes_are_written_with_their_reason(editor_page: Page, email):
    page = editor_page
    add_book(page, f"The Last Man {email}")
    page.get_by_role("link", name="Stock", exact=True).click()
    page.get_by_label("How many").fill("-1")
    page.get_by_label("Reason").fill("Water damage")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("table")).to_contain_text("Water damage")
    expect(page.get_by_role("table")).to_contain_text("First stock")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.usefixtures("editor")
def test_a_sign_in_that_ends_in_the_middle_of_a_form_loses_nothing(new_context, system: System, scripts):
    context = new_context(java_script_enabled=scripts)
    page = context.new_page()
    sign_in(page, "editor@example.org")
    page.goto("/books/new")
    page.get_by_label("Title", exact=True).fill("Valperga")
    page.get_by_label("Price").fill("11.00")
    page.get_by_label("Description").fill("A long evening’s work.")
    cookies = context.cookies()
    tokens = [c["value"] for c in cookies if c["value"].count(".") == 2]
    for token in tokens:
        httpx2.post(f"{system.api}/auth/logout/", headers={"Authorization": f"Bearer {token}"})
    context.clear_cookies()
    page.get_by_role("button", name="Add the book").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.get_by_label("Email address").fill("editor@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Description")).to_have_value("A long evening’s work.")
    expect(page.get_by_label("Price")).to_have_value("11.00")
    page.get_by_role("button", name="Add the book").click()
    expect(page.get_by_role("heading", name="Valperga", level=1)).to_be_visible()


def test_what_people_type_is_shown_as_text_wherever_it_appears(editor_page: Page, system: System, editor):
    attack = '<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} <b hx-get="/sign-out">'
    fields = dict.fromkeys(("title", "subtitle", "publisher", "description"), attack)
    book = httpx2.post(
        f"{system.api}/books/",
        json=fields | {"authors": [attack], "subjects": [attack[:100]], "price": 1, "stock": 1},
        headers=editor,
    ).json()
    page = editor_page
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for path in (book_url(book), f"{book_url(book)}/edit", f"{book_url(book)}/archive", "/books?q=onerror"):
        page.goto(path)
        expect(page.get_by_role("main")).to_contain_text("<script>alert(1)</script>")
        assert page.locator("main img, main b, main script").count() == 0
    assert dialogs == []
    httpx2.delete(f"{system.api}/books/{book['id']}", headers=editor)
