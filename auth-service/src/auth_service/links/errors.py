"""What can go wrong with links and the mails that carry them."""

from service_kit.languages.texts import N_
from service_kit.problems import DomainError


class LinkExpired(DomainError):
    """The link is unknown, used, too old, replaced by a newer one, or for something else: nobody is told which."""

    code = "link_expired"
    status = 410
    title = N_("This link is not good any more")


class MailNotConfigured(DomainError):
    """This installation sends no mail."""

    code = "mail_not_configured"
    status = 409
    title = N_("This shop sends no mail")
