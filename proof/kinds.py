"""What can go wrong: every kind of fault, where it can happen and for how long."""

from dataclasses import dataclass

from proof import database_link, http_link

ORDERS = ("order-1", "order-2")
BOOKS = ("book-1", "book-2")
TO_BOOKS = tuple(f"{order}>book" for order in ORDERS)
FROM_GATEWAY = ("gateway>order", "gateway>book")
TO_DATABASE = tuple(f"{replica}>database" for replica in (*ORDERS, *BOOKS))

RESERVE = "PUT /internal/reservations/"
RELEASE = "/release"
COMMIT = "/commit"
RETURN = "/return"
_STEPS = ("", RESERVE, RELEASE, COMMIT, RETURN)

CALLER = "caller"
SERVICE = "service"

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault.

    ``lasts`` in seconds: for a crash, the time until the process is started again. ``chance`` is how often a request
    meets it, ``longest`` how long it is held back at the most. ``meets`` is what the link calls it. ``strikes`` says
    which side of the link a crash point kills.
    """

    name: str
    targets: tuple[str, ...]
    lasts: Range
    chance: Range = (1.0, 1.0)
    longest: float = 1.0
    only: tuple[str, ...] = ("",)
    meets: str | None = None
    strikes: str | None = None

    @property
    def is_crash_point(self) -> bool:
        """Tell whether it kills a process at a point of the protocol."""
        return self.strikes is not None


KILL = Kind("kill -9", (*ORDERS, *BOOKS, "gateway", "auth"), (0.1, 4.0))
KILL_ALL = Kind("kill -9 of all replicas", ("order", "book"), (0.1, 2.0))
FREEZE = Kind("frozen past the lease", (*ORDERS, *BOOKS), (2.5, 4.5))
TERMINATE = Kind("SIGTERM under load", (*ORDERS, *BOOKS, "gateway"), (0.0, 0.5))
DATABASE_CRASH = Kind("PostgreSQL stopped immediate", ("database",), (0.0, 1.5))
REFUSE = Kind("connections refused", (*TO_BOOKS, *FROM_GATEWAY, *TO_DATABASE), (0.3, 3.0))
RESET = Kind("connections reset", (*TO_BOOKS, *FROM_GATEWAY, *TO_DATABASE), (0.0, 0.0))

_CALLS = (*TO_BOOKS, *FROM_GATEWAY)
_LINK_KINDS = (
    Kind(http_link.REFUSED, _CALLS, (0.5, 3.0), (0.2, 0.8), meets=http_link.REFUSED),
    Kind(http_link.ANSWER_LOST, _CALLS, (0.5, 4.0), (0.2, 0.8), only=_STEPS, meets=http_link.ANSWER_LOST),
    Kind(http_link.ANSWER_CUT, _CALLS, (0.5, 3.0), (0.2, 0.8), meets=http_link.ANSWER_CUT),
    Kind(http_link.SILENT, _CALLS, (0.5, 3.0), (0.2, 0.8), meets=http_link.SILENT),
    Kind(http_link.SLOW, TO_BOOKS, (1.0, 4.0), (0.3, 1.0), meets=http_link.SLOW),
    Kind(http_link.DELAYED, _CALLS, (1.0, 5.0), (0.3, 1.0), 0.6, meets=http_link.DELAYED),
    Kind(http_link.LATE, TO_BOOKS, (1.0, 5.0), (0.3, 0.9), 4.0, _STEPS, meets=http_link.LATE),
    Kind(http_link.REPEATED, TO_BOOKS, (1.0, 6.0), (0.3, 1.0), 5.0, _STEPS, meets=http_link.REPEATED),
    Kind(database_link.COMMIT_LOST, TO_DATABASE, (0.5, 3.0), (0.05, 0.4), meets=database_link.COMMIT_LOST),
    Kind(database_link.STALLED, TO_DATABASE, (0.3, 3.0), meets=database_link.STALLED),
)


def _crash(name: str, meets: str, strikes: str, only: str, targets: tuple[str, ...] = TO_BOOKS) -> Kind:
    return Kind(name, targets, (0.1, 3.0), only=(only,), meets=meets, strikes=strikes)


def _crashes_around(step: str, only: str) -> tuple[Kind, ...]:
    return (
        _crash(f"order-service dies before its {step} is sent", http_link.ASKED, CALLER, only),
        _crash(f"order-service dies before it hears of its {step}", http_link.ANSWERED, CALLER, only),
        _crash(f"book-service dies in the middle of a {step}", http_link.ARRIVING, SERVICE, only),
        _crash(f"book-service dies before it answers a {step}", http_link.ANSWERED, SERVICE, only),
    )


CRASH_POINTS = (
    *_crashes_around("reserve", RESERVE),
    *_crashes_around("release", RELEASE),
    *_crashes_around("commit", COMMIT),
    *_crashes_around("return", RETURN),
    _crash("order-service dies in the middle of a request", http_link.ARRIVING, SERVICE, "POST ", ("gateway>order",)),
    _crash("order-service dies before it answers a customer", http_link.ANSWERED, SERVICE, "POST ", ("gateway>order",)),
    _crash("the gateway dies before it answers a customer", http_link.ANSWERED, CALLER, "POST ", ("gateway>order",)),
    _crash("book-service dies in a change of stock", http_link.ARRIVING, SERVICE, "POST ", ("gateway>book",)),
    _crash("book-service dies before it answers the staff", http_link.ANSWERED, SERVICE, "POST ", ("gateway>book",)),
    _crash("a service dies at a commit", database_link.COMMIT_CRASH, CALLER, "COMMIT", TO_DATABASE),
    _crash("a service dies at a statement", database_link.COMMIT_CRASH, CALLER, "EXECUTE", TO_DATABASE),
)

_PROCESS_KINDS = (KILL, KILL_ALL, FREEZE, TERMINATE, DATABASE_CRASH)

KINDS = {kind.name: kind for kind in (*_PROCESS_KINDS, REFUSE, RESET, *_LINK_KINDS, *CRASH_POINTS)}
