"""The pages around one's own account: profile, password, where one is signed in."""

import uuid

import pytest
from browser import PARTIAL, SAME_ORIGIN, form_of
from fake_accounts import CODE
from fake_gateway import PASSWORD
from words import links, said

EVIL = '<script>alert(1)</script>" onerror=x {{7*7}}'
PAGES = (
    "/account",
    "/account/email",
    "/account/password",
    "/account/second-factor",
    "/account/second-factor/confirm",
    "/account/second-factor/recovery-codes",
    "/account/second-factor/off",
    "/account/sessions",
    "/account/sessions/end-others",
    f"/account/sessions/{uuid.UUID(int=7)}/end",
    "/account/api-keys",
    "/account/api-keys/new",
    "/account/data",
    "/account/data/delete",
)


async def test_every_page_of_the_account_is_private_has_one_heading_and_marks_where_one_is(reader):
    for path in PAGES:
        page = await reader.get(path)
        if page.status_code == 303:
            page = await reader.follow(page)
        assert page.status_code == 200, path
        assert page.headers["cache-control"] == "no-store"
        assert page.text.count("<h1") == 1
        assert page.text.count("aria-current=") >= 2
        assert " style=" not in page.text


async def test_strangers_are_led_to_the_door_and_back(shop):
    for path in PAGES:
        answer = await shop.get(path)
        assert answer.headers["location"] == f"/sign-in?next={path}"


async def test_an_address_is_confirmed_or_the_mail_comes_again(reader, gateway):
    page = await reader.get("/account")
    assert "Not confirmed" in said(page)
    await reader.submit(page, "/verify-email/again")
    assert gateway.auth.asked == [("verification", "reader@example.com")]
    gateway.accounts["reader@example.com"]["email_verified"] = True
    page = await reader.get("/account")
    assert "Not confirmed" not in said(page)
    assert 'action="/verify-email/again"' not in page.text


async def test_a_new_address_waits_for_its_link(reader, gateway):
    page = await reader.get("/account/email")
    wrong = await reader.submit(page, "/account/email", {"email": "ada@example.org", "current_password": "no"})
    assert wrong.status_code == 422
    assert "This is not your password" in said(wrong)
    assert form_of(wrong, "/account/email").value("email") == "ada@example.org"
    answer = await reader.submit(wrong, "/account/email", {"current_password": PASSWORD})
    assert "We have sent a mail to ada@example.org" in said(await reader.follow(answer))
    assert gateway.auth.asked == [("change", "ada@example.org")]
    gateway.auth.mail = False
    assert "This shop sends no mails" in said(await reader.get("/account/email"))
    values = {"email": "ada@example.org", "current_password": PASSWORD}
    assert (await reader.submit(page, "/account/email", values)).status_code == 409


async def test_an_address_that_was_typed_survives_signing_in_again_and_the_password_does_not(reader, gateway):
    page = await reader.get("/account/email")
    gateway.sessions.clear()
    typed = {"email": "ada@example.org", "current_password": "only for these eyes"}
    refused = await reader.submit(page, "/account/email", typed)
    assert refused.status_code == 401
    kept = reader.app.state.site.keeper.unpack(form_of(refused, "/sign-in").value("kept"))
    assert kept.typed == {"email": ["ada@example.org"]}
    answer = await reader.submit(refused, "/sign-in", {"email": "reader@example.com", "password": PASSWORD})
    assert form_of(await reader.follow(answer), "/account/email").value("email") == "ada@example.org"


@pytest.mark.parametrize("path", ["/account/second-factor/off", "/account/data/delete"])
async def test_no_password_and_no_code_travels_through_the_sign_in_form(reader, gateway, path):
    gateway.auth.protect("reader@example.com")
    page = await reader.get(path)
    gateway.sessions.clear()
    refused = await reader.submit(page, path, {"current_password": "only for these eyes", "code": "424242"})
    assert refused.status_code == 401
    assert "only for these eyes" not in refused.text
    assert "424242" not in refused.text
    assert 'name="kept"' not in refused.text


