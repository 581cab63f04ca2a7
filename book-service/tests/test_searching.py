"""The one box: what is found by which words, and in which order."""

import base64
import json
from itertools import pairwise
from urllib.parse import quote

import pytest

from book_service.search import repository, upkeep, wanted
from book_service.search.schemas import BookQuery
from service_kit.paging import query_digest

ID = "019a0000-0000-7000-8000-000000000000"
BOOKS = [
    {"title": "Middlemarch", "subtitle": "A Study of Provincial Life", "author": "George Eliot", "publisher": "Penguin"}
    | {"isbn": "9780141439549", "subjects": ["Fiction", "Classics"], "price": "8.99", "stock": 4, "language": "eng"},
    {"title": "The Brothers Karamazov", "author": "Fyodor Dostoyevsky", "isbn": "9780140449242", "price": "12.99"}
    | {"subjects": ["Fiction", "Classics"], "publisher": "Penguin"},
    {"title": "Crime and Punishment", "author": "Fyodor Dostoyevsky", "isbn": "9780140449136", "price": "10.99"}
    | {"subjects": ["Fiction", "Crime"], "stock": 1},
    {"title": "L’Étranger", "author": "Albert Camus", "price": "7.50", "language": "fra", "subjects": ["Fiction"]},
    {"title": "Smørrebrød", "author": "Bjørn Łęcki", "price": "15", "subjects": ["Cooking"], "publisher": "Søren’s"},
    {"title": "The E-Book Revolution", "author": "J. R. R. Nobody", "price": "20", "subjects": ["Technology"]},
    {"title": "1984", "author": "George Orwell", "isbn": "9780141036144", "price": "8.99", "subjects": ["Fiction"]},
    {"title": "吾輩は猫である", "author": "夏目 漱石", "price": "9", "language": "jpn"},
    {"title": "ألف ليلة وليلة", "author": "مجهول", "price": "9", "language": "ara"},
    {"title": "A History of Crime", "author": "Ann Other", "price": "30", "subjects": ["History"]},
    {"title": "History", "author": "Elsa Morante", "price": "11", "subjects": ["Fiction"]},
    {"title": "Wavelengths", "author": "Ann Other", "price": "3"},
]


@pytest.fixture
async def shop(editor, settled):
    for book in BOOKS:
        answer = await editor.post("/books", json=book)
        assert answer.status_code == 201, answer.text
    await settled()
    return editor


@pytest.fixture(params=["few", "many"])
def size(request, monkeypatch):
    """Search as in a small shop, and as in one so large that nothing can be looked through whole."""
    if request.param == "many":
        monkeypatch.setattr(wanted, "FEW", -1)
        monkeypatch.setattr(repository, "FEW", -1)
        monkeypatch.setattr(upkeep, "TIER_SIZES", {0: 3, 1: 6})
    return request.param


async def found(client, q, **parameters):
    answer = await client.get("/books", params={"q": q, **parameters})
    assert answer.status_code == 200, answer.text
    return [book["title"] for book in answer.json()["items"]]


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("middlemarch", "Middlemarch"),
        ("eliot george", "Middlemarch"),
        ("provincial study", "Middlemarch"),
        ("penguin middle", "Middlemarch"),
        ("letranger", "L’Étranger"),
        ("etranger", "L’Étranger"),
        ("l'etranger camus", "L’Étranger"),
        ("smorrebrod lecki", "Smørrebrød"),
        ("ebook", "The E-Book Revolution"),
        ("e-book", "The E-Book Revolution"),
        ("e book revolution", "The E-Book Revolution"),
        ("jrr nobody", "The E-Book Revolution"),
        ("j r r nobody", "The E-Book Revolution"),
        ("cooking", "Smørrebrød"),
        ("猫", "吾輩は猫である"),
        ("漱石", "吾輩は猫である"),
        ("ليلة", "ألف ليلة وليلة"),
        ("9780141439549", "Middlemarch"),
        ("978-0-14-143954-9", "Middlemarch"),
        ("0141439548", "Middlemarch"),
        ("ISBN 0-14-143954-8", "Middlemarch"),
        ("]E09780141439549", "Middlemarch"),
        ("9780141439549 50899", "Middlemarch"),
        ("9549", "Middlemarch"),
        ("439549", "Middlemarch"),
        ("978014143", "Middlemarch"),
        ("1984", "1984"),
    ],
)
async def test_a_book_is_found_by_what_people_type_or_scan(shop, q, expected):
    assert await found(shop, q) == [expected]


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("sort", ["relevance", "price", "newest"])
@pytest.mark.parametrize("q", ["9780141439549", "439549"])
async def test_an_isbn_is_found_in_any_order_and_through_filters(shop, q, sort):
    assert await found(shop, q, sort=sort, facets="true") == ["Middlemarch"]
    assert await found(shop, q, sort=sort, subject="Classics", facets="true") == ["Middlemarch"]
    assert await found(shop, q, sort=sort, subject="Cooking", facets="true") == []
    assert await found(shop, q, sort=sort, price_max="5") == []


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize(
    ("q", "corrected", "expected"),
    [
        ("middlemrach", "middlemarch", ["Middlemarch"]),
        ("midlemarch eliot", "middlemarch eliot", ["Middlemarch"]),
        ("dostoevski", "dostoyevsky", ["Crime and Punishment", "The Brothers Karamazov"]),
        ("dostojewski", "dostoyevsky", ["Crime and Punishment", "The Brothers Karamazov"]),
        ("karamasov brothers", "karamazov brothers", ["The Brothers Karamazov"]),
        ("orwel 1984", "orwell 1984", ["1984"]),
    ],
)
async def test_mistakes_are_forgiven_and_told(shop, q, corrected, expected):
    answer = (await shop.get("/books", params={"q": q})).json()
    assert [book["title"] for book in answer["items"]] == expected
    assert answer["search"]["corrected"] == corrected
    assert answer["search"]["q"] == q
    if corrected is not None:
        changes = answer["search"]["changes"]
        assert [change["from"] in q and change["to"] in corrected for change in changes] == [True]
        assert await found(shop, q, correct="false") == []


