"""What a first view loads: all of it small enough, compressed, and no file that is not used."""

import re
import sys

import pytest

if sys.version_info >= (3, 14):
    from compression.zstd import decompress as unpacked
else:
    from zstandard import decompress as unpacked

MOST_BYTES = 90 * 1024
CHROME = "gzip, deflate, br, zstd"


def sent(answer):
    """Return how many bytes an answer has on the wire, its head among them."""
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    return head + int(answer.headers["content-length"])


async def loaded(shop, path):
    """Return the bytes on the wire of a page and of everything that a browser loads for it, by address."""
    page = await shop.get(path, accept_encoding="identity")
    assert page.status_code == 200
    found = {path: sent(await shop.get(path, accept_encoding=CHROME))}
    links = re.findall(r"<link [^>]*>|<script [^>]*>", page.text)
    wanted = [link for link in links if re.search(r'rel="(?:stylesheet|preload|icon|manifest)"|<script src=', link)]
    addresses = [re.search(r'(?:href|src)="([^"]+)"', link)[1] for link in wanted]
    css = await shop.get(next(address for address in addresses if address.endswith(".css")))
    addresses += re.findall(r'url\("?([^)"]+)"?\)', css.text)
    for address in addresses:
        if address.startswith("/"):
            answer = await shop.get(address, accept_encoding=CHROME)
            assert answer.status_code == 200, address
            found[address] = sent(answer)
    return found


@pytest.mark.parametrize("path", ["/", "/books?q=a", "/cart", "book"])
async def test_a_first_view_loads_at_most_90_kilobytes(staff, gateway, path):
    for number in range(24):
        facts = {"authors": [f"Somebody {number}"], "subjects": [f"Subject {number}"], "publisher": f"House {number}"}
        gateway.add_book(300 + number, title=f"A book about {number} things", available=3, **facts)
    path = f"/books/{gateway.book_id('Dracula')}" if path == "book" else path
    found = await loaded(staff, path)
    assert sum(found.values()) <= MOST_BYTES, found


async def test_there_is_one_style_sheet_one_script_and_every_font_is_preloaded(public_shop):
    found = await loaded(public_shop, "/")
    by_kind = {kind: [address for address in found if address.endswith(kind)] for kind in (".css", ".js", ".woff2")}
    assert [len(by_kind[kind]) for kind in (".css", ".js")] == [1, 1]
    page = await public_shop.get("/")
    assert set(re.findall(r'<link rel="preload" href="([^"]+)"', page.text)) == set(by_kind[".woff2"])


@pytest.mark.parametrize("path", ["/books", "/static/site.css", "/static/site.js"])
async def test_each_encoding_gives_the_same_text(public_shop, path):
    plain = await public_shop.get(path, accept_encoding="identity")
    assert "content-encoding" not in plain.headers
    sizes = {}
    for accepted, encoding in ((CHROME, "br" if "static" in path else "zstd"), ("gzip, br", "br"), ("gzip", "gzip")):
        packed = await public_shop.get(path, accept_encoding=accepted)
        assert packed.headers["content-encoding"] == encoding
        content = unpacked(packed.content) if encoding == "zstd" else packed.content
        assert content == plain.content
        assert "accept-encoding" in packed.headers["vary"].lower()
        assert packed.headers["etag"] == plain.headers["etag"]
        sizes[encoding] = int(packed.headers["content-length"])
    assert max(sizes.values()) < len(plain.content) / 2
    refused = await public_shop.get(path, accept_encoding="br;q=0, gzip;q=0.0, zstd;q=0")
    assert "content-encoding" not in refused.headers


async def test_style_and_script_are_smaller_than_they_are_written(public_shop):
    folder = public_shop.app.state.site.settings.static_dir
    written = {
        kind: sum(len(path.read_bytes()) for path in (folder / f"{kind}s").iterdir()) for kind in ("style", "script")
    }
    assert len((await public_shop.get("/static/site.css")).content) < written["style"] * 0.95
    htmx = len((folder / "htmx.min.js").read_bytes())
    assert len((await public_shop.get("/static/site.js")).content) - htmx < written["script"] * 0.95
