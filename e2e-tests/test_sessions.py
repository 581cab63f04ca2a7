"""Signing in, staying signed in, and being refused, in the browser."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx2
from pages import sign_up, sign_up_at_the_door
from playwright.sync_api import Page, expect
from system import System


def test_five_requests_at_once_with_an_expired_token_sign_nobody_out(page: Page, system: System, email):
    sign_up(page, email)
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    (access,) = [name for name, value in cookies.items() if value.count(".") == 2 and value.startswith("ey")]
    del cookies[access]

    def visit(_: int) -> httpx2.Response:
        return httpx2.get(f"{system.web}/orders", cookies=cookies)

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(visit, range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert all("Your orders" in answer.text for answer in answers)
    for cookie in answers[-1].cookies.jar:
        page.context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": system.web}])
    page.goto("/account")
    expect(page.get_by_role("main")).to_contain_text(email)


def test_tokens_are_out_of_reach_of_scripts(page: Page, email):
    sign_up_at_the_door(page, email)
    assert all(cookie["httpOnly"] for cookie in page.context.cookies() if cookie["value"].count(".") == 2)
    assert "ey" not in page.evaluate("document.cookie")
    assert not re.search(r"eyJ[\w-]+\.", page.content())


def test_a_form_of_another_site_changes_nothing(page: Page, system: System, email):
    sign_up(page, email)
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        answer = httpx2.post(f"{system.web}/sign-out", headers=headers, cookies=cookies)
        assert answer.status_code == 403, headers
    page.goto("/account")
    expect(page.get_by_role("main")).to_contain_text(email)


def test_signing_in_leads_back_to_where_one_was_and_nowhere_else(page: Page, system: System, email):
    sign_up(page, email)
    page.context.clear_cookies()
    page.goto("/orders")
    expect(page.get_by_label("Password")).to_be_visible()
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example", "/%0d%0aSet-Cookie:x=1"):
        page.context.clear_cookies()
        page.goto(f"/sign-in?next={target}")
        page.get_by_label("Email address").fill(email)
        page.get_by_label("Password").fill("correct horse battery staple")
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("banner").get_by_role("link", name=re.compile("^Cart"))).to_be_visible()
        assert page.url.startswith(system.web)


def test_a_wrong_password_says_so_and_keeps_the_address(page: Page, email):
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Email address")).to_have_value(email)
    expect(page.get_by_label("Password")).to_have_value("")


def test_pages_that_are_not_there_or_not_allowed_say_so(page: Page, email):
    sign_up(page, email)
    for path, status in (
        ("/books/not-a-book", 404),
        ("/orders/019a0000-0000-7000-8000-000000000000", 404),
        ("/nothing", 404),
        ("/staff/orders", 403),
    ):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status, path
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("banner")).to_be_visible()


def test_every_page_has_a_strict_policy_and_loads_nothing_from_elsewhere(page: Page, system: System, email):
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    sign_up_at_the_door(page, email)
    for path in ("/", "/books", "/cart", "/orders", "/account"):
        answer = page.goto(path)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    assert all(url.startswith(system.web) for url in requested)
