"""Who changed what of a book, and putting earlier versions back."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from service_kit.database import with_driver
from service_kit.testing.databases import alembic
from service_kit.testing.tokens import TokenMint

WAVES = {
    "title": "The Waves",
    "authors": ["Virginia Woolf"],
    "isbn": "0-15-694960-1",
    "language": "en",
    "subjects": ["Fiction"],
    "price": "9.99",
    "stock": 3,
}
ANN = "019a0000-0000-7000-8000-00000000000a"


@pytest.fixture
async def editor(service: httpx2.AsyncClient, mint: TokenMint) -> httpx2.AsyncClient:
    service.headers.update(mint.headers("editor", account_id=ANN, email="ann@example.org"))
    return service


@pytest.fixture
async def url(editor: httpx2.AsyncClient) -> str:
    return (await editor.post("/books", json=WAVES)).headers["location"]


@pytest.fixture
def history(editor: httpx2.AsyncClient, url: str):
    """Give a function that returns the book's whole history, newest first."""

    async def read():
        answer = await editor.get(f"{url}/history")
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    return read


def told(revisions) -> list[tuple[int, str, dict[str, tuple]]]:
    """Return ``(version, kind, {field: (from, to)})`` of each revision."""
    return [
        (revision["version"], revision["kind"], {name: (c["from"], c["to"]) for name, c in revision["changes"].items()})
        for revision in revisions
    ]


async def test_every_change_is_told_with_who_when_and_what(editor, url, history, mint: TokenMint):
    before = (await editor.get(url)).json()
    await editor.post(f"{url}/stock", json={"change": 5, "reason": "Delivery"})
    both = ["V. Woolf", "Leonard Woolf"]
    bob = mint.headers("editor", email="bob@example.org")
    await editor.patch(url, json={"price": 8.5, "authors": both}, headers=bob)
    await editor.put(url, json=before | {"description": "Six voices.", "price": "8.50"})
    await editor.delete(url)
    await editor.delete(url)
    await editor.post(f"{url}/restore")
    revisions = await history()
    assert told(revisions) == [
        (5, "restored", {"archived": (True, False)}),
        (4, "archived", {"archived": (False, True)}),
        (3, "edited", {"authors": (both, ["Virginia Woolf"]), "description": (None, "Six voices.")}),
        (2, "edited", {"authors": (["Virginia Woolf"], both), "price": ("9.99", "8.50")}),
        (1, "created", {}),
    ]  # fmt: skip
    assert [revision["actor_name"] for revision in revisions] == ["ann@example.org"] * 3 + ["bob@example.org"] + [
        "ann@example.org"
    ]
    assert revisions[0]["actor"] == ANN
    assert all(revision["import_id"] is revision["source_version"] is None for revision in revisions)
    assert [revision["at"] for revision in revisions] == sorted((r["at"] for r in revisions), reverse=True)
    assert (await editor.get(url)).json()["version"] == 5


async def test_a_change_that_fails_or_changes_nothing_leaves_no_trace(editor, url, history):
    await editor.post("/books", json={"title": "Other", "price": 1, "isbn": "9780140268867"})
    for body, status in (({}, 200), ({"language": "eng", "price": 9.990}, 200), ({"isbn": "9780140268867"}, 409)):
        assert (await editor.patch(url, json=body)).status_code == status
    assert (await editor.patch(url, json={"pages": 1}, headers={"If-Match": '"v9.s1"'})).status_code == 412
    assert told(await history()) == [(1, "created", {})]


async def test_any_version_can_be_put_back_and_that_is_a_change_of_its_own(editor, url, history):
    first = (await editor.get(url)).json()
    await editor.patch(url, json={"title": "Waves", "price": 8, "isbn13": None})
    await editor.patch(url, json={"title": "The Waves!", "description": "Six voices.", "pages": 300})
    version = (await editor.get(f"{url}/history/1")).json()
    assert version["fields"] == {name: first[name] for name in version["fields"]}
    assert {name: change["to"] for name, change in version["restoring"].items()} == {
        "title": "The Waves",
        "pages": None,
        "description": None,
        "isbn13": "9780156949606",
        "price": "9.99",
    }
    restored = await editor.post(f"{url}/history/1/restore", headers={"If-Match": '"v3.s1"'})
    assert (restored.status_code, restored.headers["etag"]) == (200, '"v4.s1"')
    kept = ("version", "updated_at")
    assert {k: v for k, v in restored.json().items() if k not in kept} == {
        k: v for k, v in first.items() if k not in kept
    }
    newest = (await history())[0]
    assert (newest["kind"], newest["source_version"]) == ("reverted", 1)
    # It is found as what it is now.
    assert (await editor.get("/books", params={"q": "9780156949606"})).json()["total"] == 1
    # The versions in between are as good as any, and a version that says the same as now makes no other.
    assert (await editor.post(f"{url}/history/3/restore")).json()["title"] == "The Waves!"
    again = await editor.post(f"{url}/history/3/restore")
    assert (again.status_code, again.json()["version"]) == (200, 5)


