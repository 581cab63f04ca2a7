"""Order numbers: what people read out on the telephone."""

PREFIX = "Q-"
FIRST_NUMBER = 1001


def order_number(number: int) -> str:
    """Return the number as people see it: ``1042`` becomes ``"Q-1042"``."""
    return f"{PREFIX}{number}"
