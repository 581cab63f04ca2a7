"""An import through its life, as its page shows it."""

import pytest
from browser import PARTIAL, SAME_ORIGIN, filled, form_of

ROWS = [
    {"outcome": "new", "title": "Kindred", "changes": {
        "authors": {"from": None, "to": ["Octavia E. Butler"]}, "price": {"from": None, "to": "9.99"},
    }},
    {"outcome": "changed", "title": "Dracula", "changes": {
        "price": {"from": "7.99", "to": "8.49"}, "subjects": {"from": ["Gothic"], "to": ["Gothic", "Horror"]},
        "subtitle": {"from": None, "to": "A Mystery"}, "archived": {"from": True, "to": False},
    }},
    {"outcome": "unchanged", "title": "Emma"},
    {"outcome": "bad", "title": None, "isbn13": None, "problems": [
        {"field": "title", "msg": "is missing"}, {"field": "isbn13", "msg": "Value error, is no ISBN"},
    ]},
]  # fmt: skip


def path(imported, step=""):
    return f"/staff/imports/{imported['id']}" + (f"/{step}" if step else "")


async def poll(browser, imported, seen):
    return await browser.http.get(f"{path(imported)}?seen={seen}", headers=PARTIAL)


def seen_in(page):
    return page.text.partition("?seen=")[2].partition('"')[0]


async def test_past_imports_are_listed_newest_first_with_who_and_what_came_of_them(editor, gateway):
    gateway.imports.add("applied", name="spring.csv", counts={"applied": 1204, "bad": 3, "unchanged": 0})
    gateway.imports.add("refused", name="<b>.xml", actor="x", actor_name=None, problem={
        "code": "encoding", "detail": "The file is not UTF-8", "line": 7,
    })  # fmt: skip
    page = (await editor.get("/staff/imports")).text
    assert page.index("&lt;b&gt;.xml") < page.index("spring.csv")
    assert "1,204 applied, 3 not taken" in page
    assert "The file is not UTF-8" in page
    assert "by you" in page
    assert "by a program" in page


async def test_past_imports_have_pages_and_a_foreign_cursor_leads_to_the_first(editor, gateway):
    gateway.imports.page_size = 1
    for name in ("one.csv", "two.csv"):
        gateway.imports.add(name=name)
    page = await editor.get("/staff/imports")
    assert 'href="/staff/imports?cursor=1" rel="next"' in page.text
    assert "one.csv" in (await editor.get("/staff/imports?cursor=1")).text
    assert (await editor.get("/staff/imports?cursor=forged")).headers["location"] == "/staff/imports"


@pytest.mark.parametrize("address", ["", "/example.csv", "/{id}", "/{id}/undo", "/{id}/rejected"])
async def test_only_editors_see_imports(reader, gateway, address):
    imported = gateway.imports.add("applied", counts={"applied": 1})
    assert (await reader.get("/staff/imports" + address.replace("{id}", imported["id"]))).status_code == 403


async def test_the_example_is_a_file_with_all_our_columns(editor):
    answer = await editor.get("/staff/imports/example.csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    header = (
        "isbn13,title,subtitle,authors,publisher,published_on,language,format,pages,subjects,description,price,stock"
    )
    assert answer.text.splitlines()[0] == header
    assert len(answer.text.splitlines()) == 3


async def test_the_dry_run_says_what_would_happen_and_shows_each_kind_of_row(editor, gateway):
    imported = gateway.imports.add(rows=ROWS)
    page = (await editor.get(path(imported))).text
    assert "1 book is new and will be added." in page
    assert "1 row is bad and left out." in page
    assert "Apply 2 changes" in page
    assert "Kindred" in page
    assert "<summary><span><bdi>Octavia E. Butler</bdi>, <bdi>£9.99</bdi></span></summary>" in page
    changed = (await editor.get(path(imported) + "?show=changed")).text
    for words in (
        "£7.99</bdi></del>",
        "£8.49</bdi></ins>",
        "Gothic; Horror</bdi></ins>",
        "nothing</span>",
        "A Mystery</bdi></ins>",
        "yes</bdi></del>",
    ):
        assert words in changed
    bad = (await editor.get(path(imported) + "?show=bad")).text
    assert "<strong>Title</strong> is missing" in bad
    assert "<strong>ISBN</strong> is no ISBN" in bad
    assert 'href="/staff/imports/' + imported["id"] + '/rejected"' in bad


