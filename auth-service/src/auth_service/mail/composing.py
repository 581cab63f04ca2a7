"""Makes a mail of a letter: text and HTML in one language, and headers into which nothing can be smuggled."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from auth_service.accounts.emails import envelope_address
from auth_service.mail.kinds import MailKind
from auth_service.mail.letters import Occasion, letter
from auth_service.mail.settings import MailSettings, sender_of
from service_kit.languages.choice import Languages
from service_kit.languages.language import current_language, speaking

_TEMPLATES = Environment(
    loader=PackageLoader("auth_service.mail"),
    # By the name of the template: the text part is no HTML and must not be escaped.
    autoescape=select_autoescape(("html",), default_for_string=True, default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_POLICY = SMTP.clone(max_line_length=78, utf8=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a mail is made from. ``name`` is None unless whoever gave it has proved to own the address.

    ``language`` is the tag of the one to write in; without it, it is the shop's own.
    """

    id: UUID
    kind: MailKind
    recipient: str
    name: str | None
    link: str | None
    at: datetime
    language: str | None
    data: dict[str, Any]


class Composer:
    """Writes the mails of one shop."""

    def __init__(self, settings: MailSettings, public_web_url: str, languages: Languages) -> None:
        """Take the shop's name, whom its mails are from, where its pages are, and the languages that it writes."""
        self._shop = " ".join(settings.shop_name.split())
        self._pages = public_web_url
        self._languages = languages
        self.sender = _sender(settings.mail_from, self._shop)

    def compose(self, draft: Draft, *, now: datetime) -> EmailMessage:
        """Return the mail. Raises ``ValueError`` when a header would not be what it seems to be."""
        with speaking(self._languages.tagged(draft.language)):
            return self._written(draft, now)

    def _written(self, draft: Draft, now: datetime) -> EmailMessage:
        written = letter(draft.kind, Occasion(self._shop, draft.at, draft.link, self._pages, draft.name, draft.data))
        language = current_language()
        content = {"letter": written, "language": language, "shop": self._shop, "pages": self._pages}
        message = EmailMessage(policy=_POLICY)
        message["From"] = self.sender
        message["To"] = _address(envelope_address(draft.recipient))
        message["Subject"] = written.subject
        message["Date"] = format_datetime(now)
        # The same at every try, so that mail programs show a mail once that was handed over twice.
        message["Message-ID"] = f"<{draft.id}@{self.sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_TEMPLATES.get_template("letter.txt").render(content))
        message.add_alternative(_TEMPLATES.get_template("letter.html").render(content), subtype="html")
        # Last: what a body is made of clears such headers.
        message["Content-Language"] = language.tag
        return message


def _sender(mail_from: str | None, shop: str) -> Address:
    sender = sender_of(mail_from) if mail_from else Address(username="quire", domain="localhost")
    return Address(sender.display_name or shop, sender.username, sender.domain)


def _address(text: str) -> Address:
    username, _, domain = text.rpartition("@")
    return Address(username=username, domain=domain)
