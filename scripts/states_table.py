"""Draw the life of an order into `docs/orders.md`, from the table that decides it; with `--check`, only compare.

What stands between the two markers is written by this script: run it after a change of `orders/states.py`.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict

from workspace import ROOT

from order_service.orders.states import TRANSITIONS, OrderStatus

PAGE = ROOT / "docs" / "orders.md"
BEGIN = "<!-- drawn by scripts/states_table.py -->\n"
END = "<!-- drawn -->\n"


def drawing() -> str:
    """Return the diagram and the table, in Markdown."""
    return f"```mermaid\n{diagram()}```\n\n{table()}"


def diagram() -> str:
    """Return the diagram; what changes nothing is left to the table."""
    arrows: defaultdict[tuple[OrderStatus, OrderStatus], list[str]] = defaultdict(list)
    for (status, event), transition in TRANSITIONS.items():
        if transition.status is not status:
            arrows[status, transition.status].append(event.value)
    begun = {before for before, _ in arrows}
    lines = ["stateDiagram-v2", "    direction LR", f"    [*] --> {OrderStatus.PENDING}"]
    lines += [f"    {before} --> {after}: {', '.join(events)}" for (before, after), events in arrows.items()]
    lines += [f"    {status} --> [*]" for status in OrderStatus if status not in begun]
    return "\n".join(lines) + "\n"


def table() -> str:
    """Return a row for everything that can happen."""
    rows = ["| an order that is | and this happens | is then | and book-service is told to |", "|---|---|---|---|"]
    for (status, event), transition in TRANSITIONS.items():
        after = "as it was" if transition.status is status else f"`{transition.status}`"
        told = f"*{transition.stock_step}*" if transition.stock_step else ""
        rows.append(f"| `{status}` | {event} | {after} | {told} |")
    return "\n".join(rows) + "\n"


def redrawn(page: str) -> str:
    """Return the page with what is between its markers drawn anew."""
    before, found_begin, rest = page.partition(BEGIN)
    _, found_end, after = rest.partition(END)
    if not (found_begin and found_end):
        sys.exit(f"{PAGE.relative_to(ROOT)} has lost the markers {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}\n{drawing()}\n{END}{after}"


def main() -> int:
    """Run the command line; return 1 when the page differs and is only compared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the page is as it has to be")
    options = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    drawn = redrawn(page)
    if options.check:
        same = page == drawn
        print("docs/orders.md shows the states as they are" if same else "docs/orders.md: run scripts/states_table.py")
        return int(not same)
    PAGE.write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