async def test_a_version_that_cannot_be_put_back_says_why(editor, url, history):
    await editor.patch(url, json={"isbn": None})
    other = (await editor.post("/books", json={"title": "Other", "price": 1, "isbn": WAVES["isbn"]})).json()["id"]

    async def refusal(path, **headers):
        answer = await editor.post(f"{url}{path}/restore", headers={k.replace("_", "-"): v for k, v in headers.items()})
        return answer.status_code, answer.json()["code"]

    assert await refusal("/history/1") == (409, "isbn_taken")
    assert (await editor.post(f"{url}/history/1/restore")).json()["book_id"] == other
    assert await refusal("/history/1", If_Match='"v1.s1"') == (412, "precondition_failed")
    assert await refusal("/history/3") == (404, "revision_not_found")
    assert await refusal("/history/0") == (422, "invalid_input")
    assert (await editor.get(f"{url}/history/99")).json()["code"] == "revision_not_found"
    await editor.delete(url)
    assert await refusal("/history/1") == (409, "book_archived")
    assert [version for version, _kind, _changes in told(await history())] == [3, 2, 1]


async def test_of_a_book_older_than_its_history_what_is_known_is_told_and_can_be_put_back(editor, url, engine, history):
    for pages in (100, 200, 300, 400):
        await editor.patch(url, json={"pages": pages})
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM book_revisions WHERE version <= 3"))
    assert [version for version, _kind, _changes in told(await history())] == [5, 4]
    assert (await editor.post(f"{url}/history/2/restore")).json()["code"] == "revision_not_found"
    # What the first known change found there is known, too.
    assert (await editor.post(f"{url}/history/3/restore")).json()["pages"] == 200


async def test_a_long_history_is_read_in_pages_that_stay_put_while_it_grows(editor, url):
    for pages in range(1, 6):
        await editor.patch(url, json={"pages": pages})
    first = (await editor.get(f"{url}/history?limit=2")).json()
    assert ([item["version"] for item in first["items"]], first["total"]) == ([6, 5], 6)
    await editor.patch(url, json={"pages": 99})
    second = (await editor.get(f"{url}/history", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["version"] for item in second["items"]] == [4, 3]
    back = (await editor.get(f"{url}/history", params={"limit": 2, "cursor": second["prev_cursor"]})).json()
    assert [item["version"] for item in back["items"]] == [6, 5]
    other = (await editor.post("/books", json={"title": "x", "price": 1})).headers["location"]
    foreign = await editor.get(f"{other}/history", params={"cursor": first["next_cursor"]})
    assert (foreign.status_code, foreign.json()["code"]) == (400, "invalid_cursor")


async def test_of_many_edits_at_once_each_is_told_once_with_what_it_really_changed(editor, url, history):
    await asyncio.gather(*(editor.patch(url, json={"pages": n}) for n in range(1, 9)))
    revisions = told(await history())
    assert [version for version, _kind, _changes in revisions] == list(range(9, 0, -1))
    pages = [changes["pages"] for _version, kind, changes in revisions if kind == "edited"]
    assert [before for before, _after in pages[:-1]] == [after for _before, after in pages[1:]]


async def test_histories_are_for_editors(editor, url, mint: TokenMint):
    reader = mint.headers("customer")
    for method, path in (("GET", "/history"), ("GET", "/history/1"), ("POST", "/history/1/restore")):
        assert (await editor.request(method, f"{url}{path}", headers=reader)).status_code == 403
    unknown = await editor.get("/books/019a0000-0000-7000-8000-000000000000/history")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "book_not_found")


@pytest.mark.usefixtures("url")
async def test_what_was_recorded_can_never_be_changed(engine):
    with pytest.raises(IntegrityError, match="only ever added"):
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE book_revisions SET actor = 'nobody'"))


async def test_books_from_before_get_their_languages_in_three_letters_and_their_place_on_the_shelf(postgres):
    service = Path(__file__).parents[1]
    postgres.create_role_and_database("books_before", "test")
    url = postgres.url("books_before", "books_before", "test")
    alembic(service, "BOOK_DATABASE_URL", url, "upgrade", "0003")
    engine = create_async_engine(with_driver(url))
    async with engine.begin() as connection:
        for language in ("de", "ger", "deu", "xq", None):
            await connection.execute(
                text(
                    "INSERT INTO books (id, title, authors, subjects, price, title_key, search_text, language)"
                    " VALUES (gen_random_uuid(), 'Die Wellen', '{}', '{}', 1, 'die wellen', '', :language)"
                ),
                {"language": language},
            )
    alembic(service, "BOOK_DATABASE_URL", url, "upgrade", "0004")
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT language, title_key FROM books ORDER BY language, title_key"))
        assert [tuple(row) for row in found] == [
            ("deu", "die wellen"),
            ("deu", "wellen"),
            ("deu", "wellen"),
            ("xq", "die wellen"),
            (None, "die wellen"),
        ]
    await engine.dispose()
