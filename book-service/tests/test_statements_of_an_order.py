"""What holding the copies of an order asks of the database: each statement more is a round trip in every order."""

from service_kit.identifiers import new_id
from service_kit.testing.statement_log import logged_statements


async def test_copies_are_held_by_one_statement_that_commits_by_itself(editor, postgres, mint):
    books = []
    for number in range(3):
        book = {"title": f"Volume {number}", "price": "9.99", "stock": 9_999}
        books.append((await editor.post("/books", json=book)).json()["id"])
    body = {"lines": [{"book_id": book, "quantity": 2} for book in books]}
    headers = mint.headers("order-service")
    with logged_statements(postgres) as statements:
        for _ in range(30):  # whichever connection is used first, it is used again
            answer = await editor.put(f"/internal/reservations/{new_id()}", json=body, headers=headers)
            assert (answer.status_code, len(answer.json()["lines"])) == (200, 3)
    asked = [told.sql.split()[0] for told in statements if told.database == "books"]
    # Without BEGIN, a statement is a transaction; with it, that would be between any two. What the service does in the
    # background once a second may be between some.
    assert "WITH WITH WITH WITH WITH" in " ".join(asked)
