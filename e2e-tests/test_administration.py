"""An administrator finds somebody, gives them a role, locks them out, invites somebody else, and sees who did what."""

import re
from urllib.parse import quote

import httpx2
from faults import wait_until
from pages import PASSWORD, sign_in
from playwright.sync_api import Page, expect
from system import System

OWNER = "owner@example.org"


def test_somebody_is_found_promoted_and_locked_out_by_keyboard(page: Page, system: System, email):
    headers = system.account(email, PASSWORD)
    sign_in(page, OWNER)
    page.goto("/admin/accounts")
    page.get_by_label("Name or email address").press_sequentially(email[:-3])
    # All of it was asked for, so that no answer is on its way that would take the row from under the keys.
    expect(page).to_have_url(re.compile(f"q={quote(email[:-3])}(&|$)"))
    row = page.get_by_role("main").get_by_role("link", name=email)
    expect(page.get_by_role("row")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(row).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Name or email address")).to_be_focused()
    row.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(email)

    page.get_by_label("Staff").check()
    page.get_by_role("button", name="Change role").click()
    expect(page.get_by_text("The role is now: Staff.")).to_be_visible()
    expect(page.get_by_role("list").filter(has_text="changed the role of")).to_contain_text(OWNER)

    page.get_by_role("link", name="Disable").click()
    expect(page.get_by_text("They cannot sign in until somebody enables the account again")).to_be_visible()
    page.get_by_role("button", name="Disable the account").click()
    expect(page.get_by_text("The account is disabled.")).to_be_visible()
    wait_until(lambda: httpx2.get(f"{system.api}/cart", headers=headers).status_code == 401)


def test_the_link_of_an_invitation_is_shown_once_and_makes_an_account_with_its_role(page: Page, new_context, email):
    sign_in(page, OWNER)
    page.goto("/admin/invitations")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Role").select_option("staff")
    page.get_by_label("Good for how many days").fill("31")
    page.get_by_role("button", name="Make the invitation").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Email address")).to_have_value(email)
    page.get_by_label("Good for how many days").fill("2")
    page.get_by_role("button", name="Make the invitation").click()
    shown = page.get_by_label("Link of the invitation")
    link = shown.input_value()
    page.reload()
    expect(shown).to_have_count(0)

    invited = new_context().new_page()
    invited.goto(link)
    assert "token" not in invited.url
    invited.get_by_label("Password").fill(PASSWORD)
    invited.get_by_role("main").get_by_role("button").last.click()
    expect(invited.get_by_role("banner").get_by_role("link", name="Order board")).to_be_visible()
    page.goto(f"/admin/audit?person={email}&action=invitation.accepted")
    expect(page.get_by_role("row")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download JSON Lines").click()
    assert "invitation.accepted" in download.value.path().read_text()
