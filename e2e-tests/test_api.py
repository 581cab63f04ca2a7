"""The API through the gateway, as an integrator uses it, on the whole system."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from pages import PASSWORD
from system import System


@pytest.fixture
def api(system: System):
    with httpx2.Client(base_url=system.api, timeout=30) as client:
        yield client


@pytest.fixture
def buyer(system: System, email: str) -> dict[str, str]:
    return system.account(email, PASSWORD)


@pytest.fixture
def waves(api, editor) -> dict:
    book = {"title": "The Waves", "author": "Virginia Woolf", "price": "9.99", "stock": 3}
    return api.post("/books/", json=book, headers=editor).raise_for_status().json()


def test_an_order_is_placed_read_and_cancelled_and_the_stock_is_back(api, editor, buyer, waves):
    placed = api.post("/orders/", json={"book_id": waves["id"], "quantity": 2}, headers=buyer)
    assert placed.status_code == 201, placed.text
    order = placed.json()
    assert (order["status"], order["total"], order["items"][0]["unit_price"]) == ("placed", "19.98", "9.99")
    assert order["number"].startswith("Q-")
    url = placed.headers["location"]
    assert api.get(url, headers=buyer).json()["number"] == order["number"]
    assert api.get(f"/books/{waves['id']}", headers=editor).json()["available"] == 1
    cancelled = api.post(f"{url}/cancel/", headers=buyer)
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert api.post(f"{url}/cancel/", headers=buyer).json()["status"] == "cancelled"
    assert _eventually(lambda: api.get(f"/books/{waves['id']}", headers=editor).json()["available"], 3)


def test_staff_ships_delivers_and_takes_back_and_the_ledger_shows_it(system, api, editor, buyer, waves):
    url = api.post("/orders/", json={"book_id": waves["id"], "quantity": 2}, headers=buyer).headers["location"]
    staff = system.sign_in("owner@example.org", PASSWORD)
    assert api.post(f"{url}/ship/", headers=buyer).status_code == 403

    def stock() -> tuple[int, int, list[tuple[int, str]]]:
        ledger = api.get(f"/books/{waves['id']}/stock", headers=editor).json()
        assert sum(row["change"] for row in ledger["items"]) == ledger["on_hand"]
        return ledger["on_hand"], ledger["reserved"], [(row["change"], row["kind"]) for row in ledger["items"]]

    first = (3, "received")
    assert stock() == (3, 2, [first])
    for what, status, left in (
        ("ship", "shipped", (1, 0, [(-2, "sold"), first])),
        ("deliver", "delivered", (1, 0, [(-2, "sold"), first])),
        ("return", "returned", (3, 0, [(2, "returned"), (-2, "sold"), first])),
    ):
        key = staff | {"Idempotency-Key": f'"{what}-{url}"'}
        answers = [api.post(f"{url}/{what}/", headers=key) for _ in range(2)]
        assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(200, status)] * 2
        assert answers[1].headers["idempotent-replayed"] == "true"
        assert _eventually(stock, left)
    assert api.post(f"{url}/cancel/", headers=buyer).json()["code"] == "order_not_cancellable"
    assert [entry["status"] for entry in api.get(url, headers=buyer).json()["timeline"]][2:] == [
        "shipped",
        "delivered",
        "returned",
    ]


def test_of_fifty_buyers_of_the_last_copy_exactly_one_gets_it(system, api, editor):
    book = api.post("/books/", json={"title": "Unicum", "price": "100", "stock": 1}, headers=editor).json()
    with ThreadPoolExecutor(25) as pool:
        buyers = list(pool.map(lambda n: system.account(f"buyer{n}@example.org", PASSWORD), range(50)))
    with ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(
                lambda headers: api.post("/orders/", json={"book_id": book["id"], "quantity": 1}, headers=headers),
                buyers,
            )
        )
    # Under this load an answer may be 202: the order is taken down and decided within seconds.
    orders = [api.get(a.headers["location"], headers=b) for a, b in zip(answers, buyers, strict=True) if a.is_success]
    refused = [answer for answer in answers if answer.status_code == 409]
    assert {answer.json()["code"] for answer in refused} <= {"insufficient_stock"}
    assert len(orders) + len(refused) == 50

    def placed() -> int:
        states = [
            api.get(answer.headers["location"], headers=buyer).json()["status"]
            for answer, buyer in zip(answers, buyers, strict=True)
            if answer.is_success
        ]
        return -1 if "pending" in states else states.count("placed")

    assert _eventually(placed, 1)
    stock = api.get(f"/books/{book['id']}/stock", headers=editor).json()
    assert (stock["on_hand"], stock["reserved"], stock["available"]) == (1, 1, 0)


def test_a_repeated_order_with_its_key_is_one_order(api, buyer, waves):
    key = buyer | {"Idempotency-Key": '"once"'}
    body = {"items": [{"book_id": waves["id"], "quantity": 1}]}
    first, second = (api.post("/orders/", json=body, headers=key) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["idempotent-replayed"] == "true"
    assert api.get("/orders/", headers=buyer).json()["total"] == 1


def test_somebody_elses_order_is_not_found_and_staff_sees_all(system, api, buyer, waves):
    url = api.post("/orders/", json={"book_id": waves["id"], "quantity": 1}, headers=buyer).headers["location"]
    stranger = system.account(f"stranger{time.monotonic_ns()}@example.org", PASSWORD)
    assert api.get(url, headers=stranger).status_code == 404
    assert api.get("/orders/?all=true", headers=stranger).status_code == 403
    owner = system.sign_in("owner@example.org", PASSWORD)
    assert url.rsplit("/", 1)[1] in {
        order["id"] for order in api.get("/orders/?all=true", headers=owner).json()["items"]
    }


def test_signing_out_is_felt_on_every_service_within_ten_seconds(api, buyer):
    assert api.post("/auth/logout/", headers=buyer).status_code == 204
    paths = ("/auth/me/", "/books/", "/orders/")
    assert _eventually(lambda: {api.get(path, headers=buyer).status_code for path in paths}, {401}, seconds=10)


def test_services_verify_by_themselves_and_inner_paths_are_not_reachable(system, api, buyer):
    for port, path in (("BOOK_PORT", "/books"), ("ORDER_PORT", "/orders"), ("AUTH_PORT", "/auth/me")):
        url = f"http://127.0.0.1:{system.ports[port]}{path}"
        assert httpx2.get(url, headers={"X-User-Id": "1", "X-Internal-Role": "admin"}).status_code == 401
        assert httpx2.get(url, headers=buyer).status_code == 200
    for path in ("/internal/revocations", "/metrics", "/books/../internal/offers", "/books/%2e%2e/internal/offers"):
        assert api.get(path, headers=buyer).status_code in {400, 404}, path


def test_one_request_id_goes_through_all_services(system, api, buyer, waves):
    headers = buyer | {"X-Request-ID": "trace-me-through"}
    answer = api.post("/orders/", json={"book_id": waves["id"], "quantity": 1}, headers=headers)
    assert answer.headers.get_list("x-request-id") == ["trace-me-through"]

    def services() -> set[str]:
        lines = [line for line in system.log().splitlines() if "trace-me-through" in line]
        return {line.split()[0] for line in lines}

    # A line is written once the answer is on its way, and then has to pass the launcher.
    assert _eventually(services, {"gateway", "order-service", "book-service"})


def test_the_documentation_covers_the_whole_system(api):
    document = api.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    paths = {path.rstrip("/") for path in document["paths"]}
    assert {"/auth/login", "/books", "/books/{book_id}", "/orders", "/cart"} <= paths
    assert not [path for path in paths if "internal" in path or "metrics" in path]
    assert api.get("/docs").status_code == 200


def test_ready_names_every_service(api):
    checks = api.get("/health/ready").json()["checks"]
    assert all(check["ok"] for check in checks.values())
    assert {"auth-service", "book-service", "order-service"} <= set(checks)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/books/", b"{", 400),
        ("POST", "/books/", b'{"title": "x", "price": -1}', 422),
        ("POST", "/books/", b'{"title": "x", "price": 1, "isbn": "123"}', 422),
        ("GET", "/books/not-an-id", None, 422),
        ("POST", "/books/", b'{"title": "' + b"x" * 2_000_000 + b'"}', 413),
        ("POST", "/orders/", b'{"book_id": "x", "quantity": 0}', 422),
        ("GET", "/nothing/here", None, 404),
        ("GET", "/books/?cursor=tampered", None, 400),
    ],
)
def test_bad_input_gets_a_precise_problem(api, editor, method, path, body, status):
    headers = editor | {"Content-Type": "application/json"}
    answer = api.request(method, path, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"title", "status", "code", "request_id"} <= answer.json().keys()


def _eventually(measure, wanted, *, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while (found := measure()) != wanted:
        assert time.monotonic() < deadline, f"{found!r} is not {wanted!r} after {seconds} s"
        time.sleep(0.1)
    return True
