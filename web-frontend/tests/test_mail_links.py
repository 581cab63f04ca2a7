"""Links of mails: a new password, a confirmed address, an invitation."""

import pytest
from browser import form_of
from fake_gateway import PASSWORD
from words import links, said

NEW = "a whole new one"


async def open_link(shop, path, token):
    answer = await shop.get(f"{path}?token={token}")
    assert answer.headers["location"] == path
    assert answer.headers["cache-control"] == "no-store"
    return await shop.follow(answer)


async def test_a_forgotten_password_gets_a_link_and_nobody_learns_who_has_an_account(shop, gateway):
    for email in ("reader@example.com", "nobody@example.com"):
        answer = await shop.submit(await shop.get("/forgot-password"), "/forgot-password", {"email": email})
        assert answer.headers["location"] == "/forgot-password/sent"
        assert email not in (await shop.follow(answer)).text
    assert gateway.auth.asked == [("reset", "reader@example.com"), ("reset", "nobody@example.com")]
    wrong = await shop.submit(await shop.get("/forgot-password"), "/forgot-password", {"email": "reader"})
    assert wrong.status_code == 422
    assert form_of(wrong, "/forgot-password").value("email") == "reader"


async def test_a_reset_link_sets_a_new_password_and_signs_out(reader, gateway):
    token = gateway.auth.link("reset", email="reader@example.com")
    page = await open_link(reader, "/reset-password", token)
    assert token not in page.text
    assert 'autocomplete="username" value="reader@example.com" readonly' in page.text
    answer = await reader.submit(page, "/reset-password", {"new_password": NEW})
    assert answer.headers["location"] == "/sign-in"
    assert "quire_reset" not in reader.http.cookies
    assert "Your new password is set" in said(await reader.follow(answer))
    assert (await reader.sign_in(password=NEW)).headers["location"] == "/"
    assert (await reader.get("/reset-password")).status_code == 410


@pytest.mark.parametrize(("password", "words"), [("short", "at least 8 characters"), ("password1", "too common")])
async def test_a_password_that_is_no_good_can_be_mended_with_the_same_link(shop, gateway, password, words):
    page = await open_link(shop, "/reset-password", gateway.auth.link("reset", email="reader@example.com"))
    answer = await shop.submit(page, "/reset-password", {"new_password": password})
    assert answer.status_code == 422
    assert words in said(answer)
    assert password not in answer.text
    assert (await shop.submit(answer, "/reset-password", {"new_password": NEW})).status_code == 303


@pytest.mark.parametrize("path", ["/reset-password", "/verify-email", "/invitation"])
@pytest.mark.parametrize(
    "token", ["", "used-up-0123456789abcdef", 'x"; Domain=evil; a', "%0d%0aSet-Cookie:x=1", "é" * 20]
)
async def test_a_link_that_is_no_good_says_so_and_puts_nothing_of_it_anywhere(shop, gateway, path, token):
    answer = await shop.get(f"{path}?token={token}")
    assert answer.headers["location"] == path
    assert "evil" not in str(answer.headers)
    assert "x" not in answer.headers
    page = await shop.follow(answer)
    if page.status_code == 200:
        page = await shop.submit(page, path)
    assert page.status_code == 410
    assert "no longer works" in said(page)
    assert (await shop.get(path)).status_code == 410
    # What could never be a token is not even asked about.
    asked = [called for _, called in gateway.calls if called != "/auth/signup"]
    assert bool(asked) == token.startswith("used-up")


async def test_a_link_of_one_kind_is_none_of_another(shop, gateway):
    token = gateway.auth.link("reset", email="reader@example.com")
    assert (await open_link(shop, "/invitation", token)).status_code == 410


async def test_looking_at_a_verification_link_confirms_nothing_but_the_button_does(shop, gateway):
    token = gateway.auth.link("verification", email="reader@example.com")
    page = await open_link(shop, "/verify-email", token)
    assert token not in page.text
    assert not gateway.accounts["reader@example.com"]["email_verified"]
    answer = await shop.submit(page, "/verify-email")
    assert answer.headers["location"] == "/sign-in"
    assert gateway.accounts["reader@example.com"]["email_verified"]


async def test_confirming_while_signed_in_gets_a_token_with_the_new_address(reader, gateway):
    token = gateway.auth.link("verification", email="reader@example.com")
    answer = await reader.submit(await open_link(reader, "/verify-email", token), "/verify-email")
    assert answer.headers["location"] == "/account"
    assert gateway.calls_to("POST", "/auth/refresh") == 1
    assert "Your email address is confirmed" in said(await reader.follow(answer))


async def test_an_address_that_another_account_has_by_now_stays_as_it_was(reader, gateway):
    token = gateway.auth.link("verification", email="reader@example.com", taken=True)
    answer = await reader.submit(await open_link(reader, "/verify-email", token), "/verify-email")
    assert answer.status_code == 409
    assert "This address is taken" in said(answer)


async def test_the_mail_is_sent_again_for_the_asking(shop, gateway):
    page = await shop.get("/verify-email/again")
    answer = await shop.submit(page, "/verify-email/again", {"email": "reader@example.com"})
    assert answer.headers["location"] == "/verify-email/sent"
    assert gateway.auth.asked == [("verification", "reader@example.com")]
    assert (await shop.submit(page, "/verify-email/again", {"email": "x"})).status_code == 422


async def test_an_invitation_lets_somebody_in_where_signing_up_is_closed(shop, gateway):
    gateway.signup_open = False
    token = gateway.auth.link("invitation", email="new@example.com", role="staff")
    page = await open_link(shop, "/invitation", token)
    assert token not in page.text
    assert 'value="new@example.com" readonly' in page.text
    typed = {"email": "other@example.com", "password": "five small words", "full_name": "Nia New"}
    answer = await shop.submit(page, "/invitation", typed)
    assert answer.headers["location"] == "/"
    assert "Your account is ready" in said(await shop.follow(answer))
    assert gateway.accounts["new@example.com"]["role"] == "staff"
    assert "other@example.com" not in gateway.accounts
    assert "quire_invited" not in shop.http.cookies


async def test_an_invitation_for_anybody_asks_for_the_address(shop, gateway):
    page = await open_link(shop, "/invitation", gateway.auth.link("invitation", email=None, role="customer"))
    typed = {"email": "reader@example.com", "password": "five small words"}
    taken = await shop.submit(page, "/invitation", typed)
    assert taken.status_code == 409
    assert "Sign in instead" in said(taken)
    assert form_of(taken, "/invitation").value("email") == "reader@example.com"
    assert (await shop.submit(taken, "/invitation", typed | {"email": "any@example.com"})).status_code == 303


async def test_somebody_who_is_signed_in_is_asked_to_sign_out_before_taking_up_an_invitation(reader, gateway):
    page = await open_link(reader, "/invitation", gateway.auth.link("invitation", email=None, role="staff"))
    assert "You have an account already" in said(page)
    token = form_of(page, "/theme").value("csrf_token")
    await reader.post("/invitation", {"csrf_token": token, "email": "n@example.com", "password": "five small words"})
    assert "n@example.com" not in gateway.accounts


async def test_every_address_of_the_door_that_takes_a_form_also_shows_a_page(shop):
    for path in ("/forgot-password", "/verify-email/again", "/forgot-password/sent", "/verify-email/sent"):
        page = await shop.get(path)
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert "/sign-in" in links(page)
    assert (await shop.sign_in(password=PASSWORD)).status_code == 303
