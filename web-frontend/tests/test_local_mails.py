"""The mails of a local run."""

import pytest
from words import links, said

EVIL = "<b onclick=x>Hi</b> {{7*7}}"
TEXT = """Hello <b onclick=x>Hi</b>,

http://localhost:8080/reset-password?token=abc-DEF_123.

Not ours: https://evil.example/ and http://localhost:8080.evil.example/x, javascript:alert(1),
http://localhost:8080//evil.example, http://localhost:8080/"onmouseover="x
<b onclick=x>Bye</b>
"""


@pytest.fixture
async def local(open_shop, gateway):
    """Give a browser in front of a shop that runs on its owner's machine."""
    gateway.auth.local_mails = True
    return await open_shop(local_run=True)


async def test_the_mails_are_listed_and_their_links_lead_into_the_shop(local, gateway):
    mail = gateway.auth.add_mail(subject="Set a new password", text=TEXT)
    assert "/local/mails" in (await local.get("/sign-in")).text
    page = await local.get("/local/mails")
    assert "Set a new password" in said(page)
    assert "abc-DEF_123" not in page.text
    shown = await local.get(f"/local/mails/{mail['id']}")
    found = [link for link in links(shown) if link not in {"/", "/local/mails"}]
    assert found == ["/reset-password?token=abc-DEF_123", '/"onmouseover="x']
    assert "https://evil.example/" in said(shown)
    assert shown.headers["cache-control"] == "no-store"


async def test_what_a_mail_holds_is_shown_as_text(local, gateway):
    mail = gateway.auth.add_mail(subject=EVIL, text=TEXT, to=EVIL)
    for path in ("/local/mails", f"/local/mails/{mail['id']}"):
        text = (await local.get(path)).text
        assert "<b onclick" not in text
        assert '"onmouseover="x' not in text
    assert "Hello <b onclick=x>Hi</b>" in said(await local.get(f"/local/mails/{mail['id']}"))


async def test_a_mail_is_shown_as_programs_show_it_and_can_do_nothing(local, gateway):
    mail = gateway.auth.add_mail(html=f"<!doctype html><title>x</title><p>{EVIL}")
    address = f"/local/mails/{mail['id']}/letter.html"
    assert address in links(await local.get(f"/local/mails/{mail['id']}"))
    letter = await local.get(address)
    assert EVIL in letter.text
    (policy,) = letter.headers.get_list("content-security-policy")
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'none'"} <= set(policy.split("; "))
    plain = gateway.auth.add_mail(text=TEXT)
    assert not any("letter" in link for link in links(await local.get(f"/local/mails/{plain['id']}")))
    assert (await local.get(f"/local/mails/{plain['id']}/letter.html")).status_code == 404


async def test_the_door_says_where_the_mails_are(local):
    for path in ("/sign-up", "/forgot-password", "/forgot-password/sent", "/verify-email/sent"):
        assert "/local/mails" in links(await local.get(path)), path


async def test_where_mails_are_really_sent_the_page_says_so(local, gateway):
    gateway.auth.local_mails = False
    assert "none are kept here" in said(await local.get("/local/mails"))
    assert (await local.get("/local/mails/0199f0a5-2b6e-7c3a-9d54-5f1f0a7c1b2e")).status_code == 404


async def test_elsewhere_there_are_no_such_pages(shop, gateway):
    gateway.auth.local_mails = True
    mail = gateway.auth.add_mail(html="<p>Hello")
    for path in ("/local/mails", f"/local/mails/{mail['id']}", f"/local/mails/{mail['id']}/letter.html"):
        assert (await shop.get(path)).status_code == 404
    assert "/local/mails" not in (await shop.get("/sign-up")).text


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8080", "192.0.2.1", "127.0.0.1.nip.io", ""])
async def test_a_stranger_whose_name_leads_here_reads_no_mail(local, gateway, host):
    mail = gateway.auth.add_mail(text=TEXT, html=TEXT)
    for path in ("/local/mails", f"/local/mails/{mail['id']}", f"/local/mails/{mail['id']}/letter.html"):
        answer = await local.get(path, host=host)
        assert answer.status_code == 404
        assert "reset-password?token" not in answer.text


@pytest.mark.parametrize("host", ["localhost:8080", "LOCALHOST", "127.0.0.1:8080", "[::1]:8080"])
async def test_on_the_machine_itself_mails_are_read_by_any_of_its_names(local, gateway, host):
    gateway.auth.add_mail(subject="Set a new password")
    assert "Set a new password" in said(await local.get("/local/mails", host=host))
