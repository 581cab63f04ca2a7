"""The stock ledger."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from service_kit.testing.tokens import TokenMint


@pytest.fixture
async def stock(editor) -> str:
    book = await editor.post("/books", json={"title": "The Waves", "price": "9.99", "stock": 3})
    return f"{book.headers['location']}/stock"


async def test_changes_are_differences_and_the_ledger_tells_why(editor, stock):
    added = await editor.post(stock, json={"change": 5, "reason": "Delivery 2231"})
    assert (added.status_code, added.json()["on_hand"], added.json()["available"]) == (201, 8, 8)
    lost = await editor.post(stock, json={"change": -1, "reason": "Water damage"})
    assert lost.json()["movement"]["kind"] == "correction"
    ledger = (await editor.get(stock)).json()
    assert [(row["change"], row["kind"], row["reason"], row["on_hand_after"]) for row in ledger["items"]] == [
        (-1, "correction", "Water damage", 7),
        (5, "received", "Delivery 2231", 8),
        (3, "received", "First stock", 3),
    ]
    assert (ledger["on_hand"], ledger["reserved"], ledger["available"], ledger["total"]) == (7, 0, 7, 3)


async def test_no_change_is_lost_when_many_come_at_once(editor, stock):
    await asyncio.gather(*(editor.post(stock, json={"change": 1, "reason": "One more"}) for _ in range(40)))
    ledger = (await editor.get(stock, params={"limit": 100})).json()
    assert ledger["on_hand"] == 43
    assert sorted(row["on_hand_after"] for row in ledger["items"]) == list(range(3, 44))


async def test_no_more_copies_go_than_there_are(editor, stock):
    answers = await asyncio.gather(*(editor.post(stock, json={"change": -1, "reason": "Stolen"}) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 7
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["reserved"]) == ("stock_below_reserved", 0)
    assert (await editor.get(stock)).json()["on_hand"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"change": 0, "reason": "Nothing"},
        {"change": 1.5, "reason": "Half"},
        {"change": True, "reason": "Yes"},
        {"change": 1},
        {"change": 1, "reason": " "},
        {"change": 10**9, "reason": "All"},
        {"on_hand": 7, "reason": "A total"},
        {"change": 1, "reason": "Forged", "kind": "sold"},
    ],
)
async def test_a_change_that_makes_no_sense_is_refused(editor, stock, change):
    assert (await editor.post(stock, json=change)).status_code == 422
    assert (await editor.get(stock)).json()["total"] == 1


async def test_counting_has_an_upper_end(editor, stock):
    for _ in range(9):
        await editor.post(stock, json={"change": 10**6, "reason": "Very many"})
    answer = await editor.post(stock, json={"change": 10**6, "reason": "Too many"})
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_too_high")


async def test_a_repeated_change_with_its_key_happens_once(editor, stock, mint: TokenMint):
    key = {"Idempotency-Key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"'}
    body = {"change": 5, "reason": "Delivery"}
    answers = await asyncio.gather(*(editor.post(stock, json=body, headers=key) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum(answer.headers.get("idempotent-replayed") == "true" for answer in answers) == 5
    assert (await editor.get(stock)).json()["on_hand"] == 8
    other = await editor.post(stock, json=body | {"change": 6}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    somebody_else = await editor.post(stock, json=body, headers=key | mint.headers("staff"))
    assert "idempotent-replayed" not in somebody_else.headers
    assert (await editor.get(stock)).json()["on_hand"] == 13


async def test_the_ledger_comes_in_pages(editor, stock):
    for n in range(5):
        await editor.post(stock, json={"change": 1, "reason": f"Box {n}"})
    first = (await editor.get(stock, params={"limit": 4})).json()
    second = (await editor.get(stock, params={"limit": 4, "cursor": first["next_cursor"]})).json()
    assert [row["reason"] for row in second["items"]] == ["Box 0", "First stock"]
    assert second["next_cursor"] is None
    back = (await editor.get(stock, params={"limit": 4, "cursor": second["prev_cursor"]})).json()
    assert back["items"] == first["items"]
    assert (await editor.get(stock, params={"cursor": "x"})).status_code == 400


async def test_an_unknown_book_has_no_stock(editor):
    unknown = "/books/019a0000-0000-7000-8000-000000000000/stock"
    assert (await editor.get(unknown)).json()["code"] == "book_not_found"
    assert (await editor.post(unknown, json={"change": 1, "reason": "x"})).json()["code"] == "book_not_found"


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stock_movements SET change = 7",
        "DELETE FROM stock_movements",
        "UPDATE stock_levels SET reserved = on_hand + 1",
        "UPDATE stock_levels SET on_hand = -1",
    ],
)
async def test_the_database_keeps_the_ledger_append_only_and_stock_above_reserved(database_url, statement):
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://"))
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    await engine.dispose()


async def test_the_levels_of_several_books_are_one_answer(editor, stock):
    other = await editor.post("/books", json={"title": "Orlando", "price": "9.99"})
    first, second = stock.split("/")[2], other.json()["id"]
    nobody = "01890000-0000-7000-8000-00000000dead"
    answer = await editor.get("/books/stock-levels", params={"book_id": [second, first, nobody, first]})
    levels = {
        item["book_id"]: (item["on_hand"], item["reserved"], item["available"]) for item in answer.json()["items"]
    }
    assert levels == {first: (3, 0, 3), second: (0, 0, 0)}
    for wrong in ([], ["x"], [nobody] * 51):
        assert (await editor.get("/books/stock-levels", params={"book_id": wrong})).status_code == 422
