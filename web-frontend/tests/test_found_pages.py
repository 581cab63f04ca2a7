"""What the heads of public pages say to search engines and to those who share them."""

import json
from urllib.parse import quote

import hostile
import pytest
from browser import ORIGIN
from lxml import html


class Head:
    """The head of a page as a parser sees it."""

    def __init__(self, page):
        assert page.status_code == 200
        self.tree = html.fromstring(page.text)
        # What follows a script that was ended too early would be elements of its own.
        assert all(element.getparent().tag == "head" for element in self.tree.iter("script"))

    def link(self, rel):
        return [each.get("href") for each in self.tree.findall(f".//link[@rel='{rel}']")]

    def meta(self, name):
        found = self.tree.findall(f".//meta[@property='{name}']") or self.tree.findall(f".//meta[@name='{name}']")
        return [each.get("content") for each in found]

    def data(self, kind):
        scripts = self.tree.findall(".//script[@type='application/ld+json']")
        found = [json.loads(script.text) for script in scripts]
        return next(each for each in found if kind in each["@type"])


@pytest.fixture
def head(public_shop):
    async def read(path):
        return Head(await public_shop.get(path))

    return read


async def test_a_book_is_told_as_a_book_and_as_a_product(head, gateway):
    book_id = gateway.book_id("Pride and Prejudice")
    page = await head(f"/books/{book_id}")
    url = f"{ORIGIN}/books/{book_id}"
    data = page.data("Book")
    assert data["@type"] == ["Book", "Product"]
    assert data["@context"] == "https://schema.org"
    facts = {name: data[name] for name in ("name", "url", "isbn", "inLanguage", "numberOfPages", "datePublished")}
    assert facts == {
        "name": "Pride and Prejudice", "url": url, "isbn": gateway.books[book_id]["isbn13"], "inLanguage": "en",
        "numberOfPages": 480, "datePublished": "1813-01-28",
    }  # fmt: skip
    assert data["author"] == [{"@type": "Person", "name": "Jane Austen", "url": f"{ORIGIN}/authors/Jane%20Austen"}]
    assert data["publisher"]["name"] == "Penguin Classics"
    assert data["bookFormat"] == "https://schema.org/Paperback"
    offer = data["offers"]
    assert (offer["price"], offer["priceCurrency"]) == ("7.99", "GBP")
    assert offer["availability"] == "https://schema.org/InStock"
    assert "on_hand" not in json.dumps(data)
    gateway.books[book_id]["available"] = 0
    assert (await head(f"/books/{book_id}")).data("Book")["offers"]["availability"] == "https://schema.org/OutOfStock"


async def test_what_is_not_known_of_a_book_is_not_told(head, gateway):
    nothing = {"isbn13": None, "publisher": None, "published_on": None, "language": None, "format": None, "pages": None}
    data = (await head(f"/books/{gateway.add_book(901, title='Bare', **nothing)}")).data("Book")
    assert set(data) == {"@context", "@type", "@id", "url", "name", "sku", "image", "offers"}


async def test_the_way_to_a_page_is_told(head, gateway):
    book_id = gateway.book_id("Pride and Prejudice")
    steps = (await head(f"/books/{book_id}")).data("BreadcrumbList")["itemListElement"]
    assert [(step["position"], step["name"], step["item"].removeprefix(ORIGIN)) for step in steps] == [
        (1, "Home", "/"), (2, "Books", "/books"), (3, "Fiction", "/subjects/Fiction"),
        (4, "Pride and Prejudice", f"/books/{book_id}"),
    ]  # fmt: skip


async def test_the_first_page_tells_of_the_shop_and_its_search(head):
    page = await head("/")
    assert page.data("Organization")["logo"].endswith(".png")
    target = page.data("WebSite")["potentialAction"]["target"]["urlTemplate"]
    assert target == f"{ORIGIN}/books?q={{search_term_string}}"


