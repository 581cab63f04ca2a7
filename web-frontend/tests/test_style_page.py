"""The living style page of a local run, and what it promises of the colours."""

import re

import pytest
from words import said

from web_frontend.style_page.tokens import USES, contrast


@pytest.fixture
async def local(open_shop):
    """Give a browser in front of a shop that runs on its owner's machine."""
    return await open_shop(local_run=True)


async def test_the_style_page_shows_every_cover_and_a_form_with_mistakes_without_taking_the_focus(local):
    page = await local.get("/local/style")
    assert page.status_code == 200
    for palette in range(12):
        assert len(re.findall(rf'class="cover pal-{palette} ', page.text)) >= 12
    assert "There are 2 things to put right" in said(page)
    assert 'href="#style-wrong"' in page.text
    assert "data-errors" not in page.text
    assert "autofocus" not in page.text
    assert 'href="/local/style"' in (await local.get("/sign-in")).text


async def test_the_style_page_speaks_the_readers_language_down_to_constants_in_its_templates(local):
    page = await local.get("/local/style", accept_language="de")
    assert "Gebunden</option>" in page.text
    assert "1.228" in said(page)
    english = await local.get("/local/style", accept_language="en")
    assert "Hardback</option>" in english.text
    assert "1,228" in said(english)


async def test_every_pair_of_colours_can_be_told_apart_in_light_and_in_dark(local):
    page = await local.get("/local/style")
    assert len(re.findall("<code>--[a-z0-9-]+</code></th>", page.text)) == len(USES)
    assert page.text.count("stock-ok") > 30
    assert "too little" not in said(page)


def test_contrast_is_measured_as_the_standard_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


async def test_elsewhere_there_is_no_style_page(shop):
    assert (await shop.get("/local/style")).status_code == 404
    assert "/local/style" not in (await shop.get("/sign-in")).text
