"""What administrators do with other people's accounts."""

import pytest
from browser import PARTIAL, SAME_ORIGIN, form_of
from words import links, said

ACCOUNTS = "/admin/accounts"


@pytest.fixture
def reader_id(gateway):
    return gateway.accounts["reader@example.com"]["id"]


@pytest.fixture
def own_id(gateway):
    return gateway.accounts["admin@example.com"]["id"]


def one(account_id, step=""):
    return f"{ACCOUNTS}/{account_id}{step}"


async def done(browser, account_id, step, asked=None, values=None):
    """Send the form for ``step`` as it stands on the page ``asked``; return what the next page says."""
    shown = await browser.get(asked or one(account_id))
    answer = await browser.submit(shown, one(account_id, step), values)
    return said(await browser.follow(answer))


ADDRESSES = ("", "/role", "/disable", "/enable", "/second-factor", "/sessions/end", "/password-reset")


@pytest.mark.parametrize("who", ["reader@example.com", "staff@example.com"])
async def test_nobody_but_administrators_sees_or_changes_anything(shop, gateway, reader_id, who):
    await shop.sign_in(who)
    assert "/admin" not in (await shop.get("/account")).text
    withdraw = f"/admin/invitations/{reader_id}/withdraw"
    for path in [ACCOUNTS, *(one(reader_id, step) for step in ADDRESSES), "/admin/invitations", withdraw,
                 "/admin/audit", "/admin/audit/file?format=csv"]:  # fmt: skip
        assert (await shop.get(path)).status_code == 403, path
    token = form_of(await shop.get("/account"), "/account").value("csrf_token")
    for path in [*(one(reader_id, step) for step in ADDRESSES[1:]), "/admin/invitations", withdraw]:
        answer = await shop.post(path, {"csrf_token": token, "role": "admin", "days": "7"})
        assert answer.status_code == 403, path
    assert not any(path.startswith(("/auth/users", "/auth/invitations", "/auth/audit")) for _, path in gateway.calls)


async def test_every_address_of_a_form_shows_a_page_and_takes_no_form_without_its_token(admin, reader_id):
    assert 'href="/admin/accounts"' in (await admin.get("/account")).text
    for path in [*(one(reader_id, step) for step in ADDRESSES[1:]), "/admin/invitations",
                 f"/admin/invitations/{reader_id}/withdraw"]:  # fmt: skip
        assert (await admin.get(path)).status_code in {200, 303}, path
        assert (await admin.post(path, {"role": "admin"})).status_code == 403, path
        assert (await admin.post(path, {"role": "admin"}, {"Origin": "https://evil.example"})).status_code == 403, path


async def test_accounts_are_found_by_name_address_role_and_state(admin, gateway):
    gateway.accounts["reader@example.com"]["disabled_at"] = gateway.now()
    page = await admin.get(ACCOUNTS)
    assert "5" not in gateway.administration.queries[-1]
    assert "4 accounts" in said(page)
    assert "Disabled" in said(page)
    assert page.headers["cache-control"] == "no-store"
    assert "Ed Itor" not in (await admin.get(f"{ACCOUNTS}?q=stef")).text
    assert "Stef Aff" in (await admin.get(f"{ACCOUNTS}?q=STAFF%40")).text
    assert "1 account" in said(await admin.get(f"{ACCOUNTS}?role=editor"))
    only = said(await admin.get(f"{ACCOUNTS}?disabled=true"))
    assert "1 account" in only
    assert "Ada Reader" in only
    assert "No account is found" in said(await admin.get(f"{ACCOUNTS}?q=nobody"))


async def test_what_makes_no_sense_in_the_address_is_left_out(admin, gateway):
    await admin.get(f"{ACCOUNTS}?role=emperor&disabled=maybe&q=%00a%0ab&limit=1000000")
    assert gateway.administration.queries[-1] == {"limit": "50", "q": "a b"}


async def test_the_list_has_pages_and_a_stale_cursor_leads_to_the_first(admin, gateway):
    gateway.administration.page_size = 2
    first = await admin.get(f"{ACCOUNTS}?q=example")
    following = next(address for address in links(first) if "cursor" in address)
    second = await admin.get(following)
    assert "Min Ad" in said(second)
    assert "Ada Reader" not in said(second)
    assert "Ada Reader" in said(await admin.get(next(address for address in links(second) if "cursor" in address)))
    stale = await admin.get(following.replace("q=example", "q=staff"))
    assert stale.status_code == 303
    assert stale.headers["location"] == f"{ACCOUNTS}?q=staff"


async def test_while_typing_only_the_list_is_exchanged(admin):
    answer = await admin.http.get(f"{ACCOUNTS}?q=stef", headers=PARTIAL)
    assert answer.text.startswith('<section class="results people"')
    assert "HX-Request-Type" in answer.headers["vary"]


async def test_an_account_shows_its_facts_sessions_and_what_happened_to_it(admin, gateway, reader_id):
    gateway.administration.sign_in("reader@example.com", user_agent="Lynx/2.9", address="2001:db8::1")
    gateway.administration.record("session.started", actor="reader@example.com", subject="reader@example.com")
    gateway.administration.record("session.started", actor="staff@example.com", subject="staff@example.com")
    words = said(await admin.get(one(reader_id)))
    for expected in ("Ada Reader", "ConfirmedNot yet", "RoleCustomer", "Second factorNone", "Lynx",
                     "from 2001:db8::1", "reader@example.com signed in"):  # fmt: skip
        assert expected in words
    assert "staff@example.com signed in" not in words


