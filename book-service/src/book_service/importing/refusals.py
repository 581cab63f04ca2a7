"""Why a file as a whole cannot be taken."""


class FileRefused(Exception):
    """The file cannot be read on, so nothing of it is taken. ``line`` is where, counted from 1."""

    def __init__(self, detail: str, *, code: str, line: int | None = None) -> None:
        """Take a sentence for people, and a stable code in snake_case."""
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.line = line
