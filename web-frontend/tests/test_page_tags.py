"""Pages of people who are not signed in: tagged before they are rendered, and not sent twice."""

import datetime as dt
import shutil
from types import SimpleNamespace

import pytest
from browser import PARTIAL

from web_frontend import page_tags
from web_frontend.assets import Assets
from web_frontend.page_tags import version_of_pages
from web_frontend.pages import Page


@pytest.fixture
def book(gateway):
    return f"/books/{gateway.book_id('Dracula')}"


@pytest.mark.parametrize("path", ["/", "/books", "/books?q=a&sort=price", "/authors", "/new", "/subjects/Fiction"])
async def test_a_page_that_the_browser_has_is_neither_rendered_nor_sent(public_shop, monkeypatch, path):
    page = await public_shop.get(path)
    assert page.headers["cache-control"] == "private, no-cache"
    assert page.headers["etag"].startswith('W/"')
    assert "set-cookie" not in page.headers
    monkeypatch.setattr(Page, "render", None)
    again = await public_shop.get(path, if_none_match=page.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary"):
        assert again.headers[name] in page.headers[name]
    assert {"Cookie", "Accept-Language", "HX-Request-Type"} <= set(page.headers["vary"].split(", "))


async def test_two_strangers_get_the_same_page_to_the_byte(public_shop, open_shop, book):
    other = await open_shop(storefront="public")
    for path in ("/", book, "/authors"):
        first, second = await public_shop.get(path), await other.get(path)
        assert first.content == second.content
        assert first.headers["etag"] == second.headers["etag"]


async def test_whatever_changes_a_page_changes_its_tag(public_shop, gateway, book):
    tags = [(await public_shop.get(book)).headers["etag"]]

    async def tag(path=book, **headers):
        answer = await public_shop.get(path, if_none_match=tags[0], **headers)
        assert answer.status_code == 200
        tags.append(answer.headers["etag"])

    await tag(accept_language="de")
    await tag(accept_language="de-AT")
    await tag(f"{book}?from=elsewhere")
    gateway.books[book[7:]]["price"] = "99.00"
    await tag()
    public_shop.http.cookies.set("quire_theme", "dark")
    await tag()
    gateway.books[gateway.book_id("Dracula")]["title"] = "Dracula, once more"
    await tag("/books")
    assert len(set(tags)) == len(tags)


async def test_another_day_and_other_settings_change_every_tag(public_shop, open_shop, monkeypatch):
    tag = (await public_shop.get("/books")).headers["etag"]
    renamed = await open_shop(storefront="public", shop_name="Elsewhere")
    assert (await renamed.get("/books", if_none_match=tag)).status_code == 200
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    monkeypatch.setattr(page_tags, "dt", SimpleNamespace(UTC=dt.UTC, datetime=SimpleNamespace(now=lambda _: tomorrow)))
    assert (await public_shop.get("/books", if_none_match=tag)).status_code == 200


async def test_another_style_sheet_is_another_version_of_all_pages(public_shop, tmp_path):
    settings = public_shop.app.state.site.settings
    static = shutil.copytree(settings.static_dir, tmp_path / "static")
    assert version_of_pages(settings, Assets(static)) == public_shop.app.state.site.version
    with (static / "styles" / "site.css").open("a") as style:
        style.write("p { color: red; }\n")
    assert version_of_pages(settings, Assets(static)) != public_shop.app.state.site.version


async def test_a_fragment_and_its_page_have_tags_of_their_own(public_shop):
    page = await public_shop.get("/books?q=a")
    part = await public_shop.http.get("/books?q=a", headers=PARTIAL | {"If-None-Match": page.headers["etag"]})
    assert part.status_code == 200
    again = await public_shop.http.get("/books?q=a", headers=PARTIAL | {"If-None-Match": part.headers["etag"]})
    assert again.status_code == 304


async def test_what_is_one_persons_has_no_tag(public_shop, book):
    tag = (await public_shop.get(book)).headers["etag"]
    for path in ("/sign-in", "/sign-up", "/nothing"):
        assert "etag" not in (await public_shop.get(path, if_none_match="*")).headers
    await public_shop.sign_in()
    page = await public_shop.get(book, if_none_match=tag)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "etag" not in page.headers


async def test_a_page_that_turns_out_to_be_for_one_person_has_no_tag(public_shop, monkeypatch):
    render = Page.render
    monkeypatch.setattr(Page, "render", lambda page, *given: render(page, *given) + page.csrf_token())
    page = await public_shop.get("/books")
    assert "set-cookie" in page.headers
    assert "etag" not in page.headers


async def test_a_private_shop_tags_nothing(shop):
    page = await shop.get("/", if_none_match="*")
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert "etag" not in page.headers


async def test_strangers_choose_theme_and_language_without_a_token_but_not_from_elsewhere(public_shop):
    page = await public_shop.get("/")
    assert "csrf_token" not in page.text
    assert (await public_shop.submit(page, "/theme", {"theme": "dark"})).status_code == 303
    assert 'data-theme="dark"' in (await public_shop.get("/")).text
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        assert (await public_shop.submit(page, "/theme", {"theme": "light"}, headers)).status_code == 403
        assert (await public_shop.submit(page, "/language", {"language": "de"}, headers)).status_code == 403
    await public_shop.sign_in()
    assert (await public_shop.submit(page, "/theme", {"theme": "light"})).status_code == 403
    assert 'data-theme="dark"' in (await public_shop.get("/")).text
