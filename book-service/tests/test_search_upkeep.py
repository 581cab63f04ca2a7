"""What is searched follows the catalogue, its stock and its sales, and is the same as if it were made anew."""

import asyncio

import pytest
from sqlalchemy import text

from book_service.config import Settings
from book_service.main import create_app
from book_service.search import reindex
from service_kit.testing.clients import running
from service_kit.testing.upstreams import Upstreams

ENTRIES = """
    SELECT book_id, tier = 3 AS is_archived, popularity, price, title_key, words,
           ARRAY(SELECT unnest(facets) ORDER BY 1) AS facets
      FROM search_entries ORDER BY book_id
"""
TABLES = {
    "entries": ENTRIES,
    "facets": "SELECT id, kind, value, key, words, books FROM search_facets WHERE books > 0 ORDER BY id",
    "words": "SELECT word, books, misspellings FROM search_words WHERE books > 0 ORDER BY word",
    "scores": "SELECT book_id, round(score::numeric, 3) FROM search_scores WHERE score > 0 ORDER BY book_id",
}
ORDER = "019a0000-0000-7000-8000-00000000000{}"


@pytest.fixture
def searched(engine):
    """Give a function that returns all that is searched."""

    async def read():
        async with engine.connect() as connection:
            return {name: (await connection.execute(text(sql))).all() for name, sql in TABLES.items()}

    return read


async def add(editor, title, **fields):
    answer = await editor.post("/books", json={"title": title, "price": "5", "author": "Ann Other", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_after_any_changes_it_is_what_making_it_anew_gives(
    editor, service, mint, settled, searched, database_url
):
    books = [await add(editor, f"Book {n}", stock=n % 3, subjects=["Odd" if n % 2 else "Even"]) for n in range(8)]
    await editor.patch(f"/books/{books[0]}", json={"title": "Another", "author": "Somebody Else", "price": "42"})
    await editor.patch(f"/books/{books[1]}", json={"subjects": [], "publisher": "Acme", "language": "fra"})
    await editor.delete(f"/books/{books[2]}")
    await editor.delete(f"/books/{books[3]}")
    await editor.post(f"/books/{books[3]}/restore")
    await editor.post(f"/books/{books[4]}/stock", json={"change": -1, "reason": "Lost"})
    await editor.post(f"/books/{books[6]}/stock", json={"change": 2, "reason": "Delivery"})
    machine = mint.headers("order-service")
    for number, quantity in ((5, 2), (6, 1), (7, 1)):
        path = f"/internal/reservations/{ORDER.format(number)}"
        lines = {"lines": [{"book_id": books[number], "quantity": quantity}]}
        assert (await service.put(path, json=lines, headers=machine)).status_code == 200
        assert (await service.post(f"{path}/commit", headers=machine)).status_code == 200
    await service.post(f"/internal/reservations/{ORDER.format(7)}/return", headers=machine)
    await settled()
    followed = await searched()
    assert {row.popularity > 0 for row in followed["entries"]} == {True, False}
    assert await reindex.rebuild(database_url) == len(books)
    assert await searched() == followed


async def test_while_a_shop_is_open_everything_can_be_looked_at_again(editor, settled, searched, engine, database_url):
    for number in range(3):
        await add(editor, f"Book {number}", stock=1)
    await settled()
    before = await searched()
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE search_entries SET words = '', title_key = 'wrong', facets = '{}'"))
        await connection.execute(text("UPDATE search_words SET books = 0"))
        await connection.execute(text("UPDATE search_facets SET books = 0"))
    assert await reindex.enqueue(database_url) == 3
    await settled()
    assert await searched() == before


async def test_a_change_is_searched_within_two_seconds_without_anybody_asking_for_it(editor, service, mint):
    book = await add(editor, "Rarely seen", stock=1)
    path = f"/internal/reservations/{ORDER.format(1)}"
    lines = {"lines": [{"book_id": book, "quantity": 1}]}
    await service.put(path, json=lines, headers=mint.headers("order-service"))
    await service.post(f"{path}/commit", headers=mint.headers("order-service"))
    other = await add(editor, "Rarely sold")
    found = []
    async with asyncio.timeout(2):
        while found != [book, other]:
            found = [one["id"] for one in (await editor.get("/books?q=rarely")).json()["items"]]


async def test_however_many_books_are_archived_all_of_them_are_listed(editor, engine, database_url):
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO books (id, title, authors, subjects, price, archived_at) SELECT gen_random_uuid(),"
                " 'Gone ' || lpad(n::text, 4, '0'), '{}', '{}', 1, now() FROM generate_series(1, 1200) AS n"
            )
        )
        await connection.execute(text("INSERT INTO stock_levels (book_id) SELECT id FROM books"))
    assert await reindex.rebuild(database_url) == 1200
    page = (await editor.get("/books?archived=true&sort=title&limit=2")).json()
    assert (page["total"], page["total_is_estimate"]) == (1200, False)
    assert [book["title"] for book in page["items"]] == ["Gone 0001", "Gone 0002"]


async def test_two_services_at_once_count_everything_once(editor, settled, searched, database_url, neighbour):
    settings = Settings(database_url=database_url, auth_url="http://auth")
    async with running(create_app(settings, transport=Upstreams({"auth": neighbour.app}))):
        await asyncio.gather(*(add(editor, f"Twin {n}", subjects=["Twins"]) for n in range(30)))
        await settled()
    words = {row.word: row.books for row in (await searched())["words"]}
    assert (words["twin"], words["twins"]) == (30, 30)


async def test_a_book_that_is_being_edited_keeps_nobody_waiting_and_is_looked_at_later(
    editor, engine, settled, application
):
    held, free = await add(editor, "Held", stock=1), await add(editor, "Free", stock=1)
    await settled()
    async with engine.begin() as editing:
        await editing.execute(text("SELECT FROM books WHERE id = :id FOR NO KEY UPDATE"), {"id": held})
        for book in (held, free):
            await editor.post(f"/books/{book}/stock", json={"change": -1, "reason": "Lost"})
        async with asyncio.timeout(10):
            while (await editor.get("/books?q=free&facets=true")).json()["facets"]["in_stock"]:
                await application.state.search_upkeep.catch_up()
        in_stock = (await editor.get("/books?q=held&facets=true")).json()["facets"]["in_stock"]
        assert in_stock == 1
    await settled()
    assert (await editor.get("/books?q=held&facets=true")).json()["facets"]["in_stock"] == 0
