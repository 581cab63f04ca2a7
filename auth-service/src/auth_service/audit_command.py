"""The operator's command for the audit trail: ``python -m auth_service.audit_command``.

Exit codes: 0 done, and the trail is whole; 1 it is not, or it could not be read; 2 it was asked for wrongly.
"""

import argparse
import asyncio
import sys

from sqlalchemy.exc import DBAPIError

from auth_service.audit.chain import Noted, verify
from auth_service.audit.schemas import AuditFilters, ExportFormat
from auth_service.audit.service import AuditService
from auth_service.audit.trail import AuditTrail
from auth_service.config import AccountSettings
from auth_service.places import Place
from service_kit.database import Database
from service_kit.problems import DomainError
from service_kit.settings import load_settings

_SEAL_BYTES = 32


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command and return the exit code."""
    parsed = _parser().parse_args(arguments)
    settings = load_settings(AccountSettings)
    try:
        return asyncio.run(_run(parsed, settings))
    except (DomainError, DBAPIError) as error:
        # A driver's error goes on for lines with the statement and its parameters.
        sys.stderr.write(f"{str(getattr(error, 'orig', error)).splitlines()[0]}\n")
        return 1


async def _run(parsed: argparse.Namespace, settings: AccountSettings) -> int:
    database = Database(settings.database_url, pool_size=1)
    trail = AuditTrail(settings.data_secret.get_secret_value().encode())
    try:
        if parsed.command == "verify":
            return await _verify(database, trail, parsed.noted)
        return await _export(database, trail, parsed.format)
    finally:
        await database.dispose()


async def _verify(database: Database, trail: AuditTrail, noted: Noted | None) -> int:
    verdict = await verify(database, trail, noted)
    if verdict.misfit is not None:
        sys.stderr.write(f"Event {verdict.misfit} does not fit: {verdict.reason}.\n")
    elif verdict.last is None:
        sys.stdout.write("The audit trail is empty.\n")
    else:
        sys.stdout.write(f"Events: {verdict.events}. Each fits the one before it.\n")
    if verdict.last is not None:
        sys.stdout.write(f"The last that fits: {verdict.last.number}:{verdict.last.seal.hex()}\n")
    return 0 if verdict.misfit is None else 1


async def _export(database: Database, trail: AuditTrail, export_format: ExportFormat) -> int:
    service = AuditService(database=database, trail=trail)
    export = await service.export(AuditFilters(), export_format, actor=None, place=Place())
    async for part in export.content:
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m auth_service.audit_command", description="Read the audit trail.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    check = commands.add_parser("verify", help="see whether anything was changed or taken out")
    check.add_argument(
        "--noted",
        type=_noted,
        metavar="NUMBER:SEAL",
        help="what an earlier run printed: then events that were cut off the end are missed, too",
    )
    export = commands.add_parser("export", help="write the trail to standard output")
    export.add_argument("--format", type=ExportFormat, choices=list(ExportFormat), default=ExportFormat.CSV)
    return parser


def _noted(text: str) -> Noted:
    number, _, seal = text.partition(":")
    try:
        noted = Noted(int(number), bytes.fromhex(seal))
    except ValueError as error:
        message = "is not NUMBER:SEAL as `verify` prints it"
        raise argparse.ArgumentTypeError(message) from error
    if len(noted.seal) != _SEAL_BYTES or noted.number < 1:
        message = "is not NUMBER:SEAL as `verify` prints it"
        raise argparse.ArgumentTypeError(message)
    return noted


if __name__ == "__main__":
    sys.exit(main())
