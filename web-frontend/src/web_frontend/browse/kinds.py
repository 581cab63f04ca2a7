"""What books can be browsed by."""

from dataclasses import dataclass
from typing import Literal

from service_kit.languages.texts import _, n_
from web_frontend.wording import rounded

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

    def counted(self, number: int, *, is_estimate: bool = False) -> str:
        """Return ``1 author``, ``1,204 subjects``, ``About 12,000 publishers``."""
        shown = rounded(number) if is_estimate else number
        words = {
            "author": n_("%(num)s author", "%(num)s authors", shown),
            "subject": n_("%(num)s subject", "%(num)s subjects", shown),
            "publisher": n_("%(num)s publisher", "%(num)s publishers", shown),
        }[self.name]
        return _("About %(count)s", count=words) if is_estimate else words


KINDS = {
    kind.path.strip("/"): kind
    for kind in (
        Kind("author", "authors", "/authors", 300),
        Kind("subject", "subjects", "/subjects", 100),
        Kind("publisher", "publishers", "/publishers", 300),
    )
}
