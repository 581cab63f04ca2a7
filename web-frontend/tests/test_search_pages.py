"""One box that finds any book: what was understood, suggestions, filters with counts, and input that makes no sense."""

import re

import httpx2
import pytest
from browser import PARTIAL
from words import links, said

from web_frontend.highlighting import highlighted


def query(**values: str) -> str:
    return str(httpx2.QueryParams(values))


# What was understood


async def test_a_correction_is_said_and_can_be_refused(reader):
    page = await reader.get("/books?q=prejudise&in_stock=true")
    assert "Results for “prejudice”" in said(page)
    assert "Showing books for prejudice. No book has “prejudise”." in said(page)
    exact = "/books?q=prejudise&correct=false&in_stock=true"
    assert exact in links(page)
    page = await reader.get(exact)
    assert "No books match “prejudise”" in said(page)
    assert "/books?q=prejudise&in_stock=true" in links(page)


async def test_a_search_for_exactly_this_stays_so_on_all_its_pages_and_filters(reader, gateway):
    for number in range(700, 730):
        gateway.add_book(number, title=f"Dickans {number}", subjects=["Spelling"])
    page = await reader.get("/books?q=dickans&correct=false")
    assert '<input type="hidden" name="correct" value="false">' in page.text
    following = next(address for address in links(page) if "cursor=" in address)
    assert "Dickans 729" in said(await reader.get(following))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("978-0-100-00000-0", "We read 978-0-100-00000-0 as an ISBN."),
        ("0003", "We looked for 0003 as a word, and as the end of an ISBN."),
    ],
)
async def test_an_isbn_and_its_last_digits_are_told_from_words(reader, words, sentence):
    assert sentence in said(await reader.get(f"/books?{query(q=words)}"))


async def test_who_edits_books_can_add_an_isbn_that_is_not_there(shop):
    await shop.sign_in("editor@example.com")
    page = await shop.get("/books?q=978-0-14-144003-3")
    assert "have no such book" in said(page)
    assert "/books/new?isbn=9780141440033" in links(page)
    form = await shop.get("/books/new?isbn=978-0-14-144003-3")
    assert 'value="978-0-14-144003-3"' in form.text
    assert "/books/new" in links(await shop.get("/books?q=zyx"))


async def test_nothing_found_offers_readers_what_can_help(reader):
    page = await reader.get("/books?q=zyx&language=eng")
    assert {"/books?q=zyx", "/books", "/subjects", "/authors", "/publishers", "/new"} <= set(links(page))
    assert "Add this book" not in said(page)


# Suggestions


async def test_suggestions_are_grouped_and_each_is_an_option_of_one_list(reader, gateway):
    gateway.calls.clear()
    part = await reader.http.get("/suggestions?q=fiction", headers=PARTIAL)
    assert gateway.calls == [("GET", "/books/suggest")]
    options = re.findall(r'<a role="option" aria-selected="false" tabindex="-1"[^>]* href="([^"]+)"', part.text)
    assert len(options) == part.text.count("<a ")
    assert "/subjects/Fiction" in options
    assert options[-1] == "/books?q=fiction"
    by_author = await reader.http.get("/suggestions?q=austen", headers=PARTIAL)
    assert 'href="/authors/Jane%20Austen"' in by_author.text
    assert (
        'href="/publishers/Penguin%20Classics"'
        in (await reader.http.get("/suggestions?q=penguin", headers=PARTIAL)).text
    )


async def test_suggestions_for_a_corrected_spelling_say_so(reader):
    part = await reader.http.get("/suggestions?q=prejudise", headers=PARTIAL)
    assert "Nothing is called “prejudise”. This is for prejudice:" in said(part)
    assert "<mark>Prejudice</mark>" in part.text


async def test_an_empty_box_asks_for_nothing(reader, gateway):
    gateway.calls.clear()
    for words in ("", "%20%20", "%00"):
        part = await reader.http.get(f"/suggestions?q={words}", headers=PARTIAL)
        assert part.status_code == 200
        assert "option" not in part.text
    assert gateway.calls == []


