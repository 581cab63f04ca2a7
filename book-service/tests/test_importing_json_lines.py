"""Lines of JSON that are valid JSON and no book."""

import json

import pytest
from sent_files import problems, send

BOOK = {"title": "The Waves", "price": "9.99"}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"\0": 1}, "\N{REPLACEMENT CHARACTER}"),
        ({"\ud800": 1}, None),
        ({"currency": "\0"}, "price"),
        ({"title": "\0"}, "title"),
        ({"description": "\ud800"}, "description"),
        ({"id": "9" * 5000 + "x"}, "id"),
        ({"pages": 10**400}, "pages"),
    ],
)
async def test_what_no_database_takes_for_text_makes_its_row_bad_and_no_other(editor, more, field):
    sent = await send(editor, f"{json.dumps(BOOK | more)}\n{json.dumps(BOOK)}\n".encode(), name="books.jsonl")
    assert (sent["state"], sent["counts"]["new"], sent["counts"]["bad"]) == ("checked", 1, 1), sent
    assert [found for found, _code in (await problems(editor, sent))[1]] == [field]
    rejected = await editor.get(f"/books/imports/{sent['id']}/rejected")
    assert json.loads(rejected.text)["price"] == "9.99"
