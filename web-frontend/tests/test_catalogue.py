"""Finding books and reading about them."""

import re
from html import unescape

import httpx2
import pytest
from browser import PARTIAL

from web_frontend.links import with_query


async def test_a_private_shop_shows_strangers_its_door_and_nothing_else(shop, gateway):
    front = await shop.get("/")
    assert front.status_code == 200
    assert 'href="/sign-in"' in front.text
    assert "Pride and Prejudice" not in front.text
    assert (await shop.get("/books")).headers["location"] == "/sign-in?next=/books"
    assert gateway.calls_to("GET", "/books") == 0


async def test_a_public_shop_shows_its_books_to_all(public_shop):
    assert "Pride and Prejudice" in (await public_shop.get("/")).text


async def test_the_front_page_costs_two_calls(reader, gateway):
    gateway.calls.clear()
    await reader.get("/")
    assert sorted(gateway.calls) == [("GET", "/books"), ("GET", "/cart")]


async def test_words_filters_order_and_place_are_in_the_address(reader):
    page = await reader.get("/books?subject=Fiction&price_max=8&sort=price&q=")
    assert "Remove filter: </span><bdi>Fiction</bdi>" in page.text
    assert "Up to £8.00" in page.text
    assert '<option value="price" selected>' in page.text
    assert 'href="/books?price_max=8&amp;sort=price"' in page.text


async def test_previous_and_next_keep_the_filters(reader):
    first = await reader.get("/books?subject=Fiction")
    following = re.search(r'href="([^"]+)" rel="next"', first.text)[1].replace("&amp;", "&")
    assert re.fullmatch(r"/books\?subject=Fiction&cursor=\w+\.24", following)
    second = await reader.get(following)
    assert 'rel="prev"' in second.text
    assert 'rel="next"' not in second.text


async def test_a_cursor_of_something_else_leads_to_the_first_page(reader):
    answer = await reader.get("/books?q=a&cursor=tampered")
    assert answer.headers["location"] == "/books?q=a"


@pytest.mark.parametrize(
    "query", ["price_min=abc", "sort=upside-down", "format=scroll", "language=%3Cscript%3E", "q=%00"]
)
async def test_what_makes_no_sense_in_an_address_is_left_out(reader, query):
    answer = await reader.get(f"/books?{query}")
    assert answer.status_code == 200
    assert "<script>" not in answer.text


async def test_nothing_found_says_what_to_do(reader):
    page = await reader.get("/books?q=zyx")
    assert "No books match “<bdi>zyx</bdi>”" in page.text
    assert 'href="/books">See all books' in page.text


async def test_filters_answer_fragments_only_to_a_partial_request(reader):
    part = await reader.http.get("/books?in_stock=true&q=", headers=PARTIAL)
    assert "<html" not in part.text
    assert 'id="results"' in part.text
    assert 'id="facets" hx-swap-oob="outerHTML"' in part.text
    assert part.headers["hx-push-url"] == "/books?in_stock=true"
    assert "HX-Request-Type" in part.headers["vary"]
    for headers in ({"HX-Request": "true", "HX-Request-Type": "full"}, {"HX-History-Restore-Request": "true"}, {}):
        page = await reader.http.get("/books?in_stock=true", headers=headers)
        assert page.text.startswith("<!doctype html>")
        assert "HX-Request-Type" in page.headers["vary"]


async def test_most_values_of_a_filter_are_shown_only_when_they_are_asked_for(reader):
    def values(shown):
        return re.findall(r'name="author" value="([^"]+)"', shown.text)

    folded = await reader.get("/books?in_stock=true")
    assert len(values(folded)) == 6
    links = re.search(r'id="unfold-author" rel="nofollow" href="([^"#]+)#facet-author" hx-get="([^"]+)"', folded.text)
    assert links
    assert links[1] == links[2] == "/books?in_stock=true&amp;all=author"
    unfolded = await reader.get(unescape(links[1]))
    last = values(unfolded)[-1]
    assert values(unfolded)[:6] == values(folded)
    assert len(values(unfolded)) > 6
    # The form takes along what is unfolded, and what is chosen is there to be taken off.
    assert '<input type="hidden" name="all" value="author">' in unfolded.text
    assert 'id="unfold-author" rel="nofollow" href="/books?in_stock=true#facet-author"' in unfolded.text
    chosen = await reader.get(with_query("/books", [("author", last), ("author", values(folded)[0])]))
    assert last in values(chosen)


