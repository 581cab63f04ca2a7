"""Setting up a second factor, its recovery codes, and turning it off."""

import re

import pytest
from browser import form_of
from fake_accounts import CODE, SECRET
from fake_gateway import PASSWORD
from words import links, said

from web_frontend.own_account.second_factor import SetUp

PAGE = "/account/second-factor"


@pytest.fixture
async def set_up(reader):
    """Give the page that shows the secret."""
    page = await reader.get(PAGE)
    return await reader.submit(page, PAGE, {"current_password": PASSWORD})


async def test_the_secret_is_shown_as_a_picture_as_text_and_as_a_link(set_up):
    assert set_up.status_code == 200
    assert " ".join(SECRET[start : start + 4] for start in range(0, len(SECRET), 4)) in said(set_up)
    (picture,) = re.findall(r'<div class="qr"[^>]*>(<svg.*?</svg>)</div>', set_up.text)
    assert "style" not in picture
    assert any(link.startswith("otpauth://totp/") for link in links(set_up))
    assert set_up.headers["cache-control"] == "no-store"


async def test_the_picture_holds_the_address_for_the_app(set_up):
    # Drawn anew from the address, it is the same picture.
    uri = next(link for link in links(set_up) if link.startswith("otpauth:"))
    assert str(SetUp(secret=SECRET, uri=uri).picture()) in set_up.text


async def test_a_wrong_password_begins_nothing(reader, gateway):
    answer = await reader.submit(await reader.get(PAGE), PAGE, {"current_password": "no"})
    assert answer.status_code == 422
    assert "This is not your password" in said(answer)
    assert "pending" not in gateway.accounts["reader@example.com"]


async def test_a_wrong_code_shows_the_same_picture_once_more(reader, set_up):
    answer = await reader.submit(set_up, f"{PAGE}/confirm", {"code": "000000"})
    assert answer.status_code == 422
    assert "This code is not right" in said(answer)
    assert SECRET[:4] in said(answer)
    assert "<svg" in answer.text.split('class="qr"')[1]
    done = await reader.submit(answer, f"{PAGE}/confirm", {"code": CODE})
    assert done.status_code == 200


async def test_the_recovery_codes_are_shown_once(reader, set_up, gateway):
    done = await reader.submit(set_up, f"{PAGE}/confirm", {"code": CODE})
    codes = gateway.accounts["reader@example.com"]["codes"]
    assert len(codes) == 10
    assert all(code in done.text for code in codes)
    assert done.headers["cache-control"] == "no-store"
    assert 'data-copy="codes" hidden' in done.text
    for path in (PAGE, f"{PAGE}/recovery-codes", "/account/data"):
        shown = (await reader.get(path)).text
        assert not any(code in shown for code in codes)
    assert "You have 10 recovery codes left" in said(await reader.get(PAGE))


async def test_confirming_voids_the_forms_of_before_and_renews_the_token(reader, set_up, gateway):
    before = gateway.calls_to("POST", "/auth/refresh")
    await reader.submit(set_up, f"{PAGE}/confirm", {"code": CODE})
    assert gateway.calls_to("POST", "/auth/refresh") == before + 1
    assert (await reader.submit(set_up, "/theme", {"theme": "dark"})).status_code == 403


async def test_sending_the_confirmation_twice_leads_to_the_state(reader, set_up):
    await reader.submit(set_up, f"{PAGE}/confirm", {"code": CODE})
    token = form_of(await reader.get("/account"), "/theme").value("csrf_token")
    again = await reader.post(f"{PAGE}/confirm", {"csrf_token": token, "code": CODE})
    assert again.headers["location"] == PAGE


async def test_a_set_up_of_ones_own_making_shows_no_picture(reader, set_up):
    values = {"code": "000000", "set_up": "eyJzZWNyZXQiOiJFVklMIn0.forged.sig"}
    answer = await reader.submit(set_up, f"{PAGE}/confirm", values)
    assert answer.status_code == 422
    assert 'class="qr"' not in answer.text
    assert "begin once more" in said(answer)


async def test_nothing_of_a_set_up_travels_through_the_sign_in_form(reader, set_up, gateway):
    gateway.sessions.clear()
    refused = await reader.submit(set_up, f"{PAGE}/confirm", {"code": "424242"})
    assert refused.status_code == 401
    assert form_of(set_up, f"{PAGE}/confirm").value("set_up") not in refused.text
    assert 'name="kept"' not in refused.text
    assert "424242" not in refused.text


async def test_new_recovery_codes_want_password_and_code(reader, gateway):
    gateway.auth.protect("reader@example.com")
    path = f"{PAGE}/recovery-codes"
    page = await reader.get(path)
    for values in ({"current_password": "no", "code": CODE}, {"current_password": PASSWORD, "code": "000000"}):
        assert (await reader.submit(page, path, values)).status_code == 422
    old = gateway.accounts["reader@example.com"]["codes"]
    done = await reader.submit(page, path, {"current_password": PASSWORD, "code": CODE})
    new = gateway.accounts["reader@example.com"]["codes"]
    assert all(code in done.text for code in new)
    assert not any(code in done.text for code in old)


async def test_it_can_be_turned_off_but_not_where_the_shop_wants_it(reader, gateway):
    gateway.auth.protect("reader@example.com")
    path = f"{PAGE}/off"
    page = await reader.get(path)
    gateway.accounts["reader@example.com"]["required"] = True
    values = {"current_password": PASSWORD, "code": CODE}
    refused = await reader.submit(page, path, values)
    assert "so it stays on" in said(await reader.follow(refused))
    state = await reader.get(PAGE)
    assert path not in links(state)
    assert (await reader.get(path)).headers["location"] == PAGE
    gateway.accounts["reader@example.com"]["required"] = False
    done = await reader.submit(page, path, values)
    assert "The second factor is off" in said(await reader.follow(done))
    assert not gateway.accounts["reader@example.com"]["factor"]
