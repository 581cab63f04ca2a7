import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from auth_service.mail.composing import Composer, Draft
from auth_service.mail.kinds import LINKS, MailKind
from service_kit.languages.choice import Languages

MARKUP = "<script>alert(1)</script><a href='//evil.example'>{{ 7*7 }}"


@pytest.fixture(scope="module")
def composer(mailing_application):
    return Composer(
        mailing_application.state.settings, "https://shop.example", Languages("auth_service", "service_kit")
    )


async def asked_mails(mailbox, email):
    await mailbox.service.post("/auth/password-reset", json={"email": email})
    return await mailbox.mails()


async def test_nothing_that_people_type_becomes_html(mailbox, sql):
    await mailbox.sign_up("ann@example.org", full_name=MARKUP)
    await sql("UPDATE accounts SET email_verified_at = now()")
    [mail] = await asked_mails(mailbox, "ann@example.org")

    assert f"Hello {MARKUP}," in mail["text"]
    assert "<script" not in mail["html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;a href=&#39;//evil.example&#39;&gt;{{ 7*7 }}" in mail["html"]


async def test_a_name_that_somebody_else_may_have_chosen_is_not_put_into_a_mail(mailbox):
    """Whoever signs up with the address of another could have us send anything to it."""
    await mailbox.sign_up("ann@example.org", full_name="Your account is closed, see evil.example")
    [mail] = await asked_mails(mailbox, "ann@example.org")
    assert "evil" not in mail["text"] + mail["html"]
    assert mail["text"].startswith("Hello,\n")


async def test_one_mail_is_shown_and_nothing_else_of_the_machine(mailbox):
    await mailbox.sign_up("ann@example.org")
    [mail] = await asked_mails(mailbox, "ann@example.org")
    (mailbox.folder / "secret.eml").write_text("not a mail")

    assert (await mailbox.read(f"/{mail['id']}")).json() == mail
    assert (await mailbox.read()).json()["total"] == 1
    unknown = await mailbox.read("/0199f0a5-2b6e-7c3a-9d54-5f1f0a7c1b2e")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "mail_not_found")
    for name in ("secret", "..%2Fsecret", "%2Fetc%2Fpasswd", "..", "*"):
        assert (await mailbox.read(f"/{name}")).status_code in {404, 422}, name


async def test_mails_are_shown_to_the_gateway_alone(mailbox):
    await mailbox.sign_up("ann@example.org")
    [mail] = await asked_mails(mailbox, "ann@example.org")
    for proof in ({}, {"X-Internal-Gateway": "a guess"}, {"Host": "evil.example"}):
        for path in ("/auth/mails", f"/auth/mails/{mail['id']}"):
            answer = await mailbox.service.get(path, headers=proof)
            assert (answer.status_code, answer.json()["code"]) == (404, "mail_not_found")


async def test_mails_are_in_the_language_of_the_request_that_they_come_from(mailbox, sql):
    await mailbox.sign_up("ann@example.org", full_name="Ann Reader")
    await sql("UPDATE accounts SET email_verified_at = now()")
    for language in ("de-AT", "en-US"):
        await mailbox.service.post(
            "/auth/password-reset", json={"email": "ann@example.org"}, headers={"Accept-Language": language}
        )
    german, american = await mailbox.mails()

    assert german["subject"] == "Quire: Neues Passwort wählen"
    assert german["text"].startswith("Guten Tag Ann Reader,\n\nJemand, vermutlich Sie, hat ein neues Passwort")
    assert '<html lang="de-AT" dir="ltr">' in german["html"]
    assert "<title>Quire: Neues Passwort wählen</title>" in german["html"]
    assert re.search(r"Zeitpunkt: \d{1,2}\. [A-ZJ][a-zäö]+ \d{4}, \d\d:\d\d UTC\.", german["text"])
    assert american["subject"] == "Quire: choose a new password"
    assert re.search(r"When: [A-Z][a-z]+ \d{1,2}, \d{4}, \d{1,2}:\d\d\s[AP]M UTC\.", american["text"])
    raw = next(iter(sorted(mailbox.folder.glob("*.eml")))).read_text("utf-8")
    assert "Content-Language: de-AT" in raw


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_every_mail_has_all_its_words_in_every_language(composer, kind, language):
    link = "https://shop.example/verify-email?token=x" if kind in LINKS else None
    data = {"address": "2001:db8::7", "expires_at": "2027-02-26T06:14:03+00:00"}
    at = datetime(2027, 2, 19, 6, 14, tzinfo=UTC)
    draft = Draft(UUID(int=1), kind, "ann@example.org", "Ann 100%", link, at, language, data)
    mail = composer.compose(draft, now=at)
    words = str(mail["Subject"]) + mail.get_body(("plain",)).get_content() + mail.get_body(("html",)).get_content()

    assert "%(" not in words
    assert "Ann 100%" in words
    is_german = language == "de-DE"
    assert ("Guten Tag" in words, "Hello" in words) == (is_german, not is_german)
    assert not is_german or not re.search(
        r"\b(you|your|the|was|If it)\b", re.sub("<style>.*?</style>", "", words, flags=re.DOTALL)
    )