async def test_rows_have_pages_that_keep_their_kind(editor, gateway):
    gateway.imports.page_size = 1
    imported = gateway.imports.add(rows=[{"outcome": "changed", "title": name} for name in ("First", "Second")])
    page = await editor.get(path(imported) + "?show=changed")
    assert "?show=changed&amp;cursor=1" in page.text
    following = await editor.http.get(path(imported) + "?show=changed&cursor=1", headers=PARTIAL)
    assert "Second" in following.text
    assert "<h1" not in following.text
    forged = await editor.get(path(imported) + "?show=changed&cursor=forged")
    assert forged.headers["location"] == path(imported) + "?show=changed"


async def test_a_dry_run_without_changes_offers_nothing_to_apply(editor, gateway):
    imported = gateway.imports.add(rows=[{"outcome": "unchanged"}])
    page = (await editor.get(path(imported))).text
    assert "There is nothing to apply" in page
    assert path(imported, "apply") not in page


async def test_while_something_runs_only_its_numbers_move_and_only_when_they_are_new(editor, gateway):
    imported = gateway.imports.add("applying", rows=ROWS, counts={"applied": 0})
    page = await editor.get(path(imported))
    assert '<noscript><meta http-equiv="refresh"' in page.text
    assert "0 of 2 changes made" in page.text
    assert (await poll(editor, imported, seen_in(page))).status_code == 204
    imported["counts"]["applied"] = 1
    moved = await poll(editor, imported, seen_in(page))
    assert "1 of 2 changes made" in moved.text
    assert 'max="2" value="1"' in moved.text
    assert "<form" not in moved.text
    imported["state"] = "applied"
    done = await poll(editor, imported, seen_in(moved))
    assert done.headers["hx-retarget"] == "#import"
    assert "1 book was added or changed" in done.text
    assert "autumn.csv: Applied" in done.text
    assert "?seen=" not in done.text


async def test_columns_that_are_not_known_are_asked_for(editor, gateway):
    columns = {"columns": ["EAN", "Titel"], "mapping": {"EAN": None, "Titel": "title"}}
    imported = gateway.imports.add("needs_mapping", **columns)
    page = await editor.get(path(imported))
    action = path(imported, "check")
    assert form_of(page, action).value("column-2") == "title"
    none = await editor.submit(page, action, {"column-1": "isbn13", "column-2": ""})
    assert none.status_code == 422
    assert "no column is the title" in none.text
    assert form_of(none, action).value("column-1") == "isbn13"
    values = {"column-1": "isbn13", "column-2": "title", "restore_archived": "yes"}
    assert (await editor.submit(page, action, values)).headers["location"] == path(imported)
    mapping = {"EAN": "isbn13", "Titel": "title"}
    assert gateway.imports.sent == [("patch", {"options": {"restore_archived": True}, "mapping": mapping})]


async def test_applying_twice_is_done_once(editor, gateway):
    imported = gateway.imports.add(rows=ROWS)
    page = await editor.get(path(imported))
    for _ in range(2):
        assert (await editor.submit(page, path(imported, "apply"))).headers["location"] == path(imported)
    assert gateway.imports.sent == [("apply", imported["id"])]
    htmx = await editor.submit(page, path(imported, "apply"), headers=SAME_ORIGIN | PARTIAL)
    assert htmx.headers["hx-redirect"] == path(imported)


async def test_what_cannot_be_done_any_more_leads_to_the_import_as_it_is_now(editor, gateway):
    imported = gateway.imports.add(rows=ROWS)
    page = await editor.get(path(imported))
    imported["state"] = "cancelled"
    for action in ("apply", "check"):
        answer = await editor.submit(page, path(imported, action))
        now = await editor.follow(answer)
        assert "the import has moved on meanwhile" in now.text
        assert "It was cancelled, and changed nothing." in now.text
    assert gateway.imports.sent == []


async def test_discarding_and_cancelling(editor, gateway):
    imported = gateway.imports.add("checking", rows=ROWS)
    page = await editor.get(path(imported))
    await editor.submit(page, path(imported, "cancel"))
    assert imported["state"] == "cancelled"
    page = await editor.get(path(imported))
    listed = await editor.follow(await editor.submit(page, path(imported, "discard")))
    assert "The import of “autumn.csv” is discarded" in listed.text
    assert (await editor.get(path(imported))).status_code == 404
    assert (await editor.submit(page, path(imported, "discard"))).status_code == 404


async def test_what_was_stopped_in_the_middle_of_applying_can_be_undone(editor, gateway):
    imported = gateway.imports.add("cancelled", rows=ROWS, counts={"applied": 1})
    page = await editor.get(path(imported))
    assert "It was stopped in the middle" in page.text
    assert "1 book was added or changed" in page.text
    assert path(imported, "discard") not in page.text
    await editor.submit(await editor.get(path(imported, "undo")), path(imported, "undo"))
    assert imported["state"] == "undoing"


