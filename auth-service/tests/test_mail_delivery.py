import asyncio
import contextlib
import re
import ssl
import stat
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP as WIRE
from ipaddress import ip_address

import asyncpg
import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from auth_service.mail import delivery
from service_kit.testing.statement_log import logged_statements

PASSWORD = "correct horse battery"
SMTP_PASSWORD = "the-mail-servers-own-password"


class Server:
    """A mail server: what it got, and what it says to it."""

    def __init__(self):
        self.port = 0
        self.envelopes = []
        self.credentials = []
        self.answer_to_recipient = "250 OK"
        self.connections = 0

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 (aiosmtpd's name)
        if self.answer_to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer_to_recipient

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"

    def authenticate(self, _server, _session, _envelope, _mechanism, data):
        self.credentials.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=True)

    def messages(self):
        return [message_from_bytes(envelope.content, policy=WIRE) for envelope in self.envelopes]

    @contextlib.asynccontextmanager
    async def running(self, **options):
        def protocol():
            self.connections += 1
            return SMTP(self, enable_SMTPUTF8=True, hostname="mail.example", loop=loop, **options)

        loop = asyncio.get_running_loop()
        listener = await loop.create_server(protocol, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listener.close()


@pytest.fixture
async def server():
    async with Server().running() as server:
        yield server


@pytest.fixture
def through(started):
    """Give a function that starts the service with mail through a server."""

    def start(port, **settings):
        usual = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "mail_poll_seconds": 0.05}
        usual |= {"mail_from": "Quire Books <shop@shop.example>", "signup": "open"}
        return started(**usual | settings)

    return start


@pytest.fixture
def become(sql, eventually):
    """Give a function that waits until the table of mails holds what is wanted."""

    async def wait(columns, *wanted):
        await eventually(lambda: sql(f"SELECT {columns} FROM outgoing_mails ORDER BY id"), lambda it: it == [*wanted])  # noqa: S608

    return wait


