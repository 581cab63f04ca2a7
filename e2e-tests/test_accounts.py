"""What people do with their own accounts, in the browser, with the mails of a local run."""

import re
import time

import httpx2
import pyotp
from faults import wait_until
from pages import PASSWORD, sign_up
from playwright.sync_api import Page, expect
from system import System

NEW_PASSWORD = "another horse, another staple"


def open_mail(page: Page, email: str, subject: str) -> None:
    """Open the link of the mail to ``email``, once it is there."""
    mail = page.get_by_role("listitem").filter(has_text=email).filter(has_text=subject)

    def is_there() -> bool:
        page.goto("/local/mails")
        return mail.count() > 0

    wait_until(is_there)
    mail.first.get_by_role("link").click()
    page.get_by_role("main").get_by_role("link", name=re.compile(r"token=")).click()
    expect(page).not_to_have_url(re.compile("token"))


def give_password(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def expect_signed_in(page: Page) -> None:
    expect(page.get_by_role("banner").get_by_role("link", name=re.compile("^Cart"))).to_be_visible()


def expect_signed_out(page: Page) -> None:
    """Expect that the session ends within the ten seconds that it may take everywhere."""

    def is_out() -> bool:
        page.goto("/account/sessions")
        return "/sign-in" in page.url

    wait_until(is_out)


def send_code(page: Page, code: str) -> None:
    page.get_by_role("textbox", name=re.compile("code", re.IGNORECASE)).fill(code)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_from_a_confirmed_address_to_a_second_factor(page: Page, email):
    sign_up(page, email)
    open_mail(page, email, "is this your address")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Your email address is confirmed.")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("Not confirmed")

    page.get_by_role("link", name="Second factor").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    totp = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
    code = page.get_by_role("textbox", name="Code")
    code.fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("alert")).to_be_focused()
    first = totp.now()
    code.fill(first)
    page.get_by_role("button", name="Turn it on").click()
    recovery_codes = page.get_by_role("main").get_by_role("listitem").get_by_role("code").all_inner_texts()
    assert len(recovery_codes) == 10
    expect(page.get_by_role("button", name="Copy")).to_be_visible()

    sign_out(page)
    give_password(page, email)
    expect(page).to_have_url(re.compile("/sign-in/code$"))
    expect(page.get_by_role("textbox", name="Code")).to_be_focused()
    # A code is good once; the next one is taken half a minute early.
    send_code(page, first)
    expect(page.get_by_role("alert")).to_be_visible()
    send_code(page, totp.at(time.time(), counter_offset=1))
    expect_signed_in(page)

    sign_out(page)
    give_password(page, email)
    page.get_by_role("link", name="Use a recovery code instead").click()
    send_code(page, recovery_codes[0])
    expect_signed_in(page)
    page.goto("/account/second-factor")
    expect(page.get_by_role("main")).to_contain_text("You have 9 recovery codes left")


def test_a_forgotten_password_is_replaced_and_every_browser_signed_out(page: Page, new_context, email):
    sign_up(page, email)
    elsewhere = new_context().new_page()
    elsewhere.goto("/sign-in")
    elsewhere.get_by_role("link", name="Forgot your password?").click()
    elsewhere.get_by_label("Email address").fill(email)
    elsewhere.get_by_role("button", name="Send the link").click()
    expect(elsewhere.get_by_role("heading", name="Look for our mail")).to_be_visible()
    open_mail(elsewhere, email, "choose a new password")
    expect(elsewhere.get_by_label("Email address")).to_have_value(email)
    elsewhere.get_by_label("New password").fill(NEW_PASSWORD)
    elsewhere.get_by_role("button", name="Set the password").click()
    expect(elsewhere.get_by_text("Your new password is set")).to_be_visible()

    give_password(elsewhere, email)
    expect(elsewhere.get_by_role("alert")).to_be_visible()
    give_password(elsewhere, email, NEW_PASSWORD)
    expect_signed_in(elsewhere)
    expect_signed_out(page)


def test_where_one_is_signed_in_can_be_ended(page: Page, new_context, email):
    sign_up(page, email)
    elsewhere = new_context(user_agent="backup-job/1.2").new_page()
    give_password(elsewhere, email)
    expect_signed_in(elsewhere)
    page.goto("/account/sessions")
    expect(page.get_by_role("listitem").filter(has_text="This browser")).to_contain_text("127.0.0.1")
    page.get_by_role("button", name="Sign out backup-job").click()
    expect(page.get_by_text("You are signed in nowhere else.")).to_be_visible()
    expect_signed_out(elsewhere)


def test_an_api_key_does_what_it_may_until_it_is_revoked(page: Page, system: System, email):
    sign_up(page, email)
    page.goto("/account/api-keys/new")
    page.get_by_role("textbox", name="Name").fill("till")
    page.get_by_label("See your own orders").check()
    page.get_by_role("button", name="Make the key").click()
    headers = {"Authorization": f"Bearer {page.locator('#new-key').inner_text()}"}
    assert httpx2.get(f"{system.api}/orders", headers=headers).status_code == httpx2.codes.OK
    refused = httpx2.post(f"{system.api}/books", headers=headers, json={"title": "T", "price": "1"})
    assert refused.status_code == httpx2.codes.FORBIDDEN

    page.get_by_role("link", name="I have it").click()
    expect(page.get_by_role("listitem").filter(has_text="till").first).to_contain_text("Last used")
    page.get_by_role("link", name="Revoke till").click()
    page.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_text("is revoked")).to_be_visible()
    wait_until(lambda: httpx2.get(f"{system.api}/orders", headers=headers).status_code == httpx2.codes.UNAUTHORIZED)


def test_an_account_is_taken_along_and_deleted(page: Page, email):
    sign_up(page, email)
    page.goto("/account/data")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert email in download.value.path().read_text()
    page.get_by_role("link", name="Delete the account").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    give_password(page, email)
    expect(page.get_by_role("alert")).to_contain_text("is not right")
