"""``python -m proof``: break a shop for a while and look whether it was right all the time.

    python -m proof --seconds 60 --seed 7          a run; without a seed, one is drawn and printed
    python -m proof --focus tombstone --source DIR  press on one thing, with the services' code from elsewhere
    python -m proof check var/proof/7              check what a run has left, once more

Exit code 0: no violation. 1: at least one. 2: the shop could not be opened.
"""

import argparse
import asyncio
import json
import secrets
import shutil
import signal
import sys
from pathlib import Path

import uvloop

from proof.database_server import ROOT
from proof.focus import FOCUSES
from proof.report import as_json, describe, describe_checks
from proof.run import HISTORY, Outcome, Plan, carry_out, check_folder
from proof.schedule import draw_each_once, draw_schedule

EACH = "each"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    options = _parser().parse_args(arguments)
    if options.command == "check":
        checks = check_folder(options.folder)
        _say("\n".join(describe_checks(checks)))
        return int(any(check.violations for check in checks))
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    focus = FOCUSES["everything" if options.focus == EACH else options.focus]
    draw = (
        draw_each_once(seed, options.seconds) if options.focus == EACH else draw_schedule(seed, options.seconds, focus)
    )
    opening = focus.opening and not options.without_opening
    plan = Plan(seed, options.seconds, focus, draw, options.source, opening=opening)
    folder = options.folder or ROOT / "var" / "proof" / str(seed)
    _say(f"seed {seed}")
    if not _make_room(folder):
        _say(f"{folder} holds something else than a run; name another one with --folder.")
        return 2
    (folder / "schedule.json").write_text(json.dumps([fault.as_json() for fault in draw], indent=1), encoding="utf-8")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            outcome = runner.run(_until_told(plan, folder))
    except RuntimeError as error:
        _say(f"The run could not be carried out: {error}")
        return 2
    except (KeyboardInterrupt, asyncio.CancelledError):
        _say("Stopped.")
        return 130
    report = describe(plan, outcome)
    (folder / "report.txt").write_text(report + "\n", encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(as_json(plan, outcome), indent=1), encoding="utf-8")
    _say(report)
    _say(f"Log, schedule and logs of the services: {folder}")
    return int(outcome.is_red)


def _make_room(folder: Path) -> bool:
    """Make an empty folder, in place of an earlier run; False when something else is there."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / HISTORY).exists():
            return False
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return True


async def _until_told(plan: Plan, folder: Path) -> Outcome:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)
    return await carry_out(plan, folder)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proof", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60, help="how long things are broken (60)")
    parser.add_argument("--seed", type=int, help="what decides about the faults and the clients; drawn when not given")
    parser.add_argument(
        "--focus",
        choices=[*FOCUSES, EACH],
        default="everything",
        help="; ".join(f"{name}: {focus.about}" for name, focus in FOCUSES.items()),
    )
    parser.add_argument(
        "--source",
        type=Path,
        action="append",
        default=[],
        help="a folder with code of the services that goes before the installed one",
    )
    parser.add_argument("--folder", type=Path, help="where log, schedule and report go (var/proof/SEED)")
    parser.add_argument("--without-opening", action="store_true", help="leave out the buyers and the crossing orders")
    parser.set_defaults(command="run")
    commands = parser.add_subparsers(required=False, metavar="COMMAND")
    check = commands.add_parser("check", help="check the folder of a run once more")
    check.add_argument("folder", type=Path)
    check.set_defaults(command="check")
    return parser


if __name__ == "__main__":
    sys.exit(main())
