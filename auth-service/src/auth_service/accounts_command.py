"""The operator's command for accounts: ``python -m auth_service.accounts_command``.

Exit codes: 0 done, 1 it could not be done (one sentence says why), 2 it was asked for wrongly.
"""

import argparse
import asyncio
import getpass
import secrets
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import DBAPIError

from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.errors import UnacceptablePassword
from auth_service.accounts.operations import AccountOperations
from auth_service.accounts.password_policy import PasswordPolicy
from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.roles import Role
from auth_service.accounts.schemas import OptionalPersonName
from auth_service.audit.trail import AuditTrail
from auth_service.config import AccountSettings
from auth_service.invitations.schemas import LONGEST_DAYS, USUAL_DAYS
from auth_service.invitations.service import InvitationService
from auth_service.links.tokens import LinkTokens
from auth_service.places import Place
from service_kit.database import Database
from service_kit.problems import DomainError
from service_kit.settings import load_settings

Arguments = argparse.Namespace


@dataclass(frozen=True, slots=True)
class Desk:
    """What the operator works with."""

    accounts: AccountOperations
    invitations: InvitationService


class CannotDo(Exception):
    """Says in a sentence why it cannot be done."""


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command and return the exit code."""
    parsed = _parser().parse_args(arguments)
    settings = load_settings(AccountSettings)
    try:
        asyncio.run(_run(parsed, settings))
    except (CannotDo, DomainError, DBAPIError) as error:
        sys.stderr.write(f"{_sentence(error)}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nNothing was changed.\n")
        return 1
    return 0


async def _run(parsed: Arguments, settings: AccountSettings) -> None:
    database = Database(settings.database_url, pool_size=1)
    passwords = PasswordHasher(at_once=1)
    policy = PasswordPolicy(settings.shop_name)
    trail = AuditTrail(settings.data_secret.get_secret_value().encode())
    tokens = LinkTokens(settings.data_secret.get_secret_value().encode(), settings.public_web_url)
    desk = Desk(
        AccountOperations(database=database, passwords=passwords, policy=policy, trail=trail),
        InvitationService(database=database, trail=trail, tokens=tokens),
    )
    command: Callable[[Desk, Arguments], Awaitable[None]] = parsed.command
    try:
        await command(desk, parsed)
    finally:
        passwords.close()
        await database.dispose()


async def _create_admin(desk: Desk, parsed: Arguments) -> None:
    password = _new_password(parsed)
    account = await desk.accounts.create(parsed.email, password, role=Role.ADMIN, full_name=parsed.name)
    _say(f"{account.email} is an administrator now.")
    _show_if_generated(parsed, password)


async def _set_role(desk: Desk, parsed: Arguments) -> None:
    if await desk.accounts.set_role(parsed.email, parsed.role):
        _say(f"{parsed.email.text} has the role {parsed.role} now; it holds everywhere within ten seconds.")
    else:
        _say(f"{parsed.email.text} had the role {parsed.role} already.")


async def _reset_password(desk: Desk, parsed: Arguments) -> None:
    password = _new_password(parsed)
    ended = await desk.accounts.reset_password(parsed.email, password)
    _say(f"{parsed.email.text} has a new password. Sessions ended: {ended}.")
    _show_if_generated(parsed, password)


async def _reset_second_factor(desk: Desk, parsed: Arguments) -> None:
    if await desk.accounts.reset_second_factor(parsed.email):
        _say(f"{parsed.email.text} signs in with the password alone now. All sessions have ended.")
    else:
        _say(f"{parsed.email.text} has no second factor.")


async def _list(desk: Desk, _parsed: Arguments) -> None:
    for account in await desk.accounts.list():
        _say(f"{account.role:<10}{account.email}{'  (disabled)' if account.disabled else ''}")


async def _invite(desk: Desk, parsed: Arguments) -> None:
    made = await desk.invitations.invite(parsed.email, parsed.role, days=parsed.days, place=Place())
    _say(made.link)


def _new_password(parsed: Arguments) -> str:
    if parsed.generate:
        return secrets.token_urlsafe(15)
    if parsed.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != password:
        message = "The two passwords are not the same."
        raise CannotDo(message)
    return password


def _show_if_generated(parsed: Arguments, password: str) -> None:
    if parsed.generate:
        _say(f"Password: {password}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m auth_service.accounts_command", description="Manage accounts.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    create = commands.add_parser("create-admin", help="make an account with all rights")
    create.add_argument("email", type=_email, metavar="EMAIL")
    create.add_argument("--name", type=_name, help="the person's name")
    _add_password_options(create)
    create.set_defaults(command=_create_admin)

    role = commands.add_parser("set-role", help="change what an account may do")
    role.add_argument("email", type=_email, metavar="EMAIL")
    role.add_argument("role", type=Role, choices=list(Role), metavar="ROLE", help=", ".join(Role))
    role.set_defaults(command=_set_role)

    reset = commands.add_parser("reset-password", help="set another password and sign the account out everywhere")
    reset.add_argument("email", type=_email, metavar="EMAIL")
    _add_password_options(reset)
    reset.set_defaults(command=_reset_password)

    factor = commands.add_parser("reset-second-factor", help="let somebody sign in who has lost the second factor")
    factor.add_argument("email", type=_email, metavar="EMAIL")
    factor.set_defaults(command=_reset_second_factor)

    invite = commands.add_parser("invite", help="make a link with which somebody may sign up, once")
    invite.add_argument("email", type=_email, metavar="EMAIL")
    invite.add_argument(
        "--role", type=Role, choices=list(Role), default=Role.CUSTOMER, metavar="ROLE", help=", ".join(Role)
    )
    invite.add_argument("--days", type=int, choices=range(1, LONGEST_DAYS + 1), default=USUAL_DAYS, metavar="DAYS")
    invite.set_defaults(command=_invite)

    commands.add_parser("list", help="show all accounts").set_defaults(command=_list)
    return parser


def _add_password_options(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    source.add_argument("--generate", action="store_true", help="make a password and print it")


def _email(text: str) -> EmailAddress:
    try:
        return EmailAddress.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _name(text: str) -> str | None:
    try:
        return TypeAdapter(OptionalPersonName).validate_python(text)
    except ValidationError as error:
        raise argparse.ArgumentTypeError(error.errors()[0]["msg"].removeprefix("Value error, ")) from error


def _sentence(error: Exception) -> str:
    if isinstance(error, UnacceptablePassword):
        return f"The password {error.extra['errors'][0]['msg']}."
    if isinstance(error, DomainError):
        return str(error).rstrip(".") + "."
    # A driver's error goes on for lines with the statement and its parameters.
    return str(getattr(error, "orig", error)).splitlines()[0]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
