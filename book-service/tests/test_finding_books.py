"""Lists: searching, filtering, sorting, pages, suggestions."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from service_kit.testing.tokens import TokenMint

BOOKS = [
    {"title": "The Waves", "authors": ["Virginia Woolf"], "price": "9.99", "stock": 3, "subjects": ["Fiction"]},
    {"title": "Orlando", "authors": ["Virginia Woolf"], "price": "8.99", "stock": 0, "subjects": ["Fiction"]},
    {"title": "Zur Genealogie der Moral", "authors": ["Friedrich Nietzsche"], "price": "7.50", "stock": 1}
    | {"language": "deu", "subjects": ["Philosophy"], "format": "hardback"},
    {"title": "Преступление и наказание", "authors": ["Фёдор Достоевский"], "price": "12.00", "language": "rus"},
    {"title": "100% Cotton_Wool", "authors": ["A. Nonymous"], "price": "0", "subjects": ["Science", "Nature"]},
    {"title": "A Room of One’s Own", "authors": ["Virginia Woolf"], "price": "6.99", "isbn": "9780156787338"},
]


@pytest.fixture
async def shop(editor: httpx2.AsyncClient, settled) -> httpx2.AsyncClient:
    for book in BOOKS:
        answer = await editor.post("/books", json=book)
        assert answer.status_code == 201, answer.text
    await settled()
    return editor


async def titles(client: httpx2.AsyncClient, query: str) -> list[str]:
    answer = await client.get(f"/books?{query}")
    assert answer.status_code == 200, answer.text
    return [book["title"] for book in answer.json()["items"]]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("waves", ["The Waves"]),
        ("THE WAVES", ["The Waves"]),
        ("woolf wav", ["The Waves"]),
        ("достоевский", ["Преступление и наказание"]),
        ("philosophy", ["Zur Genealogie der Moral"]),
        ("100%", ["100% Cotton_Wool"]),
        ("cotton_wool", ["100% Cotton_Wool"]),
        ("co__on", []),
        ("978-0-15-678733-8", ["A Room of One’s Own"]),
        ("0156787334", ["A Room of One’s Own"]),
        ("787338", ["A Room of One’s Own"]),
        ("'; DROP TABLE books; --", []),
        ("\\", []),
        ("🦉", []),
    ],
)
async def test_words_are_found_anywhere_whatever_their_case_and_accents(shop, q, expected):
    assert (await shop.get("/books", params={"q": q})).json()["total"] == len(expected)
    assert [b["title"] for b in (await shop.get("/books", params={"q": q})).json()["items"]] == expected


async def test_the_closest_titles_come_first(editor):
    for title in ("A Life of Emma", "Emma’s Friends", "Letters", "Emma"):
        await editor.post("/books", json={"title": title, "price": 1, "subjects": ["Emma"]})
    assert await titles(editor, "q=emma") == ["Emma", "Emma’s Friends", "A Life of Emma", "Letters"]


async def test_values_of_a_filter_are_alternatives_and_filters_add_up(shop):
    assert set(await titles(shop, "subject=Fiction&subject=Nature")) == {"The Waves", "Orlando", "100% Cotton_Wool"}
    assert await titles(shop, "author=Virginia+Woolf&in_stock=true") == ["The Waves"]
    assert await titles(shop, "language=deu&format=hardback") == ["Zur Genealogie der Moral"]
    assert await titles(shop, "price_min=7&price_max=8.99&sort=price") == ["Zur Genealogie der Moral", "Orlando"]


async def test_sort_orders_by_title_ignore_the_article(shop):
    assert (await titles(shop, "sort=title"))[:4] == [
        "100% Cotton_Wool",
        "Orlando",
        "A Room of One’s Own",
        "The Waves",
    ]
    assert (await titles(shop, "sort=-price"))[0] == "Преступление и наказание"
    assert (await titles(shop, ""))[0] == "A Room of One’s Own"


async def test_facets_count_what_was_found(shop):
    facets = (await shop.get("/books?facets=true&author=Virginia+Woolf")).json()["facets"]
    assert facets == {
        "subjects": [{"value": "Fiction", "count": 2}],
        "authors": [
            {"value": "Virginia Woolf", "count": 3},
            {"value": "A. Nonymous", "count": 1},
            {"value": "Friedrich Nietzsche", "count": 1},
            {"value": "Фёдор Достоевский", "count": 1},
        ],
        "publishers": [],
        "formats": [],
        "languages": [],
        "prices": [{"min": "5.00", "max": "10.00", "count": 3}],
        "in_stock": 1,
        "counted": 3,
        "is_complete": True,
    }


async def test_a_facet_that_is_chosen_of_says_what_else_could_be_chosen(shop):
    facets = (await shop.get("/books?facets=true&subject=Fiction&price_min=9")).json()["facets"]
    assert [(value["value"], value["count"]) for value in facets["subjects"]] == [
        ("Fiction", 1),
    ]
    assert [(band["min"], band["max"], band["count"]) for band in facets["prices"]] == [("5.00", "10.00", 2)]
    facets = (await shop.get("/books?facets=true&in_stock=true")).json()["facets"]
    assert facets["in_stock"] == 2


async def test_as_many_values_of_a_facet_come_as_are_asked_for_and_those_that_are_chosen(shop):
    query = {"facets": "true", "author": ["Virginia Woolf", "Фёдор Достоевский"]}
    everything = (await shop.get("/books", params=query)).json()
    few = (await shop.get("/books", params={**query, "facet_values": 2})).json()
    assert [value["value"] for value in few["facets"]["authors"]] == [
        "Virginia Woolf",
        "A. Nonymous",
        "Фёдор Достоевский",
    ]
    assert few["items"] == everything["items"]
    assert few["facets"]["prices"] == everything["facets"]["prices"]
    assert (await shop.get("/books?facets=true&facet_values=0")).status_code == 422


@pytest.mark.parametrize("sort", ["newest", "title", "price", "-price", "relevance", "popularity"])
async def test_pages_show_every_book_once_in_both_directions(editor, sort):
    prices = ["3.00", "1.00", "2.00"]
    await asyncio.gather(
        *(editor.post("/books", json={"title": f"Book {n % 4}", "price": prices[n % 3]}) for n in range(11))
    )
    everything = [b["id"] for b in (await editor.get(f"/books?sort={sort}&q=book&limit=100")).json()["items"]]
    url, pages = f"/books?sort={sort}&q=book&limit=4", []
    while url:
        answer = await editor.get(url)
        pages.append(answer.json())
        link = answer.headers.get("link", "")
        following = [part for part in link.split(", ") if part.endswith('rel="next"')]
        url = following[0][1:].split(">")[0] if following else None
    assert [b["id"] for page in pages for b in page["items"]] == everything
    assert [len(page["items"]) for page in pages] == [4, 4, 3]
    assert pages[0]["prev_cursor"] is None
    assert pages[2]["next_cursor"] is None
    back = await editor.get(f"/books?sort={sort}&q=book&limit=4&cursor={pages[2]['prev_cursor']}")
    assert [b["id"] for b in back.json()["items"]] == [b["id"] for b in pages[1]["items"]]
    first = await editor.get(f"/books?sort={sort}&q=book&limit=4&cursor={back.json()['prev_cursor']}")
    assert [b["id"] for b in first.json()["items"]] == [b["id"] for b in pages[0]["items"]]
    assert first.json()["prev_cursor"] is None


async def test_a_page_does_not_shift_when_a_book_is_added(shop):
    page = (await shop.get("/books?limit=2")).json()
    await shop.post("/books", json={"title": "Newer", "price": 1})
    following = await titles(shop, f"limit=2&cursor={page['next_cursor']}")
    assert not set(following) & {"Newer", *(b["title"] for b in page["items"])}


async def test_a_cursor_that_was_damaged_or_belongs_to_another_query_is_refused(shop):
    cursor = (await shop.get("/books?limit=2&sort=price")).json()["next_cursor"]
    other = "A" if cursor[0] != "A" else "B"
    for query in (
        f"sort=title&limit=2&cursor={cursor}",
        f"sort=price&q=waves&cursor={cursor}",
        f"sort=price&cursor={cursor[:-4]}",
        f"sort=price&cursor={other}{cursor[1:]}",
        "cursor=%00",
        "cursor=é",
        "cursor=",
    ):
        answer = await shop.get(f"/books?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), query


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "sort=sideways",
        "price_min=cheap",
        "price_min=-1",
        "price_min=NaN",
        "format=scroll",
        "in_stock=perhaps",
        "q=%00",
        "q=" + "x" * 501,
        "unknown=1",
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(shop, query):
    answer = await shop.get(f"/books?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_suggestions_name_titles_and_authors(shop):
    answer = (await shop.get("/books/suggest?q=woo")).json()
    assert answer["authors"] == ["Virginia Woolf"]
    assert [book["title"] for book in answer["titles"]] == [
        "100% Cotton_Wool",
        "A Room of One’s Own",
        "Orlando",
        "The Waves",
    ]
    assert (await shop.get("/books/suggest?q=")).status_code == 422


async def test_a_private_shop_wants_to_know_who_is_reading(service, mint: TokenMint):
    for path in ("/books", "/books/suggest?q=a", "/books/isbn/9780156787338", "/books/not-an-id"):
        answer = await service.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), path
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (await service.get("/books", headers=mint.headers("customer"))).status_code == 200
    assert (await service.get("/books", headers=mint.headers("order-service"))).status_code == 403


async def test_links_keep_the_query(shop):
    link = (await shop.get("/books?limit=2&sort=price&subject=Fiction&subject=Nature")).headers["link"]
    query = parse_qs(urlsplit(link.split(";")[0].strip("<>")).query)
    assert query["subject"] == ["Fiction", "Nature"]
    assert query["sort"] == ["price"]
