"""What can go wrong with trying too often."""

from datetime import timedelta

from service_kit.languages.texts import N_
from service_kit.problems import DomainError


class TooManyAttempts(DomainError):
    """Too many attempts in too short a time. The answer is the same whether there is such an account or not."""

    code = "too_many_attempts"
    status = 429
    title = N_("Too many attempts, try again later")

    def __init__(self, wait: timedelta) -> None:
        """Take how long it is until the next attempt may be made."""
        super().__init__(headers={"Retry-After": str(max(1, -(-wait // timedelta(seconds=1))))})
        self.wait = wait
