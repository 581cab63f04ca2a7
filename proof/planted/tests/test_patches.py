"""The planted bugs fit the code, each in a copy that can be imported."""

import ast

import pytest
from proof.planted.bug import Bug, Patch, PatchDoesNotFit
from proof.planted.bugs import BUGS
from proof.planted.copies import copy_with


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_fits_the_code_and_says_who_is_to_find_it(bug):
    with copy_with(bug) as folder:
        for patch in bug.patches:
            ast.parse((folder / patch.path).read_text(encoding="utf-8"))
    assert bug.model or bug.rig
    assert bug.story


def test_there_are_no_two_bugs_of_one_name():
    assert len({bug.name for bug in BUGS}) == len(BUGS)


def test_a_patch_that_does_not_fit_any_more_is_an_error():
    gone = Patch("order-service/src/order_service/orders/states.py", "no such text", "")
    with pytest.raises(PatchDoesNotFit), copy_with(Bug("gone", "The code has changed.", (gone,))):
        pass
