"""The checker bites: whatever must not be is found, by the check that is there for it, and nothing else is."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from proof.checker import run_checks
from proof.evidence import Evidence
from proof.history import Call, calls_of
from proof.process_checks import check_processes
from proof.snapshot import Snapshot, take_snapshot

HERE = Path(__file__).parent
ID = "00000000-0000-7000-8000-0000000000"
CUSTOMER, B1, B2 = f"{ID}a1", f"{ID}b1", f"{ID}b2"
PLACED, CANCELLED, REJECTED, SHIPPED, RETURNED = (f"{ID}0{number}" for number in range(1, 6))


def call(number, operation, path, status, answer, **more):
    """Say that a client asked and was answered; each call takes half a second, one after the other."""
    sent = {"call": number, "at": float(number), "event": "sent", "account": CUSTOMER, "operation": operation}
    sent |= {"method": "POST", "path": path, **more}
    if status is None:
        return [sent, {"call": number, "at": number + 0.5, "event": "lost", "error": "ReadError"}]
    return [sent, {"call": number, "at": number + 0.5, "event": "answered", "status": status, "body": answer}]


def placement(number, order_id, *, status=201, key=None, items, **answer):
    mark = f"m-{order_id[-2:]}"
    told = {"id": order_id, "status": "placed", "timeline": [], **answer}
    body = {"items": [{"book_id": book, "quantity": count} for book, count in items.items()]}
    return call(number, "place", "/orders", status, told, mark=mark, key=key, body=body)


def log() -> list[Call]:
    """Return what the clients of the example were told."""
    short = {"code": "insufficient_stock", "order_id": REJECTED}
    lines = [
        *placement(1, PLACED, key="k-01", items={B1: 2, B2: 1}, total="25.00"),
        *placement(2, CANCELLED, key="k-02", items={B1: 1}, total="10.00"),
        *call(
            3,
            "place",
            "/orders",
            409,
            short,
            mark="m-03",
            key="k-03",
            body={"items": [{"book_id": B2, "quantity": 99}]},
        ),
        *placement(4, SHIPPED, items={B1: 1}, total="10.00"),
        *placement(5, RETURNED, items={B2: 1}, total="5.00"),
        *call(
            6, "cancel", f"/orders/{CANCELLED}/cancel", 200, {"id": CANCELLED, "status": "cancelled", "timeline": []}
        ),
        *call(7, "ship", f"/orders/{SHIPPED}/ship", 200, {"id": SHIPPED, "status": "shipped", "timeline": []}),
        *call(
            8, "cancel", f"/orders/{SHIPPED}/cancel", 409, {"code": "order_not_cancellable", "order_status": "shipped"}
        ),
        *call(9, "stock", f"/books/{B1}/stock", 201, {}, mark="s-1", body={"change": -1, "reason": "s-1"}, key="ks-1"),
        *call(
            10, "stock", f"/books/{B1}/stock", 409, {"code": "stock_below_reserved"}, mark="s-2", body={"change": -99}
        ),
        *call(11, "add book", "/books", 201, {"id": B1, "price": "10.00"}, body={}),
        *call(12, "add book", "/books", 201, {"id": B2, "price": "5.00"}, body={}),
        *call(13, "place", "/orders", None, {}, mark="m-13", key="k-13", body={"book_id": B1, "quantity": 1}),
    ]
    return calls_of(lines)


async def red(urls, calls) -> set[str]:
    snapshot = await take_snapshot(urls["orders"], urls["books"])
    return {check.name for check in run_checks(Evidence(snapshot, calls)) if check.violations}


@pytest.fixture
def changed():
    """Give a function that returns the log with one call changed."""

    def change(number, **fields):
        return [dataclasses.replace(each, **fields) if each.number == number else each for each in log()]

    return change


@pytest.mark.usefixtures("sql")
async def test_a_shop_in_which_all_is_right_is_green(urls):
    assert await red(urls, log()) == set()


@pytest.mark.usefixtures("sql")
async def test_every_check_counts_what_it_has_looked_at(urls):
    snapshot = await take_snapshot(urls["orders"], urls["books"])
    assert all(check.counted.total() for check in run_checks(Evidence(snapshot, log())))


def bad_rows():
    """Read the cases: which check has to find it, in which database, what is wrong, and the statements."""
    cases = re.split(r"^-- (\S+) (orders|books): (.+)$", (HERE / "bad_rows.sql").read_text(), flags=re.MULTILINE)
    return [pytest.param(*cases[n : n + 2], cases[n + 3], id=cases[n + 2]) for n in range(1, len(cases), 4)]


@pytest.mark.parametrize(("check", "database", "statements"), bad_rows())
async def test_a_bad_row_is_found(sql, urls, check, database, statements):
    await sql(database, statements)
    assert check in await red(urls, log())


@pytest.mark.usefixtures("sql")
async def test_two_orders_of_one_key_are_found(urls, changed):
    assert "I3" in await red(urls, changed(2, key="k-01"))


@pytest.mark.usefixtures("sql")
async def test_an_order_that_nobody_asked_for_is_found(urls):
    assert "I3" in await red(urls, [each for each in log() if each.mark != "m-04"])


@pytest.mark.usefixtures("sql")
async def test_an_order_of_a_refused_request_is_found(urls, changed):
    assert "I3" in await red(urls, changed(4, status=422, answer={"code": "idempotency_key_reused"}))


@pytest.mark.usefixtures("sql")
async def test_an_acknowledged_cancellation_that_did_not_happen_is_found(urls, changed):
    assert await red(urls, changed(6, path=f"/orders/{PLACED}/cancel", answer={})) == {"S2"}


@pytest.mark.usefixtures("sql")
async def test_a_change_refused_for_a_state_that_never_was_is_found(urls, changed):
    told = {"code": "order_not_cancellable", "order_status": "delivered"}
    assert await red(urls, changed(8, answer=told)) == {"S2"}


@pytest.mark.usefixtures("sql")
async def test_an_answer_that_goes_back_in_time_is_found(urls):
    late = call(20, "read", f"/orders/{SHIPPED}", 200, {"id": SHIPPED, "status": "placed", "timeline": []})
    assert await red(urls, [*log(), *calls_of(late)]) == {"S3"}


@pytest.mark.usefixtures("sql")
@pytest.mark.parametrize("fields", [{"status": 500}, {"ended": 30.0}], ids=["500", "too slow"])
async def test_an_answer_that_must_not_be_is_found(urls, changed, fields):
    assert await red(urls, changed(10, **fields)) == {"S5"}


@pytest.mark.usefixtures("sql")
async def test_a_snapshot_can_be_kept_and_checked_again(urls, tmp_path):
    snapshot = await take_snapshot(urls["orders"], urls["books"])
    snapshot.write(tmp_path / "databases.json")
    assert Snapshot.read(tmp_path / "databases.json") == snapshot


@pytest.mark.parametrize(
    ("line", "violations"),
    [
        ({"event": "process", "name": "order-1", "what": "killed"}, 0),
        ({"event": "process", "name": "order-1", "what": "ended by itself"}, 1),
        ({"event": "process", "name": "order-1", "what": "did not end when asked to"}, 1),
        ({"event": "internal error", "link": "order-1>book", "target": "PUT /x"}, 1),
    ],
)
def test_a_process_that_does_what_it_must_not_is_found(tmp_path, line, violations):
    log = tmp_path / "history.jsonl"
    log.write_text(json.dumps({"at": 1.0, **line}) + "\n")
    assert len(check_processes(log).violations) == violations