async def test_after_a_new_password_forms_of_before_are_void(reader, gateway):
    page = await reader.get("/account/password")
    values = {"current_password": PASSWORD, "new_password": "a whole new one"}
    answer = await reader.submit(page, "/account/password", values)
    assert answer.headers["location"] == "/account/password"
    assert (await reader.submit(page, "/theme", {"theme": "dark"})).status_code == 403
    fresh = await reader.follow(answer)
    assert (await reader.submit(fresh, "/theme", {"theme": "dark"})).status_code == 303
    assert gateway.accounts["reader@example.com"]["password"] == "a whole new one"


async def test_too_many_wrong_passwords_are_told_at_the_form(reader, gateway):
    page = await reader.get("/account/password")

    async def refuse(request):
        if request.url.path == "/auth/me/password":
            gateway.refuse(429, "too_many_attempts", headers={"Retry-After": "120"})

    gateway.before_answer = refuse
    values = {"current_password": "no", "new_password": "a whole new one"}
    answer = await reader.submit(page, "/account/password", values)
    assert answer.status_code == 429
    assert "in 2 minutes" in said(answer)
    assert answer.headers["retry-after"] == "120"


async def test_one_sees_where_one_is_signed_in_in_plain_words(reader, gateway):
    gateway.auth.add_session(user_agent="backup-job/1.2", address="198.51.100.7")
    gateway.auth.add_session(user_agent=EVIL, address=None)
    page = await reader.get("/account/sessions")
    words = said(page)
    assert "Firefox on Linux This browser" in words
    assert "backup-job" in words
    assert "from 198.51.100.7" in words
    assert "An unknown browser" in words
    assert "<script>alert" not in page.text


async def test_one_session_is_ended_or_all_others(reader, gateway):
    one, _ = gateway.auth.add_session(), gateway.auth.add_session()
    page = await reader.get("/account/sessions")
    ending = f"/account/sessions/{one['id']}/end"
    answer = await reader.submit(page, ending)
    assert "It is signed out" in said(await reader.follow(answer))
    assert len(gateway.auth.other_sessions) == 1
    again = await reader.submit(page, ending)
    assert "ended already" in said(await reader.follow(again))
    asked = await reader.get("/account/sessions/end-others")
    assert "Here you stay signed in" in said(asked)
    assert len(gateway.auth.other_sessions) == 1
    await reader.submit(asked, "/account/sessions/end-others")
    assert gateway.auth.asked == [("end", "true")]
    alone = await reader.get("/account/sessions")
    assert "You are signed in nowhere else" in said(alone)
    assert (await reader.get("/account/sessions/../x/end")).status_code == 404


async def test_what_would_change_nothing_is_said(reader):
    for path, values, words in (
        ("/account/email", {"email": "Reader@Example.com"}, "This is your address already"),
        ("/account/password", {"new_password": PASSWORD}, "Choose another than the current one"),
    ):
        answer = await reader.submit(await reader.get(path), path, values | {"current_password": PASSWORD})
        assert answer.status_code == 422
        assert words in said(answer)


async def test_staff_whose_rights_wait_for_a_second_factor_are_told_on_every_page(shop, gateway):
    gateway.accounts["staff@example.com"]["required"] = True
    gateway.withheld.add("staff@example.com")
    await shop.sign_in("staff@example.com")
    for path in ("/", "/orders", "/account"):
        page = await shop.get(path)
        assert "waits for a second factor" in said(page)
        assert "/account/second-factor" in links(page)
    refused = await shop.get("/staff/orders")
    assert refused.status_code == 403
    assert "once you have a second factor" in said(refused)
    page = await shop.get("/account/second-factor")
    assert "waits for a second factor" not in said(page)
    set_up = await shop.submit(page, "/account/second-factor", {"current_password": PASSWORD})
    gateway.withheld.clear()
    await shop.submit(set_up, "/account/second-factor/confirm", {"code": CODE})
    # The new scopes are there at once, not only when the token has run out.
    assert "/staff/orders" in (await shop.get("/")).text
    assert "waits for a second factor" not in said(await shop.get("/"))


async def test_readers_are_not_told_of_it(reader):
    assert "second factor" not in said(await reader.get("/"))


async def test_mistakes_come_as_a_part_to_htmx(reader):
    page = await reader.get("/account/password")
    answer = await reader.submit(page, "/account/password", {"current_password": "x"}, SAME_ORIGIN | PARTIAL)
    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert "data-errors" in answer.text
