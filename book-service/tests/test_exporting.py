"""Books as files: what goes out comes in again as it was."""

import asyncio
import contextlib
import csv
import io
import json

import pytest
from sent_files import act, rows, send

from book_service.exporting import repository, selection

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
    {"title": "Another", "price": 1, "format": "other", "subtitle": "\\;", "language": "zxx"},
    {"title": "Another", "price": 1, "format": "paperback"},
]


@pytest.fixture
async def nasty(editor, settled):
    for book in NASTY:
        assert (await editor.post("/books", json=book)).status_code == 201
    await settled()  # mistakes are forgiven towards words whose books have been counted
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


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"q": "another"},
        {"q": "anothre"},
        {"q": "anothre", "correct": "false"},
        {"q": "978-0-15-694960-6"},
        {"q": "9606"},
        {"q": "!?"},
        {"author": "@SUM(A1)"},
        {"language": ["de", "heb"], "price_min": "2"},
        {"price_max": "1"},
        {"subject": "=Sport", "in_stock": "true"},
        {"archived": "true"},
        {"archived": "true", "q": "spoken"},
    ],
    ids=str,
)
async def test_a_search_goes_out_with_the_books_that_its_list_has(nasty, query):
    (spoken,) = (await nasty.get("/books", params={"q": "spoken"})).json()["items"]
    await nasty.delete(f"/books/{spoken['id']}")
    listed = (await nasty.get("/books", params={**query, "limit": 100})).json()["items"]
    lines = (await export(nasty, **query, format="jsonl")).text.splitlines()
    assert {json.loads(line)["id"] for line in lines} == {book["id"] for book in listed}


async def test_readers_do_not_export(service, mint):
    answer = await service.get("/books/export", headers=mint.headers("customer"))
    assert answer.status_code == 403


async def raw(application, path, headers, *, leaves=False):
    """Ask the application as a server does; return what it sent, and whether it says that this is all."""
    sent = []
    requests = [{"type": "http.request", "body": b"", "more_body": False}]
    left = asyncio.Event()

    async def receive():
        if not requests:
            await left.wait()
        return requests.pop() if requests else {"type": "http.disconnect"}

    async def send_message(message):
        sent.append(message)
        if leaves and len(sent) > 1:
            left.set()
        await asyncio.sleep(0)

    path, _, query = path.partition("?")
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": told}
    scope |= {"raw_path": path.encode(), "http_version": "1.1", "scheme": "http", "server": ("service", 80)}
    scope |= {"asgi": {"version": "3.0", "spec_version": "2.3"}}  # as of the server that we run on
    with contextlib.suppress(RuntimeError):
        await application(scope, receive, send_message)
    return b"".join(message.get("body", b"") for message in sent), sent[-1].get("more_body", False) is False


@pytest.fixture
def reads(monkeypatch):
    """Read two books at a time, and count the reads."""
    monkeypatch.setattr(selection, "BATCH", 2)
    original = repository.ids_behind
    seen = []

    async def counted(*arguments):
        seen.append(arguments)
        if len(seen) in failing:
            message = "a fault"
            raise RuntimeError(message)
        return await original(*arguments)

    failing = set()
    monkeypatch.setattr(repository, "ids_behind", counted)
    return seen, failing


async def test_a_fault_in_the_middle_never_looks_like_the_end(nasty, application, reads):
    seen, failing = reads
    whole, ended = await raw(application, "/books/export?format=csv", nasty.headers)
    assert (ended, len(seen)) == (True, len(NASTY) // 2 + 1)
    assert len(list(csv.reader(io.StringIO(whole.decode())))) == len(NASTY) + 1
    failing.add(len(seen) + 3)
    part, ended = await raw(application, "/books/export?format=csv", nasty.headers)
    assert not ended
    assert whole.startswith(part)
    # What fails at once is told as any other failure.
    failing.add(len(seen) + 1)
    assert (await nasty.get("/books/export")).status_code == 500


async def test_a_client_that_leaves_ends_the_export(nasty, application, reads):
    seen, _failing = reads
    _part, ended = await raw(application, "/books/export?format=jsonl", nasty.headers, leaves=True)
    assert not ended
    assert len(seen) < 4
