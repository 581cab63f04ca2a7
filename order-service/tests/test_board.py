"""The board: what staff finds orders by, and that a page costs the same however many orders there are."""

import datetime as dt
import json
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import event

from order_service.orders import board_repository, board_streams
from order_service.orders.search import Search, parse_search

NOBODYS = "019a0000-0000-7000-8000-00000000dead"


@pytest.fixture
def staff(mint):
    return mint.headers("staff", email="morgan@example.org")


@pytest.fixture
def order(client, stock, mint):
    """Give a function that orders a copy of each of some titles for an address, and returns the order."""
    books, accounts = {}, {}

    async def place(*titles, email="ada@example.org"):
        for title in titles:
            books.setdefault(title, stock.add(title, on_hand=1000))
        account = accounts.setdefault(email.lower(), f"019a0000-0000-7000-8000-0000000000{len(accounts):02x}")
        items = [{"book_id": str(books[title].id), "quantity": 1} for title in titles]
        headers = mint.headers("customer", account_id=account, email=email)
        return (await client.post("/orders", json={"items": items}, headers=headers)).json()

    return place


@pytest.fixture
def find(client, staff):
    """Give a function that returns the numbers of the orders that staff finds."""

    async def ask(**query):
        answer = await client.get("/orders", params=query, headers=staff)
        assert answer.status_code == 200, answer.text
        assert answer.json()["total"] == len(answer.json()["items"])
        return [order["number"] for order in answer.json()["items"]]

    return ask


async def test_orders_are_found_by_what_people_have_at_hand(order, find):
    first = await order("The Waves", "1984")
    second = await order("Orlando", email="Grace.Hopper@Example.net")
    await order("A Room of One’s Own", "Les Misérables", email="grace@example.org")
    one, two, three = "Q-1001", "Q-1002", "Q-1003"
    for text, found in {
        "Q-1002": [two],
        " q1002 ": [two],
        "#1002": [two],
        "1002": [two],
        "Q-9999": [],
        "1984": [one],
        first["id"]: [one],
        first["id"].upper(): [one],
        NOBODYS: [],
        "waves": [one],
        "THE wav": [one],
        "the orlando": [],
        "waves 1984": [],
        "ones own room": [three],
        "one's": [three],
        "miserables": [three],
        "MISÉRAB": [three],
        "misér own": [],
        "978-0-15-694960-6": [three, two, one],
        "0156949601": [three, two, one],
        "9780141439518": [],
        "grace": [three, two],
        "hopper@example": [two],
        "GRACE.HOPPER@EXAMPLE.NET": [two],
        "example.": [three, two, one],
        "@example.org": [three, one],
        "ra": [],
        "gr": [three, two],
    }.items():
        assert await find(q=text) == found, text
    assert await find(book=second["items"][0]["book_id"]) == [two]
    assert await find(book=NOBODYS) == []
    assert await find(q="grace", book=second["items"][0]["book_id"]) == [two]
    assert await find(q="grace", sort="oldest") == [two, three]
    assert await find(q="grace", customer="grace@example.org") == [three]
    assert await find(q="  ", all=True) == [three, two, one]


async def test_what_is_typed_is_text_and_no_pattern(order, find):
    await order("The Waves")
    await order("100% Wolf_Moon")
    for text in (
        "%",
        "_",
        "%%%",
        "a%a",
        "ada_example",
        "\\",
        "'",
        "':*",
        "!",
        "& |",
        "(",
        "the & waves | x",
        "-",
        "@@@",
    ):
        assert await find(q=text) == [], text
    assert await find(q="100%") == ["Q-1002"]
    assert await find(q="wolf_moon") == ["Q-1002"]
    for text in ("w" * 200, "wolf " * 40, "ß İ ﬁ 漢字", "o" + "\u0301" * 25):
        await find(q=text)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Q-1042", Search(number=1042)),
        ("q – 1042", Search(number=1042)),
        ("# 1042", Search(number=1042)),
        ("1042", Search(number=1042, words="1042")),
        ("0-8044-2957-X", Search(isbn13="9780804429573")),
        ("080442957x", Search(isbn13="9780804429573")),
        ("9780156949606", Search(isbn13="9780156949606")),
        ("0804429571", Search(number=804429571, words="0804429571")),
        ("9" * 30, Search(email_part="9" * 30, words="9" * 30)),
        ("ada@", Search(email_part="ada@")),
        ("ada", Search(email_part="ada", words="ada")),
        ("the waves", Search(words="the waves")),
        ("Q-", Search(email_part="Q-", words="Q-")),
        (NOBODYS, Search(order_id=UUID(NOBODYS))),
    ],
)
def test_a_text_means_what_it_looks_like(text, meaning):
    assert parse_search(text) == meaning


