MARKUP = "<script>alert(1)</script><a href='//evil.example'>{{ 7*7 }}"


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
