"""What the tests of imports share: files are sent as people send them, and waited for."""

import asyncio

QUIET = frozenset({"needs_mapping", "checked", "applied", "undone", "refused", "cancelled"})
HEADER = "isbn13,title,subtitle,authors,publisher,published_on,language,format,pages,subjects,description,price,stock"
WAVES = "9780156949606,The Waves,,Virginia Woolf,Harvest,1931-10-08,eng,paperback,297,Fiction,Six voices.,9.99,3"
EMMA = "9780141439587,Emma,,Jane Austen,Penguin,1815,eng,paperback,,Fiction; Romance,,7.99,"


def csv_file(*lines):
    return "\n".join((HEADER, *lines, "")).encode()


async def settled(client, import_id, states=QUIET):
    """Wait until an import waits for a person, or has one of the states."""
    async with asyncio.timeout(30):
        while True:
            seen = (await client.get(f"/books/imports/{import_id}")).json()
            if seen["state"] in states:
                return seen
            await asyncio.sleep(0.01)


async def send(client, content, name="books.csv", **params):
    answer = await client.post("/books/imports", content=content, params={"name": name, **params})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/books/imports/{answer.json()['id']}"
    return await settled(client, answer.json()["id"])


async def act(client, sent, action, **json):
    path = f"/books/imports/{sent['id']}"
    answer = await (client.patch(path, json=json) if action == "change" else client.post(f"{path}/{action}"))
    assert answer.status_code == 202, answer.text
    return await settled(client, sent["id"])


async def applied(client, content, **params):
    """Send a file and apply it."""
    sent = await send(client, content, **params)
    assert sent["state"] == "checked", sent
    return await act(client, sent, "apply")


async def rows(client, sent, outcome=None):
    params = {"limit": 100} | ({"outcome": outcome} if outcome else {})
    answer = await client.get(f"/books/imports/{sent['id']}/rows", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def problems(client, sent):
    """Return what is wrong with each bad row, by its line."""
    return {
        row["line"]: [(problem["field"], problem["code"]) for problem in row["problems"]]
        for row in await rows(client, sent, "bad")
    }
