"""What the mails say, in the language that is spoken. Plain text; the templates make it a mail, and HTML safe."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from babel.dates import format_date, format_time

from auth_service.mail.kinds import MailKind
from service_kit.languages.language import current_language
from service_kit.languages.texts import N_, _


@dataclass(frozen=True, slots=True)
class Letter:
    """The parts of a mail: a greeting, paragraphs, then perhaps a link, then more paragraphs."""

    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    action: str | None = None
    link: str | None = None
    without_button: str = ""
    afterwards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a letter is written from. ``name`` is whom it greets, if anybody by name."""

    shop: str
    at: datetime
    link: str | None
    pages: str
    name: str | None
    data: dict[str, Any]


def letter(kind: MailKind, occasion: Occasion) -> Letter:
    """Write the letter of ``kind``."""
    if write := _WITH_LINK.get(kind):
        return write(occasion)
    subject, what, remedy = _NOTICES[kind]
    return Letter(
        subject=_(subject, shop=occasion.shop),
        greeting=_greeting(occasion),
        paragraphs=(_(what, shop=occasion.shop), _when_and_where(occasion)),
        afterwards=(_(remedy, pages=occasion.pages),),
    )


def _reset_password(occasion: Occasion) -> Letter:
    return _with_link(
        occasion,
        subject=_("%(shop)s: choose a new password", shop=occasion.shop),
        paragraphs=(
            _("Somebody, probably you, asked for a new password for your account at %(shop)s.", shop=occasion.shop),
            _when_and_where(occasion),
        ),
        action=_("Choose a new password"),
        afterwards=_(
            "The link is good once, for 30 minutes. If you did not ask for it, do nothing: your password stays."
        ),
    )


def _verify_email(occasion: Occasion) -> Letter:
    asked = _(
        "There is a new account at %(shop)s with this email address. Please say that it is yours.", shop=occasion.shop
    )
    return _with_link(
        occasion,
        subject=_("%(shop)s: is this your address?", shop=occasion.shop),
        paragraphs=(asked,),
        action=_("Yes, this is my address"),
        afterwards=_("The link is good once, for 3 days. If you have no account there, do nothing."),
    )


def _change_email(occasion: Occasion) -> Letter:
    wanted = _(
        "Somebody, probably you, wants this to be the email address of their account at %(shop)s.", shop=occasion.shop
    )
    return _with_link(
        occasion,
        subject=_("%(shop)s: is this your new address?", shop=occasion.shop),
        paragraphs=(wanted,),
        action=_("Yes, use this address"),
        afterwards=_("The link is good once, for an hour. If you have no account there, do nothing."),
    )


def _invitation(occasion: Occasion) -> Letter:
    until = occasion.data.get("expires_at")
    if until:
        moment = _moment(datetime.fromisoformat(until))
        good = _("The link is good once, until %(moment)s. If you expected no invitation, do nothing.", moment=moment)
    else:
        good = _("The link is good once, for a few days. If you expected no invitation, do nothing.")
    return _with_link(
        occasion,
        subject=_("%(shop)s: you are invited", shop=occasion.shop),
        paragraphs=(_("You are invited to make an account at %(shop)s.", shop=occasion.shop),),
        action=_("Make an account"),
        afterwards=good,
    )


def _with_link(
    occasion: Occasion, *, subject: str, paragraphs: tuple[str, ...], action: str, afterwards: str
) -> Letter:
    return Letter(
        subject=subject,
        greeting=_greeting(occasion),
        paragraphs=paragraphs,
        action=action,
        link=occasion.link,
        without_button=_("If the button does not work, copy this into your browser:"),
        afterwards=(afterwards,),
    )


def _greeting(occasion: Occasion) -> str:
    return _("Hello %(name)s,", name=occasion.name) if occasion.name else _("Hello,")


def _when_and_where(occasion: Occasion) -> str:
    # No more than the address: how a browser names itself is whatever its user wants to be read here.
    address = occasion.data.get("address")
    moment = _moment(occasion.at)
    if address:
        return _("When: %(moment)s. From the network address %(address)s.", moment=moment, address=address)
    return _("When: %(moment)s.", moment=moment)


def _moment(at: datetime) -> str:
    utc, locale = at.astimezone(UTC), current_language().locale
    return f"{format_date(utc, 'long', locale=locale)}, {format_time(utc, 'short', locale=locale)} UTC"


_WITH_LINK: Final[dict[MailKind, Callable[[Occasion], Letter]]] = {
    MailKind.RESET_PASSWORD: _reset_password,
    MailKind.VERIFY_EMAIL: _verify_email,
    MailKind.CHANGE_EMAIL: _change_email,
    MailKind.INVITATION: _invitation,
}
_RESET: Final = N_("If it was not you, choose a new password at once: %(pages)s/forgot-password")
_RESET_MAILBOX: Final = N_(
    "All devices are signed out. If it was not you, somebody else reads your mail: change the password of your mailbox"
    " first, then this one: %(pages)s/forgot-password"
)
# Another password alone does not help: the sign-in would ask for codes of somebody else's app.
_RESET_FACTOR: Final = N_(
    "If it was not you, ask whoever runs the shop at once to take the second factor away, and choose a new password: "
    "%(pages)s/forgot-password"
)
_NOTICES: Final = {
    MailKind.PASSWORD_CHANGED: (
        N_("%(shop)s: your password was changed"),
        N_("The password of your account was changed, at %(shop)s."),
        _RESET,
    ),
    MailKind.PASSWORD_RESET: (
        N_("%(shop)s: your password was replaced"),
        N_("The password of your account was replaced through a link in a mail, at %(shop)s."),
        _RESET_MAILBOX,
    ),
    MailKind.EMAIL_CHANGED: (
        N_("%(shop)s: your email address was changed"),
        N_("The email address of your account was changed, at %(shop)s."),
        N_(
            "From now on mail goes to the new address. If it was not you, tell whoever runs the shop at once: %(pages)s"
        ),
    ),
    MailKind.SECOND_FACTOR_ENABLED: (
        N_("%(shop)s: second factor added"),
        N_("A second factor was added to your account, at %(shop)s."),
        _RESET_FACTOR,
    ),
    MailKind.SECOND_FACTOR_DISABLED: (
        N_("%(shop)s: second factor taken away"),
        N_("The second factor of your account was taken away, at %(shop)s."),
        _RESET,
    ),
    MailKind.RECOVERY_CODE_USED: (
        N_("%(shop)s: recovery code used"),
        N_("A recovery code was used to sign in to your account, at %(shop)s."),
        _RESET,
    ),
    MailKind.API_KEY_CREATED: (
        N_("%(shop)s: API key made"),
        N_("An API key of your account was made, at %(shop)s."),
        N_("If it was not you, revoke it and choose a new password at once: %(pages)s/account/api-keys"),
    ),
}