async def test_a_link_to_a_book_has_a_title_words_and_a_picture_elsewhere(head, gateway):
    book_id = gateway.book_id("Pride and Prejudice")
    page = await head(f"/books/{book_id}")
    assert page.meta("og:title") == ["Pride and Prejudice by Jane Austen"]
    assert page.meta("og:description") == page.meta("description")
    assert page.meta("og:type") == ["book"]
    assert page.meta("og:url") == page.link("canonical") == [f"{ORIGIN}/books/{book_id}"]
    assert page.meta("og:image") == [f"{ORIGIN}/books/{book_id}/card.png"]
    assert page.meta("book:author") == [f"{ORIGIN}/authors/Jane%20Austen"]
    assert page.meta("book:tag") == ["Fiction", "Romance"]
    assert page.meta("product:price:amount") == ["7.99"]


@pytest.mark.parametrize("title", hostile.TITLES)
async def test_no_text_of_a_book_breaks_out_of_the_head(head, gateway, title):
    book_id = gateway.add_book(902, title=title, **hostile.FACTS)
    page = await head(f"/books/{book_id}")
    data = page.data("Book")
    assert data["name"] == title
    assert [author["name"] for author in data["author"]] == hostile.FACTS["authors"]
    assert data["genre"] == hostile.FACTS["subjects"]
    assert page.meta("book:tag") == hostile.FACTS["subjects"]
    assert page.link("canonical") == [f"{ORIGIN}/books/{book_id}"]
    for path in (f"/authors?name={quote(hostile.NAME)}", "/subjects/%3Cs%3E", "/new"):
        assert (await head(path)).data("BreadcrumbList")


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/", "/"),
        ("/?utm_source=mail", "/"),
        ("/books?utm_source=mail", "/books"),
        ("/books?sort=price", "/books"),
        ("/books?subject=Fiction", "/subjects/Fiction"),
        ("/authors?sort=count", "/authors"),
        ("/authors/Jane%20Austen?sort=price", "/authors/Jane%20Austen"),
        ("/new", "/new"),
    ],
)
async def test_a_page_has_one_address_whatever_led_there(head, path, canonical):
    page = await head(path)
    assert page.link("canonical") == [ORIGIN + canonical]
    assert page.meta("robots") == []


@pytest.mark.parametrize(
    "path",
    [
        *("/books?q=woolf", "/books?subject=Fiction&subject=Romance", "/books?in_stock=true", "/books?price_max=5"),
        *("/books?subject=Nothing", "/authors?q=A", "/sign-in", "/sign-up", "/theme"),
    ],
)
async def test_what_is_endless_or_nobodys_is_not_to_be_found(head, path):
    page = await head(path)
    assert page.meta("robots") == ["noindex"]
    assert page.link("canonical") == page.meta("og:url") == []


async def test_pages_behind_the_first_are_not_to_be_found(head, public_shop):
    for path in ("/books", "/new"):
        following = (await head(path)).tree.find(".//a[@rel='next']").get("href")
        page = Head(await public_shop.get(following))
        assert (page.meta("robots"), page.link("canonical")) == (["noindex"], [])


async def test_titles_and_descriptions_of_pages_differ(head, gateway):
    paths = ["/", "/books", "/new", "/authors", "/subjects", "/publishers", "/authors/Jane%20Austen"]
    pages = [await head(path) for path in [*paths, f"/books/{gateway.book_id('Dracula')}"]]
    for told in ([page.tree.findtext(".//title") for page in pages], [page.meta("description")[0] for page in pages]):
        assert len(set(told)) == len(pages), told
        assert all(10 <= len(each) <= 160 for each in told), told


async def test_an_archived_book_is_not_to_be_found_by_those_who_see_it(open_shop, gateway):
    gateway.is_open = True
    shop = await open_shop(storefront="public")
    await shop.sign_in("editor@example.com")
    book_id = gateway.book_id("Dracula")
    gateway.books[book_id]["archived_at"] = "2026-01-01T00:00:00Z"
    page = Head(await shop.get(f"/books/{book_id}"))
    assert (page.meta("robots"), page.link("canonical")) == (["noindex"], [])


async def test_feeds_and_the_search_are_announced_on_public_pages(head):
    page = await head("/")
    assert page.link("search") == ["/opensearch.xml"]
    assert page.link("alternate") == ["/new.atom", "/opds/"]
