"""Books from CSV files: sent, checked, applied."""

import csv
from pathlib import Path

import pytest
from sent_files import EMMA, HEADER, WAVES, act, applied, csv_file, problems, rows, send

SAMPLE = Path(__file__).parents[2] / "deploy" / "sample-catalogue" / "books.csv"


async def only_book(client):
    (book,) = (await client.get("/books")).json()["items"]
    return book


async def test_a_file_is_checked_before_anything_changes_and_then_applied_once(editor):
    sent = await send(editor, csv_file(WAVES, EMMA))
    assert (sent["state"], sent["format"], sent["name"]) == ("checked", "csv", "books.csv")
    assert (sent["counts"]["new"], sent["counts"]["checked"], sent["bytes"]) == (2, 2, len(csv_file(WAVES, EMMA)))
    assert (await editor.get("/books")).json()["total"] == 0
    first, _second = await rows(editor, sent, "new")
    assert (first["line"], first["isbn13"], first["title"]) == (2, "9780156949606", "The Waves")
    assert first["changes"]["authors"] == {"from": None, "to": ["Virginia Woolf"]}

    done = await act(editor, sent, "apply")
    assert (done["state"], done["counts"]["applied"]) == ("applied", 2)
    again = await act(editor, sent, "apply")
    assert again["counts"]["applied"] == 2
    found = {book["title"]: book for book in (await editor.get("/books")).json()["items"]}
    assert {title: book["on_hand"] for title, book in found.items()} == {"The Waves": 3, "Emma": 0}
    waves = found["The Waves"]
    assert (waves["price"], waves["published_on"], waves["pages"], waves["version"]) == ("9.99", "1931-10-08", 297, 1)
    (movement,) = (await editor.get(f"/books/{waves['id']}/stock")).json()["items"]
    assert (movement["kind"], movement["change"]) == ("received", 3)
    assert all(row["applied"] and row["book_id"] for row in await rows(editor, sent))


async def test_a_known_book_changes_only_where_the_file_differs(editor):
    await applied(editor, csv_file(WAVES))
    book = await only_book(editor)
    sent = await send(editor, b"isbn13,price,subtitle,publisher\n978-0-15-694960-6,8.50,,\n")
    (row,) = await rows(editor, sent, "changed")
    # No column leaves a field alone; an empty cell clears it.
    assert row["changes"] == {"price": {"from": "9.99", "to": "8.50"}, "publisher": {"from": "Harvest", "to": None}}
    await act(editor, sent, "apply")
    now = await only_book(editor)
    assert (now["price"], now["publisher"], now["version"]) == ("8.50", None, book["version"] + 1)
    assert {name: now[name] for name in ("title", "pages", "on_hand")} == {
        name: book[name] for name in ("title", "pages", "on_hand")
    }
    assert (await send(editor, b"isbn13,price,stock\n9780156949606,8.5,99\n"))["counts"]["unchanged"] == 1


async def test_a_book_is_found_by_id_then_isbn_then_title_without_one(editor):
    await applied(editor, csv_file(WAVES, ",No Number,,Anon,,,,paperback,,,,5,"))
    found = {book["title"]: book["id"] for book in (await editor.get("/books")).json()["items"]}
    by_id = await send(editor, f"id,isbn13,title\n{found['The Waves']},9780141439587,The Waves\n".encode())
    (row,) = await rows(editor, by_id, "changed")
    assert row["changes"] == {"isbn13": {"from": "9780156949606", "to": "9780141439587"}}
    by_title = await send(editor, csv_file(",No Number,,Anon,,,,paperback,,,,6,", ",No Number,,Anon,,,,hardback,,,,6,"))
    assert [(row["outcome"], row["book_id"]) for row in await rows(editor, by_title)] == [
        ("changed", found["No Number"]),
        ("new", None),
    ]
    taken = await send(editor, f"id,isbn13\n{found['No Number']},9780156949606\n".encode())
    assert await problems(editor, taken) == {2: [("isbn13", "isbn_taken")]}


