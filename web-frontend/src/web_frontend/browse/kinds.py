"""What books can be browsed by."""

from dataclasses import dataclass, field
from typing import Literal

from service_kit.languages.texts import N_, _, n_
from web_frontend.wording import rounded

KindName = Literal["author", "subject", "publisher"]


@dataclass(frozen=True, slots=True)
class Sentences:
    """What pages say of a kind; each is translated where it is shown."""

    one: str
    title: str
    beginning: str
    by_letter: str
    description: str
    shelf_title: str
    shelf_description: str
    see_all: str
    none_begins: str
    none_yet: str
    unknown_title: str
    unknown: str


@dataclass(frozen=True, slots=True)
class Kind:
    """Authors, subjects or publishers: their name in the API, what pages say of them, and the longest name."""

    name: KindName
    plural: str
    path: str
    longest: int
    says: Sentences = field(repr=False)

    def counted(self, number: int, *, is_estimate: bool = False) -> str:
        """Return ``1 author``, ``1,204 subjects``, ``About 12,000 publishers``."""
        shown = rounded(number) if is_estimate else number
        words = {
            "author": n_("%(num)s author", "%(num)s authors", shown),
            "subject": n_("%(num)s subject", "%(num)s subjects", shown),
            "publisher": n_("%(num)s publisher", "%(num)s publishers", shown),
        }[self.name]
        return _("About %(count)s", count=words) if is_estimate else words


_AUTHORS = Sentences(
    one=N_("Author"),
    title=N_("Authors"),
    beginning=N_("Authors beginning with “%(prefix)s”"),
    by_letter=N_("Authors by letter"),
    description=N_("All authors on the shelves of %(shop)s, from A to Z."),
    shelf_title=N_("Books by %(name)s"),
    shelf_description=N_("%(count)s by %(name)s at %(shop)s, an independent bookshop."),
    see_all=N_("See all authors"),
    none_begins=N_("No author begins with “<bdi>%(prefix)s</bdi>”"),
    none_yet=N_("There are no authors yet"),
    unknown_title=N_("No such author"),
    unknown=N_("We have no books by “<bdi>%(name)s</bdi>”"),
)
_SUBJECTS = Sentences(
    one=N_("Subject"),
    title=N_("Subjects"),
    beginning=N_("Subjects beginning with “%(prefix)s”"),
    by_letter=N_("Subjects by letter"),
    description=N_("All subjects on the shelves of %(shop)s, from A to Z."),
    shelf_title=N_("%(name)s – books"),
    shelf_description=N_("%(count)s about %(name)s at %(shop)s, an independent bookshop."),
    see_all=N_("See all subjects"),
    none_begins=N_("No subject begins with “<bdi>%(prefix)s</bdi>”"),
    none_yet=N_("There are no subjects yet"),
    unknown_title=N_("No such subject"),
    unknown=N_("We have no books about “<bdi>%(name)s</bdi>”"),
)
_PUBLISHERS = Sentences(
    one=N_("Publisher"),
    title=N_("Publishers"),
    beginning=N_("Publishers beginning with “%(prefix)s”"),
    by_letter=N_("Publishers by letter"),
    description=N_("All publishers on the shelves of %(shop)s, from A to Z."),
    shelf_title=N_("Books published by %(name)s"),
    shelf_description=N_("%(count)s published by %(name)s at %(shop)s, an independent bookshop."),
    see_all=N_("See all publishers"),
    none_begins=N_("No publisher begins with “<bdi>%(prefix)s</bdi>”"),
    none_yet=N_("There are no publishers yet"),
    unknown_title=N_("No such publisher"),
    unknown=N_("We have no books published by “<bdi>%(name)s</bdi>”"),
)

KINDS = {
    kind.path.strip("/"): kind
    for kind in (
        Kind("author", "authors", "/authors", 300, _AUTHORS),
        Kind("subject", "subjects", "/subjects", 100, _SUBJECTS),
        Kind("publisher", "publishers", "/publishers", 300, _PUBLISHERS),
    )
}
