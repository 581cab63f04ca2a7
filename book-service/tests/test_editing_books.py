"""Creating, reading, changing and archiving books."""

import asyncio

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from service_kit.testing.tokens import TokenMint

WAVES = {
    "title": "The Waves",
    "author": "Virginia Woolf",
    "isbn": "0-15-694960-1",
    "published_on": "1931-10-08",
    "language": "ENG",
    "format": "paperback",
    "pages": 297,
    "subjects": ["Fiction", "Fiction"],
    "description": "Six voices.\r\n\r\nOne tide.",
    "price": 9.99,
    "stock": 3,
}


@pytest.fixture
async def waves(editor: httpx2.AsyncClient) -> httpx2.Response:
    answer = await editor.post("/books", json=WAVES)
    assert answer.status_code == 201, answer.text
    return answer


async def test_a_new_book_comes_back_normalised_with_its_place_and_version(waves, editor):
    book = waves.json()
    assert waves.headers["etag"] == '"v1.s1"'
    assert waves.headers["location"] == f"/books/{book['id']}"
    assert book | {"id": None, "created_at": None, "updated_at": None} == {
        "id": None,
        "isbn13": "9780156949606",
        "title": "The Waves",
        "subtitle": None,
        "authors": ["Virginia Woolf"],
        "publisher": None,
        "published_on": "1931-10-08",
        "language": "eng",
        "format": "paperback",
        "pages": 297,
        "subjects": ["Fiction"],
        "description": "Six voices.\n\nOne tide.",
        "price": "9.99",
        "currency": "GBP",
        "on_hand": 3,
        "available": 3,
        "cover_url": None,
        "created_at": None,
        "updated_at": None,
        "archived_at": None,
        "version": 1,
    }
    assert (await editor.get(waves.headers["location"])).json() == book
    assert (await editor.get(f"/books/{book['id']}/")).json() == book


@pytest.mark.parametrize("isbn", ["9780156949606", "978-0-15-694960-6", "0-15-694960-1", "0156949601"])
async def test_a_book_is_found_by_its_isbn_in_any_form(waves, editor, isbn):
    assert (await editor.get(f"/books/isbn/{isbn}")).json()["id"] == waves.json()["id"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "line\nbreak"}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"title": 7}, "title"),
        ({"price": -0.01}, "price"),
        ({"price": "9.999"}, "price"),
        ({"price": 100000}, "price"),
        ({"price": "NaN"}, "price"),
        ({"price": "1e400"}, "price"),
        ({"price": True}, "price"),
        ({"price": "1_0"}, "price"),
        ({"price": "\N{ARABIC-INDIC DIGIT ONE}"}, "price"),
        ({"price": None}, "price"),
        ({"isbn": "978-0-15-694960-7"}, "isbn"),
        ({"isbn13": "12345"}, "isbn13"),
        ({"isbn": "\x00"}, "isbn"),
        ({"published_on": "1931-02-30"}, "published_on"),
        ({"published_on": "31.10.1931"}, "published_on"),
        ({"language": "english"}, "language"),
        ({"language": "xq"}, "language"),
        ({"format": "scroll"}, "format"),
        ({"pages": 0}, "pages"),
        ({"stock": -1}, "stock"),
        ({"stock": 10**12}, "stock"),
        ({"subjects": ["x"] * 61}, "subjects"),
        ({"authors": [None]}, "authors"),
        ({"description": "\ud800"}, "description"),
        ({"colour": "blue"}, "colour"),
    ],
)
async def test_what_is_not_a_book_is_refused_and_the_field_named(editor, fields, field):
    book = {"title": "The Waves", "price": "9.99"} | fields
    answer = await editor.post("/books", content=_json(book), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in {part for error in answer.json()["errors"] for part in error["loc"]}
    assert (await editor.get("/books")).json()["total"] == 0


def _json(value) -> bytes:
    import json  # noqa: PLC0415 (only to send what a client library would refuse to)

    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("written", "kept"),
    [("en", "eng"), (" De ", "deu"), ("ger", "deu"), ("FRE", "fra"), ("scr", "hrv"), ("nah", "nah"), ("", None)],
)
async def test_a_language_is_kept_in_three_letters_however_it_is_written_and_found_by_any_of_them(
    editor, written, kept
):
    book = (await editor.post("/books", json={"title": "x", "price": 1, "language": written})).json()
    assert book["language"] == kept
    found = (await editor.get("/books", params={"language": written or "en"})).json()["total"]
    assert found == (kept is not None)


