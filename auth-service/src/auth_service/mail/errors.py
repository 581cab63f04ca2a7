"""What can go wrong with reading the mails of a local run."""

from service_kit.languages.texts import N_
from service_kit.problems import DomainError


class MailNotFound(DomainError):
    """There is no such mail in the folder, or not any more."""

    code = "mail_not_found"
    status = 404
    title = N_("There is no such mail")
