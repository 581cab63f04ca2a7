"""The start page of whoever works here: what needs doing, how it goes, and that each part fails alone."""

import asyncio
import re

import pytest
from words import links, said

TITLE = "Donaudampfschifffahrtsgesellschaft" * 14


@pytest.fixture
def orders(gateway):
    return gateway.staff_orders


def tiles(page):
    """Return the mood and the words of each tile, in the order of the page."""
    found = re.findall(r'<li class="task task--(\w+)">(.*?)</li>', page.text, re.DOTALL)
    return [(mood, " ".join(re.sub(r"<[^>]+>", " ", words).split())) for mood, words in found]


def columns(page, chart):
    """Return what each column of a chart says."""
    picture = page.text.partition(f'aria-labelledby="{chart}-title"')[2].partition("</svg>")[0]
    return re.findall(r"<g [^>]*><title>([^<]*)</title>", picture)


async def test_what_needs_doing_stands_first_and_leads_to_where_it_is_done(staff, gateway, orders):
    orders.add("Kim", minutes_ago=3 * 24 * 60)
    orders.add("Dracula")
    orders.park(orders.add("Kim", status="shipped"))
    gateway.imports.add("checked", name="delivery.csv", counts={"new": 2})
    gateway.search.in_vain("murakmi", 3)
    page = await staff.get("/staff")
    assert page.headers["cache-control"] == "no-store"
    shown = tiles(page)
    assert shown[:2] == [
        ("late", "2 orders to ship The oldest has waited for 3 days."),
        ("late", "1 piece of parked work Somebody has to look at it."),
    ]
    assert ("todo", "1 import waits for you delivery.csv") in shown
    assert ("todo", "1 search without a result Most often: “murakmi”") in shown
    assert {"/staff/orders", "/staff/work", "/staff/low-stock", "/staff/searches"} <= set(links(page))
    assert any(re.fullmatch(r"/staff/imports/[\w-]{36}", address) for address in links(page))


async def test_an_order_that_is_checked_for_long_is_told_and_one_of_this_moment_is_not(staff, orders):
    orders.add("Kim", status="pending", minutes_ago=0)
    assert "being checked" not in said(await staff.get("/staff"))
    orders.add("Kim", status="pending", minutes_ago=12)
    page = await staff.get("/staff")
    assert ("late", "2 orders are being checked The oldest has waited for 12 minutes.") in tiles(page)
    assert "/staff/orders?status=pending" in links(page)


async def test_a_quiet_day_says_so(staff, gateway):
    for book in gateway.books.values():
        book |= {"available": 9}
    page = await staff.get("/staff")
    assert {mood for mood, _ in tiles(page)} == {"calm"}
    assert "Nothing needs you just now." in said(page)
    assert "Nothing to ship" in said(page)
    assert "None in the last 30 days." in said(page)


async def test_sales_are_a_column_for_each_day_and_a_table_of_the_same(staff, orders):
    orders.add("Kim", "Kim", "Dracula")
    orders.add("Kim", minutes_ago=10 * 24 * 60)
    orders.add("Kim", status="cancelled")
    page = await staff.get("/staff")
    assert len(columns(page, "copies")) == len(columns(page, "money")) == 30
    assert columns(page, "copies")[-1].endswith(": 3 copies")
    assert columns(page, "copies")[-11].endswith(": 1 copy")
    assert columns(page, "money")[-1].endswith(": £23.97")
    rows = re.findall(r'<td class="number">(.*?)</td>', page.text)
    assert rows[:3] == ["1", "3", "£23.97"]
    assert len(rows) == 90
    assert 'role="img"' in page.text
    assert "style=" not in page.text


async def test_what_sells_is_told_with_what_is_left_and_for_how_long(staff, gateway, orders):
    orders.add(*["Kim"] * 15)
    orders.add("Dracula")
    gateway.books[gateway.book_id("Kim")]["available"] = 3
    gateway.books[gateway.book_id("Dracula")] |= {"available": 0, "title": TITLE}
    words = said(await staff.get("/staff"))
    assert "Kim 15 sold 3 left for about 6 days" in words
    assert f"{TITLE} 1 sold None left" in words


@pytest.mark.parametrize(
    ("service", "gone", "left"),
    [
        ("orders", "The orders do not answer just now.", "books run low"),
        ("books", "The stock does not answer just now.", "order to ship"),
    ],
)
async def test_what_does_not_answer_is_named_and_the_rest_is_there(staff, gateway, orders, service, gone, left):
    orders.add("Kim")
    gateway.books[gateway.book_id("Kim")]["available"] = gateway.books[gateway.book_id("Dracula")]["available"] = 1
    gateway.down.add(service)
    page = await staff.get("/staff")
    assert page.status_code == 200
    assert gone in said(page)
    assert left in said(page)
    assert ("The figures do not come just now." in said(page)) == (service == "orders")


async def test_what_is_slow_is_not_waited_for(staff, gateway, orders, monkeypatch):
    monkeypatch.setattr("web_frontend.workplace.parts._LONGEST_WAIT_SECONDS", 0.2)
    orders.add("Kim")

    async def hang(request):
        if request.url.path == "/orders/figures":
            await asyncio.sleep(30)

    gateway.before_answer = hang
    async with asyncio.timeout(5):
        words = said(await staff.get("/staff"))
    assert "The figures do not come just now." in words
    assert "order to ship" in words


async def test_an_editor_sees_books_and_nothing_of_orders(editor, gateway):
    page = await editor.get("/staff")
    assert page.status_code == 200
    assert "running low" in said(page).lower()
    assert "Sales of" not in said(page)
    assert not any(address.startswith(("/staff/orders", "/staff/work")) for address in links(page))
    assert not any(path.startswith("/orders") for _, path in gateway.calls)


async def test_readers_have_no_such_page(reader):
    assert (await reader.get("/staff")).status_code == 403
    assert 'href="/staff"' not in (await reader.get("/books")).text


async def test_each_question_is_asked_once(staff, gateway, orders):
    orders.add("Kim")
    gateway.calls.clear()
    await staff.get("/staff")
    paths = [path for _, path in gateway.calls]
    assert sorted(set(paths) - {"/cart", "/orders/parked"}) == [
        "/books/imports",
        "/books/low-stock",
        "/books/searches-without-result",
        "/books/stock-levels",
        "/orders/figures",
        "/orders/summary",
    ]
    assert len(paths) == len(set(paths))


async def test_whoever_works_here_begins_there_unless_they_wanted_something_else(shop):
    page = await shop.get("/sign-in")
    values = {"email": "staff@example.com", "password": "correct horse"}
    assert (await shop.submit(page, "/sign-in", values)).headers["location"] == "/staff"
    assert (await shop.get("/sign-in")).headers["location"] == "/staff"
    assert (await shop.get("/sign-in?next=/books/new")).headers["location"] == "/books/new"


async def test_readers_begin_among_the_books(shop):
    page = await shop.get("/sign-in")
    values = {"email": "reader@example.com", "password": "correct horse"}
    assert (await shop.submit(page, "/sign-in", values)).headers["location"] == "/"


async def test_the_page_speaks_german(staff, orders):
    orders.add("Kim", "Kim", minutes_ago=3 * 24 * 60)
    page = await staff.get("/staff", **{"accept-language": "de-DE"})
    assert ("late", "1 Bestellung zu versenden Die älteste wartet schon 3 Tage.") in tiles(page)
    assert "15,98 £" in page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(r"(Mo|Di|Mi|Do|Fr|Sa|So)\., \d+\. \w+: 0 Exemplare", page.text)
