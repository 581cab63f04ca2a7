"""Imports taken back: what nobody touched since is as it was before."""

from sent_files import EMMA, WAVES, act, applied, csv_file, rows, send


async def books(client, **params):
    return {book["title"]: book for book in (await client.get("/books", params=params)).json()["items"]}


async def test_books_that_nobody_edited_get_their_earlier_values_back(editor):
    await applied(editor, csv_file(WAVES, EMMA))
    before = await books(editor)
    await editor.delete(f"/books/{before['Emma']['id']}")
    change = b"isbn13,title,price,publisher,authors\n9780156949606,Waves,1,,\n9780141439587,Emma,2,,A; B\n"
    sent = await applied(editor, b"isbn13,title,price\n9780140268867,The Odyssey,3\n")
    assert sent["counts"]["applied"] == 1
    sent = await act(editor, await send(editor, change), "change", options={"restore_archived": True})
    sent = await act(editor, sent, "apply")
    assert sent["counts"]["applied"] == 2
    assert (await books(editor))["Waves"]["authors"] == []
    undone = await act(editor, sent, "undo")
    assert (undone["state"], undone["counts"]["undone"], undone["counts"]["kept"]) == ("undone", 2, 0)
    assert (await act(editor, sent, "undo"))["counts"]["undone"] == 2
    now = await books(editor)
    told = ("title", "price", "publisher", "authors", "on_hand")
    assert {name: now["The Waves"][name] for name in told} == {name: before["The Waves"][name] for name in told}
    assert set(now) == {"The Waves", "The Odyssey"}
    archived = (await books(editor, archived=True))["Emma"]
    assert (archived["price"], archived["authors"]) == ("7.99", ["Jane Austen"])


async def test_books_that_somebody_edited_stay_and_are_listed(editor):
    await applied(editor, csv_file(WAVES, EMMA))
    sent = await applied(editor, b"isbn13,price,pages\n9780156949606,1,\n9780141439587,2,11\n")
    found = await books(editor)
    await editor.patch(f"/books/{found['Emma']['id']}", json={"subtitle": "Mine"})
    undone = await act(editor, sent, "undo")
    assert (undone["counts"]["undone"], undone["counts"]["kept"]) == (1, 1)
    (kept,) = await rows(editor, sent, "kept")
    assert (kept["title"], kept["applied"], kept["problems"][0]["code"]) == ("Emma", True, "edited_since")
    now = await books(editor)
    assert (now["The Waves"]["price"], now["The Waves"]["pages"]) == ("9.99", 297)
    assert (now["Emma"]["price"], now["Emma"]["pages"], now["Emma"]["subtitle"]) == ("2.00", 11, "Mine")


async def test_new_books_go_if_nothing_tells_of_them_and_else_are_archived_without_their_copies(editor, service, mint):
    sent = await applied(editor, csv_file(EMMA, WAVES, ",Third,,,,,,,,,,1,4", ",Edited,,,,,,,,,,1,"))
    found = await books(editor)
    held = [{"book_id": found["Third"]["id"], "quantity": 1}]
    order = "019a0000-0000-7000-8000-000000000001"
    reserved = await service.put(
        f"/internal/reservations/{order}", json={"lines": held}, headers=mint.headers("order-service")
    )
    assert reserved.status_code in {200, 201}, reserved.text
    await editor.patch(f"/books/{found['Edited']['id']}", json={"price": 2})
    undone = await act(editor, sent, "undo")
    assert (undone["counts"]["undone"], undone["counts"]["kept"]) == (3, 1)
    assert set(await books(editor)) == {"Edited"}
    assert (await editor.get(f"/books/{found['Emma']['id']}")).status_code == 404
    archived = await books(editor, archived=True)
    assert {title: (book["on_hand"], book["available"]) for title, book in archived.items()} == {
        "The Waves": (0, 0),
        "Third": (1, 0),
    }
    newest = (await editor.get(f"/books/{found['The Waves']['id']}/stock")).json()["items"][0]
    assert (newest["kind"], newest["change"], newest["reason"]) == ("correction", -3, "Import undone")
    # The same file comes in again: Emma anew, the archived ones only when asked for.
    again = await applied(editor, csv_file(EMMA))
    assert again["counts"]["new"] == 1


async def test_imports_are_undone_one_after_the_other(editor):
    first = await applied(editor, csv_file(EMMA))
    second = await applied(editor, b"isbn13,price\n9780141439587,2\n")
    third = await applied(editor, b"isbn13,price\n9780141439587,3\n")
    assert (await act(editor, third, "undo"))["counts"]["kept"] == 0
    assert (await books(editor))["Emma"]["price"] == "2.00"
    assert (await act(editor, second, "undo"))["counts"]["undone"] == 1
    assert (await books(editor))["Emma"]["price"] == "7.99"
    undone = await act(editor, first, "undo")
    assert (undone["counts"]["undone"], undone["counts"]["kept"]) == (1, 0)
    assert await books(editor) == {}
