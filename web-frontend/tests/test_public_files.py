"""Static files and what browsers and robots ask for by name."""

import gzip
import hashlib
import re

import pytest

from web_frontend.config import Settings
from web_frontend.main import create_app

SECRET = "Vq8mZr2LxT9nKd4WbY7cH1sJfG5pUe3A"


async def test_static_files_are_kept_for_ever_under_addresses_that_name_their_content(shop):
    page = await shop.get("/")
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert len(addresses) >= 4
    for address in addresses:
        answer = await shop.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["etag"].strip('W/"') in address
        assert (await shop.get(address, if_none_match=answer.headers["etag"])).status_code == 304


async def test_the_style_sheet_names_hashed_addresses_only(shop):
    css = (await shop.get("/static/site.css")).text
    for address in re.findall(r'url\("([^"]+)"\)', css):
        assert re.fullmatch(r"/static/.+\.[0-9a-f]{16}\.\w+", address)
        assert (await shop.get(address)).status_code == 200


async def test_text_is_sent_compressed_to_those_who_take_it(shop):
    plain = await shop.get("/static/site.css", accept_encoding="identity")
    packed = await shop.get("/static/site.css", accept_encoding="gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, 9, mtime=0))


@pytest.mark.parametrize(
    "path", ["/static/../pyproject.toml", "/static/%2e%2e/pyproject.toml", "/static/nothing.css", "/static/"]
)
async def test_nothing_outside_the_static_folder_is_served(shop, path):
    assert (await shop.get(path)).status_code == 404


async def test_robots_are_kept_out_of_a_private_shop(shop, public_shop):
    assert "Disallow: /\n" in (await shop.get("/robots.txt")).text
    assert "Disallow: /\n" not in (await public_shop.get("/robots.txt")).text


async def test_the_manifest_and_the_mark_are_there(shop):
    assert (await shop.get("/site.webmanifest")).json()["icons"][0]["src"] == "/favicon.svg"
    assert (await shop.get("/favicon.svg")).headers["content-type"] == "image/svg+xml"


def test_missing_static_files_are_said_plainly(tmp_path):
    with pytest.raises(FileNotFoundError, match="WEB_STATIC_DIR"):
        create_app(Settings(secret=SECRET, client_secret=SECRET[::-1], static_dir=tmp_path))


def test_the_vendored_script_is_the_one_that_is_written_down():
    folder = Settings(secret=SECRET, client_secret=SECRET[::-1]).static_dir
    digest = hashlib.sha256((folder / "htmx.min.js").read_bytes()).hexdigest()
    assert digest in (folder / "README.md").read_text()


async def test_the_style_sheet_says_what_was_written(shop):
    css = (await shop.get("/static/site.css")).text
    # Inside a layer, too, what is in an element is not the element itself.
    for selector in (".site-head :focus-visible", ".receipt :is(td, th)"):
        assert f"\n{selector}" in css
    assert "/*" not in css
