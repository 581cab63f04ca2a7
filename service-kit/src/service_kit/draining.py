"""The last seconds of a service: it takes no more work, and ends what it has."""


class Draining:
    """Says whether the end has begun. What faces clients then asks them to go elsewhere."""

    def __init__(self, seconds: float = 0.0) -> None:
        """Take for how long new connections are still taken, so that whoever sends them learns of it first."""
        self.seconds = seconds
        self.begun = False
