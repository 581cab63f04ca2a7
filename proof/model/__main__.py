"""``python -m proof.model``: look for a life of the shop that breaks an invariant.

The seed of the run is printed first. With ``--seed`` and the seed of a batch that failed, it fails again.
"""

import argparse
import random
import sys
import traceback

from proof.model.search import search


def main() -> int:
    """Run the command line; return 1 when something is broken."""
    parser = argparse.ArgumentParser(prog="python -m proof.model", description=__doc__)
    parser.add_argument("--seconds", type=float, default=25.0, help="how long to look (25)")
    parser.add_argument("--seed", type=int, help="the first seed; by chance when not given")
    parser.add_argument("--no-shrink", action="store_true", help="do not look for the shortest way to a failure")
    options = parser.parse_args()
    first_seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    _say(f"model: seed {first_seed}")
    found = search(seconds=options.seconds, first_seed=first_seed, shrinks=not options.no_shrink)
    if found.error is None:
        _say(f"model: {found.lives} lives of the shop in {found.seconds:.0f} s, and nothing broken")
        return 0
    traceback.print_exception(found.error)
    _say(f"model: BROKEN {found.invariant} after {found.lives} lives, {found.seconds:.1f} s: {found.error}")
    _say(f"model: again with python -m proof.model --seed {found.seed} --seconds 1")
    return 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