@pytest.mark.parametrize("body", [b"{", b"", b"[1, 2", b'"\xff"'])
async def test_malformed_json_is_a_client_error(editor, body):
    answer = await editor.post("/books", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] in {"malformed_json", "invalid_input", "bad_request"}


async def test_a_body_beyond_the_limit_is_refused(editor):
    answer = await editor.post("/books", json={"title": "x", "price": 1, "description": "x" * 2_000_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_an_isbn_belongs_to_one_book_even_when_that_is_archived(waves, editor):
    await editor.delete(f"/books/{waves.json()['id']}")
    answer = await editor.post("/books", json={"title": "Other", "price": 1, "isbn": "0156949601"})
    assert (answer.status_code, answer.json()["code"]) == (409, "isbn_taken")
    assert answer.json()["book_id"] == waves.json()["id"]
    assert answer.json()["archived"] is True


async def test_of_two_books_with_one_isbn_added_at_once_one_is_refused(editor):
    book = {"title": "Twin", "price": 1, "isbn": "9780156949606"}
    answers = await asyncio.gather(*(editor.post("/books", json=book) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_a_stale_edit_is_refused_with_the_current_book_and_a_sale_does_not_make_it_stale(waves, editor):
    url, etag = waves.headers["location"], waves.headers["etag"]
    await editor.post(f"{url}/stock", json={"change": 5, "reason": "Delivery"})
    first = await editor.patch(url, json={"price": "8.50"}, headers={"If-Match": etag})
    assert (first.status_code, first.headers["etag"]) == (200, '"v2.s2"')
    second = await editor.patch(url, json={"price": "7.00"}, headers={"If-Match": etag})
    assert (second.status_code, second.json()["code"]) == (412, "precondition_failed")
    assert second.json()["current"]["price"] == "8.50"
    assert second.headers["etag"] == '"v2.s2"'
    assert (await editor.get(url)).json()["price"] == "8.50"


@pytest.mark.parametrize("tag", ['W/"v1.s1"', '"v9.s1"', '"other"', "nonsense"])
async def test_a_tag_that_does_not_match_strongly_stops_the_change(waves, editor, tag):
    for method, body in (("PATCH", {"price": 1}), ("PUT", {"title": "x", "price": 1}), ("DELETE", None)):
        answer = await editor.request(method, waves.headers["location"], json=body, headers={"If-Match": tag})
        assert answer.status_code == 412, (method, answer.text)


async def test_of_many_edits_of_one_version_exactly_one_wins(waves, editor):
    url, etag = waves.headers["location"], waves.headers["etag"]
    answers = await asyncio.gather(
        *(editor.patch(url, json={"pages": n}, headers={"If-Match": etag}) for n in range(1, 9))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_a_reader_with_the_current_copy_gets_304(waves, editor):
    url = waves.headers["location"]
    answer = await editor.get(url, headers={"If-None-Match": '"v1.s1"'})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"v1.s1"')
    await editor.post(f"{url}/stock", json={"change": 1, "reason": "Found"})
    assert (await editor.get(url, headers={"If-None-Match": '"v1.s1"'})).status_code == 200


async def test_a_merge_patch_changes_what_it_names_and_removes_what_is_null(waves, editor):
    answer = await editor.patch(
        waves.headers["location"],
        content=b'{"description": null, "authors": ["V. Woolf"]}',
        headers={"Content-Type": "application/merge-patch+json"},
    )
    changed = {name for name in answer.json() if answer.json()[name] != waves.json()[name]}
    assert changed == {"description", "authors", "version", "updated_at"}
    assert answer.json()["description"] is None
    for removed in ("title", "price"):
        assert (await editor.patch(waves.headers["location"], json={removed: None})).status_code == 422


async def test_a_replacement_ignores_what_only_the_system_keeps(waves, editor):
    everything = waves.json() | {"title": "Waves", "on_hand": 999, "version": 50, "id": "x", "currency": "USD"}
    book = (await editor.put(waves.headers["location"], json=everything)).json()
    assert (book["title"], book["on_hand"], book["version"], book["currency"]) == ("Waves", 3, 2, "GBP")
    forged = await editor.put(waves.headers["location"], json={"title": "x", "price": 1, "stock": 5})
    assert forged.status_code == 422
    bare = (await editor.put(waves.headers["location"], json={"title": "x", "price": 1})).json()
    assert (bare["authors"], bare["isbn13"], bare["description"]) == ([], None, None)


async def test_an_archived_book_is_gone_for_readers_and_can_be_restored_by_editors(waves, service, mint: TokenMint):
    url, reader = waves.headers["location"], mint.headers("customer")
    assert (await service.delete(url)).status_code == 204
    assert (await service.delete(url)).status_code == 204
    assert (await service.get(url, headers=reader)).status_code == 404
    assert (await service.get("/books")).json()["total"] == 0
    assert (await service.get("/books?archived=true")).json()["total"] == 1
    assert (await service.get("/books?archived=true", headers=reader)).json()["total"] == 0
    assert (await service.get(url)).json()["archived_at"] is not None
    assert (await service.patch(url, json={"price": 1})).json()["code"] == "book_archived"
    assert (await service.post(f"{url}/restore")).json()["archived_at"] is None
    assert (await service.get(url, headers=reader)).status_code == 200


async def test_readers_may_not_edit_and_do_not_see_the_shelf(waves, service, mint: TokenMint):
    url, reader = waves.headers["location"], mint.headers("customer")
    assert (await service.get(url, headers=reader)).json()["on_hand"] is None
    for method, path in (("POST", "/books"), ("PUT", url), ("PATCH", url), ("DELETE", url), ("GET", f"{url}/stock")):
        answer = await service.request(method, path, json=WAVES, headers=reader)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), (method, path)


@pytest.mark.parametrize("book_id", ["x", "0", "%00", "019a0000-0000-7000-8000-00000000000z"])
async def test_a_malformed_id_is_422(editor, book_id):
    assert (await editor.get(f"/books/{book_id}")).status_code == 422


async def test_an_unknown_id_is_404_with_a_problem_document(editor):
    answer = await editor.get("/books/019a0000-0000-7000-8000-000000000000", headers={"X-Request-ID": "abc-1"})
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "about:blank",
        "title": "There is no such book",
        "status": 404,
        "instance": "/books/019a0000-0000-7000-8000-000000000000",
        "code": "book_not_found",
        "request_id": "abc-1",
    }
    assert answer.headers.get_list("x-request-id") == ["abc-1"]


@pytest.mark.parametrize(
    "change",
    [
        "isbn13 = '9780156949607'",
        "isbn13 = '978015694960'",
        "title = ''",
        "title = E'a\\nb'",
        "price = -1",
        "published_on = '1931-13'",
        "format = 'scroll'",
        "language = 'English'",
        "pages = 0",
        "authors = ARRAY[NULL]",
    ],
)
@pytest.mark.usefixtures("waves")
async def test_the_database_itself_refuses_what_validation_promises(database_url, change):
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://"))
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(text(f"UPDATE books SET {change}"))  # noqa: S608 (the test's own text)
    await engine.dispose()


async def test_a_book_that_is_sent_twice_with_one_key_is_added_once(editor):
    key = {"Idempotency-Key": '"add-once"'}
    book = {"title": "Emma", "price": 1, "stock": 2}
    answers = await asyncio.gather(*(editor.post("/books", json=book, headers=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({(answer.text, answer.headers["location"], answer.headers["etag"]) for answer in answers}) == 1
    assert (await editor.get("/books")).json()["total"] == 1


async def test_an_edit_that_changes_nothing_makes_no_other_edit_stale(waves, editor):
    url, etag = waves.headers["location"], waves.headers["etag"]
    for body in ({}, {"title": "The Waves", "price": "9.990", "subjects": ["Fiction"]}):
        assert (await editor.patch(url, json=body)).headers["etag"] == etag
    assert (await editor.patch(url, json={"pages": 300}, headers={"If-Match": etag})).status_code == 200
