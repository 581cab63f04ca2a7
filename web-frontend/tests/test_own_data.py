"""A copy of one's data, and deleting the account."""

import json

import pytest
from fake_accounts import CODE
from fake_gateway import PASSWORD
from words import said

DELETE = "/account/data/delete"


async def test_a_copy_holds_the_account_the_cart_and_all_orders(reader, gateway):
    for _ in range(5):
        gateway.staff_orders.add("Dracula")
    gateway.staff_orders.page_size = 2
    answer = await reader.get("/account/data/file")
    assert answer.headers["content-disposition"].startswith('attachment; filename="my-data-')
    assert answer.headers["cache-control"] == "no-store"
    data = json.loads(answer.text)
    assert data["account"]["account"]["email"] == "reader@example.com"
    assert len(data["orders"]) == 5
    assert data["cart"]["items"] == []


async def test_a_session_that_is_renewed_for_the_copy_goes_on(shop, gateway):
    gateway.token_seconds = -5
    await shop.sign_in()
    gateway.token_seconds = 900
    assert (await shop.get("/account/data/file")).status_code == 200
    assert (await shop.get("/account/data")).status_code == 200
    assert gateway.calls_to("POST", "/auth/refresh") == 1


async def test_a_copy_that_is_not_whole_is_not_given(reader, gateway):
    gateway.down = {"orders"}
    answer = await reader.get("/account/data/file")
    assert answer.status_code == 503
    assert "content-disposition" not in answer.headers


async def test_deleting_says_what_stays_and_wants_the_password(reader, gateway):
    page = await reader.get(DELETE)
    assert "Orders that you placed" in said(page)
    wrong = await reader.submit(page, DELETE, {"current_password": "no"})
    assert wrong.status_code == 422
    assert "reader@example.com" in gateway.accounts
    done = await reader.submit(page, DELETE, {"current_password": PASSWORD})
    assert done.headers["location"] == "/"
    assert "reader@example.com" not in gateway.accounts
    assert "quire_access" not in reader.http.cookies
    assert "Your account is deleted" in said(await reader.follow(done))


async def test_with_a_second_factor_deleting_wants_a_code_too(reader, gateway):
    gateway.auth.protect("reader@example.com")
    page = await reader.get(DELETE)
    for code, words in (("", "Enter the code"), ("000000", "This code is not right")):
        answer = await reader.submit(page, DELETE, {"current_password": PASSWORD, "code": code})
        assert answer.status_code == 422
        assert words in said(answer)
    assert (await reader.submit(page, DELETE, {"current_password": PASSWORD, "code": CODE})).status_code == 303


async def test_the_last_administrator_cannot_go(reader, gateway):
    gateway.accounts["reader@example.com"]["last_admin"] = True
    answer = await reader.submit(await reader.get(DELETE), DELETE, {"current_password": PASSWORD})
    assert answer.status_code == 409
    assert "Make somebody else an administrator first" in said(answer)
    assert (await reader.get("/account")).status_code == 200


@pytest.mark.parametrize("action", ["/account/data/delete", "/account/second-factor", "/account/sessions/end-others"])
async def test_no_other_site_can_do_it(reader, gateway, action):
    token = (await reader.get(DELETE)).text.split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"csrf_token": token, "current_password": PASSWORD}
    assert (await reader.post(action, fields, {"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert (await reader.post(action, {"current_password": PASSWORD})).status_code == 403
    assert "reader@example.com" in gateway.accounts
