"""Robots: what they are told of a public shop, and what of a private one."""

from urllib.robotparser import RobotFileParser

import hostile
import pytest
from browser import ORIGIN
from lxml import etree

from web_frontend.discovery import sitemaps

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


async def addresses(shop, path, root="urlset"):
    answer = await shop.get(path)
    assert answer.status_code == 200, path
    assert answer.headers["content-type"] == "application/xml"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    tree = etree.fromstring(answer.content)
    assert tree.tag == SPACE + root
    assert {child.tag for child in tree} <= {SPACE + {"urlset": "url", "sitemapindex": "sitemap"}[root]}
    return [(child.findtext(f"{SPACE}loc"), child.findtext(f"{SPACE}lastmod")) for child in tree]


async def named(shop, path, root="urlset"):
    return [address.removeprefix(ORIGIN) for address, _ in await addresses(shop, path, root)]


async def test_sitemaps_name_every_book_once_with_the_time_of_its_last_change(public_shop, gateway, monkeypatch):
    monkeypatch.setattr(sitemaps, "_PIECE", 7)
    books = list(gateway.books)
    gateway.search.stretch_ends = [books[9], books[19]]
    gateway.books[books[3]]["archived_at"] = "2026-01-01T00:00:00Z"
    gateway.books[books[4]]["updated_at"] = "2026-03-08T18:30:05.123456+01:00"
    files = await named(public_shop, "/sitemap.xml", "sitemapindex")
    assert [file for file in files if "/books/" in file] == [
        f"/sitemaps/books/first/{books[9]}.xml",
        f"/sitemaps/books/{books[9]}/{books[19]}.xml",
        f"/sitemaps/books/{books[19]}/last.xml",
    ]
    found = dict([pair for file in files if "/books/" in file for pair in await addresses(public_shop, file)])
    assert list(found) == [f"{ORIGIN}/books/{book}" for book in books if book != books[3]]
    assert found[f"{ORIGIN}/books/{books[4]}"] == "2026-03-08T17:30:05Z"


async def test_a_sitemap_ends_before_it_has_more_than_robots_take(public_shop, monkeypatch):
    monkeypatch.setattr(sitemaps, "_PIECE", 7)
    monkeypatch.setattr(sitemaps, "_MOST_ADDRESSES", 20)
    assert len(await addresses(public_shop, "/sitemaps/books/first/last.xml")) == 14


async def test_every_address_of_the_other_sitemaps_is_a_page_that_wants_to_be_found(public_shop, gateway):
    gateway.add_book(900, title="X", **hostile.FACTS)
    files = await named(public_shop, "/sitemap.xml", "sitemapindex")
    pages = [page for file in files if "/books/" not in file for page in await named(public_shop, file)]
    assert {"/", "/books", "/new", "/authors", "/authors/Virginia%20Woolf", "/subjects?name=C%2FD"} <= set(pages)
    for page in pages:
        answer = await public_shop.get(page)
        assert answer.status_code == 200, page
        assert f'<link rel="canonical" href="{ORIGIN}{page}">' in answer.text.replace("&amp;", "&"), page
        assert "noindex" not in answer.text


@pytest.mark.parametrize("path", ["/sitemaps/books/x/last.xml", "/sitemaps/books/first/first.xml", "/sitemaps/x.xml"])
async def test_a_sitemap_of_something_else_is_not_there(public_shop, path):
    assert (await public_shop.get(path)).status_code == 404


async def test_a_sitemap_that_cannot_be_begun_says_so(public_shop, gateway):
    gateway.down = {"books"}
    answer = await public_shop.get("/sitemaps/books/first/last.xml")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_robots_find_the_sitemap_and_keep_out_of_what_is_not_for_them(public_shop):
    rules = RobotFileParser()
    rules.parse((await public_shop.get("/robots.txt")).text.splitlines())
    assert rules.site_maps() == [f"{ORIGIN}/sitemap.xml"]
    for path in ("/", "/books", "/books/x", "/authors/Virginia%20Woolf", "/new.atom", "/opds/", "/static/site.css"):
        assert rules.can_fetch("*", path), path
    for path in ("/cart", "/orders", "/staff/orders", "/sign-in?next=/cart", "/account", "/suggestions?q=a"):
        assert not rules.can_fetch("*", path), path


async def test_a_private_shop_tells_nothing_whoever_asks(shop, gateway):
    book = gateway.book_id("Dracula")
    told = [
        *("/sitemap.xml", "/sitemaps/pages.xml", "/sitemaps/authors.xml", "/sitemaps/books/first/last.xml"),
        *("/new.atom", "/opds", "/opds/", "/opds/books", f"/opds/books/{book}", "/opds/authors"),
        *("/opensearch.xml", "/suggestions.json?q=dracula", "/card.png", f"/books/{book}/cover.png"),
        f"/books/{book}/card.png",
    ]
    for signed_in in (False, True):
        if signed_in:
            await shop.sign_in("admin@example.com")
        gateway.calls.clear()
        for path in told:
            answer = await shop.get(path)
            assert answer.status_code == 404, path
            assert "Dracula" not in answer.text
            assert "no-store" in answer.headers["cache-control"]
        assert not [call for call in gateway.calls if call[1].startswith("/books")]
        page = (await shop.get(f"/books/{book}" if signed_in else "/")).text
        for word in ("canonical", "og:", "ld+json", "opensearch", "atom+xml"):
            assert word not in page, word
        assert '<meta name="robots" content="noindex">' in page
    assert "Disallow: /\n" in (await shop.get("/robots.txt")).text
