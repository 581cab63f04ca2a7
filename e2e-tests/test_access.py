"""Who may do what: every operation with every kind of caller, and with what belongs to somebody else."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx2
import pytest
from access_matrix import ROWS
from access_rows import ANYBODY
from proof.ports import ReservedPorts

_SOME = {"nobody", "customer", "disabled", "key orders:read"}
"""Where no token is looked at, or none is needed."""


@pytest.fixture(scope="session")
def public_api(world):
    """Put a catalogue and a gateway beside the others that show the same shop's books to everybody."""
    reserved = ReservedPorts(2)
    books, gateway = reserved.numbers
    around = os.environ | world.shop.environment | {"STOREFRONT": "public", "BOOK_URL": f"http://127.0.0.1:{books}"}
    around |= {"BOOK_PORT": str(books), "GATEWAY_PORT": str(gateway)}
    with _running("book_service", books, around), _running("gateway", gateway, around):
        yield f"http://127.0.0.1:{gateway}"
    reserved.close()


def test_the_matrix_has_a_row_for_every_operation_and_no_other(world):
    paths = world.http.get(f"{world.shop.api}/openapi.json").json()["paths"]
    operations = {(method.upper(), path) for path, item in paths.items() for method in item}
    rows = {(row.method, row.path) for row in ROWS}
    assert operations - rows == set(), "operations without a row in access_matrix.py"
    assert rows - operations == set(), "rows of access_matrix.py without an operation"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_only_who_may_can(world, row):
    callers = [caller for caller in world.callers if row.may != ANYBODY or caller.name in _SOME]
    wanted = {caller.name: row.outcome_for(caller, storefront="private") for caller in callers}
    assert {caller.name: world.call(row, caller, world.shop.api) for caller in callers} == wanted


@pytest.mark.parametrize("row", [row for row in ROWS if row.owned], ids=str)
def test_what_is_somebody_elses_is_not_there(world, row):
    assert world.call(row, world.stranger, world.shop.api, world.of_the_victim) == row.owned


def test_nothing_of_the_victim_was_touched_by_who_may_not(world):
    def of_the_victim(path: str) -> dict:
        return world.http.get(f"{world.shop.api}{path}", headers=world.victim.headers).raise_for_status().json()

    order, key = (world.of_the_victim[name] for name in ("order_id", "key_id"))
    assert of_the_victim(f"/orders/{order}")["status"] == "placed"
    assert [each["id"] for each in of_the_victim("/auth/api-keys")["items"]] == [key]
    assert of_the_victim("/auth/me")["role"] == "customer"


@pytest.mark.parametrize("row", [row for row in ROWS if row.path.startswith("/books")], ids=str)
def test_a_public_storefront_opens_the_reading_of_books_and_nothing_else(world, public_api, row):
    callers = [
        caller for caller in world.callers if caller.name in {"nobody", "customer", "disabled", "key orders:read"}
    ]
    wanted = {caller.name: row.outcome_for(caller, storefront="public") for caller in callers}
    assert {caller.name: world.call(row, caller, public_api) for caller in callers} == wanted


@contextmanager
def _running(module: str, port: int, environment: dict[str, str]):
    process = subprocess.Popen([sys.executable, "-m", module], env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not _is_ready(port):
            assert process.poll() is None, f"{module} does not start"
            assert time.monotonic() < deadline, f"{module} is not ready"
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _is_ready(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).is_success
    except httpx2.HTTPError:
        return False
