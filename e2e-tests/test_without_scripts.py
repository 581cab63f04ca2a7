"""What else must work without scripts; searching, ordering, the board, editing and imports say so in theirs."""

import re
import time

import pyotp
import pytest
from pages import PASSWORD, sign_up
from playwright.sync_api import Page, expect


@pytest.fixture
def page(new_context) -> Page:
    """Give a page that runs no script."""
    return new_context(java_script_enabled=False).new_page()


def test_a_second_factor_is_set_up_and_asked_for(page: Page, email: str):
    sign_up(page, email)
    page.goto("/account/second-factor")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set it up").click()
    totp = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
    page.get_by_role("textbox", name="Code").fill(totp.now())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()

    page.goto("/sign-out")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("main")).to_contain_text("You are signed out.")
    page.goto("/orders")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    # A code is good once; the next one is taken half a minute early.
    page.get_by_role("textbox", name="Code").fill(totp.at(time.time(), counter_offset=1))
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/orders$"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_theme_and_language_are_chosen_and_stay(page: Page):
    page.goto("/sign-in")
    page.get_by_role("button", name="Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page).to_have_url(re.compile("/sign-in$"))
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile(r"^de\b"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")
    page.goto("/sign-up")
    expect(page.locator("html")).to_have_attribute("lang", re.compile(r"^de\b"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
