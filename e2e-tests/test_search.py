"""Finding books in the browser: suggestions by keyboard, filters, corrections, shelves, with scripts and without."""

import re
import time

import httpx2
import pytest
from faults import wait_until
from pages import search, sign_in, sign_up, suggestions_for
from playwright.sync_api import Page, expect
from system import System

# A publisher that only these books have, so that no other test's books are among what is found.
PUBLISHER = "Wragby Press"
BOOKS = (
    {
        "title": "Middlemarch Illustrated",
        "authors": ["Georgiana Elmsworth"],
        "subjects": ["Victorian towns"],
        "price": "7.99",
    },
    {
        "title": "The Mill by the Weir",
        "authors": ["Georgiana Elmsworth"],
        "subjects": ["Victorian rivers"],
        "price": "12.50",
    },
    {
        "title": "Wives and Daughters",
        "authors": ["Elizabeth Gaskell"],
        "subjects": ["Victorian towns"],
        "price": "9.50",
    },
    {"title": "A Slash of Names", "authors": ["Half/Whole"], "subjects": ["Victorian towns"], "price": "31.00"},
)


@pytest.fixture(scope="module", autouse=True)
def shelf(system: System, editor: dict[str, str]) -> None:
    """Put the books on the shelf, and wait until they are found."""
    for number, facts in enumerate(BOOKS):
        stock = 0 if facts["title"].startswith("Wives") else 4
        new = facts | {"publisher": PUBLISHER, "language": "eng", "format": "hardback", "stock": stock}
        if number == 0:
            new["isbn13"] = "9781234567897"
        httpx2.post(f"{system.api}/books/", json=new, headers=editor).raise_for_status()

    def ask(path: str, words: str) -> dict:
        return httpx2.get(f"{system.api}{path}", params={"q": words}, headers=editor).raise_for_status().json()

    # Words and names are counted in the background; before that no mistake is forgiven and no name suggested.
    wait_until(lambda: len(ask("/books/", PUBLISHER)["items"]) == len(BOOKS))
    wait_until(lambda: ask("/books/", "middlemrach illustrated")["items"])
    wait_until(lambda: ask("/books/suggest", "georgiana elm")["authors"])


@pytest.fixture
def reader(page: Page, email: str) -> Page:
    sign_up(page, email)
    return page


@pytest.fixture(params=["with scripts", "without scripts"])
def anybody(request, new_context, page, email) -> Page:
    """Give the page of a reader, with scripts and without."""
    chosen = page if request.param == "with scripts" else new_context(java_script_enabled=False).new_page()
    sign_up(chosen, email)
    chosen.goto("/")
    return chosen


def is_whole(page: Page) -> None:
    """Check that a page is shown, not a bare fragment of one."""
    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_suggestions_are_moved_through_and_opened_by_keyboard(reader: Page):
    page, keys = reader, reader.keyboard
    page.goto("/books")
    box = page.get_by_role("combobox", name="Search by title")
    listbox = page.get_by_role("listbox", name="Suggestions")
    with suggestions_for(page, "georgiana elm"):
        box.press_sequentially("georgiana elm")
    expect(listbox.get_by_role("option", name="Middlemarch Illustrated")).to_be_visible()
    expect(
        listbox.get_by_role("group", name="Authors").get_by_role("option", name="Georgiana Elmsworth")
    ).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    # Down to the first, up past it to the box, up again to the last.
    keys.press("ArrowDown")
    expect(listbox.get_by_role("option", selected=True)).to_have_count(1)
    expect(box).to_have_attribute("aria-activedescendant", "suggest-book-1")
    keys.press("ArrowUp")
    expect(listbox.get_by_role("option", selected=True)).to_have_count(0)
    keys.press("ArrowUp")
    expect(box).to_have_attribute("aria-activedescendant", "suggest-all")
    expect(box).to_be_focused()
    keys.press("Escape")
    expect(listbox).to_be_hidden()
    expect(box).to_have_value("georgiana elm")
    expect(box).to_have_attribute("aria-expanded", "false")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    author = listbox.get_by_role("group", name="Authors").get_by_role("option", name="Georgiana Elmsworth")
    for _ in range(8):
        if author.get_attribute("aria-selected") == "true":
            break
        keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Georgiana Elmsworth", level=1)).to_be_visible()
    assert page.url.endswith("/authors/Georgiana%20Elmsworth")
    page.go_back()
    is_whole(page)
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_enter_without_a_choice_searches_and_an_empty_box_asks_nothing(reader: Page):
    page, asked = reader, []
    page.on("request", lambda request: asked.append(request.url) if "/suggestions" in request.url else None)
    page.goto("/books")
    box = page.get_by_label("Search by title")
    box.press_sequentially("mill by")
    expect(page.get_by_role("listbox")).to_be_visible()
    box.fill("")
    expect(page.get_by_role("listbox")).to_have_count(0)
    box.press_sequentially("   ")
    time.sleep(0.5)  # Longer than the pause after which a request would be sent.
    assert not [url for url in asked if re.search(r"q=(\+|%20)*$", url)]
    box.fill("mill weir")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Results for “mill weir”")).to_be_visible()
    assert page.url.endswith("/books?q=mill+weir")
    expect(page.get_by_role("main").get_by_role("link", name="The Mill by the Weir")).to_be_visible()


