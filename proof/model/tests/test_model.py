"""The orders protocol, in many lives of a shop, and that what stands in for SQL still fits the code."""

import inspect
import os
import random

import pytest
from proof.model.search import search
from proof.model.stand_ins import STANDS_IN

SECONDS = float(os.environ.get("PROOF_MODEL_SECONDS", "20"))


def test_no_order_of_events_breaks_an_invariant():
    first_seed = int(os.environ.get("PROOF_MODEL_SEED", random.SystemRandom().randrange(10**9)))
    found = search(seconds=SECONDS, first_seed=first_seed)
    if found.error is not None:
        found.error.add_note(f"again: python -m proof.model --seed {found.seed} --seconds 1")
        raise found.error


def replaced(real, stand_in):
    if not inspect.ismodule(real):
        return [(real, stand_in)]
    names = [name for name, value in vars(stand_in).items() if inspect.iscoroutinefunction(value)]
    return [(getattr(real, name, None), getattr(stand_in, name)) for name in names]


REPLACED = [functions for modules in STANDS_IN for functions in replaced(*modules)]


@pytest.mark.parametrize(("real", "stand_in"), REPLACED, ids=[stand_in.__name__ for _, stand_in in REPLACED])
def test_what_stands_in_for_sql_is_called_like_it(real, stand_in):
    assert real is not None, "the function is gone from the service"
    ours, theirs = (inspect.signature(each).parameters.values() for each in (stand_in, real))
    assert [(each.name, each.kind) for each in ours] == [(each.name, each.kind) for each in theirs]
