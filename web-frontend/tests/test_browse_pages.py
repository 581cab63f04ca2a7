"""Walking along the shelves: authors, subjects, publishers, new arrivals, and the shelf around a book."""

import re

import pytest
from browser import PARTIAL
from words import links, said


async def test_an_author_has_a_page_with_their_books_and_where_to_look_on(reader, gateway):
    gateway.calls.clear()
    page = await reader.get("/authors/Jane%20Austen")
    assert sorted(gateway.calls) == [("GET", "/books"), ("GET", "/cart")]
    assert "2 books" in said(page)
    assert "Mansfield Park" in said(page)
    assert "Great Expectations" not in said(page)
    assert {"/subjects/Romance", "/publishers/Penguin%20Classics", "/authors"} <= set(links(page))
    assert "/books?author=Jane+Austen" in links(page)
    # The other authors of all books are no company of this one.
    assert "/authors/Charles%20Dickens" not in links(page)


@pytest.mark.parametrize("path", ["/subjects/Romance", "/publishers/Penguin%20Classics", "/authors/Jane%20Austen"])
async def test_a_shelf_is_sorted_as_the_address_says_and_names_its_own_address(public_shop, path):
    page = await public_shop.get(f"{path}?sort=price")
    assert '<option value="price" selected>' in page.text
    assert f'<link rel="canonical" href="http://localhost:8080{path}">' in page.text
    part = await public_shop.http.get(f"{path}?sort=popularity", headers=PARTIAL)
    assert "<html" not in part.text
    assert part.headers["hx-push-url"] == path
    assert "HX-Request-Type" in part.headers["vary"]


async def test_a_private_shop_names_no_canonical_address_and_shows_strangers_no_shelf(shop, reader):
    assert "canonical" not in (await reader.get("/subjects/Romance")).text
    shop.http.cookies.clear()
    assert (await shop.get("/subjects/Romance")).headers["location"] == "/sign-in?next=/subjects/Romance"


async def test_a_long_shelf_has_pages_and_a_stale_place_on_it_leads_to_its_first(reader):
    page = await reader.get("/subjects/Fiction?sort=title")
    following = next(address for address in links(page) if "cursor=" in address)
    assert following.startswith("/subjects/Fiction?sort=title&cursor=")
    assert 'rel="prev"' in (await reader.get(following)).text
    stale = await reader.get("/subjects/Fiction?sort=title&cursor=of-something-else")
    assert stale.headers["location"] == "/subjects/Fiction?sort=title"


async def test_a_shelf_without_books_is_a_page_that_leads_on(reader):
    page = await reader.get("/authors/Nobody%20Atall")
    assert page.status_code == 404
    assert "We have no books by “Nobody Atall”" in said(page)
    assert {"/books?q=Nobody+Atall", "/authors"} <= set(links(page))