async def test_suggestions_that_cannot_be_had_disturb_nobody(reader, gateway):
    gateway.down.add("books")
    answer = await reader.http.get("/suggestions?q=a", headers=PARTIAL)
    assert (answer.status_code, answer.text) == (204, "")


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("Émile Zola", "zola emile", "<mark>Émile</mark> <mark>Zola</mark>"),
        ("Rain in Spain", "in", "Rain <mark>in</mark> Spain"),
        ("Die große Straße", "STRASSE gr", "Die <mark>gr</mark>oße <mark>Straße</mark>"),
        ("a <b> c", "b", "a &lt;<mark>b</mark>&gt; c"),
        ("Anything", "!?(*", "Anything"),
    ],
)
def test_what_was_typed_is_marked_at_the_start_of_words_whatever_case_and_accents(text, words, marked):
    assert highlighted(text, words) == marked


# Filters


async def test_all_filters_show_how_many_books_each_would_give(reader):
    page = await reader.get("/books?author=Jane+Austen")
    boxes = dict(
        re.findall(r'value="([^"]+)"[^>]*><bdi class="check__words">[^<]+</bdi><span class="n">(\d+)', page.text)
    )
    assert boxes["Romance"] == "2"
    # The other authors are counted as if none were chosen: so many would be added.
    assert boxes["Charles Dickens"] == "2"
    assert 'name="publisher" value="Penguin Classics"' in page.text
    assert re.search(r'name="author" value="Jane Austen" checked', page.text)


async def test_a_choice_keeps_its_id_wherever_it_stands_so_that_the_focus_finds_it_again(reader):
    ids = set()
    for address in ("/books", "/books?subject=Gothic", "/books?q=dracula"):
        page = await reader.get(address)
        ids |= set(re.findall(r'id="(subject-\w+)" name="subject" value="Gothic"', page.text))
    assert len(ids) == 1


async def test_a_price_band_is_a_link_that_goes_on_and_off_and_ends_before_the_next(reader):
    page = await reader.get("/books?subject=Fiction")
    band = "/books?subject=Fiction&price_min=5.00&price_max=9.99"
    assert band in links(page)
    chosen = await reader.get(band)
    assert re.search(r'class="band" href="/books\?subject=Fiction" aria-current="true"', chosen.text)
    assert "£10 to £20" in said(chosen)


async def test_what_is_on_can_be_taken_off_even_where_no_book_has_it(reader):
    page = await reader.get("/books?subject=Alchemy&publisher=Nobody&language=tlh")
    assert "No book fits all these filters" in said(page)
    for address in (
        "/books?publisher=Nobody&language=tlh",
        "/books?subject=Alchemy&language=tlh",
        "/books?subject=Alchemy&publisher=Nobody",
    ):
        assert address in links(page)
    for name in ("subject", "publisher", "language"):
        assert re.search(rf'name="{name}" value="\w+" checked', page.text)


async def test_order_and_filters_are_one_form_and_the_usual_order_needs_no_place_in_the_address(reader):
    page = await reader.get("/books?q=a&sort=title&subject=Fiction")
    assert re.search(r'<select[^>]* id="sort" name="sort" form="filters"', page.text)
    sent = "/books?q=a&subject=Fiction&sort=relevance&price_min=&price_max="
    part = await reader.http.get(sent, headers=PARTIAL)
    assert part.headers["hx-push-url"] == "/books?q=a&subject=Fiction"
    # Where nothing was found there is no choice of order, and it is kept all the same.
    page = await reader.get("/books?q=zyx&subject=Fiction&sort=title")
    assert '<input type="hidden" name="sort" value="title">' in page.text
    # Where nothing was chosen either, there is nothing to filter.
    assert 'id="filters"' not in (await reader.get("/books?q=zyx")).text


async def test_books_can_be_sorted_by_what_is_most_sold(reader, gateway):
    page = await reader.get("/books?sort=popularity")
    assert '<option value="popularity" selected>Most sold' in page.text
    assert gateway.seen[-1].url.path in {"/books", "/cart"}
    assert any("sort=popularity" in str(request.url) for request in gateway.seen)


@pytest.mark.parametrize(
    ("total", "words"),
    [(1001, "More than 1,000 books"), (12_345, "About 12,000 books"), (987_654, "About 990,000 books")],
)
async def test_what_was_not_counted_to_the_end_is_said_to_be_so(reader, gateway, total, words):
    gateway.search.total = total
    page = await reader.get("/books?subject=Fiction")
    assert words in said(page)
    assert "counted among the 1,000 most popular" in said(page)


