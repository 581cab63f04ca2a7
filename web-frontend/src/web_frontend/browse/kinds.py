"""What books can be browsed by."""

from dataclasses import dataclass
from typing import Literal

KindName = Literal["author", "subject", "publisher"]


@dataclass(frozen=True, slots=True)
class Kind:
    """Authors, subjects or publishers: their name in the API's filters, their words, and the longest name."""

    name: KindName
    plural: str
    path: str
    longest: int

    @property
    def title(self) -> str:
        """Return the plural with a capital letter."""
        return self.plural.capitalize()


KINDS = {
    kind.path.strip("/"): kind
    for kind in (
        Kind("author", "authors", "/authors", 300),
        Kind("subject", "subjects", "/subjects", 100),
        Kind("publisher", "publishers", "/publishers", 300),
    )
}
