"""Counting a shelf, and what runs low."""

import re

import pytest
from browser import PARTIAL, SAME_ORIGIN, Forms, filled, form_of

PATH = "/staff/stocktake"
TITLES = ("Dracula", "Kim", "Orlando")


@pytest.fixture
def books(gateway):
    """Give the ids of books of which 5 copies are there each."""
    ids = {title: gateway.book_id(title) for title in TITLES}
    for number, book_id in enumerate(ids.values()):
        gateway.books[book_id] |= {"on_hand": 0, "available": 0, "isbn13": f"978014300{1000 + number}"}
        gateway.stock.move(book_id, 5, "First stock")
    gateway.books[ids["Dracula"]]["isbn13"] = "9780143106159"
    return ids


def typed(shown, counts=(), **values):
    """Return the list's fields as a person leaves them: the numbers beside the lines, from the top."""
    fields = [(name, value) for name, value in filled(shown, PATH) if name not in values]
    numbers = iter(counts)
    fields = [(name, next(numbers, value) if name == "counted" else value) for name, value in fields]
    return fields + list(values.items())


async def put(browser, shown, what, counts=()):
    return await browser.post(PATH, typed(shown, counts, book=what, do="put"))


def focused(page):
    return re.findall(r'<(?:input|button)[^>]*?id="([^"]+)"[^>]* autofocus', page.text)


def on_list(page):
    return [
        re.sub(r"<[^>]+>", "", line)
        for line in re.findall(r'counts__words"><a[^>]*>([^<]+)</a>', page.text.split("<main")[-1])
    ]


@pytest.fixture
async def page(editor, books):
    """Give the empty list."""
    del books
    return await editor.get(PATH)


async def test_books_come_onto_the_list_by_scan_or_title_and_the_hands_are_led(editor, page, books):
    assert focused(page) == ["book"]
    page = await put(editor, page, "978-0-14-310615-9")
    assert focused(page) == [f"counted-{books['Dracula']}"]
    page = await put(editor, page, "", ["4"])
    assert focused(page) == ["book"]
    page = await put(editor, page, "Orlando")
    assert on_list(page) == ["Orlando", "Dracula"]
    assert [value for name, value in form_of(page, PATH).fields if name == "counted"] == ["", "4"]


async def test_a_bar_code_in_the_field_of_a_number_is_the_next_book(editor, page, books):
    page = await put(editor, page, "Kim")
    page = await put(editor, page, "", ["3978014310615900799"])
    assert on_list(page) == ["Dracula", "Kim"]
    assert [value for name, value in form_of(page, PATH).fields if name == "counted"] == ["", "3"]
    assert focused(page) == [f"counted-{books['Dracula']}"]


async def test_a_book_that_is_scanned_again_stays_one_line_and_is_counted_anew(editor, gateway, page, books):
    page = await put(editor, page, "9780143106159")
    page = await put(editor, page, "Kim", ["4"])
    gateway.stock.ship(gateway.stock.promise("Dracula"))
    page = await put(editor, page, "9780143106159", ["2", "4"])
    assert on_list(page) == ["Dracula", "Kim"]
    assert "You had 4. Type how many there are in all." in page.text
    result = await editor.post(PATH, typed(page, ["4", "2"], do="send"))
    assert "1 is as expected and 1 was corrected" in result.text
    assert gateway.books[books["Dracula"]]["on_hand"] == 4


@pytest.mark.parametrize(
    ("scan", "words"),
    [
        ("9780143106142", "No book has the ISBN 9780143106142"),
        ("9780143106150", "is not an ISBN: its last digit does not fit"),
        ("Necronomicon", "No book is called “Necronomicon”"),
    ],
)
async def test_what_leads_to_no_book_is_said_at_the_field_and_the_list_stays(editor, page, scan, words):
    page = await put(editor, page, "Kim")
    answer = await put(editor, page, scan, ["3"])
    assert answer.status_code == 422
    assert words in answer.text.split('id="book-err"')[1].split("</span>")[0]
    assert focused(answer) == ["book"]
    assert on_list(answer) == ["Kim"]
    assert form_of(answer, PATH).value("counted") == "3"


async def test_a_title_that_several_books_have_lets_one_choose(editor, gateway, page, books):
    gateway.add_book(901, title="Kim and I")
    several = await put(editor, page, "Kim")
    assert "Several books are called like “Kim”" in several.text
    answer = await editor.post(PATH, typed(several, pick=books["Kim"]))
    assert on_list(answer) == ["Kim"]


async def test_the_list_is_sent_with_what_each_count_is_compared_with(editor, gateway, page, books):
    for title in TITLES:
        page = await put(editor, page, title)
    # Sold while the others are being counted.
    gateway.stock.ship(gateway.stock.promise("Dracula"))
    result = await editor.post(PATH, typed(page, ["5", "3", "5"], do="send"))
    assert result.status_code == 200
    assert "2 are as expected and 1 was corrected." in result.text
    assert {title: gateway.books[books[title]]["on_hand"] for title in TITLES} == {"Dracula": 4, "Kim": 3, "Orlando": 5}
    assert "1 went out" in result.text


async def test_the_same_list_sent_twice_corrects_once(editor, gateway, page, books):
    page = await put(editor, page, "Kim")
    for _ in range(2):
        result = await editor.post(PATH, typed(page, ["3"], do="send"))
        assert "1 was corrected" in result.text
    assert gateway.books[books["Kim"]]["on_hand"] == 3


