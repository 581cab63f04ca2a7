"""The page to read the documentation: all of it comes from the gateway, and nothing in it is inline."""

import hashlib
import re
from importlib import resources

import pytest

ASSETS = resources.files("gateway") / "assets"


async def test_the_page_has_a_policy_that_lets_in_nothing_from_elsewhere(gateway):
    answer = await gateway.request("GET", "/docs/")
    policy = answer.one("content-security-policy")
    assert answer.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_the_page_has_no_inline_script_and_all_it_names_is_there(gateway):
    page = (await gateway.request("GET", "/docs")).body.decode()
    assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|style=", page) == []
    files = re.findall(r'(?:src|href)="(/docs/[^"]+)"', page)
    assert len(files) == 4
    for file in files:
        answer = await gateway.request("GET", file)
        assert answer.status == 200
        assert answer.one("content-type").startswith(("text/css", "text/javascript", "application/javascript"))


async def test_the_assets_have_no_way_out(gateway):
    for path in ("/docs/assets/../docs.py", "/docs/assets/..%2fdocs.py", "/docs/assets/%2e%2e/docs.py"):
        assert (await gateway.request("GET", path)).status == 400
    assert (await gateway.request("GET", "/docs/assets/nothing.js")).status == 404


@pytest.mark.parametrize("name", ["swagger-ui-bundle.js", "swagger-ui.css"])
def test_vendored_files_are_what_their_note_says(name):
    digest = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()
    assert f"| `{name}` | `{digest}` |" in (ASSETS / "README.md").read_text()
