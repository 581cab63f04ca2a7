"""Books as files: what goes out comes in again as it was."""

import csv
import io
import json

import pytest
from sent_files import act, rows, send

NASTY = [
    {
        "title": "=1+1",
        "price": "0",
        "authors": ["@SUM(A1)", "-Dash", "+Plus", "Fourth; with semicolon", "Fifth\\slash"],
    },
    {"title": "'=quoted", "subtitle": "''-twice", "publisher": "'plain", "price": "99999.99", "format": "hardback"},
    {
        "title": 'He said "no", twice',
        "description": 'First, line\nsecond; "line"\n\n\tand = a tab, <b>no</b> &amp; ]]> markup',
        "isbn": "978-0-15-694960-6",
        "published_on": "1931-10-08",
        "language": "de",
        "pages": 1,
        "price": "7.5",
        "format": "paperback",
        "subjects": ["Art; craft", "a, b", "=Sport", "\\;"],
    },
    {
        "title": "שלום עולם \u202b(עברית)\u202c",
        "authors": ["محمد"],
        "language": "he",
        "published_on": "1931",
        "price": 1,
    },
    {
        "title": "🦄 e\u0301 ﷽",
        "publisher": "ß",
        "published_on": "1931-10",
        "price": 1,
        "format": "e-book",
        "language": "ger",
    },
    {"title": "Spoken", "price": 1, "format": "audiobook", "language": "eng", "description": '=HYPERLINK("x")'},
    {"title": "Another", "price": 1, "format": "other", "subtitle": "\\;", "language": "qaa"},
    {"title": "Another", "price": 1, "format": "paperback"},
]


@pytest.fixture
async def nasty(editor):
    for book in NASTY:
        assert (await editor.post("/books", json=book)).status_code == 201
    return editor


async def export(client, **params):
    answer = await client.get("/books/export", params=params)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize(("file_format", "kind"), [("csv", "text/csv"), ("jsonl", "jsonl"), ("onix", "xml")])
async def test_what_was_exported_imports_unchanged(nasty, file_format, kind):
    answer = await export(nasty, format=file_format)
    assert kind in answer.headers["content-type"]
    assert answer.headers["content-disposition"].startswith('attachment; filename="books-')
    sent = await send(nasty, answer.content)
    assert sent["format"] == file_format
    assert [row for row in await rows(nasty, sent) if row["outcome"] != "unchanged"] == []
    assert sent["counts"]["unchanged"] == len(NASTY)
    done = await act(nasty, sent, "apply")
    assert (done["counts"]["applied"], done["counts"]["failed"]) == (0, 0)
    assert {book["version"] for book in (await nasty.get("/books")).json()["items"]} == {1}


async def test_no_cell_begins_with_what_a_spreadsheet_runs(nasty):
    records = list(csv.reader(io.StringIO((await export(nasty, format="csv")).text)))
    assert len(records) == len(NASTY) + 1
    assert [cell for record in records for cell in record if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert "'=1+1" in {record[2] for record in records}


async def test_a_search_goes_out_alone_and_without_its_pages(nasty):
    lines = (await export(nasty, format=["jsonl", "paperback"], limit=1, sort="title")).text.splitlines()
    assert {json.loads(line)["format"] for line in lines} == {"paperback"}
    assert len(lines) == 2
    assert len((await export(nasty, format="jsonl", q="spoken")).text.splitlines()) == 1
    assert (await export(nasty, format="jsonl", q="nowhere")).text == ""


async def test_readers_do_not_export(service, mint):
    answer = await service.get("/books/export", headers=mint.headers("customer"))
    assert answer.status_code == 403