async def test_a_page_goes_on_from_the_oldest_as_it_does_from_the_newest(client, order, staff):
    for n in range(5):
        await order("The Waves", email=f"c{n}@example.org")
    seen, query = [], "all=true&sort=oldest&limit=2"
    cursor = ""
    while cursor is not None:
        page = (await client.get(f"/orders?{query}{cursor}", headers=staff)).json()
        seen.append([found["number"] for found in page["items"]])
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert seen == [["Q-1001", "Q-1002"], ["Q-1003", "Q-1004"], ["Q-1005"]]
    back = (await client.get(f"/orders?{query}&cursor={page['prev_cursor']}", headers=staff)).json()
    assert [found["number"] for found in back["items"]] == ["Q-1003", "Q-1004"]
    other = await client.get(f"/orders?all=true&limit=2&cursor={page['prev_cursor']}", headers=staff)
    assert (other.status_code, other.json()["code"]) == (400, "invalid_cursor")


async def test_customers_find_their_own_order_by_its_number_and_nothing_else(client, order, mint):
    await order("1984")
    await order("1984", email="eve@example.org")
    own = mint.headers("customer", account_id="019a0000-0000-7000-8000-000000000000", email="ada@example.org")
    for text, found in {"Q-1001": ["Q-1001"], "1001": ["Q-1001"], "Q-1002": [], "1984": []}.items():
        answer = await client.get("/orders", params={"q": text}, headers=own)
        assert [order["number"] for order in answer.json()["items"]] == found
    for query in ({"q": "waves"}, {"q": "eve@"}, {"q": NOBODYS}, {"book": NOBODYS}, {"q": "1001", "all": True}):
        answer = await client.get("/orders", params=query, headers=own)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize("query", ["q=%00", f"q={'x' * 201}", "book=Q-1001", "book=", "sort=price", "sort="])
async def test_a_question_that_makes_no_sense_is_422(client, staff, query):
    answer = await client.get(f"/orders?{query}", headers=staff)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_a_book_that_was_renamed_is_found_by_both_names_and_a_late_isbn_too(client, stock, order, find, sql):
    await order("The Waves")
    (book,) = stock.books.values()
    await sql("UPDATE ordered_books SET isbn13 = NULL")
    assert await find(q="9780156949606") == []
    book.title, book.price = "The Tides", Decimal("12.00")
    await client.post("/orders", json={"book_id": str(book.id), "quantity": 1})
    for text in ("waves", "tides", "9780156949606"):
        assert await find(q=text) == ["Q-1002", "Q-1001"]


MANY = """
    WITH made AS (
        INSERT INTO orders (id, account_id, customer_email, status, total, currency, created_at)
        SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000'
                || '8000' || lpad(to_hex(n), 12, '0'))::uuid,
               ('019a0000-0000-7000-8000-' || lpad(to_hex(n % 40), 12, '0'))::uuid,
               'customer' || n % 40 || '@example.org',
               CASE WHEN n % 500 = 0 THEN 'shipped' WHEN n > 0.88 * :count THEN 'placed' ELSE 'delivered' END,
               1, 'GBP', at
        FROM generate_series(1, :count) AS n, LATERAL (SELECT now() - (:count - n) * interval '1 hour' AS at) AS time
        RETURNING id, number
    ), told AS (
        INSERT INTO order_timeline (order_id, version, status, actor_role) SELECT id, 1, 'pending', 'customer' FROM made
    )
    INSERT INTO order_lines (order_id, book_id, position, quantity)
    SELECT id, ('01932c07-0000-7000-8000-' || lpad(to_hex(book), 12, '0'))::uuid, position, 1
    FROM made, unnest(ARRAY[number % 2, 10 + number % 50]) WITH ORDINALITY AS line (book, position)
"""
TITLES = """
    UPDATE order_lines SET title = concat('The ', CASE WHEN position = 1 THEN 'Common' ELSE 'Rare' END, ' Book ', x),
                           authors = '{}', unit_price = 1, isbn13 = '978' || lpad(x, 10, '0')
    FROM (SELECT right(id::text, 4) AS x, id FROM (SELECT DISTINCT book_id AS id FROM order_lines) AS books) AS named
    WHERE book_id = id
"""
BOOK = "01932c07-0000-7000-8000-00000000000{}"
QUESTIONS = [
    {},
    {"sort": "oldest"},
    {"status": "shipped"},
    {"status": "placed", "sort": "oldest"},
    {"status": ["placed", "shipped", "delivered"]},
    {"status": "returned"},
    {"customer": "customer7@example.org"},
    {"customer": "customer7@example.org", "status": "placed"},
    {"book": BOOK.format(0)},
    {"book": BOOK.format(0), "status": "shipped"},
    {"book": BOOK.format(1), "status": "shipped", "sort": "oldest"},
    {"book": BOOK.format(0), "status": "returned"},
    {"q": "Q-3000"},
    {"q": "3000", "status": "delivered"},
    {"q": "common"},
    {"q": "the book"},
    {"q": "the", "status": "shipped"},
    {"q": "common", "book": BOOK.format(0)},
    {"q": "rare 000b"},
    {"q": "nothing"},
    {"q": "%"},
    {"q": "e"},
    {"q": "9780000000001"},
    {"q": "customer1"},
    {"q": "customer17@"},
    {"q": "example", "status": "placed", "sort": "oldest"},
    {"q": "com"},
    {"from": "DAY", "to": "DAY"},
    {"from": "DAY", "to": "DAY", "q": "common", "status": "shipped"},
    {"to": "DAY", "book": BOOK.format(1)},
]