async def test_undoing_asks_first_and_lists_afterwards_what_was_kept(editor, gateway):
    rows = [*ROWS, {"outcome": "kept", "title": "Passing"}]
    imported = gateway.imports.add("applied", rows=rows, counts={"applied": 3, "kept": 0})
    page = await editor.get(path(imported))
    assert "3 books were added or changed" in page.text
    asked = await editor.get(path(imported, "undo"))
    assert "Undo the import of “autumn.csv”?" in asked.text
    assert imported["state"] == "applied"
    await editor.submit(asked, path(imported, "undo"))
    assert imported["state"] == "undoing"
    imported["counts"] |= {"undone": 2, "kept": 1}
    imported["state"] = "undone"
    done = (await editor.get(path(imported))).text
    assert "2 books were put back" in done
    assert "1 book was kept" in done
    assert "Passing" in done
    assert (await editor.get(path(imported, "undo"))).headers["location"] == path(imported)


async def test_a_refused_file_says_what_is_wrong_where_and_that_nothing_happened(editor, gateway):
    problem = {"code": "doubled_column", "detail": "Two columns are called “title”.", "line": 1204}
    page = (await editor.get(path(gateway.imports.add("refused", problem=problem)))).text
    assert "Two columns are called “title”." in page
    assert "It is at line 1,204 of the file." in page
    assert "Nothing was changed." in page
    assert 'id="rows"' not in page


async def test_the_rejected_rows_are_a_file_with_its_own_name(editor, gateway):
    imported = gateway.imports.add(rows=ROWS)
    answer = await editor.get(path(imported, "rejected"))
    assert answer.headers["content-disposition"] == 'attachment; filename="autumn-rejected.csv"'
    assert answer.text == "isbn13,title,price,problem\r\n"


async def test_the_buttons_want_a_token_and_their_addresses_lead_back_to_the_page(editor, gateway):
    imported = gateway.imports.add(rows=ROWS)
    page = await editor.get(path(imported))
    for step in ("apply", "check", "discard"):
        fields = [(name, value) for name, value in filled(page, path(imported, step)) if name != "csrf_token"]
        assert (await editor.post(path(imported, step), fields)).status_code == 403
        assert (await editor.get(path(imported, step))).headers["location"] == path(imported)
    assert gateway.imports.sent == []


@pytest.mark.parametrize("address", ["nothing", "018f0000-0000-7000-8000-000000000000"])
async def test_an_import_that_is_not_there_is_not_found(editor, address):
    assert (await editor.get(f"/staff/imports/{address}")).status_code == 404


async def test_the_menu_leads_editors_to_imports_and_exports(editor, open_shop):
    page = (await editor.get("/books")).text
    assert 'href="/staff/imports"' in page
    assert 'href="/staff/export"' in page
    reader = await open_shop()
    await reader.sign_in()
    assert "/staff/imports" not in (await reader.get("/books")).text


async def test_columns_show_some_of_their_values_to_choose_by(editor, gateway):
    imported = gateway.imports.add("needs_mapping", samples={"isbn13": ["9780156949606"], "title": ["Kim", "<b>"]})
    page = (await editor.get(path(imported))).text
    assert "<bdi>9780156949606</bdi>" in page
    assert "<bdi>&lt;b&gt;</bdi>" in page
    assert "Empty in the first rows" in page
    assert 'aria-describedby="column-2-samples"' in page


async def test_what_the_catalogue_says_in_english_is_said_in_german(editor, gateway):
    editor.http.headers["Accept-Language"] = "de-DE"
    imported = gateway.imports.add("checked", [
        {"outcome": "new"}, {"outcome": "bad", "problems": [
            {"field": "pages", "code": "invalid", "msg": "must be a whole number, like 320"},
            {"field": None, "code": "ragged_row", "msg": "The row has 3 cells, and the header 4"},
        ]},
    ])  # fmt: skip
    page = (await editor.get(path(imported) + "?show=bad")).text
    assert "<strong>Seiten:</strong> Geben Sie eine Seitenzahl von 1 bis 100.000 ein" in page
    assert "Die Zeile hat zu wenige oder zu viele Zellen" in page
    assert "1 Buch ist neu und kommt hinzu." in page
    problem = {"code": "empty_file", "detail": "The file is empty: it has no header and no rows.", "line": 1}
    refused = gateway.imports.add("refused", problem=problem)
    assert "Die Datei ist leer." in (await editor.get(path(refused))).text
