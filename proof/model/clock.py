"""The time of the model: it passes when somebody says so."""

from datetime import UTC, datetime, timedelta

_BEGINNING = datetime(2026, 3, 1, tzinfo=UTC)


class Clock:
    """Seconds since the model began. Every process sees the same, for all time in the protocol is the database's."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.seconds = 0.0

    def now(self) -> datetime:
        """Return the time, as a database tells it."""
        return self.at(self.seconds)

    def at(self, seconds: float) -> datetime:
        """Return a moment as a database tells it."""
        return _BEGINNING + timedelta(seconds=seconds)

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
