"""Two people who edit one book at the same time: what merges by itself, and what one has to choose."""

import pytest
from browser import form_of


@pytest.fixture
def book(gateway):
    return gateway.books[gateway.book_id("Dracula")]


@pytest.fixture
def path(book):
    return f"/books/{book['id']}/edit"


@pytest.fixture
def theirs(gateway, book):
    """Give a function by which a colleague changes the book."""
    return lambda **fields: gateway.history.change(book, fields)


def sent(gateway, path):
    return gateway.calls_to("PATCH", path.removesuffix("/edit"))


async def test_what_only_one_of_two_changed_is_saved_together_without_asking(editor, gateway, book, path, theirs):
    page = await editor.get(path)
    theirs(price="1.00", isbn13="9780141439846", subjects=["Horror", "Vampires, Count"])
    answer = await editor.submit(page, path, {"publisher": "Mine", "authors": "B. Stoker\nSomebody Else"})
    assert answer.status_code == 303
    assert (book["publisher"], book["authors"], book["price"]) == ("Mine", ["B. Stoker", "Somebody Else"], "1.00")
    assert (book["isbn13"], book["subjects"]) == ("9780141439846", ["Horror", "Vampires, Count"])
    words = "“Dracula” is saved, together with a colleague’s change of the ISBN, the price and the subjects."
    assert words in (await editor.follow(answer)).text
    # Only what was typed is written down as this person's change.
    assert gateway.history.revisions[book["id"]][-1]["changes"].keys() == {"publisher", "authors"}


async def test_an_edit_sends_only_what_was_changed(editor, gateway, book, path):
    # Nobody is to be told what is wrong with a field that they did not touch.
    book["language"] = "xq"
    await editor.submit(await editor.get(path), path, {"pages": "7", "title": " Dracula "})
    request = next(request for request in gateway.seen if request.method == "PATCH")
    assert await request.json() == {"pages": 7}


async def test_where_both_changed_a_field_one_chooses_and_sees_what_goes_together_by_itself(
    editor, gateway, book, path, theirs
):
    page = await editor.get(path)
    theirs(publisher="Theirs", pages=999, subtitle="The same")
    values = {"publisher": "Mine", "price": "1.00", "subtitle": "The same"}
    conflict = await editor.submit(page, path, values)
    assert conflict.status_code == 412
    assert "You both changed the publisher." in conflict.text
    assert conflict.text.count('<fieldset class="choice') == 1
    assert "Subtitle" not in conflict.text
    for words in ("Your change</span> <bdi>£1.00", "Their change</span> <bdi>999"):
        assert words in conflict.text
    assert book["price"] == "7.99"
    saved = await editor.submit(conflict, path, {"choice_publisher": "theirs"})
    assert saved.status_code == 303
    assert (book["publisher"], book["price"], book["pages"]) == ("Theirs", "1.00", 999)
    assert gateway.history.revisions[book["id"]][-1]["changes"].keys() == {"price"}


async def test_a_second_change_while_one_chooses_works_again_the_same_way(editor, book, path, theirs):
    page = await editor.get(path)
    theirs(publisher="Theirs")
    conflict = await editor.submit(page, path, {"publisher": "Mine", "subtitle": "Mine, too"})
    theirs(publisher="Others", pages=999)
    again = await editor.submit(conflict, path)
    assert again.status_code == 412
    for words in ("Others", "Mine", "Their change</span> <bdi>999", "Your change</span> <bdi>Mine, too"):
        assert words in again.text
    # This time only another field changes meanwhile, so there is nothing more to ask.
    theirs(price="1.00")
    assert (await editor.submit(again, path)).status_code == 303
    assert (book["publisher"], book["subtitle"], book["pages"], book["price"]) == ("Mine", "Mine, too", 999, "1.00")


