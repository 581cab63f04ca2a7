"""The shop in the reader's language, and its pages with books that strain them."""

import re
from pathlib import Path

from browser import SAME_ORIGIN, form_of
from words import said

from web_frontend.covers import cover_for

SCRIPTS = Path(__file__).parents[2] / "static" / "scripts"


async def german(browser):
    browser.http.headers["Accept-Language"] = "de"
    return browser


async def test_finding_and_ordering_a_book_speak_german(reader, gateway):
    await german(reader)
    assert "Alle Bücher" in said(await reader.get("/"))
    found = said(await reader.get("/books?q=Austen&in_stock=true&price_max=20"))
    for words in ("Treffer für „Austen“", "Nur vorrätige", "Bis 20,00 £", "Sortieren nach"):
        assert words in found
    dracula = gateway.book_id("Dracula")
    gateway.books[dracula]["authors"] = ["Bram Stoker", "نجيب محفوظ", "夏目漱石", "<b>", "E"]
    book = await reader.get(f"/books/{dracula}")
    assert "von Bram Stoker, نجيب محفوظ, 夏目漱石, <b> und E" in said(book)
    assert "<bdi>&lt;b&gt;</bdi>" in book.text
    cart = await reader.follow(await reader.submit(book, "/cart", {"quantity": "2"}))
    assert "„Dracula“ liegt in Ihrem Warenkorb." in said(cart)
    wrong = await reader.submit(await reader.get("/checkout"), "/checkout", {"name": "", "address": ""})
    assert "2 Angaben stimmen noch nicht" in said(wrong)
    assert "zahlungspflichtig bestellen" in said(wrong)
    assert "Themen, beginnend mit „r“" in said(await reader.get("/subjects?q=r"))
    assert "Wir haben keine Bücher von „Niemand“" in said(await reader.get("/authors/Niemand"))


async def test_all_words_of_the_script_that_pages_share_come_with_the_page(shop):
    page = await shop.get("/sign-in")
    names = set(re.findall(r"\bsay\.(\w+)", (SCRIPTS / "site.js").read_text("utf-8")))
    assert names
    for name in names:
        attribute = "data-" + re.sub("([A-Z])", lambda match: "-" + match[1].lower(), name)
        assert re.search(rf'<template id="words"[^>]* {attribute}="[^"]+"', page.text), name


async def test_a_title_that_no_panel_holds_is_not_the_book_of_the_week(reader, gateway):
    for book in gateway.books.values():
        book["title"] = "W" * 500
    page = await reader.get("/")
    assert "Book of the week" not in said(page)
    assert "W" * 500 in page.text


async def test_many_changes_are_told_beside_their_books_and_those_without_a_line_above(reader, gateway):
    cart = gateway.carts["reader@example.com"] = {}
    some = list(gateway.books)[:12]
    for book_id in some:
        cart[book_id] = {"book_id": book_id, "quantity": 2, "added_price": gateway.books[book_id]["price"]}
    page = await reader.get("/checkout")
    del cart[some[0]]
    for book_id in some[1:]:
        gateway.books[book_id]["price"] = "1.01"
    sent = [(name, value) for name, value in form_of(page, "/checkout").fields if name not in {"name", "address"}]
    answer = await reader.post("/checkout", [*sent, ("name", "Ada"), ("address", "London")], SAME_ORIGIN)
    above = answer.text.split("data-errors", 1)[1].split("</div>")[0]
    assert above.count("Now £1.01") == 6
    assert "5 more, each told beside its book" in above
    assert "You have taken it out of your cart meanwhile" in above
    assert answer.text.count("Now £1.01") == 6 + 11


def test_a_word_that_no_capitals_hold_is_set_in_another_face():
    long = [cover_for(None, f"{number} Encyclopaedia of Naturwissenschaften") for number in range(40)]
    assert {cover.face for cover in long} == {"sans", "serif"}
    assert cover_for(None, "W" * 500).size == 7
