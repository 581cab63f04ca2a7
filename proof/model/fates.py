"""What becomes of something that has begun: it comes to its end, or something happens to it on the way."""

from dataclasses import dataclass
from enum import StrEnum

from hypothesis import strategies as st

from proof.model.shop import Shop
from proof.model.simulation import At, Task

_LONG = 200


class Accident(StrEnum):
    """What can happen to a task where it pauses."""

    FREEZE = "freeze"
    """It stays where it is, until somebody lets it go on."""
    KILL = "kill its process"
    LOSE = "lose what it waits for"
    """The message or its answer; or the connection to the database."""
    DELAY = "delay its message"
    DOUBLE = "double its message"


@dataclass(frozen=True, slots=True)
class Fate:
    """Something happens at the pause ``at``, after ``passed`` others of this kind; nothing, when there is none.

    ``there``: it happens to book-service, as it carries out what it was asked.
    """

    accident: Accident | None = None
    at: At = At.CALL
    passed: int = 0
    there: bool = False

    def __repr__(self) -> str:
        """Return what a person calls it."""
        where = f"{self.at.name.lower()} {self.passed + 1}{' of book-service' if self.there else ''}"
        return f"<{self.accident} at {where}>" if self.accident else "<all goes well>"

    def befall(self, shop: Shop, task: Task) -> None:
        """Let the task get on until it meets its fate."""
        left = self.passed
        for _ in range(_LONG):
            if task.pause is None:
                return None
            watched = _at_book_service(task) if self.there else task
            if self.accident is not None and watched is not None and watched.pause and watched.pause.at is self.at:
                if left == 0:
                    return self._happen(shop, task, watched, self.accident)
                left -= 1
            shop.go_on(task)
            while not self.there and task.pause is not None and _at_book_service(task):
                shop.go_on(task)
        return None

    def _happen(self, shop: Shop, task: Task, watched: Task, accident: Accident) -> None:
        if accident is Accident.FREEZE:
            return
        if accident is Accident.KILL:
            shop.kill(watched.process)
            return
        if self.at is not At.CALL:
            shop.lose_database(watched)
        elif accident is Accident.LOSE:
            shop.lose_call(task)
        elif accident is Accident.DELAY:
            shop.delay_call(task)
        else:
            shop.double_call(task)
        shop.run(task)


def _at_book_service(task: Task) -> Task | None:
    """Return what book-service does for a task that waits for its answer."""
    if task.pause is None or task.pause.at is not At.CALL:
        return None
    arrived: Task | None = task.pause.about.arrived
    return arrived if arrived is not None and not arrived.over else None


GOOD = Fate()
accidents = st.one_of(
    st.builds(Fate, st.sampled_from(Accident), st.just(At.CALL), st.integers(0, 1)),
    st.builds(
        Fate,
        st.sampled_from((Accident.FREEZE, Accident.KILL, Accident.LOSE)),
        st.sampled_from((At.STATEMENT, At.COMMITTED)),
        st.integers(0, 3),
        st.booleans(),
    ),
)
# Mostly all goes well, so that orders get somewhere.
fates = st.one_of(st.just(GOOD), st.just(GOOD), accidents)
