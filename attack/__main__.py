"""``python -m attack``: try on a whole shop what must not be possible.

    python -m attack                      everything; about ten minutes
    python -m attack --quick              everything, less of each
    python -m attack --only tokens,wire   some groups

It starts a shop of its own on this machine's loopback, sends to nothing else, and ends by itself. Exit code 0: nothing
found. 1: a finding, each with how to see it again. 2: the shop did not start.
"""

import argparse
import importlib
import shutil
import sys
import time
import traceback
from collections.abc import Sequence

from attack.people import first_admin
from attack.report import Report, say, show
from attack.shop import ROOT, Shop, running_shop

GROUPS = {
    "static": "the code, read by semgrep and bandit",
    "tokens": "forged, bent and borrowed tokens, at every service",
    "wire": "requests that can be read in two ways, and paths in disguise",
    "floods": "made-up keys must not flood auth-service",
    "files": "what imports and exports can carry",
    "signing_in": "guessing, locking out, telling who is known, sessions that should be over",
    "browser": "other sites' forms and frames, cookies and what scripts can read",
    "slow": "clients that send and read a byte now and then",
    "api": "schemathesis: every operation as each kind of caller",
}
WITHOUT_SHOP = frozenset({"static"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    options = _parser().parse_args(arguments)
    names = options.only or list(GROUPS)
    reports = [_run(name, None, quick=options.quick) for name in names if name in WITHOUT_SHOP]
    rest = [name for name in names if name not in WITHOUT_SHOP]
    if rest:
        try:
            with running_shop() as shop:
                first_admin(shop)  # whoever signs up first is that, and no attack is to be it by chance
                reports += [_run(name, shop, quick=options.quick) for name in rest]
                if any(report.findings for report in reports):
                    _keep_logs(shop)
        except RuntimeError as error:
            say(str(error))
            return 2
    return int(show(reports) > 0)


def _run(name: str, shop: Shop | None, *, quick: bool) -> Report:
    report, started = Report(name), time.monotonic()
    say(f"{name}: {GROUPS[name]}")
    try:
        importlib.import_module(f"attack.{name}").attack(shop, report, quick=quick)
    except Exception as error:  # noqa: BLE001 (the other groups are tried all the same)
        lines = "".join(traceback.format_exception(error)[-2:])
        report.expect(held=False, what=f"it ended before its end: {error}", reproduction=lines)
    report.seconds = time.monotonic() - started
    return report


def _keep_logs(shop: Shop) -> None:
    place = ROOT / "var" / "attack" / "log"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(shop.var / "log", place)
    say(f"the logs of the services are in {place.relative_to(ROOT)}")


def _groups(text: str) -> list[str]:
    names = text.split(",")
    unknown = sorted(set(names) - set(GROUPS))
    if unknown:
        message = f"no group is called {', '.join(unknown)}; there are {', '.join(GROUPS)}"
        raise argparse.ArgumentTypeError(message)
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m attack", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    groups = "; ".join(f"{name}: {about}" for name, about in GROUPS.items())
    parser.add_argument("--only", type=_groups, metavar="GROUP,…", help=groups)
    parser.add_argument("--quick", action="store_true", help="less of each, for a first look")
    return parser


if __name__ == "__main__":
    sys.exit(main())
