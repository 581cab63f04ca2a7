"""What the mails say. Plain text; the templates make it a mail, and HTML safe."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from auth_service.mail.kinds import MailKind


@dataclass(frozen=True, slots=True)
class Letter:
    """The parts of a mail: paragraphs, then perhaps a link, then more paragraphs."""

    subject: str
    paragraphs: tuple[str, ...]
    action: str | None = None
    link: str | None = None
    afterwards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a letter is written from."""

    shop: str
    at: datetime
    link: str | None
    pages: str
    data: dict[str, Any]


def letter(kind: MailKind, occasion: Occasion) -> Letter:
    """Write the letter of ``kind``."""
    if write := _WITH_LINK.get(kind):
        return write(occasion)
    subject, what, remedy = _NOTICES[kind]
    return Letter(
        subject=f"{occasion.shop}: {subject}",
        paragraphs=(f"{what}, at {occasion.shop}.", _when_and_where(occasion)),
        afterwards=(remedy.format(pages=occasion.pages),),
    )


def _reset_password(occasion: Occasion) -> Letter:
    return Letter(
        subject=f"{occasion.shop}: choose a new password",
        paragraphs=(
            f"Somebody, probably you, asked for a new password for your account at {occasion.shop}.",
            _when_and_where(occasion),
        ),
        action="Choose a new password",
        link=occasion.link,
        afterwards=(
            "The link is good once, for 30 minutes. If you did not ask for it, do nothing: your password stays.",
        ),
    )


def _verify_email(occasion: Occasion) -> Letter:
    return Letter(
        subject=f"{occasion.shop}: is this your address?",
        paragraphs=(
            f"There is a new account at {occasion.shop} with this email address. Please say that it is yours.",
        ),
        action="Yes, this is my address",
        link=occasion.link,
        afterwards=("The link is good once, for 3 days. If you have no account there, do nothing.",),
    )


def _change_email(occasion: Occasion) -> Letter:
    return Letter(
        subject=f"{occasion.shop}: is this your new address?",
        paragraphs=(
            f"Somebody, probably you, wants this to be the email address of their account at {occasion.shop}.",
        ),
        action="Yes, use this address",
        link=occasion.link,
        afterwards=("The link is good once, for an hour. If you have no account there, do nothing.",),
    )


def _invitation(occasion: Occasion) -> Letter:
    until = occasion.data.get("expires_at")
    good = f"until {_moment(datetime.fromisoformat(until))}" if until else "for a few days"
    return Letter(
        subject=f"{occasion.shop}: you are invited",
        paragraphs=(f"You are invited to make an account at {occasion.shop}.",),
        action="Make an account",
        link=occasion.link,
        afterwards=(f"The link is good once, {good}. If you expected no invitation, do nothing.",),
    )


def _when_and_where(occasion: Occasion) -> str:
    # No more than the address: how a browser names itself is whatever its user wants to be read here.
    address = occasion.data.get("address")
    return f"When: {_moment(occasion.at)}." + (f" From the network address {address}." if address else "")


def _moment(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


_WITH_LINK: Final[dict[MailKind, Callable[[Occasion], Letter]]] = {
    MailKind.RESET_PASSWORD: _reset_password,
    MailKind.VERIFY_EMAIL: _verify_email,
    MailKind.CHANGE_EMAIL: _change_email,
    MailKind.INVITATION: _invitation,
}
_RESET: Final = "If it was not you, choose a new password at once: {pages}/forgot-password"
_RESET_MAILBOX: Final = (
    "All devices are signed out. If it was not you, somebody else reads your mail: change the password of your mailbox"
    " first, then this one: {pages}/forgot-password"
)
# Another password alone does not help: the sign-in would ask for codes of somebody else's app.
_RESET_FACTOR: Final = (
    "If it was not you, ask whoever runs the shop at once to take the second factor away, and choose a new password: "
    "{pages}/forgot-password"
)
_NOTICES: Final = {
    MailKind.PASSWORD_CHANGED: ("your password was changed", "The password of your account was changed", _RESET),
    MailKind.PASSWORD_RESET: (
        "your password was replaced",
        "The password of your account was replaced through a link in a mail",
        _RESET_MAILBOX,
    ),
    MailKind.EMAIL_CHANGED: (
        "your email address was changed",
        "The email address of your account was changed",
        "From now on mail goes to the new address. If it was not you, tell whoever runs the shop at once: {pages}",
    ),
    MailKind.SECOND_FACTOR_ENABLED: (
        "second factor added",
        "A second factor was added to your account",
        _RESET_FACTOR,
    ),
    MailKind.SECOND_FACTOR_DISABLED: (
        "second factor taken away",
        "The second factor of your account was taken away",
        _RESET,
    ),
    MailKind.RECOVERY_CODE_USED: ("recovery code used", "A recovery code was used to sign in to your account", _RESET),
    MailKind.API_KEY_CREATED: (
        "API key made",
        "An API key of your account was made",
        "If it was not you, revoke it and choose a new password at once: {pages}/account/api-keys",
    ),
}
