"""``python -m proof.planted``: plant each bug into a copy of the services, and see that the proof finds it.

    python -m proof.planted              all bugs, in the model and in the rig (some minutes)
    python -m proof.planted --short      those that the model finds, and one for the rig (for every change)
    python -m proof.planted "no tombstone" --times 5

First the services as they are have to stay green in the same form. Exit code 0: every bug was found where it has to be.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from proof.planted.bug import Bug, Rig
from proof.planted.bugs import BUGS, SHORT_IN_RIG
from proof.planted.copies import copy_with
from proof.planted.layers import LayerFailed, Verdict, run_model, run_rig

MODEL_SECONDS = 90
GREEN_SECONDS = 12
_AS_IT_IS = "(as it is)"
_GREEN_RIG = Rig("unreachable", 12)
_COLUMNS = "{:38} {:6} {:10} {:>7}   {}"


@dataclass(frozen=True, slots=True)
class Trial:
    """One layer's turn at one bug; without a bug, at the services as they are."""

    bug: Bug | None
    rig: Rig | None

    def run(self, seed: int) -> Verdict:
        """Plant the bug and let the layer look for it."""
        with copy_with(self.bug) as folder:
            if self.rig is not None:
                return self._run_rig(folder, self.rig, seed)
            return run_model(folder, seconds=MODEL_SECONDS if self.bug else GREEN_SECONDS, seed=seed)

    @staticmethod
    def _run_rig(folder: Path, rig: Rig, seed: int) -> Verdict:
        try:
            return run_rig(folder, rig, seed=seed)
        except LayerFailed:
            # A machine that is busy with something else may be too slow to open a whole shop: once more.
            return run_rig(folder, rig, seed=seed + 1)


def main() -> int:
    """Run the command line."""
    options = _parser().parse_args()
    unknown = set(options.bugs) - {bug.name for bug in BUGS}
    if unknown:
        _say(f"no bug is called {', '.join(sorted(unknown))}")
        return 2
    bugs = [bug for bug in BUGS if not options.bugs or bug.name in options.bugs]
    chance = random.Random(options.seed)  # noqa: S311 (to try one thing again)
    _say(_COLUMNS.format("planted bug", "layer", "broken", "after", "seed"))
    wrong = 0
    for trial in _trials(bugs, short=options.short):
        for _ in range(options.times):
            seed = chance.randrange(10**6)
            wrong += _report(trial, trial.run(seed), seed)
    _say(f"{wrong} not as they have to be" if wrong else "every bug was found")
    return int(wrong > 0)


def _trials(bugs: list[Bug], *, short: bool) -> Iterator[Trial]:
    yield Trial(None, None)
    if not short:
        yield Trial(None, _GREEN_RIG)
    for bug in bugs:
        if bug.model:
            yield Trial(bug, None)
        if bug.rig is not None and (not short or bug.name in SHORT_IN_RIG):
            yield Trial(bug, bug.rig)


def _report(trial: Trial, verdict: Verdict, seed: int) -> bool:
    """Say what has come of a trial; return whether that is wrong."""
    name = trial.bug.name if trial.bug else _AS_IT_IS
    wrong = verdict.is_red is (trial.bug is None)
    found = " ".join(verdict.broken) or ("nothing" if trial.bug is None else "NOT FOUND")
    _say(_COLUMNS.format(name, verdict.layer, found, f"{verdict.seconds:.0f} s", seed))
    if wrong:
        _say(verdict.output[-3000:])
    return wrong


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proof.planted", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bugs", nargs="*", help="names of bugs; all when none is given")
    parser.add_argument("--short", action="store_true", help="leave out what only the rig finds, but for one")
    parser.add_argument("--times", type=int, default=1, help="how often each bug has to be found (1)")
    parser.add_argument("--seed", type=int, help="what decides about the seeds of the runs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
