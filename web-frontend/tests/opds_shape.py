"""What OPDS 2.0 demands of a catalogue, and the Readium manifest of what is in it, as models that take nothing else."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

FEED, PUBLICATION = "application/opds+json", "application/opds-publication+json"
BUY = "http://opds-spec.org/acquisition/buy"


def _absolute(address: str) -> str:
    assert address.startswith("http"), address
    return address


Href = Annotated[str, AfterValidator(_absolute)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Price(Strict):
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    value: Annotated[float, Field(ge=0)]


class Availability(Strict):
    state: Literal["available", "unavailable", "reserved", "ready"]


class Properties(Strict):
    numberOfItems: Annotated[int, Field(ge=0)] | None = None  # noqa: N815 (as the specification spells it)
    price: Price | None = None
    availability: Availability | None = None


class Link(Strict):
    href: Href
    type: str | None = None
    rel: str | None = None
    title: str | None = None
    templated: bool = False
    properties: Properties | None = None
    width: Annotated[int, Field(gt=0)] | None = None
    height: Annotated[int, Field(gt=0)] | None = None


class Contributor(Strict):
    name: Annotated[str, Field(min_length=1)]
    links: list[Link]


class BookFacts(Strict):
    type: str = Field(alias="@type")
    identifier: Annotated[str, Field(pattern="^urn:")]
    title: Annotated[str, Field(min_length=1)]
    subtitle: str | None = None
    author: list[Contributor] = []
    publisher: Contributor | None = None
    published: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")] | None = None
    modified: Instant
    language: Language | None = None
    numberOfPages: Annotated[int, Field(gt=0)] | None = None  # noqa: N815
    description: str | None = None
    subject: list[Contributor] = []


class Publication(Strict):
    metadata: BookFacts
    links: list[Link]
    images: Annotated[list[Link], Field(min_length=1)]

    @model_validator(mode="after")
    def _can_be_had(self) -> "Publication":
        assert [link.type for link in self.links if link.rel == "self"] == [PUBLICATION]
        (buy,) = (link for link in self.links if link.rel == BUY)
        assert buy.properties is not None
        assert buy.properties.price is not None
        assert any(image.type == "image/png" for image in self.images)
        return self

    def link(self, rel: str) -> Link:
        return next(link for link in self.links if link.rel == rel)


class FeedFacts(Strict):
    title: Annotated[str, Field(min_length=1)]
    numberOfItems: Annotated[int, Field(ge=0)] | None = None  # noqa: N815
    itemsPerPage: Annotated[int, Field(gt=0)] | None = None  # noqa: N815


class Group(Strict):
    metadata: FeedFacts
    links: list[Link] = []
    publications: list[Publication] = []


class Facet(Strict):
    metadata: FeedFacts
    links: Annotated[list[Link], Field(min_length=1)]


class Feed(Strict):
    metadata: FeedFacts
    links: list[Link]
    navigation: list[Link] | None = None
    publications: list[Publication] | None = None
    groups: list[Group] = []
    facets: list[Facet] = []

    @model_validator(mode="after")
    def _says_what_it_must(self) -> "Feed":
        assert [link.type for link in self.links if link.rel == "self"] == [FEED]
        assert self.navigation is not None or self.publications is not None or self.groups
        assert all(link.title for link in self.navigation or [])
        assert all(link.title for facet in self.facets for link in facet.links)
        (search,) = (link for link in self.links if link.rel == "search")
        assert search.templated
        return self

    def link(self, rel: str) -> Link | None:
        return next((link for link in self.links if link.rel == rel), None)

    def facet(self, title: str) -> dict[str, Any]:
        return {link.title: link for each in self.facets if each.metadata.title == title for link in each.links}