def test_a_misspelt_title_is_found_and_the_page_says_what_it_searched_for(anybody: Page):
    page = anybody
    search(page, "middlemrach illustrated")
    main = page.get_by_role("main")
    expect(main).to_contain_text("Showing books for middlemarch illustrated.")
    expect(main).to_contain_text("No book has “middlemrach illustrated”.")
    expect(main.get_by_role("link", name="Middlemarch Illustrated")).to_be_visible()
    main.get_by_role("link", name="Search only for middlemrach illustrated").click()
    expect(main).to_contain_text("No books match “middlemrach illustrated”")
    assert "correct=false" in page.url


def test_an_isbn_is_found_however_it_is_typed(anybody: Page):
    for typed in ("978-1-234-56789-7", "123456789X", "9781234567897", "67897"):
        search(anybody, typed)
        expect(anybody.get_by_role("main").get_by_role("link", name="Middlemarch Illustrated")).to_be_visible()


def test_filters_update_books_and_counts_together_and_keep_the_focus(reader: Page):
    page = reader
    page.goto(f"/books?q={PUBLISHER.replace(' ', '+')}")
    main = page.get_by_role("main")
    results = page.get_by_role("region", name=f"Results for “{PUBLISHER}”")
    towns = main.get_by_label("Victorian towns")
    towns.focus()
    page.keyboard.press("Space")
    expect(results).to_contain_text("3 books")
    expect(main.get_by_role("link", name="The Mill by the Weir")).to_have_count(0)
    expect(main.get_by_label("Victorian towns")).to_be_focused()
    expect(main.get_by_label("In stock only").locator("xpath=..")).to_contain_text("2")
    expect(page).to_have_url(re.compile(r"&subject=Victorian\+towns$"))
    main.get_by_label("In stock only").check()
    expect(results).to_contain_text("2 books")
    expect(main.get_by_label("In stock only")).to_be_focused()
    main.get_by_label("Sort by").focus()
    main.get_by_label("Sort by").select_option("-price")
    expect(page).to_have_url(re.compile(r"&in_stock=true&sort=-price$"))
    expect(main.get_by_role("heading", level=3)).to_have_text(["A Slash of Names", "Middlemarch Illustrated"])
    expect(main.get_by_label("Sort by")).to_be_focused()

    # Back and forward through all of it, and never a bare fragment.
    page.go_back()
    expect(page).to_have_url(re.compile(r"&subject=Victorian\+towns&in_stock=true$"))
    expect(main.get_by_label("In stock only")).to_be_checked()
    page.go_back()
    expect(results).to_contain_text("3 books")
    expect(main.get_by_label("In stock only")).not_to_be_checked()
    is_whole(page)
    page.go_back()
    expect(results).to_contain_text("4 books")
    is_whole(page)
    page.go_forward()
    expect(results).to_contain_text("3 books")
    expect(main.get_by_label("Victorian towns")).to_be_checked()
    is_whole(page)
    page.reload()
    expect(results).to_contain_text("3 books")

    main.get_by_role("link", name="Remove filter: Victorian towns").click()
    expect(results).to_contain_text("4 books")
    page.go_back()
    expect(results).to_contain_text("3 books")
    is_whole(page)
    expect(main.get_by_label("Victorian towns")).to_be_checked()


