"""A book's history: who changed what, and putting earlier versions back."""

import html
import re

import pytest


@pytest.fixture
def book(gateway):
    return gateway.books[gateway.book_id("Dracula")]


@pytest.fixture
def path(book):
    return f"/books/{book['id']}/history"


def words(answer) -> str:
    """Return the words of a page as they are read."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", main)).split())


async def test_a_history_tells_who_did_what_field_by_field(editor, gateway, book, path):
    edit = path.replace("history", "edit")
    values = {"price": "8.50", "authors": "Bram Stoker\nA <Ghost>", "language": ""}
    await editor.submit(await editor.get(edit), edit, values)
    gateway.history.change(book, {"title": "Dracula, or The Undead", "isbn13": None})
    gateway.history.archive(book)
    page = await editor.get(path)
    assert page.status_code == 200
    archived, renamed, edited = page.text.split('<li class="revision">')[1:]
    assert "<h2>Archived</h2>" in archived
    assert "colleague@example.com" in archived
    assert "<time datetime=" in archived
    assert "Dracula<ins>" in renamed
    assert "before: </span>978-" in renamed
    assert "<strong>You</strong>" in edited
    assert "before: </span>£7.99" in edited
    assert "now: </span>£8.50" in edited
    assert "now: </span>A &lt;Ghost&gt;" in edited
    assert "before: </span>English" in edited
    # Both ways lead here.
    assert f'href="{path}"' in (await editor.get(f"/books/{book['id']}")).text
    assert f'href="{path}"' in (await editor.get(edit)).text


async def test_a_long_text_is_told_by_its_changed_words(editor, gateway, book, path):
    book["description"] = " ".join(f"word{n}" for n in range(400))
    gateway.history.change(book, {"description": book["description"].replace("word200 word201", "other words")})
    said = words(await editor.get(path))
    assert "word199 before: word200 word201; now: other words; word202" in said
    assert "[…]" in said
    assert "word100 " not in said


async def test_a_version_is_put_back_after_one_has_seen_what_that_changes(editor, gateway, book, path):
    gateway.history.change(book, {"title": "Wrong", "pages": 1})
    question = await editor.get(f"{path}/1")
    said = words(question)
    assert "Put version 1 of “Wrong” back?" in said
    assert "before: 1; → now: 512;" in said
    assert book["title"] == "Wrong"
    answer = await editor.submit(question, f"{path}/1")
    page = await editor.follow(answer)
    assert "Version 1 of “Dracula” is put back." in page.text
    assert "<h2>Version 1 put back</h2>" in page.text
    assert (book["title"], book["pages"]) == ("Dracula", 512)
    # That can be taken back as well, and the version of now cannot be put back.
    assert f'href="{path}/2"' in page.text
    assert f'href="{path}/3"' not in page.text
    assert "nothing to put back" in words(await editor.get(f"{path}/3"))


async def test_what_others_change_while_one_looks_is_shown_before_anything_is_put_back(editor, gateway, book, path):
    gateway.history.change(book, {"title": "Wrong"})
    question = await editor.get(f"{path}/1")
    gateway.history.change(book, {"pages": 999})
    again = await editor.submit(question, f"{path}/1")
    assert again.status_code == 412
    assert "The book was changed while you were looking" in again.text
    assert "before: 999; → now: 512;" in words(again)
    assert book["title"] == "Wrong"
    assert (await editor.submit(again, f"{path}/1")).status_code == 303
    assert (book["title"], book["pages"]) == ("Dracula", 512)


async def test_an_isbn_that_another_book_has_by_now_is_told(editor, gateway, book, path):
    other = gateway.books[gateway.book_id("Kim")]
    isbn = book["isbn13"]
    gateway.history.change(book, {"isbn13": None})
    other["isbn13"] = isbn
    answer = await editor.submit(await editor.get(f"{path}/1"), f"{path}/1")
    assert answer.status_code == 409
    assert "Another book has this version’s ISBN now" in answer.text
    assert f'href="/books/{other["id"]}">here' in answer.text


async def test_an_archived_book_is_put_back_from_its_history_and_before_anything_else(editor, gateway, book, path):
    gateway.history.change(book, {"title": "Wrong"})
    question = await editor.get(f"{path}/1")
    gateway.history.archive(book)
    refused = await editor.follow(await editor.submit(question, f"{path}/1", {"version": '"v3.s1"'}))
    assert "This book was archived meanwhile" in refused.text
    assert "Put this version back" not in refused.text
    answer = await editor.submit(refused, f"/books/{book['id']}/restore")
    assert "back in the catalogue" in (await editor.follow(answer)).text
    assert book["archived_at"] is None
    assert "<h2>Put back into the catalogue</h2>" in (await editor.get(path)).text


async def test_what_was_before_histories_is_offered_as_far_as_it_is_known(editor, gateway, book, path):
    book["version"] = 5
    assert "Nothing has been changed since histories are kept" in words(await editor.get(path))
    gateway.history.change(book, {"pages": 1})
    page = await editor.get(path)
    assert "How the book was before its changes were written down." in words(page)
    assert f'href="{path}/5"' in page.text
    unknown = await editor.get(f"{path}/4")
    assert unknown.status_code == 303
    assert "What this book said at version 4 is not known" in (await editor.follow(unknown)).text
    await editor.submit(await editor.get(f"{path}/5"), f"{path}/5")
    assert book["pages"] == 512


async def test_a_long_history_has_pages(editor, gateway, book, path):
    gateway.history.page_size = 2
    for pages in range(1, 6):
        gateway.history.change(book, {"pages": pages})
    first = await editor.get(path)
    assert "5 changes" in first.text
    assert "Before that" not in first.text
    second = await editor.get(f"{path}?cursor=2")
    assert 'rel="prev"' in second.text
    assert "Version 4" in second.text
    assert (await editor.get(f"{path}?cursor=stale")).headers["location"] == path


async def test_histories_are_for_editors(reader, path):
    assert (await reader.get(path)).status_code == 403
    assert (await reader.get(f"{path}/1")).status_code == 403


async def test_a_version_of_a_book_that_is_not_there_is_a_page_that_is_not_there(editor, path):
    assert (await editor.get(f"{path}/0")).status_code == 404
    assert (await editor.get(f"{path}/first")).status_code == 404
    assert (await editor.get("/books/01890000-0000-7000-8000-0000000000ff/history/1")).status_code == 404


async def test_an_import_is_told_by_its_name(editor, gateway, book, path):
    import_id = "01890000-0000-7000-8000-0000000000ff"
    gateway.history.change(book, {"pages": 1}, kind="imported", import_id=import_id)
    undone = {"kind": "import_undone", "import_id": import_id, "changes": {"archived": [False, True]}}
    gateway.history.write(book, {"id": "system", "email": None}, undone)
    page = await editor.get(path)
    assert "<h2>Changed by an import</h2>" in page.text
    assert "<h2>Import undone: archived</h2>" in page.text
    assert "<strong>Quire</strong>" in page.text
    assert f'href="/staff/imports/{import_id}"' in page.text
