"""Signing in with a second factor, and what the door says to those who may not come in yet."""

import itsdangerous.timed
import pytest
from browser import PARTIAL, SAME_ORIGIN, Browser, form_of
from fake_accounts import CODE
from fake_gateway import PASSWORD, Problem
from words import links, said

READER = {"email": "reader@example.com", "password": PASSWORD}


@pytest.fixture
async def halfway(shop, gateway) -> Browser:
    """Give a browser in which the password was right and the code is wanted."""
    gateway.auth.protect("reader@example.com", "2c7m-k0p9-x4tq")
    answer = await shop.submit(await shop.get("/sign-in?next=/orders"), "/sign-in", READER)
    assert answer.headers["location"] == "/sign-in/code"
    return shop


async def test_a_code_leads_to_where_one_wanted_to_be(halfway):
    assert "quire_access" not in halfway.http.cookies
    page = await halfway.get("/sign-in/code")
    assert 'autocomplete="one-time-code"' in page.text
    assert 'inputmode="numeric"' in page.text
    answer = await halfway.submit(page, "/sign-in/code", {"code": CODE})
    assert answer.headers["location"] == "/orders"
    assert (await halfway.get("/orders")).status_code == 200
    assert "quire_second_step" not in halfway.http.cookies


async def test_the_challenge_stands_in_no_page_and_no_address(halfway, gateway):
    (challenge,) = gateway.auth.challenges
    page = await halfway.get("/sign-in/code")
    wrong = await halfway.submit(page, "/sign-in/code", {"code": "000000"})
    assert challenge not in page.text + wrong.text + str(page.url)
    cookie = await halfway.submit(await halfway.get("/sign-in"), "/sign-in", READER)
    (line,) = [line for line in cookie.headers.get_list("set-cookie") if line.startswith("quire_second_step=")]
    assert "HttpOnly" in line
    assert "Max-Age=300" in line


async def test_neither_a_cookie_of_ones_own_making_nor_another_one_of_ours_is_a_second_step(shop):
    await shop.get("/reset-password?token=abcdefghijklmnop")
    for cookie in ("eyJjaGFsbGVuZ2UiOiJ4In0.forged.signature", shop.http.cookies["quire_reset"]):
        fresh = Browser(shop.app)
        fresh.http.cookies.set("quire_second_step", cookie)
        assert (await fresh.get("/sign-in/code")).headers["location"] == "/sign-in"


async def test_a_wrong_code_says_so_and_is_not_shown_again(halfway):
    page = await halfway.get("/sign-in/code")
    answer = await halfway.submit(page, "/sign-in/code", {"code": "987654"})
    assert answer.status_code == 422
    assert "This code is not right" in said(answer)
    assert "987654" not in answer.text
    empty = await halfway.submit(page, "/sign-in/code", {"code": " "})
    assert "Enter the code that your app shows now" in said(empty)


async def test_a_recovery_code_works_once(halfway, gateway):
    app = await halfway.get("/sign-in/code")
    assert "/sign-in/code?with=recovery" in links(app)
    page = await halfway.get("/sign-in/code?with=recovery")
    wrong = await halfway.submit(page, "/sign-in/code", {"code": "no-such-code"})
    assert 'id="code-hint"' in wrong.text
    assert "Recovery code" in said(wrong)
    answer = await halfway.submit(page, "/sign-in/code", {"code": "2c7m-k0p9-x4tq"})
    assert answer.headers["location"] == "/orders"
    assert gateway.accounts["reader@example.com"]["codes"] == []


async def test_a_challenge_that_is_over_leads_to_the_beginning_and_on_to_the_same_place(halfway, gateway):
    page = await halfway.get("/sign-in/code")
    gateway.auth.challenges.clear()
    answer = await halfway.submit(page, "/sign-in/code", {"code": CODE})
    assert answer.headers["location"] == "/sign-in?next=/orders"
    assert "Sign in once more" in said(await halfway.follow(answer))
    assert (await halfway.get("/sign-in/code")).headers["location"] == "/sign-in"


async def test_after_five_minutes_the_password_is_asked_for_again(halfway, monkeypatch):
    real = itsdangerous.timed.TimestampSigner.get_timestamp
    monkeypatch.setattr(itsdangerous.timed.TimestampSigner, "get_timestamp", lambda self: real(self) + 301)
    assert (await halfway.get("/sign-in/code")).headers["location"] == "/sign-in"


async def test_what_was_typed_elsewhere_survives_the_second_step(editor, gateway):
    page = await editor.get("/books/new")
    gateway.sessions.clear()
    gateway.auth.protect("editor@example.com")
    refused = await editor.submit(page, "/books/new", {"title": "Kept all the way", "price": "5"})
    step = await editor.submit(refused, "/sign-in", {"email": "editor@example.com", "password": PASSWORD})
    answer = await editor.submit(await editor.follow(step), "/sign-in/code", {"code": CODE})
    assert answer.headers["location"] == "/books/new"
    form = await editor.follow(answer)
    assert "What you typed is still here" in said(form)
    assert form_of(form, "/books/new").value("title") == "Kept all the way"