async def test_bad_rows_say_why_and_come_back_as_a_file_to_mend(editor):
    sent = await send(
        editor,
        csv_file(
            WAVES,
            "9780156949605,Wrong digit,,,,1931-02-31,english,scroll,many,,,-1,x",
            "9780141439587,Too short,,",
            "9780141439587,Emma,,,,,,,,,,7.99,,and more",
            f"9780141439587,{'x' * 501},,,,,,,,,,7.99,",
            '9780141439587,"Two\nlines",,,,,,,,,,7.99,',
            "9780141439587,,,,,,,,,,,,",
            WAVES,
        ),
    )
    told = await problems(editor, sent)
    assert told == {
        3: [(name, "invalid") for name in ("published_on", "language", "format", "pages", "isbn13", "price", "stock")],
        4: [(None, "ragged_row")],
        5: [(None, "ragged_row")],
        6: [("title", "invalid")],
        7: [("title", "invalid")],
        9: [("title", "invalid"), ("price", "invalid")],
        10: [("isbn13", "double")],
    }
    bad = await rows(editor, sent, "bad")
    words = {problem["field"]: problem["msg"] for problem in bad[0]["problems"]}
    assert words["pages"] == "must be a whole number, like 320"
    assert words["price"] == "must be 0 or more"
    assert words["format"] == "must be hardback, paperback, e-book, audiobook or other"
    assert bad[3]["problems"][0]["msg"] == "is too long: at most 500 characters, and it has 501"
    assert [problem["msg"] for problem in bad[5]["problems"]] == ["is missing", "is missing"]
    double = bad[-1]
    assert "Line 2" in double["problems"][0]["msg"]
    done = await act(editor, sent, "apply")
    assert (done["counts"]["applied"], done["counts"]["bad"]) == (1, 7)

    rejected = await editor.get(f"/books/imports/{sent['id']}/rejected")
    assert rejected.headers["content-disposition"].startswith('attachment; filename="books-rejected.csv"')
    lines = rejected.text.split("\r\n")
    assert lines[0] == f"{HEADER},problem"
    assert lines[1].startswith("9780156949605,Wrong digit")
    assert "isbn13: is not an ISBN" in lines[1]
    records = list(csv.reader(rejected.text.splitlines(keepends=True)))
    assert {len(record) for record in records} == {14, 15}
    (nameless,) = [record for record in records if record[-1].startswith("title: is missing")]
    mended = [records[0], [nameless[0], "Emma", *nameless[2:11], "7.99", "", "mended"]]
    again = await send(editor, "\n".join(",".join(record) for record in mended).encode())
    assert (again["counts"]["new"], again["counts"]["rows"]) == (1, 1)


