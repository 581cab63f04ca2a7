"""Signing in, staying signed in, and what the browser keeps."""

import asyncio

import httpx2
import pytest
from browser import ORIGIN, PARTIAL, SAME_ORIGIN, Browser, filled
from fake_gateway import Problem


def cookies_set(response: httpx2.Response) -> dict[str, str]:
    lines = response.headers.get_list("set-cookie")
    return {line.partition("=")[0]: line for line in lines}


async def test_signing_in_keeps_both_tokens_where_no_script_reads_them(shop):
    answer = await shop.sign_in()
    assert answer.status_code == 303
    cookies = cookies_set(answer)
    for name in ("quire_access", "quire_refresh"):
        assert "HttpOnly" in cookies[name]
        assert "SameSite=Lax" in cookies[name]
        assert "Path=/" in cookies[name]
        assert "Secure" not in cookies[name]


async def test_over_tls_cookies_are_secure_and_bound_to_the_host(open_shop):
    shop = await open_shop(public_web_url="https://shop.example")
    cookies = cookies_set(await shop.sign_in())
    for name in ("__Host-quire_access", "__Host-quire_refresh"):
        assert "; Secure" in cookies[name]
        assert "Domain" not in cookies[name]
    assert "quire_access" not in cookies


async def test_no_token_stands_in_a_page(reader):
    page = await reader.get("/account")
    assert "Ada Reader" in page.text
    assert reader.http.cookies["quire_access"] not in page.text
    assert reader.http.cookies["quire_refresh"] not in page.text


async def test_a_wrong_password_is_answered_in_plain_words_and_keeps_the_address(shop):
    answer = await shop.sign_in(password="wrong")
    assert answer.status_code == 422
    assert "The email address or the password is not right" in answer.text
    assert 'value="reader@example.com"' in answer.text
    assert "wrong" not in answer.text.replace("is not right", "")


