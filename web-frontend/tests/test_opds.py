"""The catalogue for reading apps."""

import hostile
import pytest
from browser import ORIGIN
from opds_shape import BUY, FEED, PUBLICATION, Feed, Publication


@pytest.fixture
def feed(public_shop):
    async def read(path):
        answer = await public_shop.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == FEED
        assert answer.headers["access-control-allow-origin"] == "*"
        return Feed.model_validate_json(answer.content)

    return read


async def test_a_reading_app_gets_everywhere_from_the_beginning(feed):
    for path in ("/opds", "/opds/"):
        start = await feed(path)
        assert start.metadata.title == "Quire"
        assert [group.metadata.title for group in start.groups] == ["New arrivals", "Most sold"]
        for link in start.navigation:
            followed = await feed(link.href)
            assert followed.link("start").href == f"{ORIGIN}/opds/"
            assert followed.link("self").href == link.href
    authors = await feed("/opds/authors")
    woolf = next(link for link in authors.navigation if link.title == "Virginia Woolf")
    books = await feed(woolf.href)
    assert books.metadata.title == "Virginia Woolf"
    assert len(books.publications) == woolf.properties.numberOfItems


async def test_a_book_is_bought_on_its_page(public_shop, gateway):
    book = gateway.books[gateway.book_id("Pride and Prejudice")]
    answer = await public_shop.get(f"/opds/books/{book['id']}")
    assert answer.headers["content-type"] == PUBLICATION
    told = Publication.model_validate_json(answer.content)
    buy = told.link(BUY)
    assert (buy.href, buy.type) == (f"{ORIGIN}/books/{book['id']}", "text/html")
    assert (buy.properties.price.currency, buy.properties.price.value) == ("GBP", 7.99)
    assert buy.properties.availability.state == "available"
    facts = told.metadata
    assert (facts.identifier, facts.language, facts.published) == (f"urn:isbn:{book['isbn13']}", "en", "1813-01-28")
    assert [author.name for author in facts.author] == book["authors"]
    book |= {"available": 0, "isbn13": None, "published_on": "1813"}
    told = Publication.model_validate_json((await public_shop.get(f"/opds/books/{book['id']}")).content)
    assert told.link(BUY).properties.availability.state == "unavailable"
    assert (told.metadata.identifier, told.metadata.published) == (f"urn:uuid:{book['id']}", None)


async def test_pages_follow_each_other_there_and_back(feed, gateway):
    found, address, pages = [], f"{ORIGIN}/opds/books?sort=title", 0
    while address:
        page = await feed(address)
        assert page.metadata.numberOfItems == len(gateway.books)
        found += [each.metadata.title for each in page.publications]
        following, pages = page.link("next"), pages + 1
        if following:
            assert (await feed((await feed(following.href)).link("previous").href)).publications == page.publications
        address = following.href if following else None
    assert pages > 1
    assert found == sorted(book["title"] for book in gateway.books.values())
    assert page.link("first").href == f"{ORIGIN}/opds/books?sort=title"


async def test_what_is_searched_for_is_found_and_narrowed(feed):
    search = (await feed("/opds/")).link("search").href
    assert search.endswith("{?query}")
    results = await feed(search.replace("{?query}", "?query=jane%20austen"))
    assert {author.name for each in results.publications for author in each.metadata.author} == {"Jane Austen"}
    romance = results.facet("Subject")["Romance"]
    narrowed = await feed(romance.href)
    assert len(narrowed.publications) == romance.properties.numberOfItems
    on = narrowed.facet("Subject")["Romance"]
    assert on.rel == "self"
    assert (await feed(on.href)).publications == results.publications
    assert (await feed("/opds/books?query=nothinglikeit")).publications == []


async def test_a_cursor_of_something_else_leads_to_the_first_page(public_shop):
    for path in ("/opds/books?sort=title", "/opds/authors?"):
        moved = await public_shop.get(f"{path}&cursor=nonsense.1".replace("?&", "?"))
        assert (moved.status_code, moved.headers["location"]) == (303, path.rstrip("?"))
    assert (await public_shop.get("/opds/nothing")).status_code == 404


@pytest.mark.parametrize("title", hostile.TITLES)
async def test_no_text_of_a_book_breaks_the_catalogue(feed, gateway, title):
    book_id = gateway.add_book(904, title=title, **hostile.FACTS)
    found = [
        each for each in (await feed("/opds/books?sort=title&author=.")).publications if book_id in each.links[0].href
    ]
    assert [each.metadata.title for each in found] == [title]
    for contributor in (*found[0].metadata.author, *found[0].metadata.subject, found[0].metadata.publisher):
        assert (await feed(contributor.links[0].href)).metadata.title == contributor.name


async def test_an_archived_book_is_gone(feed, public_shop, gateway):
    book_id = gateway.book_id("Dracula")
    gateway.books[book_id]["archived_at"] = "2026-01-01T00:00:00Z"
    for path in ("/opds/", "/opds/books?query=dracula", "/opds/books?archived=true"):
        assert book_id not in (await feed(path)).model_dump_json()
    for path in (f"/opds/books/{book_id}", f"/books/{book_id}/cover.png", f"/books/{book_id}/card.png"):
        assert (await public_shop.get(path)).status_code == 404, path


async def test_the_catalogue_speaks_the_readers_language(public_shop):
    answer = await public_shop.get("/opds/", accept_language="de")
    titles = [link.title for link in Feed.model_validate_json(answer.content).navigation]
    assert titles == ["Neu eingetroffen", "Meistverkauft", "Autoren", "Themen", "Verlage"]
