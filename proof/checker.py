"""Compares both databases with each other and with what the clients were told."""

from proof.evidence import Evidence
from proof.findings import Check
from proof.order_checks import (
    check_acknowledged,
    check_changes,
    check_keys,
    check_order_of_reads,
    check_prices,
    check_timelines,
)
from proof.protocol_checks import check_agreement, check_answers, check_nothing_is_left
from proof.stock_checks import check_ledger, check_sales, check_stock_changes

CHECKS = (
    check_ledger,
    check_sales,
    check_acknowledged,
    check_keys,
    check_agreement,
    check_nothing_is_left,
    check_timelines,
    check_stock_changes,
    check_changes,
    check_order_of_reads,
    check_prices,
    check_answers,
)


def run_checks(evidence: Evidence) -> list[Check]:
    """Make every check."""
    return [check(evidence) for check in CHECKS]