@pytest.mark.usefixtures("size")
async def test_the_nearest_come_first_and_of_equally_near_ones_the_most_sold(shop, sell):
    assert await found(shop, "history") == ["History", "A History of Crime"]
    assert await found(shop, "crime") == ["Crime and Punishment", "A History of Crime"]
    assert (await found(shop, "dostoyevsky"))[0] == "Crime and Punishment"
    await sell("The Brothers Karamazov", copies=3)
    assert (await found(shop, "dostoyevsky"))[0] == "The Brothers Karamazov"
    assert (await found(shop, "wave")) == ["Wavelengths"]
    assert (await shop.get("/books?sort=popularity&limit=1")).json()["items"][0]["title"] == "The Brothers Karamazov"


@pytest.fixture
def sell(shop, service, mint, settled):
    """Give a function that orders and ships copies of a book, and lets the shop take note of it."""

    async def sell_copies(title, *, copies, order="019a0000-0000-7000-8000-000000000001"):
        book = (await shop.get("/books", params={"q": title})).json()["items"][0]
        await shop.post(f"/books/{book['id']}/stock", json={"change": copies + 1, "reason": "Delivery"})
        headers = mint.headers("order-service")
        path = f"/internal/reservations/{order}"
        lines = {"lines": [{"book_id": book["id"], "quantity": copies}]}
        assert (await service.put(path, json=lines, headers=headers)).status_code == 200
        assert (await service.post(f"{path}/commit", headers=headers)).status_code == 200
        await settled()

    return sell_copies


@pytest.mark.usefixtures("size")
async def test_in_many_books_the_best_sold_are_found_in_every_tier(shop, sell):
    for number, title in enumerate(("Wavelengths", "1984", "History", "Middlemarch")):
        await sell(title, copies=number + 2, order=f"019a0000-0000-7000-8000-00000000000{number}")
    by_popularity = await titles(shop, "sort=popularity")
    assert by_popularity[:4] == ["Middlemarch", "History", "1984", "Wavelengths"]
    assert set(await found(shop, "fiction")) == {
        *("Middlemarch", "The Brothers Karamazov", "Crime and Punishment", "L’Étranger", "1984", "History")
    }


async def titles(client, query):
    return [book["title"] for book in (await client.get(f"/books?{query}")).json()["items"]]


@pytest.mark.parametrize(
    "query",
    [
        "subject=Fiction&sort=title",
        "subject=Fiction&subject=History&sort=price&price_min=8&price_max=11",
        "subject=Fiction&in_stock=true&sort=newest",
        "q=fiction&sort=-price",
        "q=history&subject=Fiction",
        "publisher=Penguin&subject=Classics&sort=popularity",
        "price_min=20",
        "q=fiction&price_max=9",
        "language=fra&language=JPN",
        "q=geo",
    ],
)
async def test_a_large_shop_shows_what_a_small_one_shows(shop, monkeypatch, query):
    small = (await shop.get(f"/books?facets=true&{query}")).json()
    monkeypatch.setattr(wanted, "FEW", -1)
    monkeypatch.setattr(repository, "FEW", -1)
    large = (await shop.get(f"/books?facets=true&{query}")).json()
    assert small["items"]
    assert [book["title"] for book in large["items"]] == [book["title"] for book in small["items"]]
    # That there may be more is said where not everything was looked through.
    small["facets"].pop("is_complete")
    large["facets"].pop("is_complete")
    assert (large["total"], large["facets"]) == (small["total"], small["facets"])