async def test_what_one_chose_can_be_worked_on_before_it_is_saved(editor, book, path, theirs):
    page = await editor.get(path)
    theirs(description="Their words.")
    conflict = await editor.submit(page, path, {"description": "My words.", "price": "1.00"})
    form = await editor.submit(conflict, path, {"choice_description": "theirs", "do": "edit"})
    assert form.status_code == 200
    assert form_of(form, path).value("description") == "Their words."
    saved = await editor.submit(form, path, {"description": "Their words. My words."})
    assert saved.status_code == 303
    assert (book["description"], book["price"]) == ("Their words. My words.", "1.00")


async def test_a_book_that_changes_all_the_time_is_tried_a_few_times_and_then_shown(editor, gateway, book, path):
    page = await editor.get(path)

    async def somebody_is_faster(request):
        if request.method == "PATCH":
            gateway.history.change(book, {"pages": book["pages"] + 1})

    gateway.before_answer = somebody_is_faster
    answer = await editor.submit(page, path, {"publisher": "Mine"})
    assert (answer.status_code, sent(gateway, path)) == (412, 4)
    assert "Your change</span> <bdi>Mine" in answer.text
    gateway.before_answer = None
    assert (await editor.submit(answer, path)).status_code == 303
    assert book["publisher"] == "Mine"


@pytest.mark.parametrize("base", ["", "x", "eyJ0aXRsZSI6ICJEcmFjdWxhIn0.forged"])
async def test_without_what_the_book_was_every_difference_is_to_be_chosen(editor, book, path, theirs, base):
    page = await editor.get(path)
    theirs(publisher="Theirs")
    answer = await editor.submit(page, path, {"pages": "999", "base": base})
    assert answer.status_code == 412
    assert "You both changed the publisher and the pages." in answer.text
    assert book["pages"] == 512


@pytest.mark.parametrize("version", ["", "x", "\N{FULLWIDTH DIGIT ONE}", '"v1.s1'])
async def test_an_edit_whose_version_was_tampered_with_overwrites_nothing(editor, book, path, theirs, version):
    page = await editor.get(path)
    theirs(title="Theirs")
    answer = await editor.submit(page, path, {"title": "Mine", "version": version})
    assert answer.status_code == 412
    assert book["title"] == "Theirs"


async def test_a_book_that_is_archived_meanwhile_is_put_back_and_saved_with_one_button(editor, gateway, book, path):
    page = await editor.get(path)
    gateway.history.archive(book)
    answer = await editor.submit(page, path, {"publisher": "Mine"})
    assert answer.status_code == 409
    assert "This book was archived meanwhile, and nothing of yours is saved yet" in answer.text
    assert form_of(answer, path).value("publisher") == "Mine"
    assert (await editor.submit(answer, path, {"do": "unarchive"})).status_code == 303
    assert (book["publisher"], book["archived_at"]) == ("Mine", None)


async def test_an_isbn_that_is_taken_is_told_even_after_a_merge_and_nothing_is_lost(
    editor, gateway, book, path, theirs
):
    other = gateway.books[gateway.book_id("Kim")]
    page = await editor.get(path)
    theirs(price="1.00")
    answer = await editor.submit(page, path, {"isbn": other["isbn13"], "publisher": "Mine"})
    assert answer.status_code == 409
    assert f'href="/books/{other["id"]}">here' in answer.text
    assert (await editor.submit(answer, path, {"isbn": book["isbn13"]})).status_code == 303
    assert (book["publisher"], book["price"]) == ("Mine", "1.00")


async def test_an_edit_kept_while_signing_in_does_not_hide_a_change_in_between(editor, gateway, path, theirs):
    page = await editor.get(path)
    gateway.sessions.clear()
    refused = await editor.submit(page, path, {"publisher": "Mine"})
    theirs(publisher="Theirs")
    answer = await editor.submit(refused, "/sign-in", {"email": "editor@example.com", "password": "correct horse"})
    form = await editor.follow(answer)
    assert form_of(form, path).value("publisher") == "Mine"
    assert (await editor.submit(form, path)).status_code == 412
