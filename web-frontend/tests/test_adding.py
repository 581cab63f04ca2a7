"""Adding a book with its ISBN first, the cover beside the form, and the names that are offered."""

import pytest
from browser import PARTIAL, SAME_ORIGIN, filled, form_of

from web_frontend.covers import cover_for

NEW = "/books/new"
FREE = "978-0-15-694960-6"


async def look_up(browser, isbn, **typed):
    fields = filled(await browser.get(NEW), NEW, {"isbn": isbn, "do": "isbn"} | typed)
    return await browser.post(NEW, fields, SAME_ORIGIN | PARTIAL)


async def test_a_free_isbn_goes_on_at_the_title_and_nothing_else_of_the_page_is_touched(editor, gateway):
    answer = await look_up(editor, FREE, title="Half a tit")
    assert answer.status_code == 200
    assert "No book has this ISBN yet." in answer.text
    assert answer.text.lstrip().startswith('<div class="isbn" id="isbn-line">')
    assert 'id="title"' not in answer.text
    assert gateway.calls_to("POST", "/books") == 0


async def test_a_known_isbn_offers_its_book_instead(staff, gateway):
    book = gateway.books[gateway.book_id("Dracula")]
    book["isbn13"] = "9780156949606"
    answer = await look_up(staff, "0-15-694960-1")
    for words in ("in the catalogue already", "Dracula", "copies on the shelf", f'href="/books/{book["id"]}/stock"'):
        assert words in answer.text
    assert f'href="/books/{book["id"]}/edit" autofocus' in answer.text
    book["archived_at"] = gateway.now()
    assert "Put it back instead" in (await staff.get(f"{NEW}?isbn=9780156949606")).text


@pytest.mark.parametrize("isbn", ["9780156949607", "12345", "nonsense"])
async def test_what_is_no_isbn_is_told_at_the_field(editor, gateway, isbn):
    answer = await look_up(editor, isbn)
    assert answer.status_code == 422
    assert "whose last digit is right" in answer.text
    assert 'aria-invalid="true" aria-describedby="isbn-err" autofocus' in answer.text
    assert not [call for call in gateway.calls if "isbn" in call[1]]


async def test_enter_behind_the_isbn_alone_looks_it_up_without_scripts_and_adds_nothing(editor, gateway):
    answer = await editor.submit(await editor.get(NEW), NEW, {"isbn": FREE})
    assert answer.status_code == 200
    assert "No book has this ISBN yet." in answer.text
    title = answer.text.partition('id="title"')[2].partition(">")[0]
    assert "autofocus" in title
    assert "put right" not in answer.text
    saved = await editor.submit(answer, NEW, {"title": "The Waves", "price": "9.99"})
    assert saved.status_code == 303
    assert gateway.books[gateway.book_id("The Waves")]["isbn13"] == "9780156949606"


async def test_several_books_are_added_one_after_the_other(editor):
    values = {"title": "One of many", "price": "1", "do": "next"}
    answer = await editor.submit(await editor.get(NEW), NEW, values)
    assert answer.headers["location"] == NEW
    following = await editor.follow(answer)
    assert "“One of many” is in the catalogue." in following.text
    assert form_of(following, NEW).value("title") == ""


async def test_the_cover_of_what_is_typed_is_the_one_that_the_book_will_have(editor):
    token = form_of(await editor.get(NEW), NEW).value("csrf_token")
    typed = {"csrf_token": token, "isbn": "0-15-694960-1", "title": " The  Waves ", "authors": "Virginia Woolf\n\n"}
    drawn = await editor.post(f"{NEW}/cover", typed, SAME_ORIGIN | PARTIAL)
    assert str(cover_for("9780156949606", "The Waves").art) in drawn.text
    assert "Virginia Woolf" in drawn.text
    assert 'aria-hidden="true"' in drawn.text
    # Without scripts it is drawn with the next answer.
    answer = await editor.submit(await editor.get(NEW), NEW, {"title": "The Waves", "isbn": FREE, "price": ""})
    assert str(cover_for("9780156949606", "The Waves").art) in answer.text


async def test_names_are_offered_for_what_is_being_typed(editor, gateway):
    async def offered(query):
        return await editor.http.get(f"{NEW}/names?{query}", headers=PARTIAL)

    assert 'data-name="Bram Stoker"' in (await offered("kind=authors&q=Br")).text
    assert 'data-name="Penguin Classics"' in (await offered("kind=publishers&q=penguin+c")).text
    for query in ("kind=authors&q=", "kind=authors&q=Nobody", "kind=authors&q=Bram+Stoker"):
        assert "option" not in (await offered(query)).text
    gateway.down.add("books")
    assert (await offered("kind=authors&q=Br")).status_code == 200
    assert (await editor.get(f"{NEW}/names?kind=authors&q=Br")).headers["location"] == NEW


async def test_a_german_form_has_german_books_prices_and_mistakes(editor, gateway):
    editor.http.headers["Accept-Language"] = "de-DE"
    page = await editor.get(NEW)
    assert form_of(page, NEW).value("language") == "deu"
    wrong = await editor.submit(page, NEW, {"title": "Emma", "price": "9,5", "pages": "0"})
    assert "Geben Sie eine Seitenzahl von 1 bis 100.000 ein" in wrong.text
    assert form_of(wrong, NEW).value("price") == "9,50"
    assert (await editor.submit(wrong, NEW, {"pages": "", "title": "Emma auf Deutsch"})).status_code == 303
    assert gateway.books[gateway.book_id("Emma auf Deutsch")]["price"] == "9.50"


async def test_what_helps_while_typing_never_takes_the_form_away(editor):
    typed = filled(await editor.get(NEW), NEW, {"title": "The Waves"})
    editor.http.cookies.clear()
    drawn = await editor.post(f"{NEW}/cover", typed, SAME_ORIGIN | PARTIAL)
    offered = await editor.http.get(f"{NEW}/names?kind=authors&q=wo", headers=PARTIAL)
    for answer in (drawn, offered):
        assert answer.status_code == 204
        assert "hx-redirect" not in answer.headers
