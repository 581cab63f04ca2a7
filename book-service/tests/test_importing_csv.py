"""Books from CSV files: sent, checked, applied."""

import asyncio

import pytest

HEADER = "isbn13,title,subtitle,authors,publisher,published_on,language,format,pages,subjects,description,price,stock"
WAVES = "9780156949606,The Waves,,Virginia Woolf,Harvest,1931-10-08,eng,paperback,297,Fiction,Six voices.,9.99,3"


async def settled(client, import_id, *states):
    async with asyncio.timeout(20):
        while True:
            seen = (await client.get(f"/books/imports/{import_id}")).json()
            if seen["state"] in (states or {"checked", "applied", "undone", "refused", "needs_mapping", "cancelled"}):
                return seen
            await asyncio.sleep(0.01)


async def send(client, content, **params):
    answer = await client.post("/books/imports", content=content, params={"name": "books.csv", **params})
    assert answer.status_code == 202, answer.text
    return await settled(client, answer.json()["id"])


async def test_a_file_is_checked_applied_and_undone(editor):
    checked = await send(editor, f"{HEADER}\n{WAVES}\n".encode())
    assert checked["state"] == "checked", checked
    assert checked["counts"]["new"] == 1
    assert (await editor.get("/books")).json()["total"] == 0
    path = f"/books/imports/{checked['id']}"
    assert (await editor.post(f"{path}/apply")).status_code == 202
    applied = await settled(editor, checked["id"], "applied")
    assert applied["counts"]["applied"] == 1
    (book,) = (await editor.get("/books")).json()["items"]
    assert (book["title"], book["price"], book["on_hand"]) == ("The Waves", "9.99", 3)
    print((await editor.get(f"{path}/rows")).json())
    assert (await editor.post(f"{path}/undo")).status_code == 202
    undone = await settled(editor, checked["id"], "undone")
    assert undone["counts"]["undone"] == 1
    assert (await editor.get("/books")).json()["total"] == 0