async def sign_up(service, email="ann@example.org"):
    answer = await service.post("/auth/register", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201


async def test_a_mail_is_handed_to_the_server(through, server, become, at):
    async with through(server.port) as service:
        state = (await service.get("/auth/signup")).json()
        await sign_up(service)
        await become("done_at IS NOT NULL", (True,))
        assert (await service.get("/auth/mails", headers=at("127.0.0.1"))).status_code == 404

    [envelope], [message] = server.envelopes, server.messages()
    assert (state["mail"], state["local_mails"]) == (True, False)
    assert (envelope.mail_from, envelope.rcpt_tos) == ("shop@shop.example", ["ann@example.org"])
    assert message["From"] == "Quire Books <shop@shop.example>"
    assert re.fullmatch(r"<[0-9a-f-]{36}@shop\.example>", message["Message-ID"])
    assert abs(message["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=5)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


async def test_an_address_beyond_ascii_is_reached(through, server, become):
    async with through(server.port) as service:
        await sign_up(service, "zoë@bücher.example")
        await become("done_at IS NOT NULL", (True,))
    [envelope] = server.envelopes
    assert envelope.rcpt_tos == ["zoë@xn--bcher-kva.example"]
    assert "SMTPUTF8" in envelope.mail_options


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Give the files of a certificate for 127.0.0.1, which signs itself, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "certificate.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "certificate.pem", folder / "key.pem"


async def test_the_password_of_the_server_goes_over_tls_to_a_server_that_proves_its_name(
    through, certificate, become, monkeypatch, sql
):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    settings = {"smtp_security": "starttls", "smtp_username": "quire", "smtp_password": SMTP_PASSWORD}
    server = Server()
    options = {"tls_context": context, "require_starttls": True, "auth_required": True}
    async with (
        server.running(**options, authenticator=server.authenticate),
        through(server.port, **settings) as service,
    ):
        await sign_up(service)
        await become("tries, done_at IS NOT NULL, last_error", (1, False, "SSLCertVerificationError"))
        to_a_stranger = list(server.credentials)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        await sql("UPDATE outgoing_mails SET due_at = now()")
        await become("tries, done_at IS NOT NULL", (2, True))

    assert (to_a_stranger, server.credentials) == ([], [("quire", SMTP_PASSWORD)])
    assert len(server.envelopes) == 1


async def test_a_server_that_hides_starttls_gets_neither_password_nor_mail(through, become):
    settings = {"smtp_security": "starttls", "smtp_username": "quire", "smtp_password": SMTP_PASSWORD}
    server = Server()
    eager = server.running(authenticator=server.authenticate, auth_require_tls=False)
    async with eager, through(server.port, **settings) as service:
        await sign_up(service)
        await become("tries, last_error", (1, "SMTPException"))
    assert (server.credentials, server.envelopes, server.connections) == ([], [], 1)


@contextlib.asynccontextmanager
async def silent_server():
    connected = asyncio.Event()

    async def say_nothing(reader, writer):
        connected.set()
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    listener = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1], connected
    finally:
        listener.close()


async def test_a_server_that_is_silent_holds_nobody_up(through, become, sql):
    async with silent_server() as (port, connected), through(port, smtp_timeout_seconds=1) as service:
        await sign_up(service)
        async with asyncio.timeout(10):
            await connected.wait()
        # While it is being waited for, everything else goes on.
        answers = [await service.post("/auth/password-reset", json={"email": "ann@example.org"}) for _ in range(3)]
        assert await sql("SELECT 1 FROM outgoing_mails WHERE done_at IS NOT NULL") == []
        assert {answer.status_code for answer in answers} == {202}
        await become("tries, last_error", *[(1, "TimeoutError")] * 4)


async def test_a_server_that_is_away_gets_the_mail_when_it_is_back(through, server, become, sql):
    server.answer_to_recipient = "451 ann@example.org: come back later"
    async with through(server.port) as service:
        await sign_up(service)
        await become("tries, last_error", (1, "SMTPRecipientsRefused"))
        [(pause,)] = await sql("SELECT extract(epoch FROM due_at - now()) FROM outgoing_mails")
        server.answer_to_recipient = "250 OK"
        await sql("UPDATE outgoing_mails SET due_at = now()")
        await become("tries, done_at IS NOT NULL", (2, True))
    assert 45 < pause <= 60
    assert len(server.messages()) == 1


@pytest.mark.parametrize(
    ("answer", "age", "done", "outcome"),
    [
        ("550 no ann@example.org here", 0, True, "refused"),
        ("451 later", 25, True, "given_up"),
        ("451 later", 23, False, None),
    ],
)
async def test_what_cannot_be_sent_is_given_up_counted_and_logged(
    through, server, become, sql, monkeypatch, answer, age, done, outcome
):
    server.answer_to_recipient = answer
    said = []
    for level in ("warning", "error"):
        monkeypatch.setattr(delivery.log, level, lambda event, **values: said.append(f"{event} {values}"))
    async with through(server.port, mail_poll_seconds=0.2) as service:
        await sign_up(service)
        await sql(f"UPDATE outgoing_mails SET due_at = now(), created_at = now() - interval '{age} hours'")  # noqa: S608
        await become("tries > 0 AND last_error IS NOT NULL, done_at IS NOT NULL", (True, done))
        metrics = (await service.get("/metrics")).text
    if outcome is not None:
        assert f'mails_total{{kind="verify_email",outcome="{outcome}"}}' in metrics
        assert said[-1].startswith("mail given up")
    assert said
    assert "ann@example.org" not in str(said)


async def test_several_replicas_send_every_mail_once(through, server, sql, become):
    async with through(server.port) as service, through(server.port):
        await sign_up(service)
        await become("done_at IS NOT NULL", (True,))
        await sql(
            "INSERT INTO outgoing_mails (id, kind, recipient, account_id)"
            " SELECT gen_random_uuid(), 'api_key_created', email, id FROM accounts, generate_series(1, 30)"
        )
        await become("tries, done_at IS NOT NULL", *[(1, True)] * 31)
    assert len(server.envelopes) == 31
    assert len({message["Message-ID"] for message in server.messages()}) == 31


async def test_what_another_replica_has_in_hand_is_left_to_it(through, server, sql, empty_database, eventually):
    await sql(
        "INSERT INTO outgoing_mails (id, kind, recipient, link_id)"
        " SELECT gen_random_uuid(), 'invitation', 'ann@example.org', gen_random_uuid() FROM generate_series(1, 9)"
    )
    other = await asyncpg.connect(empty_database)
    async with other.transaction():
        await other.execute("SELECT 1 FROM outgoing_mails ORDER BY due_at, id LIMIT 3 FOR UPDATE")
        async with through(server.port):
            await eventually(
                lambda: sql("SELECT count(*) FROM outgoing_mails WHERE tries = 1"), lambda it: it == [(6,)]
            )
            await eventually(lambda: sql("SELECT 1 WHERE 6 = :sent", sent=len(server.envelopes)), bool)
    await other.close()


async def test_a_link_that_is_dead_when_its_mail_could_go_is_not_mailed(through, server, become, sql):
    server.answer_to_recipient = "451 later"
    async with through(server.port) as service:
        await sign_up(service)
        await become("tries, last_error IS NOT NULL", (1, True))
        server.answer_to_recipient = "250 OK"
        await sql("UPDATE links SET expires_at = now()")
        await sql("UPDATE outgoing_mails SET due_at = now()")
        await become("done_at IS NOT NULL", (True,))
    assert server.envelopes == []


async def test_asking_looks_for_no_account(through, postgres, become, sql):
    """The lookup is left to the background, where nobody can measure it."""
    await sql("INSERT INTO outgoing_mails (id, kind, recipient) VALUES (gen_random_uuid(), 'invitation', 'nobody')")
    async with through(9, mail_poll_seconds=60) as service:
        # The background has looked once, and will not look again while we watch.
        await become("last_error IS NOT NULL", (True,))
        with logged_statements(postgres) as statements:
            for kind in ("password-reset", "email-verification"):
                answer = await service.post(f"/auth/{kind}", json={"email": "ann@example.org"})
                assert answer.status_code == 202
    asked = [statement.sql for statement in statements if statement.database == "auth"]
    assert sum("INSERT INTO outgoing_mails" in sql for sql in asked) == 2
    assert not [sql for sql in asked if "email_key" in sql]


async def test_the_shops_name_is_one_line_and_no_html(started, tmp_path, eventually, at):
    folder = tmp_path / "mail"
    name = "Books & <b>More</b>\r\nBcc: all@example.org\n\n<script>"
    async with started(
        local_run=True, signup="open", shop_name=name, mail_dir=folder, mail_poll_seconds=0.05
    ) as service:
        await service.post("/auth/register", json={"email": "zoë@bücher.example", "password": "correct horse battery"})
        listed = await eventually(
            lambda: service.get("/auth/mails", headers=at("127.0.0.1")),
            lambda answer: answer.json()["items"] and answer.status_code == 200,
        )
    [path] = folder.glob("*")
    message = message_from_bytes(path.read_bytes(), policy=WIRE.clone(utf8=True))

    assert set(message.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"),
        *("Content-Type", "Content-Language"),
    }
    assert len(message.keys()) == len(set(message.keys()))
    assert message["Auto-Submitted"] == "auto-generated"
    [sender] = message["From"].addresses
    assert sender.display_name == "Books & <b>More</b> Bcc: all@example.org <script>"
    assert sender.addr_spec == "quire@localhost"
    [mail] = listed.json()["items"]
    assert mail["to"] == "zoë@xn--bcher-kva.example"
    assert mail["subject"].endswith("<script>: is this your address?")
    assert "<b>" not in mail["html"]
    assert "<script" not in mail["html"]
    assert (mail["id"], stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(folder.stat().st_mode)) == (
        path.stem,
        0o600,
        0o700,
    )
