"""All books in the order in which they came, in stretches that keep their ends."""

from uuid import UUID

import pytest
from sqlalchemy import text

from book_service.sitemap import repository
from book_service.sitemap.service import SitemapService
from service_kit.database import Database


@pytest.fixture
async def books(editor):
    """Give the ids of seven books, the third of them archived."""
    ids = [(await editor.post("/books", json={"title": f"Volume {n}", "price": "1"})).json()["id"] for n in range(7)]
    assert (await editor.delete(f"/books/{ids[2]}")).status_code == 204
    return ids


@pytest.fixture
async def short_stretches(application, database_url):
    """Have three books in a stretch, and none remembered of another test."""
    database = Database(database_url, pool_size=2)
    service = SitemapService(database)
    service.books_in_stretch = 3
    usual, application.state.sitemap = application.state.sitemap, service
    yield
    application.state.sitemap = usual
    await database.dispose()


async def walked(client, after, until, limit=2):
    """Return the ids of a stretch, read a part at a time."""
    found, query = [], {"limit": limit} | ({"after": after} if after else {}) | ({"until": until} if until else {})
    while True:
        part = (await client.get("/books/sitemap/books", params=query)).json()
        assert len(part["items"]) <= limit
        found += [item["id"] for item in part["items"]]
        if part["next_after"] is None:
            return found
        query["after"] = part["next_after"]


@pytest.mark.usefixtures("short_stretches")
async def test_stretches_hold_each_book_of_the_catalogue_once_and_no_archived_one(editor, books):
    stretches = (await editor.get("/books/sitemap")).json()["items"]
    assert [(each["after"], each["until"]) for each in stretches] == [
        (None, books[2]), (books[2], books[5]), (books[5], None)
    ]  # fmt: skip
    parts = [await walked(editor, each["after"], each["until"]) for each in stretches]
    assert parts == [books[:2], books[3:6], books[6:]]


@pytest.mark.usefixtures("short_stretches")
async def test_the_ends_of_a_stretch_stay_whatever_is_archived_and_added(editor, books):
    before = (await editor.get("/books/sitemap")).json()["items"]
    for book in books[:6]:
        await editor.delete(f"/books/{book}")
    for number in range(4):
        await editor.post("/books", json={"title": f"Later {number}", "price": "1"})
    after = (await editor.get("/books/sitemap")).json()["items"]
    assert after[: len(before) - 1] == before[:-1]
    assert after[len(before) - 1]["after"] == before[-1]["after"]
    assert len(after) == 4


async def test_an_edit_moves_the_time_of_a_book_and_its_stock_does_not(editor, books):
    async def times():
        return {each["id"]: each["updated_at"] for each in (await editor.get("/books/sitemap/books")).json()["items"]}

    before = await times()
    await editor.patch(f"/books/{books[0]}", json={"subtitle": "Revised"})
    await editor.post(f"/books/{books[1]}/stock", json={"change": 3, "reason": "Delivery"})
    after = await times()
    assert [book for book in before if after[book] != before[book]] == [books[0]]


async def test_a_part_is_read_from_where_it_begins(editor, engine, books):
    async with engine.begin() as connection:
        # Rows as few as these would be read whole.
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        parameters = {"after": UUID(books[3]), "until": repository.END, "limit": 2, "books": 2}
        for statement in (repository.BEHIND, repository.LAST_OF_STRETCH):
            explained = text(f"EXPLAIN {statement.text}")
            used = {name: value for name, value in parameters.items() if f":{name}" in statement.text}
            plan = "\n".join(await connection.scalars(explained, used))
            assert "using books_pkey" in plan, plan
            assert "Index Cond" in plan, plan
    assert await walked(editor, books[3], None) == books[4:]
