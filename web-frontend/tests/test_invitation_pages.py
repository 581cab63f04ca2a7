"""Inviting people, and taking invitations back."""

import pytest
from browser import PARTIAL, SAME_ORIGIN, form_of
from words import said

PATH = "/admin/invitations"


async def invite(admin, **values):
    return await admin.submit(await admin.get(PATH), PATH, {"email": "", "role": "editor", "days": "7"} | values)


async def test_the_link_of_a_new_invitation_is_shown_once(admin, gateway):
    shown = await admin.follow(await invite(admin, email="new@example.com", role="staff", days="3"))
    (made,) = gateway.administration.invitations
    assert (made["email"], made["role"]) == ("new@example.com", "staff")
    assert f'value="{made["link"]}"' in shown.text
    assert shown.headers["cache-control"] == "no-store"
    again = await admin.get(PATH)
    assert made["link"] not in again.text
    assert "new@example.com" in said(again)
    assert "Staff" in said(again)


@pytest.mark.parametrize(("mail", "words"), [(True, "The mail with its link is on its way"), (False, "pass it on")])
async def test_it_is_said_whether_the_link_is_mailed(admin, gateway, mail, words):
    gateway.auth.mail = mail
    shown = said(await admin.follow(await invite(admin, email="new@example.com")))
    assert words in shown
    assert ("we mail the link there" in shown) == mail


async def test_the_copy_button_is_hidden_without_scripts(admin):
    shown = await admin.follow(await invite(admin))
    assert 'data-copy="new-link" hidden' in shown.text


async def test_htmx_goes_on_to_the_page_with_the_link(admin, gateway):
    fields = {"email": "", "role": "editor", "days": "7"}
    answer = await admin.submit(await admin.get(PATH), PATH, fields, SAME_ORIGIN | PARTIAL)
    assert answer.headers["hx-redirect"] == PATH
    assert gateway.administration.invitations[0]["link"] in (await admin.get(PATH)).text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"email": "nobody"}, "Enter an email address"),
        ({"email": "nobody@"}, "This is not valid"),
        ({"role": "emperor"}, "Choose a role"),
        ({"days": "0"}, "from 1 to 30"),
        ({"days": "31"}, "from 1 to 30"),
        ({"days": "٣"}, "from 1 to 30"),
        ({"days": "9" * 5000}, "from 1 to 30"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(admin, gateway, values, words):
    answer = await invite(admin, **{"email": "kept@example.com"} | values)
    assert answer.status_code == 422
    assert words in said(answer)
    assert 'aria-invalid="true"' in answer.text or "role" in values
    form = form_of(answer, PATH)
    for name, value in ({"email": "kept@example.com", "days": "7"} | values).items():
        if name != "role":
            assert form.value(name) == value
    assert gateway.administration.invitations == []


async def test_where_signing_up_is_closed_it_is_said(admin, gateway):
    gateway.administration.signup_closed = True
    answer = await invite(admin)
    assert answer.status_code == 409
    assert "Signing up is closed in this shop" in said(answer)


async def test_an_invitation_is_withdrawn_once(admin, gateway):
    await invite(admin, email="new@example.com")
    (made,) = gateway.administration.invitations
    withdraw = f"{PATH}/{made['id']}/withdraw"
    shown = await admin.get(PATH)
    assert "is withdrawn" in said(await admin.follow(await admin.submit(shown, withdraw)))
    assert made["state"] == "withdrawn"
    assert "was not open any more" in said(await admin.follow(await admin.submit(shown, withdraw)))
    assert f'action="{withdraw}"' not in (await admin.get(PATH)).text


async def test_a_stranger_becomes_the_same_with_an_invitation_as_without(open_shop):
    public = await open_shop(storefront="public")
    await public.sign_in("admin@example.com")
    assert form_of(await public.get(PATH), PATH).value("role") == "customer"
    private = await open_shop()
    await private.sign_in("admin@example.com")
    assert form_of(await private.get(PATH), PATH).value("role") == "editor"


async def test_a_session_that_ends_meanwhile_loses_nothing_that_was_typed(admin, gateway):
    shown = await admin.get(PATH)
    gateway.sessions.clear()
    refused = await admin.submit(shown, PATH, {"email": "typed@example.com", "role": "staff", "days": "12"})
    answer = await admin.submit(refused, "/sign-in", {"email": "admin@example.com", "password": "correct horse"})
    form = form_of(await admin.follow(answer), PATH)
    assert [form.value(name) for name in ("email", "role", "days")] == ["typed@example.com", "staff", "12"]
