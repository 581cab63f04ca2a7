"""Adding and changing books and their stock."""

import pytest
from browser import form_of


async def test_only_editors_reach_the_forms(reader, gateway):
    book_id = gateway.book_id("Dracula")
    for path in ("/books/new", f"/books/{book_id}/edit", f"/books/{book_id}/archive", f"/books/{book_id}/stock"):
        assert (await reader.get(path)).status_code == 403
    page = await reader.get("/account")
    token = form_of(page, "/account").value("csrf_token")
    answer = await reader.post(f"/books/{book_id}/archive", {"csrf_token": token})
    assert answer.status_code == 403
    assert gateway.books[book_id]["archived_at"] is None


async def test_a_book_is_added(editor, gateway):
    values = {
        "title": "The Waves",
        "price": "9,5",
        "authors": "Virginia Woolf",
        "subjects": "Fiction\nFrance, History of",
        "stock": "3",
    }
    answer = await editor.submit(await editor.get("/books/new"), "/books/new", values)
    assert "“The Waves” is in the catalogue." in (await editor.follow(answer)).text
    book = gateway.books[gateway.book_id("The Waves")]
    assert (book["price"], book["subjects"], book["on_hand"]) == ("9.50", ["Fiction", "France, History of"], 3)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"title": ""}, "Enter a title"),
        ({"price": "dear"}, "Enter a price like 9.99"),
        ({"price": "-1"}, "Enter a price like 9.99"),
        ({"pages": "0"}, "Enter a number of pages"),
        ({"pages": "9" * 5000}, "Enter a number of pages"),
        ({"published_on": "last year"}, "Enter a year, a month or a day"),
        ({"stock": "-1"}, "Enter a number of copies"),
        ({"stock": "9" * 5000}, "Enter a number of copies"),
        ({"isbn": "nonsense"}, "Enter an ISBN of 10 or 13 digits"),
    ],
)
async def test_what_is_wrong_is_said_at_the_field_and_nothing_typed_is_lost(editor, values, words):
    typed = {"title": "T", "price": "5", "publisher": "A <Press>"} | values
    answer = await editor.submit(await editor.get("/books/new"), "/books/new", typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert form_of(answer, "/books/new").value("publisher") == "A <Press>"
    name = next(iter(values))
    assert f'<a href="#{name}">' in answer.text
    assert f'id="{name}-err"' in answer.text


async def test_all_that_is_wrong_is_said_at_once(editor):
    typed = {"title": "", "price": "dear", "isbn": "123"}
    answer = await editor.submit(await editor.get("/books/new"), "/books/new", typed)
    assert "There are 3 things to put right" in answer.text


async def test_a_form_that_was_sent_before_with_other_words_says_what_to_look_at(editor):
    page = await editor.get("/books/new")
    await editor.submit(page, "/books/new", {"title": "First", "price": "5"})
    answer = await editor.submit(page, "/books/new", {"title": "Second", "price": "5"})
    assert answer.status_code == 409
    assert "This form was sent before" in answer.text
    assert (await editor.submit(answer, "/books/new")).status_code == 303


async def test_an_isbn_that_is_taken_leads_to_its_book(editor, gateway):
    book = gateway.books[gateway.book_id("Dracula")]
    values = {"title": "Again", "price": "5", "isbn": book["isbn13"]}
    answer = await editor.submit(await editor.get("/books/new"), "/books/new", values)
    assert answer.status_code == 409
    assert f'href="/books/{book["id"]}">here' in answer.text


async def test_a_book_is_archived_and_put_back(editor, gateway):
    book_id = gateway.book_id("Dracula")
    question = await editor.get(f"/books/{book_id}/archive")
    page = await editor.follow(await editor.submit(question, f"/books/{book_id}/archive"))
    assert "This book is archived" in page.text
    assert "Dracula" in (await editor.get("/books?archived=true")).text
    answer = await editor.submit(page, f"/books/{book_id}/restore")
    assert "back in the catalogue" in (await editor.follow(answer)).text


async def test_every_address_that_takes_a_form_also_shows_a_page(staff, gateway):
    for route in staff.app.routes:
        path = getattr(route, "path", "")
        if "POST" not in (getattr(route, "methods", None) or set()):
            continue
        path = path.replace("{book_id}", gateway.book_id("Dracula")).replace("{order_id}", gateway.book_id("Dracula"))
        path = path.replace("{version}", "1")
        answer = await staff.get(path)
        assert answer.status_code in {200, 303, 404}, path