async def test_a_count_that_takes_promised_copies_leads_to_the_orders(editor, gateway, page, books):
    gateway.stock.promise("Kim", 4)
    page = await put(editor, page, "Kim")
    result = await editor.post(PATH, typed(page, ["2"], do="send"))
    assert "1 needs you." in result.text
    link = re.search(rf'href="(/books/{books["Kim"]}/stock/write-off[^"]+)"', result.text)[1].replace("&amp;", "&")
    assert "3 are gone, but only 1 is free" in (await editor.get(link)).text


async def test_lines_without_a_number_are_pointed_out_and_nothing_is_written(editor, gateway, page):
    page = await put(editor, page, "Kim")
    page = await put(editor, page, "Dracula")
    answer = await editor.post(PATH, typed(page, ["", "x"], do="send"))
    assert answer.status_code == 422
    assert "Type how many you counted: Dracula" in answer.text
    assert "Enter a number, like 0 or 12: Kim" in answer.text
    assert gateway.calls_to("POST", "/books/stocktake") == 0


async def test_a_book_is_taken_off_the_list(editor, page, books):
    page = await put(editor, page, "Kim")
    page = await put(editor, page, "Dracula", ["1"])
    answer = await editor.post(PATH, typed(page, remove=books["Kim"]), SAME_ORIGIN | PARTIAL)
    assert on_list(answer) == ["Dracula"]
    assert "<html" not in answer.text


async def test_a_session_that_ends_while_counting_loses_no_line(editor, gateway, page):
    page = await put(editor, page, "Kim")
    gateway.sessions.clear()
    refused = await editor.post(PATH, typed(page, ["3"], do="send"))
    answer = await editor.submit(refused, "/sign-in", {"email": "editor@example.com", "password": "correct horse"})
    again = await editor.follow(answer)
    assert on_list(again) == ["Kim"]
    assert form_of(again, PATH).value("counted") == "3"


async def test_a_shelf_of_two_hundred_books_can_be_sent(editor, gateway, page):
    for number in range(200):
        gateway.add_book(1000 + number, title=f"Volume {number:03}")
    line = '{{"book_id":"{}","title":"{}"}}'
    books = [book for book in gateway.books.values() if book["title"].startswith("Volume")]
    fields = [pair for book in books for pair in (("line", line.format(book["id"], book["title"])), ("counted", "8"))]
    result = await editor.post(PATH, typed(page, do="send") + fields)
    assert "200 books counted" in result.text
    assert "All as expected" in result.text


async def test_only_those_who_keep_the_stock_get_there(reader):
    for path in (PATH, "/staff/low-stock"):
        assert (await reader.get(path)).status_code == 403
    assert PATH not in (await reader.get("/books")).text


class TestLowStock:
    """What runs low."""

    PATH = "/staff/low-stock"

    @pytest.fixture(autouse=True)
    def _few_copies(self, gateway):
        for book in gateway.books.values():
            book |= {"on_hand": 9, "available": 9}
        for title, left in (("Dracula", 0), ("Kim", 1), ("Orlando", 2), ("Ulysses", 3)):
            gateway.books[gateway.book_id(title)] |= {"on_hand": left, "available": left}

    async def test_the_emptiest_come_first_up_to_the_number_in_the_address(self, editor, gateway):
        gateway.stock.sold[gateway.book_id("Kim")] = 7
        page = await editor.get(self.PATH)
        assert on_list(page) == ["Dracula", "Kim", "Orlando"]
        assert "<strong>7</strong>" in page.text
        assert on_list(await editor.get(f"{self.PATH}?at_most=3"))[-1] == "Ulysses"
        assert on_list(await editor.get(f"{self.PATH}?at_most=x")) == ["Dracula", "Kim", "Orlando"]
        gateway.books[gateway.book_id("Dracula")]["available"] = 5
        assert "Nothing is running low" in (await editor.get(f"{self.PATH}?at_most=0")).text

    async def test_previous_and_next_keep_the_number(self, editor, gateway):
        gateway.stock.page_size = 2
        page = await editor.get(f"{self.PATH}?at_most=3")
        following = re.search(r'href="([^"]+)" rel="next"', page.text)[1].replace("&amp;", "&")
        page = await editor.get(following)
        assert on_list(page) == ["Orlando", "Ulysses"]
        assert 'rel="prev"' in page.text

    async def test_what_came_in_is_written_down_once_and_the_hands_go_on_there(self, editor, gateway):
        kim, orlando = gateway.book_id("Kim"), gateway.book_id("Orlando")
        page = await editor.get(f"{self.PATH}?at_most=2")
        forms = [form for form in Forms(page.text).forms if ("book_id", kim) in form.fields]
        fields = [(name, value) for name, value in forms[0].fields if name != "received"] + [("received", "5")]
        for _ in range(2):
            answer = await editor.post(forms[0].action, fields)
            assert answer.headers["location"] == f"{self.PATH}?at_most=2#book-{orlando}"
        assert gateway.books[kim]["on_hand"] == 6
        assert gateway.stock.movements[kim][-1]["reason"] == "Delivery"
        page = await editor.get(f"{self.PATH}?at_most=2")
        assert "5 copies of “Kim” came in" in page.text
        assert on_list(page) == ["Dracula", "Orlando"]

    async def test_what_is_no_number_is_said_at_its_book(self, editor, gateway):
        kim = gateway.book_id("Kim")
        page = await editor.get(self.PATH)
        form = next(form for form in Forms(page.text).forms if ("book_id", kim) in form.fields)
        fields = [(name, value) for name, value in form.fields if name != "received"] + [("received", "many")]
        answer = await editor.post(form.action, fields)
        assert answer.status_code == 422
        assert "Enter how many came in" in answer.text.split(f'id="received-{kim}-err"')[1][:80]
        assert focused(answer) == [f"received-{kim}"]
