"""What a run has shown, for a person."""

from collections import Counter
from collections.abc import Iterable

from proof.findings import Check
from proof.run import Outcome, Plan

SHOWN = 5
_LOG_LINES = 30


def describe(plan: Plan, outcome: Outcome) -> str:
    """Return the whole report."""
    parts = [
        *_schedule(plan),
        "",
        "Faults that came, and how often a request met one",
        *_counts(outcome.faults),
        *_counts({f"  {name}": count for name, count in outcome.met.items()}),
        "",
        "Answers between the services",
        *_counts(outcome.answers_inside),
        "",
        _rest(outcome),
        f"The run itself was held up for {outcome.late:.1f} s, because the machine had other things to do.",
        "",
        *describe_checks(outcome.checks),
        "",
        verdict(plan, outcome),
    ]
    return "\n".join(parts)


def describe_checks(checks: Iterable[Check]) -> list[str]:
    """Return the checks with what they counted and found."""
    lines = []
    for check in checks:
        mark = "RED  " if check.violations else "ok   "
        lines.append(f"{mark}{check.name:4} {check.claim}")
        counted = ", ".join(f"{count} {name}" for name, count in sorted(check.counted.items()))
        lines.append(f"          checked: {counted or 'nothing'}")
        for violation in check.violations[:SHOWN]:
            lines.append(f"       ✗  {violation.text}")
            lines += [f"            order {order}" for order in violation.orders[:SHOWN]]
            lines += [f"            {call}" for call in violation.calls[:_LOG_LINES]]
        if len(check.violations) > SHOWN:
            lines.append(f"       … and {len(check.violations) - SHOWN} more, all in report.json")
    return lines


def verdict(plan: Plan, outcome: Outcome) -> str:
    """Return the last line."""
    found = sum(len(check.violations) for check in outcome.checks)
    what = f"{found} violations" if found else "no violation"
    return f"{'RED' if found else 'GREEN'}: {what}. Seed {plan.seed}, {plan.seconds:.0f} s, {outcome.calls} requests."


def as_json(plan: Plan, outcome: Outcome) -> dict[str, object]:
    """Return the report for a program."""
    return {
        "seed": plan.seed,
        "seconds": plan.seconds,
        "red": outcome.is_red,
        "calls": outcome.calls,
        "quiet_after": outcome.quiet_after,
        "late": outcome.late,
        "faults": outcome.faults,
        "met": outcome.met,
        "answers_inside": outcome.answers_inside,
        "checks": [
            {
                "name": check.name,
                "claim": check.claim,
                "counted": check.counted,
                "violations": [
                    {"text": each.text, "orders": each.orders, "calls": each.calls} for each in check.violations
                ],
            }
            for check in outcome.checks
        ],
    }


def _schedule(plan: Plan) -> list[str]:
    heading = f"Seed {plan.seed}, {plan.seconds:.0f} s: {plan.focus.about}"
    return [heading, "", "Schedule", *(f"  {fault}" for fault in plan.schedule)]


def _counts(counts: dict[str, int]) -> list[str]:
    return [f"  {count:6}  {name}" for name, count in sorted(Counter(counts).items())] or ["  none"]


def _rest(outcome: Outcome) -> str:
    if outcome.quiet_after is None:
        return "It did not come to rest."
    return f"All faults over, it came to rest within {outcome.quiet_after:.1f} s."
