import asyncio
import json
import time

import pytest

from auth_service.accounts.errors import PasswordsBusy
from auth_service.accounts.passwords import PasswordHasher

PASSWORD = "correct horse battery"


async def register(service, **fields):
    return await service.post("/auth/register", json={"email": "ann@example.org", "password": PASSWORD} | fields)


async def test_a_new_account_is_shown_without_its_password(service):
    answer = await register(service, full_name="  Ann   Reader ")

    assert answer.status_code == 201
    assert answer.headers["Location"] == "/auth/me"
    account = answer.json()
    assert account.keys() == {
        *("id", "email", "full_name", "role", "scopes", "created_at", "email_verified", "second_factor")
    }
    assert (account["email"], account["full_name"]) == ("ann@example.org", "Ann Reader")
    assert account["email_verified"] is False
    assert PASSWORD not in answer.text


async def test_a_path_with_a_trailing_slash_is_the_same(service):
    answer = await service.post("/auth/register/", json={"email": "ann@example.org", "password": PASSWORD})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ann@example.org", "ann@example.org"),
        ("ann@example.org", "ANN@Example.ORG"),
        ("ann@example.org", "  ann@example.org\t"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@BÜCHER.example", "Ann@bücher.example"),
        ("zoë@example.org", "zoe\u0308@example.org"),
        ("ZOË@example.org", "zoë@example.org"),
    ],
)
async def test_an_address_is_taken_however_it_is_written(service, first, second):
    assert (await register(service, email=first)).status_code == 201

    answer = await register(service, email=second)

    assert answer.status_code == 409
    assert answer.json()["code"] == "email_taken"


async def test_one_of_two_simultaneous_sign_ups_gets_the_address(service):
    answers = await asyncio.gather(*(register(service, email=f"{name}@example.org") for name in ("ann", "Ann", "ANN")))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "ann@",
        "@example.org",
        "ann@example",
        "a b@example.org",
        "ann@example..org",
        "ann@[127.0.0.1]",
        "ann\0@example.org",
        "ann@example.org\0",
        "x" * 65 + "@example.org",
        "a@" + "x" * 5000 + ".org",
        "ann@example.org\r\nBcc: all@example.org",
    ],
)
async def test_what_is_no_address_is_refused_by_name(service, email):
    answer = await register(service, email=email)
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", "email"]]


@pytest.mark.parametrize("email", ["ann@shop.local", "ann@shop.test", "ann@nas.home.arpa"])
async def test_addresses_of_ones_own_network_are_addresses(service, email):
    assert (await register(service, email=email)).status_code == 201


@pytest.mark.parametrize(
    "password",
    [
        "",
        "1234567",
        "u\u0308" * 7,
        "x1" * 64 + "x",
        "ab" * 100_000,
        "correct\0horse",
        "password",
        "PassWord123",
        " iloveyou1 ",
        "zzzzzzzzzzzz",
        "ann@example.org",
        "ANN@example.org",
        "homelesspa",
        "Quire-2024!",
        "quirequire",
        "!!quire 1234 QUIRE",
    ],
)
async def test_a_password_that_is_too_short_long_odd_or_common_is_refused_by_name(service, password):
    answer = await register(service, password=password)

    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", "password"]]
    assert answer.json()["errors"][0].keys() == {"loc", "msg"}


