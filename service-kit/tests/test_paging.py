import base64
import json
from decimal import Decimal
from uuid import UUID

import pytest
from starlette.requests import Request

from service_kit.paging import INT4, INT8, Cursor, InvalidCursor, decode_cursor, link_header, query_digest

QUERY = {"list": "books"}
ID = "019a0000-0000-7000-8000-000000000000"


def forged(payload):
    """Return a cursor of any payload, with the digest that it should have."""
    data = payload.encode() if isinstance(payload, str) else payload
    return base64.urlsafe_b64encode(query_digest(data, QUERY) + data).rstrip(b"=").decode()


def test_a_cursor_keeps_its_keys():
    encoded = Cursor("prev", ("a", 7, 1.5, "9.99", ID)).encode(QUERY)
    cursor = decode_cursor(encoded, QUERY, key_types=[str, INT4, float, Decimal, UUID])
    assert cursor == Cursor("prev", ("a", 7, 1.5, Decimal("9.99"), UUID(ID)))


@pytest.mark.parametrize(
    "payload",
    [
        *("5", "null", "true", '"n"', "{}", '{"n": 1}', "[]", "[[]]", "NaN", '["n"]', '["x",1]', '["n",1,2]', '["n",1'),
        *("[" * 1400, '["n",' + "9" * 1200 + "]", b"\xff", b""),
    ],
)
def test_a_cursor_that_is_no_list_of_keys_is_refused(payload):
    with pytest.raises(InvalidCursor):
        decode_cursor(forged(payload), QUERY, key_types=[INT4])


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        *((1 << 31, INT4), (-(1 << 31) - 1, INT4), (1 << 63, INT8), (True, INT8), (1.0, INT8), ("1", INT8)),
        *((float("nan"), float), (float("inf"), float), (1, float), ("\0", str), ("\ud800", str), (1, str)),
        *(("x", UUID), ("\0", UUID), (1, UUID), (None, UUID)),
        *(("NaN", Decimal), ("sNaN", Decimal), ("1e999999999", Decimal), ("Infinity", Decimal), ("1_0", Decimal)),
    ],
)
def test_a_key_that_no_row_can_have_is_refused(key, kind):
    with pytest.raises(InvalidCursor):
        decode_cursor(forged(json.dumps(["n", key])), QUERY, key_types=[kind])


@pytest.mark.parametrize(("length", "is_there"), [(10, True), (1300, True), (1400, False), (8000, False)])
def test_a_link_header_is_never_longer_than_programs_take(length, is_there):
    query = b"x=" + b"(" * length
    headers = [(b"host", b"shop.example")]
    scope = {"type": "http", "method": "GET", "path": "/books", "query_string": query, "headers": headers}
    link = link_header(Request(scope), next_cursor="n" * 50, prev_cursor=None).get("Link", "")
    assert bool(link) == is_there
    assert len(link) <= 4096