async def test_forms_of_before_the_code_are_void_after_it(halfway):
    page = await halfway.get("/sign-in/code")
    answer = await halfway.submit(page, "/sign-in/code", {"code": CODE})
    assert any(line.startswith("quire_visit=;") for line in answer.headers.get_list("set-cookie"))
    assert (await halfway.submit(page, "/theme", {"theme": "dark"})).status_code == 403


async def test_a_form_that_is_too_old_asks_for_the_code_anew_and_does_not_show_it(halfway):
    page = await halfway.get("/sign-in/code")
    answer = await halfway.submit(page, "/sign-in/code", {"code": "246813", "csrf_token": "stale"})
    assert answer.status_code == 403
    assert "246813" not in answer.text
    again = await halfway.submit(answer, "/sign-in/code", {"code": CODE})
    assert again.headers["location"] == "/orders"


async def test_htmx_is_led_to_the_second_step_and_gets_its_mistakes_as_a_part(shop, gateway):
    gateway.auth.protect("reader@example.com")
    answer = await shop.submit(await shop.get("/sign-in"), "/sign-in", READER, SAME_ORIGIN | PARTIAL)
    assert answer.headers["hx-redirect"] == "/sign-in/code"
    page = await shop.get("/sign-in/code")
    wrong = await shop.submit(page, "/sign-in/code", {"code": "1"}, SAME_ORIGIN | PARTIAL)
    assert wrong.status_code == 422
    assert "<html" not in wrong.text


async def refuse_with(gateway, path, status, code, wait=None):
    async def refuse(request):
        if request.url.path == path:
            raise Problem(status, code, headers={"Retry-After": wait} if wait else {})

    gateway.before_answer = refuse


@pytest.mark.parametrize(
    ("wait", "words"), [("40", "in 40 seconds"), ("61", "in 2 minutes"), ("3000", "in 50 minutes"), (None, "a while")]
)
async def test_too_many_tries_say_when_to_come_back_and_the_way_out(shop, gateway, wait, words):
    page = await shop.get("/sign-in")
    await refuse_with(gateway, "/auth/login", 429, "too_many_attempts", wait)
    answer = await shop.submit(page, "/sign-in", READER)
    assert answer.status_code == 429
    assert words in said(answer)
    assert answer.headers.get("retry-after") == wait
    assert form_of(answer, "/sign-in").value("email") == "reader@example.com"
    assert links(answer).count("/forgot-password") == 2


async def test_too_many_codes_say_when_to_come_back(halfway, gateway):
    page = await halfway.get("/sign-in/code")
    await refuse_with(gateway, "/auth/login/second-factor", 429, "too_many_attempts", "600")
    answer = await halfway.submit(page, "/sign-in/code", {"code": CODE})
    assert answer.status_code == 429
    assert "in 10 minutes" in said(answer)


async def test_an_address_that_is_not_confirmed_can_have_the_mail_again(shop, gateway):
    gateway.auth.verify_email = True
    answer = await shop.submit(await shop.get("/sign-in"), "/sign-in", READER)
    assert answer.status_code == 403
    assert "not confirmed yet" in said(answer)
    sent = await shop.submit(answer, "/verify-email/again")
    assert "Look for our mail" in said(await shop.follow(sent))
    assert gateway.auth.asked == [("verification", "reader@example.com")]


async def test_where_addresses_are_confirmed_first_signing_up_says_so(shop, gateway):
    gateway.auth.verify_email = True
    page = await shop.get("/sign-up")
    assert "Open it before you sign in" in said(page)
    answer = await shop.submit(page, "/sign-up", {"email": "new@example.com", "password": "five small words"})
    assert answer.headers["location"] == "/sign-in"
    assert "We have sent a mail to new@example.com" in said(await shop.follow(answer))


async def test_a_shop_without_mail_says_whom_to_ask(shop, gateway):
    gateway.auth.mail = False
    page = await shop.get("/sign-in")
    assert "/forgot-password" not in links(page)
    assert "Ask the people who run the shop" in said(page)
    assert "This shop sends no mails" in said(await shop.get("/forgot-password"))


async def test_what_the_edge_refuses_loses_nothing_that_was_typed(editor, gateway):
    page = await editor.get("/books/new")
    await refuse_with(gateway, "/books", 429, "rate_limited", "5")
    answer = await editor.submit(page, "/books/new", {"title": "Typed with care", "price": "5"})
    assert answer.status_code == 429
    assert "Wait 5 seconds" in said(answer)
    gateway.before_answer = None
    assert (await editor.submit(answer, "/books/new")).status_code == 303