async def test_many_sessions_do_not_push_what_happened_away_and_a_change_of_role_says_from_what(
    admin, gateway, reader_id
):
    for number in range(7):
        gateway.administration.sign_in("reader@example.com", user_agent="Lynx/2.9", address=f"2001:db8::{number}")
    gateway.administration.record("account.role_changed", actor="admin@example.com", subject="reader@example.com")
    gateway.administration.events[-1]["detail"] = {"from": "editor", "to": "customer"}
    page = await admin.get(one(reader_id))
    before, folded = page.text.split("<details", 1)[0], page.text.split("<details", 1)[1].split("</details>", 1)[0]
    assert (before.count("2001:db8::"), folded.count("2001:db8::")) == (5, 2)
    assert "2 more" in folded
    assert "from Editor to Customer" in said(page)


async def test_an_account_shows_also_while_its_events_cannot_be_read(admin, gateway, reader_id):
    async def refuse(request):
        if request.url.path == "/auth/audit":
            raise gateway.problem(503, "database_unavailable")

    gateway.before_answer = refuse
    assert "The audit trail cannot be read just now" in said(await admin.get(one(reader_id)))


async def test_an_account_that_is_not_there_is_not_found(admin):
    assert (await admin.get(one("00000000-0000-0000-0000-000000000000"))).status_code == 404
    assert (await admin.get(one("..%2fme"))).status_code == 404
    assert (await admin.get(one("not-an-id", "/disable"))).status_code == 404


async def test_a_role_is_changed(admin, gateway, reader_id):
    assert "The role is now: Staff." in await done(admin, reader_id, "/role", values={"role": "staff"})
    assert gateway.accounts["reader@example.com"]["role"] == "staff"


async def test_a_role_that_does_not_exist_is_refused_at_the_field(admin, gateway, reader_id):
    shown = await admin.get(one(reader_id))
    answer = await admin.submit(shown, one(reader_id, "/role"), {"role": "emperor"}, SAME_ORIGIN | PARTIAL)
    assert answer.status_code == 422
    assert "Choose a role" in answer.text
    assert answer.text.startswith("<form")
    assert gateway.accounts["reader@example.com"]["role"] == "customer"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("last_admin", "This is the last administrator who can sign in"),
        ("own_account", "Nobody does this to their own account"),
    ],
)
async def test_what_would_leave_nobody_in_charge_is_refused_in_plain_words(admin, gateway, reader_id, code, words):
    async def refuse(request):
        if request.method == "PATCH":
            raise gateway.problem(409, code)

    role_page, ask_page = await admin.get(one(reader_id)), await admin.get(one(reader_id, "/disable"))
    gateway.before_answer = refuse
    answer = await admin.submit(role_page, one(reader_id, "/role"), {"role": "editor"})
    assert answer.status_code == 409
    assert words in said(answer)
    assert form_of(answer, one(reader_id, "/role")).value("role") == "editor"
    answer = await admin.submit(ask_page, one(reader_id, "/disable"))
    assert answer.status_code == 409
    assert words in said(answer)


async def test_ones_own_role_and_access_are_not_offered(admin, own_id):
    page = await admin.get(one(own_id))
    assert f'action="{one(own_id, "/role")}"' not in page.text
    assert "for another administrator to change" in said(page)
    assert f'action="{one(own_id, "/disable")}"' not in (await admin.get(one(own_id, "/disable"))).text


async def test_disabling_says_what_it_does_and_enabling_takes_it_back(admin, gateway, reader_id):
    asked = await admin.get(one(reader_id, "/disable"))
    assert "they are signed out everywhere" in said(asked)
    assert gateway.accounts["reader@example.com"].get("disabled_at") is None
    words = await done(admin, reader_id, "/disable", asked=one(reader_id, "/disable"))
    assert "The account is disabled." in words
    assert gateway.accounts["reader@example.com"]["disabled_at"] is not None
    assert "enabled again" in await done(admin, reader_id, "/enable", asked=one(reader_id, "/enable"))
    assert gateway.accounts["reader@example.com"]["disabled_at"] is None


async def test_all_sessions_are_ended(admin, gateway, reader_id):
    gateway.administration.sign_in("reader@example.com")
    assert "All sessions are ended" in await done(admin, reader_id, "/sessions/end")
    assert gateway.administration.sessions == {}


async def test_a_second_factor_is_reset_after_asking(admin, gateway, reader_id):
    gateway.accounts["reader@example.com"]["second_factor"] = True
    assert one(reader_id, "/second-factor") in links(await admin.get(one(reader_id)))
    assert "is reset" in await done(admin, reader_id, "/second-factor", asked=one(reader_id, "/second-factor"))
    assert gateway.accounts["reader@example.com"]["second_factor"] is False


async def test_a_reset_link_is_sent_or_it_is_said_that_there_is_no_mail(admin, gateway, reader_id):
    assert "The link is on its way" in await done(admin, reader_id, "/password-reset")
    gateway.administration.sends_mail = False
    assert "This shop sends no mail" in await done(admin, reader_id, "/password-reset")
    assert gateway.administration.mailed == ["reader@example.com"]


async def test_a_session_that_ends_meanwhile_loses_nothing_that_was_chosen(admin, gateway, reader_id):
    shown = await admin.get(one(reader_id))
    gateway.sessions.clear()
    refused = await admin.submit(shown, one(reader_id, "/role"), {"role": "staff"})
    assert refused.status_code == 401
    answer = await admin.submit(refused, "/sign-in", {"email": "admin@example.com", "password": "correct horse"})
    assert answer.headers["location"] == one(reader_id, "/role")
    page = await admin.follow(answer)
    assert form_of(page, one(reader_id, "/role")).value("role") == "staff"