async def test_a_new_a_changed_and_an_archived_book_are_found_or_not_at_once(shop):
    book = (await shop.post("/books", json={"title": "Zephyr", "price": 1})).json()
    url = f"/books/{book['id']}"
    assert await found(shop, "zephyr") == ["Zephyr"]
    await shop.patch(url, json={"title": "Mistral", "subjects": ["Winds"]})
    assert await found(shop, "zephyr", correct="false") == []
    assert await found(shop, "mistral winds") == ["Mistral"]
    await shop.delete(url)
    assert await found(shop, "mistral") == []
    assert await found(shop, "mistral", archived="true") == ["Mistral"]
    await shop.post(f"{url}/restore")
    assert await found(shop, "mistral") == ["Mistral"]


async def test_the_last_copy_that_is_promised_leaves_what_is_in_stock(shop, service, mint, settled):
    (book,) = (await shop.get("/books?q=crime+punishment&in_stock=true")).json()["items"]
    lines = {"lines": [{"book_id": book["id"], "quantity": 1}]}
    path = "/internal/reservations/019a0000-0000-7000-8000-000000000001"
    await service.put(path, json=lines, headers=mint.headers("order-service"))
    assert await found(shop, "crime punishment", in_stock="true") == []
    await settled()
    facets = (await shop.get("/books?q=crime+punishment&facets=true")).json()["facets"]
    assert facets["in_stock"] == 0
    await service.post(f"{path}/release", headers=mint.headers("order-service"))
    await settled()
    assert await found(shop, "crime punishment", in_stock="true") == ["Crime and Punishment"]


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize(
    "q",
    [
        "!!! ??? ...",
        "\N{OWL}\N{OWL}",
        "'; DROP TABLE books; --",
        "a & b | !c:* <-> (",
        "\u202eexe.cod",
        "שלום עולם",
        "word " * 90,
        "x" * 500,
        "#12",
        "$3",
        "\\",
        "%_%",
    ],
)
async def test_what_makes_no_sense_finds_nothing_and_harms_nothing(shop, q):
    answer = await shop.get("/books", params={"q": q, "facets": "true"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["total"], answer.json()["items"]) == (0, [])
    assert (await shop.get("/books/suggest", params={"q": q[:200]})).status_code == 200
    assert await found(shop, "middlemarch") == ["Middlemarch"]


async def test_ten_thousand_characters_are_refused(shop):
    answer = await shop.get("/books", params={"q": "x" * 10_000})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


@pytest.fixture
async def without_misses(application):
    """Begin with nothing that waits to be written down since the test before."""
    await application.state.misses.write()


@pytest.mark.usefixtures("without_misses")
async def test_searches_in_vain_are_counted_until_they_are_dealt_with(shop, application):
    for q in ("Unobtainium", "unobtainium", "9780306406157", "unobtainium"):
        await shop.get("/books", params={"q": q})
    await shop.get("/books", params={"q": "middlemarch"})
    await shop.get("/books", params={"q": "middlemarch", "subject": "Cooking"})
    await application.state.misses.write()
    rows = (await shop.get("/books/searches-without-result")).json()
    assert [(row["q"], row["times"]) for row in rows["items"]] == [("unobtainium", 3), ("9780306406157", 1)]
    assert (await shop.delete("/books/searches-without-result", params={"q": "UNOBTAINIUM"})).status_code == 204
    rows = (await shop.get("/books/searches-without-result")).json()
    assert [row["q"] for row in rows["items"]] == ["9780306406157"]


async def test_readers_are_not_told_what_others_looked_for(service, mint):
    headers = mint.headers("customer")
    for method in ("GET", "DELETE"):
        answer = await service.request(method, "/books/searches-without-result?q=x", headers=headers)
        assert answer.status_code == 403


async def test_suggestions_offer_titles_names_subjects_and_what_was_meant(shop):
    answer = (await shop.get("/books/suggest?q=cri")).json()
    assert [book["title"] for book in answer["titles"]] == ["Crime and Punishment", "A History of Crime"]
    assert answer["subjects"] == ["Crime"]
    answer = (await shop.get("/books/suggest?q=dost")).json()
    assert answer["authors"] == ["Fyodor Dostoyevsky"]
    answer = (await shop.get("/books/suggest?q=peng")).json()
    assert answer["publishers"] == ["Penguin"]
    answer = (await shop.get("/books/suggest?q=dostoevski")).json()
    assert (answer["authors"], answer["corrected"]) == (["Fyodor Dostoyevsky"], "dostoyevsky")
    answer = (await shop.get("/books/suggest?q=97801414")).json()
    assert [book["title"] for book in answer["titles"]] == ["Middlemarch"]


async def test_names_to_browse_by_are_listed_with_their_books(shop):
    authors = (await shop.get("/books/authors?limit=100")).json()
    values = [row["value"] for row in authors["items"]]
    assert authors["total"] == len(values) == 10
    assert all(before.casefold() <= after.casefold() for before, after in pairwise(values[:7]))
    commonest = (await shop.get("/books/authors?sort=count&limit=2")).json()
    assert {(row["value"], row["count"]) for row in commonest["items"]} == {
        ("Fyodor Dostoyevsky", 2),
        ("Ann Other", 2),
    }
    following = await shop.get(f"/books/authors?sort=count&limit=2&cursor={commonest['next_cursor']}")
    assert {row["count"] for row in following.json()["items"]} == {1}
    prefixed = (await shop.get(f"/books/authors?q={quote('bjørn')}")).json()
    assert [row["value"] for row in prefixed["items"]] == ["Bjørn Łęcki"]
    subjects = (await shop.get("/books/subjects?sort=count")).json()["items"]
    assert subjects[0] == {"value": "Fiction", "count": 6}
    assert [row["value"] for row in (await shop.get("/books/publishers")).json()["items"]] == ["Penguin", "Søren’s"]
    wrong = await shop.get(f"/books/subjects?cursor={commonest['next_cursor']}")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_cursor")


async def test_from_the_same_shelf_come_the_same_author_and_then_the_nearest_subjects(shop):
    (book,) = (await shop.get("/books?q=karamazov")).json()["items"]
    similar = (await shop.get(f"/books/{book['id']}/similar?limit=3")).json()["items"]
    assert [other["title"] for other in similar][:2] == ["Crime and Punishment", "Middlemarch"]
    assert len(similar) == 3
    assert (await shop.get("/books/019a0000-0000-7000-8000-000000000000/similar")).status_code == 404


async def test_a_book_and_its_shelf_come_in_one_answer(shop):
    (book,) = (await shop.get("/books?q=karamazov")).json()["items"]
    address = f"/books/{book['id']}/similar?limit=3"
    alone, both = (await shop.get(address)).json(), (await shop.get(f"{address}&include=book")).json()
    assert alone == {"items": both["items"], "book": None}
    assert both["book"] == book == (await shop.get(f"/books/{book['id']}")).json()


async def test_what_stands_on_a_shelf_is_as_it_is_now(shop, mint):
    editor = mint.headers("editor")
    (book,) = (await shop.get("/books?q=karamazov")).json()["items"]
    address = f"/books/{book['id']}/similar?limit=3"
    first, second, _third = (await shop.get(address)).json()["items"]
    await shop.patch(f"/books/{first['id']}", json={"price": "1.23"}, headers={**editor, "If-Match": "*"})
    await shop.delete(f"/books/{second['id']}", headers=editor)
    now = {other["id"]: other["price"] for other in (await shop.get(address)).json()["items"]}
    assert now[first["id"]] == "1.23"
    assert second["id"] not in now
    # Whoever moves the book to another shelf sees that shelf.
    await shop.patch(f"/books/{book['id']}", json={"authors": ["Jane Austen"]}, headers={**editor, "If-Match": "*"})
    moved = (await shop.get(address)).json()["items"]
    assert {other["id"] for other in moved} != set(now)


async def test_an_archived_book_is_on_its_shelf_for_editors_alone(shop, mint):
    (book,) = (await shop.get("/books?q=karamazov")).json()["items"]
    await shop.delete(f"/books/{book['id']}", headers=mint.headers("editor"))
    address = f"/books/{book['id']}/similar?include=book"
    assert (await shop.get(address, headers=mint.headers("customer"))).status_code == 404
    assert (await shop.get(address, headers=mint.headers("editor"))).json()["book"]["archived_at"]


@pytest.mark.parametrize(
    ("sort", "keys"),
    [
        ("title", ("\ud800", ID)),
        ("price", ("1e999999", ID)),
        ("popularity", (float("nan"), ID)),
        ("newest", ("\0",)),
        ("relevance", (1 << 31, 1.5, ID)),
    ],
)
async def test_a_cursor_with_keys_that_no_book_has_is_refused(shop, sort, keys):
    query = BookQuery(q="the", sort=sort).model_dump(mode="json", exclude={"cursor", "limit", "facets"})
    answer = await shop.get("/books", params={"q": "the", "sort": sort, "cursor": _forged(keys, query)})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def _forged(keys, query):
    payload = json.dumps(["n", *keys]).encode()
    return base64.urlsafe_b64encode(query_digest(payload, query) + payload).rstrip(b"=").decode()


@pytest.mark.parametrize("price", ["1e-999999999", "0E+999999", "NaN", "1_0", "-1", "9.999"])
async def test_a_price_to_narrow_by_that_is_no_price_is_refused(editor, price):
    for name in ("price_min", "price_max"):
        answer = await editor.get("/books", params={name: price})
        assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["query", name])