async def test_rejected_rows_come_back_without_formulas_and_mean_the_same(editor):
    cells = ["=HYPERLINK(1)", "'=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "''=1"]
    sent = await send(editor, "title,price\n" + "".join(f'"{cell}",none\n' for cell in cells))
    rejected = (await editor.get(f"/books/imports/{sent['id']}/rejected")).text
    titles = [record[0] for record in list(csv.reader(rejected.splitlines(keepends=True)))[1:]]
    assert titles == ["'=HYPERLINK(1)", "'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(1)", "'\t=1", "''=1"]


async def test_other_systems_columns_prices_and_words_are_understood(editor):
    content = (
        "sep=;\r\nID;ISBN-13;Titel;Autor;Verlag;Erscheinungsdatum;Einband;Ladenpreis;Währung\r\n"
        "1;978-0-15-694960-6;Die Wellen;Virginia Woolf;S. Fischer;8.10.1931;Taschenbuch;9,99;GBP\r\n"
        '2;"=""9780141439587""";Emma;Jane Austen;;1815;Gebunden;£1,234.50;\r\n'
        ";;Dear;;;;;€ 5,00;\r\n;;Which;;;;;1,234;\r\n;;Euros;;;;;5;EUR\r\n"
    )
    sent = await send(editor, b"\xef\xbb\xbf" + content.encode())
    assert sent["mapping"]["Ladenpreis"] == "price"
    first, second = await rows(editor, sent, "new")
    values = {name: change["to"] for name, change in first["changes"].items()}
    assert (values["published_on"], values["format"], values["price"]) == ("1931-10-08", "paperback", "9.99")
    assert (second["changes"]["price"]["to"], second["isbn13"]) == ("1234.50", "9780141439587")
    assert await problems(editor, sent) == {line: [("price", "invalid")] for line in (5, 6, 7)}


async def test_columns_that_nobody_knows_wait_for_a_mapping(editor):
    sent = await send(editor, b"Nummer\tWerk\tNetto\n9780156949606\tDie Wellen\t9.99\n")
    assert (sent["state"], sent["mapping"]) == ("needs_mapping", {"Nummer": None, "Werk": None, "Netto": None})
    path = f"/books/imports/{sent['id']}"
    for mapping, detail in (
        ({"Preis": "price"}, "no column"),
        ({"Netto": "price"}, "which book"),
        ({"Werk": "title", "Netto": "title"}, "More than one"),
    ):
        refused = await editor.patch(path, json={"mapping": mapping})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_mapping")
        assert detail in refused.json()["detail"]
    assert (await editor.post(f"{path}/apply")).json()["code"] == "import_state"
    mapped = await act(editor, sent, "change", mapping={"Nummer": "isbn13", "Werk": "title", "Netto": "price"})
    assert (mapped["state"], mapped["counts"]["new"]) == ("checked", 1)
    other = await act(editor, sent, "change", mapping={"Nummer": None})
    assert (other["counts"]["new"], other["counts"]["checked"]) == (1, 1)
    (row,) = await rows(editor, sent)
    assert row["isbn13"] is None


async def test_some_values_of_each_column_say_which_is_which(editor):
    rows = "".join(f"{place},  A   book ,,{'x' * 100}\n" for place in range(1, 9))
    sent = await send(editor, f"Nummer,Werk,Leer,Lang\n\n{rows}".encode())
    assert sent["samples"] == {
        "Nummer": ["1", "2", "3"], "Werk": ["A book"], "Leer": [], "Lang": [f"{'x' * 79}…"],
    }  # fmt: skip
    listed = (await editor.get("/books/imports")).json()["items"]
    assert [one["samples"] for one in listed if one["id"] == sent["id"]] == [None]


@pytest.mark.parametrize(
    ("content", "code", "line", "detail"),
    [
        (b"", "empty_file", 1, "empty"),
        (b"\xef\xbb\xbf\n\n", "empty_file", 1, "no header"),
        (HEADER.encode(), "no_rows", 1, "no rows"),
        (b"title,price,Title ,title\nx,1,,\n", "doubled_columns", 1, "title"),
        (b"price,stock\n1,2\n", "missing_columns", 1, "isbn13 or title"),
        (f"{HEADER}\n{WAVES}\n,Caf".encode() + b"\xe9,,,,,,,,,,1,\n", "wrong_encoding", 3, "0xE9"),
        (HEADER.encode("utf-16"), "wrong_encoding", 1, "UTF-16"),
        (HEADER.encode("utf-16-le"), "wrong_encoding", 1, "0x00"),
        (f"{HEADER}\n,Unfinished \xc3".encode("latin-1"), "wrong_encoding", 2, "not UTF-8"),
        (f'{HEADER}\n{WAVES}\n,"never closed,,,\n{EMMA}\n'.encode(), "broken_csv", 3, "not closed"),
        (f'{HEADER}\n,"a "quote" inside",,,\n'.encode(), "broken_csv", 2, "quotes"),
        (f"{HEADER}\n,{'x' * 200_000}\n".encode(), "broken_csv", 2, "longer than"),
        (b"x" * (3 << 20), "line_too_long", 1, "longer than"),
        (b"PK\x03\x04rest of a spreadsheet", "unknown_format", 1, "xlsx"),
        (b'[\n {"title": "x", "price": "1.00"}\n]', "unknown_format", 1, "JSON list"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
async def test_files_that_cannot_be_taken_say_where_and_why(editor, content, code, line, detail):
    sent = await send(editor, content)
    assert sent["state"] == "refused"
    assert (sent["problem"]["code"], sent["problem"]["line"]) == (code, line)
    assert detail in sent["problem"]["detail"]
    assert (await editor.post(f"/books/imports/{sent['id']}/apply")).status_code == 409


async def test_a_wrong_byte_deep_in_a_file_is_told_by_line_and_place(editor):
    before = csv_file(*(f",Café {number},,,,,,,,,,1," for number in range(5000)))
    sent = await send(editor, before + b",Caf\xe9,,,,,,,,,,1,\n")
    assert (sent["problem"]["code"], sent["problem"]["line"]) == ("wrong_encoding", 5002)
    assert f"byte {len(before) + 5:,} of the file" in sent["problem"]["detail"]


async def test_a_second_row_about_the_same_book_is_noticed_however_far_apart(editor, monkeypatch):
    monkeypatch.setattr("book_service.importing.checking.BATCH", 2)
    await applied(editor, csv_file(EMMA))
    untitled = ",No Number,,Anon,,,,paperback,,,,5,"
    sent = await send(editor, csv_file(WAVES, untitled, EMMA, ",Other,,,,,,,,,,1,", WAVES, untitled, EMMA))
    assert await problems(editor, sent) == {
        6: [("isbn13", "double")],
        7: [(None, "double")],
        8: [("isbn13", "double")],
    }
    told = [row["problems"][0]["msg"] for row in await rows(editor, sent, "bad")]
    assert told == [f"Line {line} of this file is about the same book" for line in (2, 3, 4)]


async def test_the_sample_catalogue_comes_in_as_it_is_and_is_unchanged_after(editor):
    content = SAMPLE.read_bytes()
    done = await applied(editor, content)
    assert done["counts"]["applied"] == done["counts"]["rows"] > 400
    assert (await send(editor, content))["counts"]["unchanged"] == done["counts"]["rows"]


async def test_archived_books_come_back_only_when_asked_for(editor):
    await applied(editor, csv_file(WAVES))
    book = await only_book(editor)
    await editor.delete(f"/books/{book['id']}")
    sent = await send(editor, csv_file(WAVES))
    assert await problems(editor, sent) == {2: [("archived", "book_archived")]}
    sent = await act(editor, sent, "change", options={"restore_archived": True})
    (row,) = await rows(editor, sent, "changed")
    assert row["changes"] == {"archived": {"from": True, "to": False}}
    await act(editor, sent, "apply")
    assert (await only_book(editor))["archived_at"] is None


async def test_what_changed_since_the_check_is_not_overwritten(editor):
    await applied(editor, csv_file(WAVES, EMMA))
    found = {book["title"]: book["id"] for book in (await editor.get("/books")).json()["items"]}
    sent = await send(
        editor,
        b"isbn13,title,price,pages\n9780156949606,The Waves,5,300\n9780141439587,Emma,5,\n"
        b"9780140268867,The Odyssey,1,\n",
    )
    await editor.patch(f"/books/{found['The Waves']}", json={"price": "6.00"})
    await editor.patch(f"/books/{found['Emma']}", json={"price": "5.00", "title": "Emma!", "pages": 9})
    await editor.post("/books", json={"title": "Somebody was faster", "isbn": "9780140268867", "price": 2})
    done = await act(editor, sent, "apply")
    assert (done["counts"]["applied"], done["counts"]["failed"]) == (1, 2)
    failed = {row["line"]: row["problems"][0]["code"] for row in await rows(editor, sent, "failed")}
    assert failed == {2: "changed_since", 4: "isbn_taken"}
    waves, emma = [(await editor.get(f"/books/{found[title]}")).json() for title in ("The Waves", "Emma")]
    assert (waves["price"], waves["pages"]) == ("6.00", 297)
    # Somebody did what the file says, and more: both stay.
    assert (emma["title"], emma["price"], emma["pages"], emma["version"]) == ("Emma!", "5.00", 9, 2)


async def test_the_same_key_and_file_make_one_import(editor):
    async def post(key, content, **params):
        return await editor.post("/books/imports", content=content, params=params, headers={"Idempotency-Key": key})

    first = await post('"a"', csv_file(WAVES))
    again = await post('"a"', csv_file(WAVES))
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert again.headers["idempotent-replayed"] == "true"
    assert (await post('"a"', csv_file(EMMA))).json()["code"] == "idempotency_key_reused"
    listed = (await editor.get("/books/imports")).json()
    assert [one["id"] for one in listed["items"]] == [first.json()["id"]]


async def test_a_file_that_breaks_off_or_is_too_large_leaves_nothing(editor):
    async def broken():
        yield csv_file(WAVES)
        message = "the line went dead"
        raise RuntimeError(message)

    assert (await editor.post("/books/imports", content=broken())).status_code == 500

    async def endless():
        while True:
            yield b"x" * (1 << 20)

    answer = await editor.post("/books/imports", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert (await editor.get("/books/imports")).json()["total"] == 0


async def test_an_import_is_cancelled_and_deleted_only_while_it_may_be(editor):
    sent = await send(editor, csv_file(WAVES))
    path = f"/books/imports/{sent['id']}"
    assert (await editor.post(f"{path}/undo")).json()["code"] == "import_state"
    cancelled = await act(editor, sent, "cancel")
    assert cancelled["state"] == "cancelled"
    assert cancelled["finished_at"]
    assert (await editor.post(f"{path}/apply")).status_code == 409
    assert (await editor.post(f"{path}/undo")).status_code == 409
    assert (await editor.delete(path)).status_code == 204
    assert (await editor.get(path)).status_code == 404
    done = await applied(editor, csv_file(WAVES))
    assert (await editor.delete(f"/books/imports/{done['id']}")).status_code == 409
    assert (await editor.post(f"/books/imports/{done['id']}/cancel")).status_code == 409


async def test_readers_see_no_imports(service, mint):
    service.headers.update(mint.headers("customer"))
    assert (await service.get("/books/imports")).status_code == 403
    assert (await service.post("/books/imports", content=b"x")).status_code == 403


async def test_what_is_wrong_with_a_file_is_told_in_the_language_of_whoever_sent_it(editor):
    bad = csv_file("978,The Waves,,,,,,,,,,dear,", ",,,,,,,,,,,1,", WAVES, WAVES)
    editor.headers["Accept-Language"] = "de"
    sent = await send(editor, bad)
    broken = await send(editor, b'isbn13,title\n1,"open', name="broken.csv")
    del editor.headers["Accept-Language"]
    told = {
        row["line"]: {problem["field"]: problem["msg"] for problem in row["problems"]}
        for row in await rows(editor, sent, "bad")
    }
    assert told == {
        2: {
            "isbn13": "ist keine ISBN: Die Länge oder die Prüfziffer stimmt nicht",
            "price": "muss eine Zahl wie 9.99 sein",
        },
        3: {"title": "fehlt"},
        5: {"isbn13": "Zeile 4 dieser Datei betrifft dasselbe Buch"},
    }
    assert broken["problem"]["detail"] == "Ein Anführungszeichen aus Zeile 2 wird nicht geschlossen."
    assert broken["problem"]["code"] == "broken_csv"


async def test_the_ledger_tells_what_the_shop_did_itself_in_the_readers_language(editor):
    await applied(editor, csv_file(WAVES))
    path = f"/books/{(await only_book(editor))['id']}/stock"
    await editor.post(path, json={"change": 1, "reason": "Order shipped by hand"})
    german = (await editor.get(path, headers={"Accept-Language": "de"})).json()
    assert [row["reason"] for row in german["items"]] == ["Order shipped by hand", "Erster Bestand"]
    assert [row["reason"] for row in (await editor.get(path)).json()["items"]][1] == "First stock"
