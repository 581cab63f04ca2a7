"""Staff sees what people searched for in vain, and deals with it."""

import pytest
from browser import form_of
from words import links, said

PATH = "/staff/searches"


@pytest.fixture
def searches(gateway):
    gateway.search.in_vain("murakmi", 3)
    gateway.search.in_vain("978-0-14-144003-3", 12)
    gateway.search.in_vain("9780141440034", 2)
    return gateway.search


@pytest.mark.usefixtures("searches")
async def test_searches_without_a_result_stand_most_frequent_first(editor):
    page = await editor.get(PATH)
    words = said(page)
    assert words.index("978-0-14-144003-3") < words.index("murakmi")
    assert "12 times, last on 8 Mar" in words
    assert "first on 1 Mar" in words
    assert "/books?q=murakmi" in links(page)


@pytest.mark.usefixtures("searches")
async def test_a_real_isbn_can_be_added_at_once(editor):
    page = await editor.get(PATH)
    assert "/books/new?isbn=9780141440033" in links(page)
    # Its check digit is wrong, so no book can have it.
    assert "/books/new?isbn=9780141440034" not in links(page)
    assert sum("/books/new" in address for address in links(page)) == 1


async def test_what_was_dealt_with_leaves_the_list(editor, searches):
    page = await editor.get(PATH)
    assert form_of(page, PATH).value("q") == "978-0-14-144003-3"
    page = await editor.follow(await editor.submit(page, PATH, {"q": "murakmi"}))
    assert "“murakmi” is dealt with" in said(page)
    assert "murakmi" not in searches.fruitless
    assert "/books?q=murakmi" not in links(page)
    # Somebody else was faster.
    again = await editor.submit(page, PATH, {"q": "murakmi"})
    assert again.status_code == 303


async def test_odd_words_are_shown_and_dealt_with_as_they_are(editor, gateway):
    for words in ("<script>alert(1)</script>", "ספר & 'x'", "a+b=c&q=d", "x" * 300):
        gateway.search.in_vain(words)
        page = await editor.get(PATH)
        assert words in said(page) or "alert" in words
        assert "<script>alert" not in page.text
        await editor.submit(page, PATH, {"q": words})
        assert gateway.search.fruitless == {}
    assert "Everybody found something" in said(await editor.get(PATH))


async def test_a_stale_place_on_the_list_leads_to_its_beginning(editor):
    assert (await editor.get(f"{PATH}?cursor=x")).headers["location"] == PATH


async def test_only_who_edits_books_sees_them(reader, gateway):
    page = await reader.get(PATH)
    assert page.status_code == 403
    assert "/staff/searches" not in (await reader.get("/books")).text
    assert gateway.calls_to("GET", "/books/searches-without-result") == 0


async def test_the_menu_leads_there(editor):
    assert 'href="/staff/searches"' in (await editor.get("/books")).text