async def test_a_filtered_page_costs_one_call_besides_the_cart(reader, gateway):
    gateway.calls.clear()
    await reader.get("/books?q=a&subject=Fiction&sort=price")
    assert sorted(gateway.calls) == [("GET", "/books"), ("GET", "/cart")]
    gateway.calls.clear()
    await reader.http.get("/books?q=a&subject=Fiction&sort=price", headers=PARTIAL)
    assert gateway.calls == [("GET", "/books")]


# Input that makes no sense

ODD_WORDS = {
    "punctuation": "!?…--''",
    "right to left": "התופת שלום",
    "emoji": "😀👩‍👩‍👧‍👦",
    "SQL": "'; DROP TABLE books; --",
    "an operator": "NOT (a | b) & !c:*",
    "control characters": "a\x00b\x1b[31m\r\nSet-Cookie: x",
    "a stack of accents": "z" + "\u0301" * 5000,
    "ten thousand characters": "wordy " * 1700,
    "a template": "{{ 7*7 }}{% x %}",
    "markup": "</title><script>alert(1)</script>",
}


@pytest.mark.parametrize("words", ODD_WORDS.values(), ids=ODD_WORDS.keys())
async def test_odd_words_get_a_page_that_says_what_was_not_found(reader, words):
    page = await reader.get(f"/books?{query(q=words)}")
    assert page.status_code == 200
    assert "No books match “" in said(page) or "There is no word in “" in said(page)
    assert "<script>alert" not in page.text
    assert "49" not in page.text.partition("<h1")[2].partition("</h1>")[0]
    part = await reader.http.get(f"/suggestions?{query(q=words)}", headers=PARTIAL)
    assert part.status_code == 200
    assert "<script>alert" not in part.text


async def test_words_that_are_too_many_are_cut_and_the_page_says_so(reader, gateway):
    page = await reader.get(f"/books?{query(q='dracula ' * 1250)}")
    assert "we searched for its first 300 characters" in said(page)
    sent = [request.query_params["q"] for request in gateway.seen if "q" in request.query_params]
    assert len(sent[-1]) <= 300


@pytest.mark.parametrize("cursor", ["tampered", "7ad.24", "x" * 5000, "%00", "-1", "😀"])
async def test_a_cursor_of_another_search_or_a_tampered_one_leads_to_the_first_page(reader, cursor):
    answer = await reader.get(f"/books?q=a&sort=title&cursor={cursor}")
    page = await reader.follow(answer) if answer.status_code == 303 else answer
    assert str(page.url).endswith("/books?q=a&sort=title") or cursor == "%00"
    assert "Results for “a”" in said(page)


async def test_unknown_filters_are_left_out_and_the_page_says_so(reader):
    page = await reader.get("/books?format=scroll&language=Klingon&sort=upside-down&shelf=7&in_stock=perhaps")
    assert page.status_code == 200
    assert "Some filters in the address cannot be: we left them out." in said(page)
    assert "Remove filter" not in said(page)


async def test_sixty_subjects_are_sixty_filters_and_more_are_left_out(reader, gateway):
    subjects = [f"Subject {number}" for number in range(70)]
    gateway.add_book(800, title="Of everything", subjects=subjects[:60])
    page = await reader.get(f"/books?{httpx2.QueryParams([('subject', name) for name in subjects])}")
    assert "1 book" in said(page)
    assert "Subject 59" in said(page)
    assert "Subject 60" not in said(page)
    assert "we left them out" in said(page)
    book = await reader.get(f"/books/{gateway.book_id('Of everything')}")
    assert links(book).count("/subjects/Subject%2059") == 1


async def test_more_than_an_address_can_carry_is_said_to_be_so(reader, gateway):
    async def refuse(request):
        if len(str(request.url)) > 8000:
            raise gateway.problem(414, "target_too_long")

    gateway.before_answer = refuse
    page = await reader.get(
        f"/books?{httpx2.QueryParams([('subject', f'{number}' + 'é' * 90) for number in range(60)])}"
    )
    assert page.status_code == 200
    assert "That is more than we can look for at once." in said(page)
    assert "Remove filter: 0ééé" in said(page)


@pytest.mark.parametrize("price", ["9999999", "1e9", "-1", "٣", "NaN", "0x10"])
async def test_prices_that_cannot_be_are_asked_for_again(reader, price):
    page = await reader.get(f"/books?{query(price_min=price)}")
    assert "Enter prices like 5 or 9.99" in said(page)
    assert "Remove filter" not in said(page)
