"""The audit trail: who did what to whom, told in plain words, and as a file."""

import re
from html import escape
from urllib.parse import parse_qs, urlsplit

import pytest
from words import links, said

from web_frontend.administration.event_telling import ACTIONS

PATH = "/admin/audit"


@pytest.fixture
def trail(gateway):
    return gateway.administration


async def test_who_did_what_to_whom_from_where(admin, trail, gateway):
    trail.record("account.role_changed", actor="admin@example.com", subject="reader@example.com",
                 detail={"to": "staff", "expires_at": "2027-02-26T06:14:03.36+00:00", "from": "customer"})  # fmt: skip
    trail.record("session.refused", subject="reader@example.com", address="2001:db8::7", user_agent="curl/8.5")
    page = await admin.get(PATH)
    words = said(page)
    assert "admin@example.com changed the role of reader@example.com" in words
    assert "from Customer to StaffGood until 26 Feb 2027, 06:14 UTC" in words
    assert "Somebody tried in vain to sign in as reader@example.com" in words
    assert "2001:db8::7curl" in words
    assert 'title="curl/8.5"' in page.text
    assert words.index("tried in vain") < words.index("changed the role")
    assert f"/admin/accounts/{gateway.accounts['reader@example.com']['id']}" in links(page)
    assert page.headers["cache-control"] == "no-store"


async def test_every_action_is_told_in_words_with_and_without_names(admin, trail):
    trail.page_size = 1000
    for action in ACTIONS:
        for actor in (None, "reader@example.com", "admin@example.com"):
            for subject in (None, "reader@example.com"):
                trail.record(action, actor=actor, subject=subject)
        trail.events[-1]["subject"] = trail.events[-1]["subject"] | {"email": None}
    words = said(await admin.get(PATH)).partition("Download JSON Lines")[2]
    assert not re.search(r"[{}]|None|" + "|".join(map(re.escape, ACTIONS)), words)
    assert words.count("an erased account") == len(ACTIONS)


async def test_an_action_that_is_not_known_is_shown_as_it_is(admin, trail):
    trail.record("moon.landed", actor="admin@example.com", subject="reader@example.com")
    assert "moon.landed: admin@example.com → reader@example.com" in said(await admin.get(PATH))


async def test_it_is_sifted_by_person_action_and_days(admin, trail, gateway):
    trail.record("session.started", actor="reader@example.com", subject="reader@example.com",
                 at="2026-03-01T23:59:59+00:00")  # fmt: skip
    trail.record("account.disabled", actor="staff@example.com", subject="reader@example.com",
                 at="2026-03-02T00:00:00+00:00")  # fmt: skip
    reader = gateway.accounts["reader@example.com"]["id"]
    staff = gateway.accounts["staff@example.com"]["id"]

    async def numbers(query):
        return re.findall(r'row__label">Number </span>(\d+)', (await admin.get(f"{PATH}?{query}")).text)

    assert await numbers("") == ["2", "1"]
    assert await numbers("action=session.started") == ["1"]
    assert await numbers("from=2026-03-02") == ["2"]
    assert await numbers("to=2026-03-01") == ["1"]
    assert await numbers("from=2026-03-01&to=2026-03-01") == ["1"]
    assert await numbers("person=reader%40example.com") == ["2", "1"]
    assert await numbers("person=Stef&as=actor") == ["2"]
    assert await numbers(f"person={reader}&as=actor") == ["1"]
    assert await numbers(f"person={staff}") == []
    assert await numbers("from=yesterday&to=9999-12-31&action=nonsense&as=x") == ["2", "1"]


async def test_several_who_are_called_so_can_be_chosen_from(admin, trail, gateway):
    trail.record("session.started", actor="reader@example.com", subject="reader@example.com")
    page = await admin.get(f"{PATH}?person=example.com&action=session.started")
    assert "Whom do you mean?" in said(page)
    reader = gateway.accounts["reader@example.com"]["id"]
    chosen = next(address for address in links(page) if reader in address)
    assert parse_qs(urlsplit(chosen).query) == {"person": [reader], "action": ["session.started"]}
    assert "reader@example.com signed in" in said(await admin.get(chosen))
    assert "There are more" not in said(page)
    assert "Nobody is called so" in said(await admin.get(f"{PATH}?person=zebra"))


async def test_where_more_are_called_so_than_are_shown_it_is_said(admin, gateway):
    for number in range(11):
        gateway.add_account(f"smith{number}@example.com", "customer", "", "correct horse")
    assert "There are more: type more of the name" in said(await admin.get(f"{PATH}?person=smith"))


async def test_why_a_sign_in_was_refused_is_told_in_words(admin, trail):
    trail.record("session.refused", subject="reader@example.com")
    trail.events[-1]["detail"] = {"reason": "code"}
    assert "Reason wrong code" in said(await admin.get(PATH))


async def test_an_erased_account_is_found_by_its_id(admin, trail):
    gone = "11111111-2222-4333-8444-555555555555"
    trail.record("account.erased")
    trail.events[-1]["subject"] = {"id": gone, "email": None}
    page = await admin.get(f"{PATH}?person={gone}")
    assert "An erased account erased their account" in said(page) or "an erased account erased" in said(page)


async def test_pages_keep_the_filters_and_a_stale_cursor_leads_to_the_first(admin, trail):
    trail.page_size = 1
    for _ in range(3):
        trail.record("session.started", actor="reader@example.com", subject="reader@example.com")
    first = await admin.get(f"{PATH}?action=session.started&from=2026-01-01")
    following = next(address for address in links(first) if "cursor" in address)
    assert "action=session.started" in following
    assert (await admin.get(following)).status_code == 200
    stale = await admin.get(following.replace("2026-01-01", "2026-01-02"))
    assert stale.headers["location"] == f"{PATH}?action=session.started&from=2026-01-02"


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
async def test_what_is_shown_is_passed_on_as_a_file(admin, trail, kind):
    trail.page_size = 1
    for email in ("reader@example.com", "staff@example.com", "reader@example.com"):
        trail.record("session.started", actor=email, subject=email)
    page = await admin.get(f"{PATH}?person=reader%40example.com")
    answer = await admin.get(next(address for address in links(page) if f"format={kind}" in address))
    assert answer.text.split() == ["3", "1"]
    assert answer.headers["content-disposition"] == f'attachment; filename="audit.{kind}"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_file_of_no_known_kind_leads_back(admin):
    assert (await admin.get(f"{PATH}/file?format=exe")).headers["location"] == PATH


async def test_what_programs_say_of_themselves_is_shown_as_text(admin, trail):
    payload = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}'
    trail.record("session.started", subject="reader@example.com", user_agent=payload, detail={payload: payload})
    trail.record(payload, subject="reader@example.com")
    page = await admin.get(PATH)
    assert "<script>alert" not in page.text
    assert "<img" not in page.text
    assert escape("<script>alert(1)") in page.text