ODD_NAMES = [
    "A/B", "/", "..", ".", "...", "../../etc/passwd", "a\\b", "C# & Co; 100%", 'O\'Neil "Bob"', "?q=1#x", "😀 Emoji",
    "אהרון אפלפלד", "<script>alert(1)</script>", "{{ 7*7 }}", "L" * 300, "語" * 300, "new", "name=x",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
async def test_every_name_has_a_page_that_its_books_lead_to(reader, gateway, name):
    book_id = gateway.add_book(900, title="By somebody odd", authors=[name], subjects=[name[:100]], publisher=name)
    book = await reader.get(f"/books/{book_id}")
    found = [address for address in links(book) if re.match(r"/(authors|subjects|publishers)[/?]", address)]
    assert len(set(found)) >= 3
    for address in found:
        # What proxies refuse or fold away is never in the path.
        path = address.partition("?")[0].lower()
        assert not re.search(r"%2f|%5c|/\.{1,2}(/|$)|//", path), address
        assert len(path) < 2000
        page = await reader.get(address)
        assert page.status_code == 200, address
        assert "By somebody odd" in said(page)
        assert "<script>alert" not in page.text
        again = re.search(r'<form class="sort[^>]* action="([^"]+)"', page.text)[1].replace("&amp;", "&")
        hidden = re.findall(r'<input type="hidden" name="name"', page.text.partition('class="sort')[2])
        assert bool(hidden) == ("?name=" in address)
        assert again == address.partition("?")[0]


async def test_a_slash_typed_into_the_path_still_finds_the_name(reader, gateway):
    gateway.add_book(900, title="By two", authors=["A/B"])
    assert "By two" in said(await reader.get("/authors/A/B"))
    assert "By two" in said(await reader.get("/authors/A%2FB"))


@pytest.mark.parametrize(
    "path", ["/authors/" + "z" * 400, "/authors/%00", "/subjects/" + "z" * 101, "/authors?name=%F0"]
)
async def test_a_name_that_nothing_can_have_is_told_so_without_asking(reader, gateway, path):
    gateway.calls.clear()
    page = await reader.get(path)
    assert page.status_code == 404
    assert "/authors" in links(page) or "/subjects" in links(page)


@pytest.mark.parametrize("path", ["/authors/", "/authors?name=", "/authors?name=%20"])
async def test_an_empty_name_leads_to_all_names(reader, path):
    assert "Jane Austen" in said(await reader.get(path))


async def test_all_names_stand_from_a_to_z_with_the_number_of_their_books(reader, gateway):
    gateway.calls.clear()
    page = await reader.get("/authors")
    assert sorted(gateway.calls) == [("GET", "/books/authors"), ("GET", "/cart")]
    assert "Jane Austen 2 books" in said(page)
    assert "/authors?q=J" in links(page)
    by_letter = await reader.get("/authors?q=J")
    assert "Jane Austen" in said(by_letter)
    assert "Charles Dickens" not in said(by_letter)
    assert "No author begins with “zzz”" in said(await reader.get("/authors?q=zzz"))
    assert '<option value="count" selected>' in (await reader.get("/publishers?sort=count")).text


async def test_names_have_pages_and_a_stale_place_leads_to_the_first(reader, gateway):
    gateway.search.names_on_page = 5
    page = await reader.get("/subjects?sort=count")
    following = next(address for address in links(page) if "cursor=" in address)
    assert following.startswith("/subjects?sort=count&cursor=")
    assert 'rel="prev"' in (await reader.get(following)).text
    assert (await reader.get("/subjects?q=f&cursor=x")).headers["location"] == "/subjects?q=f"


async def test_names_answer_a_fragment_only_to_a_partial_request(reader):
    part = await reader.http.get("/authors?q=ja&sort=", headers=PARTIAL)
    assert "<html" not in part.text
    assert part.headers["hx-push-url"] == "/authors?q=ja"
    assert (await reader.get("/authors?q=ja")).text.startswith("<!doctype html>")


async def test_new_arrivals_have_a_page_of_their_own(reader, gateway):
    page = await reader.get("/new")
    assert "New arrivals" in said(page)
    assert any("sort=newest" in str(request.url) for request in gateway.seen)
    following = next(address for address in links(page) if "cursor=" in address)
    assert (await reader.get(following)).status_code == 200
    assert (await reader.get("/new?cursor=x")).headers["location"] == "/new"


async def test_a_book_leads_to_its_author_publisher_subjects_and_shelf_in_one_call(reader, gateway):
    book_id = gateway.book_id("Pride and Prejudice")
    gateway.calls.clear()
    page = await reader.get(f"/books/{book_id}")
    assert sorted(gateway.calls) == [("GET", f"/books/{book_id}/similar"), ("GET", "/cart")]
    assert {"/authors/Jane%20Austen", "/publishers/Penguin%20Classics", "/subjects/Romance"} <= set(links(page))
    assert "From the same shelf" in said(page)
    assert "Mansfield Park" in said(page)
    assert 'href="/subjects/Fiction"' in page.text.partition('class="crumbs')[2].partition("</nav>")[0]


async def test_a_book_shows_without_its_shelf_when_that_cannot_be_had(reader, gateway):
    async def refuse(request):
        if request.url.path.endswith("/similar"):
            raise gateway.problem(503, "upstream_unavailable")

    gateway.before_answer = refuse
    page = await reader.get(f"/books/{gateway.book_id('Dracula')}")
    assert page.status_code == 200
    assert "From the same shelf" not in said(page)


async def test_links_of_before_still_find_the_books_of_an_author(reader):
    page = await reader.get("/books?author=Jane+Austen")
    assert "2 books" in said(page)
