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
    """Something happens at the pause ``at``, after ``passed`` others of this kind; nothing, when there is none."""

    accident: Accident | None = None
    at: At = At.CALL
    passed: int = 0

    def __repr__(self) -> str:
        """Return what a person calls it."""
        return f"<{self.accident} at {self.at.name.lower()} {self.passed + 1}>" if self.accident else "<all goes well>"

    def befall(self, shop: Shop, task: Task) -> None:
        """Let the task get on until it meets its fate."""
        left = self.passed
        for _ in range(_LONG):
            if task.pause is None:
                return None
            if self.accident is not None and task.pause.at is self.at:
                if left == 0:
                    return self._happen(shop, task, self.accident)
                left -= 1
            pause = task.pause
            while task.pause is pause:
                shop.go_on(task)
        return None

    def _happen(self, shop: Shop, task: Task, accident: Accident) -> None:
        if accident is Accident.FREEZE:
            return
        if accident is Accident.KILL:
            shop.kill(task.process)
            return
        if self.at is not At.CALL:
            shop.lose_database(task)
        elif accident is Accident.LOSE:
            shop.lose_call(task)
        elif accident is Accident.DELAY:
            shop.delay_call(task)
        else:
            shop.double_call(task)
        shop.run(task)


GOOD = Fate()
accidents = st.one_of(
    st.builds(Fate, st.sampled_from(Accident), st.just(At.CALL), st.integers(0, 1)),
    st.builds(
        Fate,
        st.sampled_from((Accident.FREEZE, Accident.KILL, Accident.LOSE)),
        st.sampled_from((At.STATEMENT, At.COMMITTED)),
        st.integers(0, 3),
    ),
)
# Mostly all goes well, so that orders get somewhere.
fates = st.one_of(st.just(GOOD), st.just(GOOD), accidents)