async def test_five_requests_with_an_expired_token_renew_it_once_and_nobody_is_signed_out(shop, gateway):
    gateway.token_seconds = -5
    await shop.sign_in()
    gateway.token_seconds = 900
    before = gateway.calls_to("POST", "/auth/refresh")
    answers = await asyncio.gather(*(shop.get("/account") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert gateway.calls_to("POST", "/auth/refresh") - before == 1
    assert all("quire_refresh" in cookies_set(answer) for answer in answers)
    assert (await shop.get("/account")).status_code == 200


async def test_a_token_that_the_gateway_refuses_is_renewed_within_the_request(reader, gateway):
    refused = []

    async def refuse_once(request):
        if request.url.path == "/auth/me" and not refused:
            refused.append(request.headers["authorization"])
            raise Problem(401, "not_authenticated")

    gateway.before_answer = refuse_once
    page = await reader.get("/account")
    assert page.status_code == 200
    assert refused
    assert gateway.calls_to("POST", "/auth/refresh") == 1


async def test_a_session_that_has_definitely_ended_signs_out(shop, gateway):
    gateway.token_seconds = -5
    await shop.sign_in()
    gateway.sessions.clear()
    answer = await shop.get("/orders")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/orders"
    assert "Max-Age=0" in cookies_set(answer)["quire_refresh"]


async def test_a_cookie_that_no_session_can_have_signs_out(shop):
    shop.http.cookies.set("quire_refresh", "a" * 3000)
    answer = await shop.get("/orders")
    assert answer.status_code == 303
    assert "Max-Age=0" in cookies_set(answer)["quire_refresh"]


async def test_a_session_that_cannot_be_renewed_for_the_moment_is_kept(shop, gateway):
    gateway.token_seconds = -5
    await shop.sign_in()
    gateway.down = {"auth"}
    answer = await shop.get("/orders")
    assert answer.status_code == 503
    assert "You are not signed out" in answer.text
    assert "quire_refresh" not in cookies_set(answer)
    gateway.down, gateway.token_seconds = set(), 900
    assert (await shop.get("/orders")).status_code == 200


async def test_a_token_that_is_about_to_expire_still_serves_while_auth_is_away(shop, gateway):
    gateway.token_seconds = 20
    await shop.sign_in()
    gateway.down = {"auth"}
    assert (await shop.get("/orders")).status_code == 200


async def test_signing_out_ends_the_session_even_while_auth_is_away(reader, gateway):
    page = await reader.get("/account")
    gateway.down = {"auth"}
    answer = await reader.submit(page, "/sign-out")
    assert (answer.status_code, answer.headers["clear-site-data"]) == (303, '"storage"')
    gateway.down = set()
    assert (await reader.get("/orders")).status_code == 303


async def test_nobody_gets_a_cookie_of_the_gateway_or_of_another_person(open_shop, gateway):
    shop = await open_shop()
    answer = await shop.sign_in()
    assert "leak" not in answer.headers.get("set-cookie", "")
    other = Browser(shop.app)
    await other.sign_in("editor@example.com")
    assert all("cookie" not in request.headers for request in gateway.seen)


NOWHERE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:\\\\evil.example",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//\u0435vil.example",
    "/\u2044evil.example",
    "\uff0f\uff0fevil.example",
    "/%0d%0a\r\nX: y",
    "/\r\nSet-Cookie: a=b",
    "?next=//evil.example",
    "@evil.example",
    "books",
    "/" + "x" * 3000,
]
SOMEWHERE = [
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "/.//evil.example",
    "/books/..//evil.example",
    "/https://evil.example",
]


@pytest.mark.parametrize("target", [*NOWHERE, *SOMEWHERE])
async def test_next_never_leads_to_another_site(shop, gateway, target):
    page = await shop.get("/sign-in")
    fields = filled(page, "/sign-in", {"email": "reader@example.com", "password": "correct horse", "next": target})
    theme = await shop.post("/theme", filled(page, "/theme", {"theme": "dark", "next": target}))
    answer = await shop.post("/sign-in", fields)
    # Somebody who is signed in already is led on by the address alone.
    by_address = [await shop.get(str(httpx2.URL(path, params={"next": target}))) for path in ("/sign-in", "/sign-up")]
    for led in (theme, answer, *by_address):
        assert led.status_code == 303
        # What a browser makes of it, be it folded or not, is a page of this very host.
        location = led.headers["location"]
        assert location == (target if target in SOMEWHERE else "/")
        assert httpx2.URL(ORIGIN).join(location).host == "localhost"
        assert "x" not in led.headers
        assert "a=b" not in led.headers.get("set-cookie", "")
    htmx = await shop.post(
        "/theme", filled(await shop.get("/account"), "/theme", {"next": target}), SAME_ORIGIN | PARTIAL
    )
    assert htmx.headers["hx-redirect"] == (target if target in SOMEWHERE else "/")
    assert gateway.calls_to("POST", "/auth/login") == 1


async def test_next_leads_to_a_page_of_this_site(shop):
    page = await shop.get("/sign-in?next=/books%3Fq%3Dwaves")
    answer = await shop.submit(page, "/sign-in", {"email": "reader@example.com", "password": "correct horse"})
    assert answer.headers["location"] == "/books?q=waves"


async def test_signing_up_begins_a_session(shop):
    page = await shop.get("/sign-up")
    answer = await shop.submit(page, "/sign-up", {"email": "new@example.com", "password": "five small words"})
    front = await shop.follow(answer)
    assert "Your account is ready" in front.text
    assert "Your account is ready" not in (await shop.get("/")).text


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"email": "reader@example.com", "password": "five small words"}, 409, "There is an account with this email"),
        ({"email": "nobody", "password": "five small words"}, 422, "Enter an email address like name@example.com"),
        ({"email": "new@example.com", "password": "short"}, 422, "at least 8 characters"),
        ({"email": "new@example.com", "password": "password1"}, 422, "This is too common"),
    ],
)
async def test_signing_up_says_at_the_field_what_is_wrong(shop, fields, status, words):
    answer = await shop.submit(await shop.get("/sign-up"), "/sign-up", fields)
    assert answer.status_code == status
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert fields["password"] not in answer.text


async def test_a_closed_shop_says_so(shop, gateway):
    gateway.signup_open = False
    assert "Signing up is closed" in (await shop.get("/sign-up")).text
    assert "/sign-up" not in (await shop.get("/sign-in")).text.split("<main")[1].split("</main")[0]


async def test_htmx_is_told_to_go_on_and_not_given_a_page(shop):
    page = await shop.get("/sign-in")
    values = {"email": "reader@example.com", "password": "correct horse"}
    answer = await shop.submit(page, "/sign-in", values, SAME_ORIGIN | PARTIAL)
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/"


async def test_name_and_password_can_be_changed(reader, gateway):
    page = await reader.get("/account")
    answer = await reader.submit(page, "/account", {"full_name": "Ada Byron"})
    assert "Your name is saved" in (await reader.follow(answer)).text
    page = await reader.get("/account/password")
    values = {"current_password": "wrong", "new_password": "a whole new one"}
    answer = await reader.submit(page, "/account/password", values)
    assert answer.status_code == 422
    assert "This is not your password" in answer.text
    answer = await reader.submit(page, "/account/password", values | {"current_password": "correct horse"})
    assert answer.status_code == 303
    assert gateway.accounts["reader@example.com"]["password"] == "a whole new one"


async def test_the_theme_is_kept_and_leads_back(shop):
    answer = await shop.submit(await shop.get("/sign-in"), "/theme", {"theme": "dark"})
    assert answer.headers["location"] == "/sign-in"
    assert '<html lang="en-GB" dir="ltr" data-theme="dark">' in (await shop.get("/sign-in")).text
