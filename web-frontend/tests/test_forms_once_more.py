"""A form that was not taken is shown once more, until it is plain that the browser or the address is the reason."""

from browser import SAME_ORIGIN, Browser, filled, form_of
from fake_gateway import PASSWORD
from words import links, said

SIGN_UP = {"email": "new@example.com", "full_name": "Näme", "password": PASSWORD}


async def without_cookies(shop: Browser, fields) -> object:
    shop.http.cookies.clear()
    return await shop.post("/sign-up", fields, SAME_ORIGIN)


async def test_a_browser_without_cookies_is_told_so_and_not_asked_for_ever(shop):
    first = await without_cookies(shop, filled(await shop.get("/sign-up"), "/sign-up", SIGN_UP))
    assert (first.status_code, "Please send this once more" in said(first)) == (403, True)
    again = await without_cookies(shop, filled(first, "/sign-up", {"password": PASSWORD}))
    assert again.status_code == 403
    assert "Your browser keeps no cookies of this shop" in said(again)
    # Once they are allowed, the same form goes through.
    assert form_of(again, "/sign-up").value("full_name") == "Näme"
    assert (await shop.submit(again, "/sign-up", {"password": PASSWORD})).status_code == 303


async def test_a_form_over_plain_http_is_led_to_the_address_of_the_shop_with_what_was_typed(open_shop):
    shop = await open_shop(public_web_url="https://shop.example")
    over_http = Browser(shop.app, "http://shop.example")
    fields = filled(await over_http.get("/sign-up"), "/sign-up", SIGN_UP)
    for headers in ({"Origin": "http://shop.example"}, {"Origin": "http://shop.example", **SAME_ORIGIN}):
        answer = await over_http.post("/sign-up", fields, headers)
        assert answer.status_code == 403
        assert "secure address" in said(answer)
        assert "Näme" in said(answer)
        assert PASSWORD not in answer.text
        assert "https://shop.example/sign-up" in links(answer)
    elsewhere = await over_http.post("/sign-up", fields, {"Origin": "http://elsewhere.example"})
    assert "Your browser says that it came from another site" in said(elsewhere)


async def test_a_fault_keeps_what_was_sent_but_for_the_password(reader, gateway):
    page = await reader.get("/account/email")
    # What no service of ours would answer.
    gateway.accounts["reader@example.com"]["created_at"] = "some day"
    answer = await reader.submit(page, "/account/email", {"email": "no address", "current_password": PASSWORD})
    assert answer.status_code == 500
    assert form_of(answer, "/account/email").value("email") == "no address"
    assert 'name="current_password" type="password"' in answer.text
    assert PASSWORD not in answer.text