def rows_read(plan):
    """Sum up the rows that the nodes of a plan took from tables and indexes, also those that they threw away."""
    own = 0
    if "Scan" in plan["Node Type"] and plan["Node Type"] not in {"CTE Scan", "Subquery Scan", "Function Scan"}:
        dropped = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        own = (plan["Actual Rows"] + dropped) * plan["Actual Loops"]
    return own + sum(rows_read(part) for part in plan.get("Plans", ()))


@pytest.fixture
def small_limits(monkeypatch):
    """Make the limits of a page as small as the tables of these tests are, and give a function that sets one."""
    for module in (board_repository, board_streams):
        monkeypatch.setattr(module, "WALK", 40)
        monkeypatch.setattr(module, "LONGEST_COUNTED", 200)
    for name in ("COUNT_LIMIT", "COUNT_WALK", "MOST_NAMED"):
        monkeypatch.setattr(board_repository, name, 20)
    return lambda name, value: monkeypatch.setattr(board_repository, name, value)


@pytest.mark.usefixtures("small_limits")
async def test_no_page_reads_the_whole_table(client, staff, sql):
    await sql(MANY.replace(":count", "5000"))
    await sql(TITLES)
    await sql("ANALYZE orders, order_lines, order_timeline, ordered_books, ordering_customers")
    statements = []
    engine = client.app.state.board._database._engine.sync_engine  # noqa: SLF001

    def note(_connection, _cursor, statement, parameters, _context, _many):
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=100)
    for question in QUESTIONS:
        query = {"all": True, "limit": 10} | {
            name: str(day) if value == "DAY" else value for name, value in question.items()
        }
        for _ in range(3):
            statements.clear()
            page = (await client.get("/orders", params=query, headers=staff)).json()
            await sql("BEGIN")
            for statement, parameters in statements:
                (row,) = await sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *parameters)
                plan = json.loads(row["QUERY PLAN"])[0]["Plan"]
                # Two lines and a title for each order that is looked at, or two streams that are counted.
                assert rows_read(plan) <= 600, (question, statement)
            await sql("ROLLBACK")
            if not page["next_cursor"]:
                break
            query["cursor"] = page["next_cursor"]


async def test_pages_that_end_early_lead_to_every_order_and_back(client, staff, sql, small_limits):
    small_limits("MOST_NAMED", 0)
    await sql(MANY.replace(":count", "1200"))
    await sql(TITLES)
    await sql("UPDATE orders SET status = CASE WHEN number % 70 < 3 THEN 'returned' ELSE 'delivered' END")
    returned = [row["number"] for row in await sql("SELECT number FROM orders WHERE status = 'returned' ORDER BY id")]
    rare = "EXISTS (SELECT FROM order_lines WHERE order_id = id AND title LIKE '%Rare Book 001b')"
    of_titles = [row["number"] for row in await sql(f"SELECT number FROM orders WHERE {rare} ORDER BY id")]  # noqa: S608
    popular = [number for number in returned if number % 2 == 0]
    for question, expected in (
        ({"status": "returned", "book": BOOK.format(0)}, popular),
        ({"q": "rare 001b", "sort": "oldest"}, of_titles),
    ):
        oldest_first = "sort" in question
        query = {"all": True, "limit": 5} | question
        pages, cursors = [], []
        cursor = None
        while True:
            wanted = query | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/orders", params=wanted, headers=staff)).json()
            pages.append([int(found["number"][2:]) for found in page["items"]])
            assert page["total_is_estimate"] or page["total"] == len(expected)
            cursors.append(page["prev_cursor"])
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(pages) > len(expected) / 5
        assert [] in pages or oldest_first is False
        found = [number for page in pages for number in page]
        assert found == (expected if oldest_first else expected[::-1])
        # And back again, from the last page to the first.
        back, cursor = [], cursors[-1]
        while cursor is not None:
            page = (await client.get("/orders", params=query | {"cursor": cursor}, headers=staff)).json()
            back.append([int(found["number"][2:]) for found in page["items"]])
            cursor = page["prev_cursor"]
        assert [number for page in back[::-1] for number in page] == found[: len(found) - len(pages[-1])]


async def test_one_page_never_shows_an_order_twice(client, staff, sql):
    await sql(MANY.replace(":count", "1200"))
    await sql(TITLES)
    # Its number, its customer and both its books fit.
    answer = (await client.get("/orders", params={"q": "1042", "all": True}, headers=staff)).json()
    ids = [order["id"] for order in answer["items"]]
    assert len(ids) == len(set(ids)) == answer["total"]
    both = (await client.get("/orders", params={"q": "book 001", "limit": 100}, headers=staff)).json()
    assert all(newer["id"] > older["id"] for newer, older in pairwise(both["items"]))