@pytest.mark.parametrize("field", ["email", "password", "full_name"])
async def test_a_tower_of_accents_costs_nothing(service, field):
    """Normalising it would take half a minute."""
    started = time.perf_counter()
    answer = await register(service, **{field: "ann@example.org" + "\u0301\u0323" * 100_000})
    assert answer.status_code == 422
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("field", ["email", "password", "full_name", "\\ud800"])
async def test_half_a_surrogate_pair_is_refused_cleanly_wherever_it_is(service, field):
    body = json.dumps({"email": "ann@example.org", "password": PASSWORD}).removesuffix("}")
    content = f'{body}, "{field}": "ann\\ud800@example.org"}}'
    answer = await service.post("/auth/register", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"


@pytest.mark.parametrize(
    "password", ["пароль и вода", "🐎🔋📎🐎🔋📎🐎🔋", "x1" * 64, "        spaces", "a\tb\nc\rd\u200be"]
)
async def test_any_other_characters_make_a_password(service, password):
    assert (await register(service, password=password)).status_code == 201

    form = {"username": "ann@example.org", "password": password}
    assert (await service.post("/auth/login", data=form)).status_code == 200
    form["password"] = password[:-1]
    assert (await service.post("/auth/login", data=form)).status_code == 401


@pytest.mark.usefixtures("_real_hashes")
async def test_passwords_are_kept_as_costly_hashes(service, sql):
    assert (await register(service)).status_code == 201
    [(password_hash,)] = await sql("SELECT password_hash FROM accounts")
    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    form = {"username": "ann@example.org", "password": PASSWORD}
    assert (await service.post("/auth/login", data=form)).status_code == 200
    assert (await service.post("/auth/login", data=form | {"password": PASSWORD[:-1]})).status_code == 401
    assert await sql("SELECT password_hash FROM accounts") == [(password_hash,)]


async def test_a_password_composed_by_another_keyboard_is_the_same(service):
    assert (await register(service, password="cafe\u0301 de la gare")).status_code == 201
    form = {"username": "ann@example.org", "password": "café de la gare"}
    assert (await service.post("/auth/login", data=form)).status_code == 200


@pytest.mark.parametrize("field", [{"role": "admin"}, {"id": "1"}, {"scopes": ["accounts:manage"]}, {"is_admin": True}])
async def test_what_is_not_for_the_caller_to_choose_is_refused(service, sql, field):
    answer = await register(service, **field)
    assert answer.status_code == 422
    assert await sql("SELECT 1 FROM accounts") == []


@pytest.mark.parametrize("name", ["x" * 201, "Ann\nReader", "Ann\u0000", 7])
async def test_an_impossible_name_is_refused(service, name):
    answer = await register(service, full_name=name)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", "full_name"]


@pytest.mark.parametrize("content", [b"", b"[", b"[" * 100_000, b"\xff", b"null", b'{"email": NaN}'])
async def test_a_body_that_is_no_object_is_refused_cleanly(service, content):
    answer = await service.post("/auth/register", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("settings", "open_to_all", "role"),
    [
        ({}, False, "editor"),
        ({"storefront": "public"}, True, "customer"),
        ({"storefront": "public", "signup": "invite"}, False, "customer"),
        ({"storefront": "public", "signup": "closed"}, False, "customer"),
        ({"signup": "open"}, True, "editor"),
        ({"signup": ""}, False, "editor"),
        ({"signup": "closed", "local_run": True}, False, "editor"),
    ],
)
async def test_who_may_sign_up_and_as_what_is_a_setting(started, settings, open_to_all, role):
    async with started(**settings) as service:
        state = (await service.get("/auth/signup")).json()
        answer = await register(service)

    assert (state["open"], state["default_role"]) == (open_to_all, role)
    if open_to_all:
        assert (answer.status_code, answer.json()["role"]) == (201, role)
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "signup_closed")


@pytest.mark.parametrize("setting", [None, True])
async def test_only_the_first_account_of_a_private_local_run_is_the_administrators(started, setting):
    async with started(local_run=True, signup="open", first_account_is_admin=setting) as service:
        before = (await service.get("/auth/signup")).json()
        roles = [(await register(service, email=f"{n}@example.org")).json()["role"] for n in range(3)]
        after = (await service.get("/auth/signup")).json()

    assert (before["open"], before["default_role"], before["first_account"]) == (True, "editor", True)
    assert roles == ["admin", "editor", "editor"]
    assert after["first_account"] is False


async def test_twenty_first_sign_ups_at_once_make_one_administrator(started):
    async with started(local_run=True, database_pool=20) as service:
        answers = await asyncio.gather(*(register(service, email=f"{n}@example.org") for n in range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json()["role"] for answer in answers) == ["admin"] + ["editor"] * 19


@pytest.mark.parametrize(
    "settings",
    [
        {"signup": "open"},
        {"local_run": True, "storefront": "public"},
        {"local_run": True, "first_account_is_admin": False},
    ],
)
async def test_nobody_becomes_administrator_by_being_first_elsewhere(started, settings):
    async with started(**settings) as service:
        assert (await service.get("/auth/signup")).json()["first_account"] is False
        assert (await register(service)).json()["role"] in {"editor", "customer"}


@pytest.mark.usefixtures("_real_hashes")
async def test_more_sign_ups_than_can_be_hashed_are_told_to_come_back(started):
    async with started(signup="open", concurrent_hashes=1, waiting_hashes=1) as service:
        answers = await asyncio.gather(*(register(service, email=f"{n}@example.org") for n in range(6)))
        refused = [answer for answer in answers if answer.status_code == 503]
        afterwards = await register(service, email="later@example.org")

    assert len(refused) == 4
    assert {(answer.json()["code"], answer.headers["Retry-After"]) for answer in refused} == {("overloaded", "1")}
    assert afterwards.status_code == 201


@pytest.mark.usefixtures("_real_hashes")
async def test_who_would_wait_too_long_for_a_hash_is_told_to_come_back():
    hasher = PasswordHasher(at_once=1, longest_wait=0)
    try:
        words = [hasher.hash("correct horse battery staple") for _ in range(3)]
        outcomes = await asyncio.gather(*words, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [str, PasswordsBusy, PasswordsBusy]
        assert await hasher.matches("correct horse battery staple", outcomes[0])
    finally:
        hasher.close()
