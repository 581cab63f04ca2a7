"""Pictures of books for those who show a link, and what phones need to install the shop."""

import asyncio
import struct

import hostile
import pytest
from browser import ORIGIN
from lxml import etree

from web_frontend.discovery import drawing, pictures
from web_frontend.discovery.drawing import Drawn, card_svg, cover_svg, palettes, shop_svg
from web_frontend.discovery.lettering import Setting, face


def size_of(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", png[16:24])


@pytest.fixture
def colours(public_shop):
    return palettes(public_shop.app.state.site.settings.static_dir / "styles" / "site.css")


async def test_a_book_has_a_cover_and_a_card(public_shop, gateway):
    book = f"/books/{gateway.book_id('Dracula')}"
    for name, size in (("cover", (400, 600)), ("card", (1200, 630))):
        answer = await public_shop.get(f"{book}/{name}.png")
        assert answer.headers["content-type"] == "image/png"
        assert size_of(answer.content) == size
        assert len(answer.content) < 200_000
        assert answer.headers["cache-control"] == "public, max-age=86400"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        again = await public_shop.get(f"{book}/{name}.png", if_none_match=answer.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
    assert size_of((await public_shop.get("/card.png")).content) == (1200, 630)
    assert (await public_shop.get(f"{book}/back.png")).status_code == 404


async def test_a_picture_is_drawn_once_and_no_more_wait_than_can_be_served(public_shop, gateway, monkeypatch):
    drawn, has_begun, going_on = [], asyncio.Semaphore(0), asyncio.Event()

    async def slowly(_function, svg, *_more, **_options):
        drawn.append(svg)
        has_begun.release()
        await going_on.wait()
        return b"drawn"

    monkeypatch.setattr(pictures.to_process, "run_sync", slowly)
    monkeypatch.setattr(pictures, "_MOST_WAITING", 2)
    first, second, third = list(gateway.books)[:3]
    waiting = [asyncio.create_task(public_shop.get(f"/books/{book}/cover.png")) for book in (first, second)]
    for _ in waiting:
        await has_begun.acquire()
    refused = await public_shop.get(f"/books/{third}/cover.png")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    going_on.set()
    assert [(await answer).content for answer in waiting] == [b"drawn", b"drawn"]
    assert (await public_shop.get(f"/books/{first}/cover.png")).content == b"drawn"
    assert len(drawn) == 2


def test_every_colour_of_a_cover_is_that_of_the_pages(colours):
    assert sorted(colours) == list(range(12))
    assert all(set(palette) == {"p0", "p1", "p2", "p3", "pt"} for palette in colours.values())


@pytest.mark.parametrize("title", [*hostile.TITLES, "War", "Ulysses", "The " * 120])
def test_a_drawing_is_well_formed_whatever_the_book_is_called(colours, title):
    for number in range(12):
        book = Drawn(str(number), title, hostile.NAME)
        for svg in (cover_svg(book, colours), card_svg(book, colours, shop_name="A & <B>")):
            elements = etree.fromstring(svg).iter()
            assert "class" not in {name for element in elements for name in element.attrib}
    assert etree.fromstring(shop_svg(colours, shop_name=title)) is not None


def test_what_the_fonts_cannot_write_is_left_out(colours):
    words = card_svg(Drawn(None, "Ulysses", "James Joyce"), colours, shop_name="Quire")
    assert "Ulysses</text>" in words
    for title, by in (("源氏物語", "Murasaki"), ("Genji", "紫式部")):
        assert "<text" not in card_svg(Drawn(None, title, by), colours, shop_name="Quire")


@pytest.mark.parametrize("text", ["Wuthering Heights and what came after", "W" * 500, "a b " * 200, ""])
def test_lines_fit_and_are_not_too_many(text):
    setting = Setting(face("young-serif"), 40, 300, most_lines=4)
    lines = setting.lines(text)
    assert len(lines) <= 4
    assert all(setting.face.width(line, 40) <= 300 for line in lines)
    whole = "".join(lines).replace("…", "").replace(" ", "")
    assert text.replace(" ", "").startswith(whole)


async def test_a_phone_can_install_the_shop(public_shop):
    manifest = (await public_shop.get("/site.webmanifest")).json()
    drawn = {(icon["sizes"], icon.get("purpose", "any")): icon["src"] for icon in manifest["icons"]}
    assert set(drawn) == {("any", "any"), ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    for (sizes, _), address in drawn.items():
        answer = await public_shop.get(address)
        assert answer.status_code == 200
        if sizes != "any":
            assert "{}x{}".format(*size_of(answer.content)) == sizes
            assert "immutable" in answer.headers["cache-control"]
    assert manifest["theme_color"] in (await public_shop.get("/")).text


async def test_the_picture_of_a_page_is_there(public_shop):
    page = (await public_shop.get("/books")).text
    assert f'<meta property="og:image" content="{ORIGIN}/card.png">' in page
    assert drawing.CARD_SIZE == (1200, 630)
    assert '<meta property="og:image:width" content="1200">' in page