def test_all_values_of_a_filter_are_one_link_away_and_stay_while_one_chooses(anybody: Page, system: System, editor):
    page, authors = anybody, [f"Weaver Number{letter}" for letter in "ABCDEFGHI"]
    new = {"title": "Polyhymnia at the Loom", "authors": authors, "price": "5.00", "stock": 1}
    httpx2.post(f"{system.api}/books/", json=new, headers=editor).raise_for_status()
    # Names are counted in the background; before that there is no filter of them.
    query = {"params": {"q": "Polyhymnia", "facets": "true"}, "headers": editor}
    wait_until(lambda: httpx2.get(f"{system.api}/books/", **query).raise_for_status().json()["facets"]["authors"])
    page.goto("/books?q=Polyhymnia")
    main = page.get_by_role("main")
    expect(main.get_by_label(re.compile("^Weaver"))).to_have_count(6)
    main.get_by_role("link", name="More under Author").click()
    expect(main.get_by_label(re.compile("^Weaver"))).to_have_count(9)
    expect(page).to_have_url(re.compile(r"\?q=Polyhymnia&all=author(#facet-author)?$"))
    main.get_by_label(authors[-1]).check()
    if main.get_by_role("button", name="Sort").count():  # without scripts
        main.get_by_role("button", name="Apply filters").click()
    expect(main.get_by_role("link", name=f"Remove filter: {authors[-1]}")).to_be_visible()
    expect(main.get_by_label(re.compile("^Weaver"))).to_have_count(9)
    main.get_by_role("link", name="Fewer under Author").click()
    expect(main.get_by_label(re.compile("^Weaver"))).to_have_count(7)
    is_whole(page)
    # On a long page, too, what was asked for is what one sees.
    page.goto("/books")
    main.get_by_role("link", name="More under Author").click()
    expect(main.get_by_role("link", name="Fewer under Author")).to_be_in_viewport()


def test_filters_work_without_scripts(new_context, email):
    page = new_context(java_script_enabled=False).new_page()
    sign_up(page, email)
    page.goto("/")
    search(page, PUBLISHER)
    main = page.get_by_role("main")
    results = page.get_by_role("region", name=f"Results for “{PUBLISHER}”")
    expect(results).to_contain_text("4 books")
    main.get_by_label("Georgiana Elmsworth").check()
    main.get_by_role("button", name="Apply filters").click()
    expect(results).to_contain_text("2 books")
    expect(main.get_by_label("Georgiana Elmsworth")).to_be_checked()
    main.get_by_role("link", name=re.compile("^£5 to £10")).click()
    expect(results).to_contain_text("1 book")
    main.get_by_role("link", name="Clear all").click()
    expect(results).to_contain_text("4 books")
    main.get_by_label("Sort by").select_option("price")
    main.get_by_role("button", name="Sort").click()
    expect(main.get_by_role("heading", level=3).first).to_have_text("Middlemarch Illustrated")


def test_a_book_leads_along_the_shelves(anybody: Page):
    page = anybody
    search(page, "slash of names")
    main = page.get_by_role("main")
    main.get_by_role("link", name="A Slash of Names").click()
    expect(main.get_by_role("heading", name="From the same shelf")).to_be_visible()
    main.get_by_role("link", name="Half/Whole").first.click()
    expect(page.get_by_role("heading", name="Half/Whole", level=1)).to_be_visible()
    expect(main).to_contain_text("1 book")
    main.get_by_role("link", name=PUBLISHER).click()
    expect(page.get_by_role("heading", name=PUBLISHER, level=1)).to_be_visible()
    expect(main).to_contain_text("4 books")
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Publishers").click()
    main.get_by_label("Begins with").fill("wrag")
    if page.evaluate("typeof htmx === 'undefined'"):
        main.get_by_role("button", name="Show").click()
    expect(main.get_by_role("link", name=PUBLISHER)).to_be_visible()
    expect(main).to_contain_text("1 publisher beginning with “wrag”")
    answer = page.goto("/authors/Nobody%20Atall")
    assert answer is not None
    assert answer.status == 404
    expect(main).to_contain_text("We have no books by “Nobody Atall”")


def test_staff_sees_what_was_searched_for_in_vain_and_adds_it(page: Page, system: System, editor):
    words = "978-0-306-40615-7"
    for _ in range(2):
        httpx2.get(f"{system.api}/books/", params={"q": words}, headers=editor).raise_for_status()
    sign_in(page, "editor@example.org")

    def is_listed() -> bool:
        page.goto("/staff/searches")
        return "306" in page.get_by_role("main").inner_text()

    wait_until(is_listed)
    row = page.get_by_role("listitem").filter(has_text=re.compile("306-?40615"))
    expect(row).to_contain_text(re.compile(r"Once|Twice|\d times"))
    row.get_by_role("link", name="Add this book").click()
    expect(page.get_by_role("main").get_by_label("ISBN")).to_have_value(re.compile("306-?40615"))
    page.go_back()
    row.get_by_role("button", name="Dealt with").click()
    expect(page.get_by_role("main")).to_contain_text("is dealt with")
    expect(row).to_have_count(0)