async def test_suggestions_are_a_fragment_and_without_a_script_the_search_itself(reader):
    part = await reader.http.get("/suggestions?q=wa", headers=PARTIAL)
    assert "<mark>Wa</mark>" in part.text
    assert "<html" not in part.text
    assert (await reader.get("/suggestions?q=wa")).headers["location"] == "/books?q=wa"
    assert (await reader.http.get("/suggestions?q=", headers=PARTIAL)).status_code == 200


async def test_a_book_page_shows_the_book_and_its_shelf(reader, gateway):
    page = await reader.get(f"/books/{gateway.book_id('Great Expectations')}")
    assert "<h1><bdi>Great Expectations</bdi></h1>" in page.text
    assert "From the same shelf" in page.text
    assert "Only 3 left" in page.text
    assert "For staff" not in page.text


@pytest.mark.parametrize(
    "path", ["/books/nonsense", "/books/00000000-0000-7000-8000-000000000000", "/orders/1", "/nowhere"]
)
async def test_what_is_not_there_is_a_404_page_of_the_shop(reader, path):
    answer = await reader.get(path)
    assert answer.status_code == 404
    assert "not on our shelves" in answer.text
    assert "Ada" not in answer.text


HOSTILE = """"><script>alert(1)</script><img src=x onerror=alert(1) hx-get=/x>{{ 7*7 }}'"""


async def test_nothing_that_people_type_becomes_markup(staff, gateway):
    book_id = gateway.add_book(
        900, title=HOSTILE, subtitle=HOSTILE, authors=[HOSTILE, HOSTILE], publisher=HOSTILE, published_on=HOSTILE,
        language=HOSTILE, format=HOSTILE, subjects=[HOSTILE], description=f"{HOSTILE}\n\n{HOSTILE}", isbn13=HOSTILE,
    )  # fmt: skip
    gateway.accounts["staff@example.com"]["full_name"] = HOSTILE
    gateway.carts["staff@example.com"] = {book_id: {"book_id": book_id, "quantity": 1, "added_price": "9.99"}}
    body = {
        "items": [{"book_id": book_id, "quantity": 1}],
        "delivery": dict.fromkeys(("name", "address", "note"), HOSTILE),
    }
    order = gateway.make_order(gateway.accounts["staff@example.com"], body)
    order["timeline"][0]["detail"] = HOSTILE
    order["reason"] = {"code": HOSTILE, "lines": [{"title": HOSTILE, "wanted": 1, "available": 0}]}
    gateway.orders[order["id"]] = order
    gateway.stock.move(book_id, 1, HOSTILE, actor=HOSTILE)
    paths = [
        "/", "/account", "/cart", "/checkout", "/orders", "/staff/orders", f"/orders/{order['id']}",
        f"/orders/{order['id']}/cancel", *(f"/books/{book_id}{page}" for page in ("", "/edit", "/archive", "/stock")),
    ]  # fmt: skip
    quoted = str(httpx2.QueryParams({"q": HOSTILE}))
    paths += [
        f"/books?{quoted}",
        f"/books?{quoted.replace('q=', 'author=', 1)}",
        f"/staff/orders?{quoted.replace('q=', 'customer=', 1)}",
        f"/books/{book_id}/stock/write-off?copies=1&{quoted.replace('q=', 'reason=', 1)}",
        "/staff/low-stock?at_most=1000",
    ]
    for path in paths:
        page = await staff.get(path)
        assert page.status_code == 200, path
        assert "<script>alert" not in page.text, path
        assert "<img src=x" not in page.text, path
        assert ">{{ 7*7 }}'<" not in page.text or "49'" not in page.text, path
    part = await staff.http.get("/suggestions?q=script", headers=PARTIAL)
    assert "<script>" not in part.text
    assert "<mark>script</mark>" in part.text


async def test_a_description_is_shown_as_paragraphs(reader, gateway):
    gateway.books[gateway.book_id("Dracula")]["description"] = "First <i>one</i>.\n\nSecond one."
    page = await reader.get(f"/books/{gateway.book_id('Dracula')}")
    assert '<p dir="auto">First &lt;i&gt;one&lt;/i&gt;.</p>' in page.text
    assert '<p dir="auto">Second one.</p>' in page.text


async def test_signed_in_pages_are_not_stored(reader):
    assert (await reader.get("/")).headers["cache-control"] == "no-store"


async def test_head_is_answered_like_get(reader):
    answer = await reader.http.head("/books")
    assert answer.status_code == 200
    assert answer.content == b""
