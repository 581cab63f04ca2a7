"""The feed of new arrivals, and the browser's own search box."""

import feedparser
import hostile
import pytest
from browser import ORIGIN
from lxml import etree

OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


def parsed(answer):
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml"
    etree.fromstring(answer.content)
    feed = feedparser.parse(answer.content, sanitize_html=False)
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    return feed


async def test_new_books_are_told_to_feed_readers(public_shop, gateway):
    book = gateway.books[gateway.book_id("Pride and Prejudice")]
    feed = parsed(await public_shop.get("/new.atom"))
    assert feed.feed.id == f"{ORIGIN}/new.atom"
    assert feed.feed.title == "New arrivals at Quire"
    assert {link.rel: link.href for link in feed.feed.links}["self"] == f"{ORIGIN}/new.atom"
    assert feed.feed.updated_parsed == max(entry.updated_parsed for entry in feed.entries)
    entry = next(entry for entry in feed.entries if entry.title == book["title"])
    assert entry.id == f"urn:uuid:{book['id']}"
    assert entry.link == f"{ORIGIN}/books/{book['id']}"
    assert [author.name for author in entry.authors] == book["authors"]
    assert [tag.term for tag in entry.tags] == book["subjects"]
    assert book["description"].split(".")[0] in entry.summary
    assert "£7.99" in entry.content[0].value


async def test_an_entry_stays_the_same_one_when_its_book_is_edited(public_shop, gateway):
    book = gateway.books[gateway.book_id("Dracula")]
    before = {entry.id: entry.updated for entry in parsed(await public_shop.get("/new.atom")).entries}
    book |= {"title": "Dracula, annotated", "updated_at": "2031-01-01T10:00:00Z"}
    after = {entry.id: entry.updated for entry in parsed(await public_shop.get("/new.atom")).entries}
    assert set(before) == set(after)
    assert after[f"urn:uuid:{book['id']}"] == "2031-01-01T10:00:00Z"


async def test_the_feed_goes_on_behind_its_first_page(public_shop, gateway):
    for number in range(40):
        gateway.add_book(1000 + number, title=f"Volume {number}")
    found, address = [], "/new.atom"
    while address:
        feed = parsed(await public_shop.get(address))
        found += [entry.id for entry in feed.entries]
        address = next((link.href for link in feed.feed.links if link.rel == "next"), None)
    assert sorted(found) == sorted(f"urn:uuid:{book}" for book in gateway.books)
    moved = await public_shop.get("/new.atom?cursor=nonsense.1")
    assert (moved.status_code, moved.headers["location"]) == (303, "/new.atom")


@pytest.mark.parametrize("title", hostile.TITLES)
async def test_no_text_of_a_book_breaks_the_feed(public_shop, gateway, title):
    book_id = gateway.add_book(903, title=title, **hostile.FACTS)
    entries = parsed(await public_shop.get("/new.atom")).entries
    entry = next(entry for entry in entries if entry.id == f"urn:uuid:{book_id}")
    shown = "".join(character for character in title if character not in "\x07\x0b\ufffe")
    assert " ".join(entry.title.split()) == " ".join(shown.split())
    assert [author.name for author in entry.authors] == hostile.FACTS["authors"]
    assert "<two>" not in entry.content[0].value
    assert "&lt;two&gt;" in entry.content[0].value


async def test_a_feed_of_an_empty_shop_is_one_all_the_same(public_shop, gateway):
    gateway.books.clear()
    feed = parsed(await public_shop.get("/new.atom"))
    assert (feed.entries, feed.feed.updated) == ([], "1970-01-01T00:00:00Z")


async def test_a_feed_is_kept_until_something_changes_and_speaks_the_readers_language(public_shop, gateway):
    first = await public_shop.get("/new.atom")
    assert first.headers["cache-control"] == "public, max-age=600"
    assert {"Accept-Language", "Cookie"} <= set(first.headers["vary"].split(", "))
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers.get_list("cross-origin-resource-policy") == ["cross-origin"]
    etag = first.headers["etag"]
    assert (await public_shop.get("/new.atom", if_none_match=etag)).status_code == 304
    german = await public_shop.get("/new.atom", if_none_match=etag, accept_language="de-AT")
    assert parsed(german).feed.title == "Neu eingetroffen bei Quire"
    gateway.books[gateway.book_id("Dracula")]["archived_at"] = "2026-01-01T00:00:00Z"
    changed = await public_shop.get("/new.atom", if_none_match=etag)
    assert "Dracula" not in [entry.title for entry in parsed(changed).entries]


async def test_feeds_tell_editors_no_more_than_strangers(open_shop, gateway):
    gateway.is_open = True
    shop = await open_shop(storefront="public")
    gateway.books[gateway.book_id("Dracula")]["archived_at"] = "2026-01-01T00:00:00Z"
    paths = ("/new.atom", "/opds/", "/opds/books", "/opds/books?archived=true", "/suggestions.json?q=austen")
    before = [(await shop.get(path)).text for path in paths]
    await shop.sign_in("editor@example.com")
    assert [(await shop.get(path)).text for path in paths] == before
    assert (await shop.get(f"/opds/books/{gateway.book_id('Dracula')}")).status_code == 404


async def test_a_browser_is_told_how_to_search(open_shop, gateway):
    gateway.is_open = True
    shop = await open_shop(storefront="public", shop_name="Books & <Pages> of the Old Town, Upstairs")
    answer = await shop.get("/opensearch.xml")
    assert answer.headers["content-type"] == "application/opensearchdescription+xml"
    tree = etree.fromstring(answer.content)
    assert tree.tag == f"{OPENSEARCH}OpenSearchDescription"
    assert len(tree.findtext(f"{OPENSEARCH}ShortName")) <= 16
    assert tree.findtext(f"{OPENSEARCH}LongName").startswith("Books & <Pages>")
    templates = {url.get("type"): url.get("template") for url in tree.findall(f"{OPENSEARCH}Url")}
    page = await shop.get(templates["text/html"].replace("{searchTerms}", "Dracula"))
    assert gateway.book_id("Dracula") in page.text
    offered = await shop.get(templates["application/x-suggestions+json"].replace("{searchTerms}", "dracula"))
    assert offered.headers["content-type"] == "application/x-suggestions+json"
    words, names, told, links = offered.json()
    assert words == "dracula"
    assert names[0] == "Dracula"
    assert told[0] == "Bram Stoker"
    assert links[0] == f"{ORIGIN}/books/{gateway.book_id('Dracula')}"
    assert len(names) == len(told) == len(links)


async def test_a_suggestion_that_cannot_be_had_disturbs_nobody(public_shop, gateway):
    assert (await public_shop.get("/suggestions.json")).json() == ["", [], [], []]
    gateway.down = {"books"}
    assert (await public_shop.get("/suggestions.json?q=x")).json() == ["x", [], [], []]
