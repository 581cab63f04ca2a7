"""The attacks that take seconds, on every change; `make attack` has them all."""

import pytest
from attack import floods, tokens
from attack.report import Report


@pytest.mark.parametrize("group", [tokens, floods], ids=lambda group: group.__name__)
def test_nothing_is_found(world, group):
    report = Report(group.__name__)
    group.attack(world.shop, report, quick=True)
    assert report.findings == []
    assert report.tried > 400
