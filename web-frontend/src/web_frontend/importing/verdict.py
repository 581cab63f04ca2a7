"""What an import means, said in sentences: what it would do, what it did, what undoing did."""

from collections.abc import Iterable
from dataclasses import dataclass

from service_kit.languages.texts import _, n_
from web_frontend.importing.imports import Counts, Import


@dataclass(frozen=True, slots=True)
class Sentence:
    """What there is to say of the rows of one kind, and how many there are."""

    kind: str
    number: int
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The upshot of an import, and what there is to say of its rows."""

    heading: str
    sentences: tuple[Sentence, ...]

    @property
    def shares(self) -> list[tuple[str, float, float]]:
        """Return the bar that shows how many rows each sentence is about: ``(kind, start, width)`` in hundredths."""
        total, start, shares = sum(sentence.number for sentence in self.sentences), 0.0, []
        for sentence in self.sentences:
            width = 100 * sentence.number / total if total else 0.0
            shares.append((sentence.kind, round(start, 2), round(width, 2)))
            start += width
        return shares


def verdict_of(shown: Import) -> Verdict:
    """Return what to say of an import that nothing is being done with."""
    if shown.can_undo or shown.state == "applied":
        return _applied(shown.counts)
    if shown.state == "undone":
        return _undone(shown.counts)
    return _checked(shown)


def _checked(shown: Import) -> Verdict:
    counts = shown.counts
    said = (
        (
            "new",
            counts.new,
            n_("%(num)s book is new and will be added.", "%(num)s books are new and will be added.", counts.new),
        ),
        (
            "changed",
            counts.changed,
            n_(
                "%(num)s book will change, field by field as listed below.",
                "%(num)s books will change, field by field as listed below.",
                counts.changed,
            ),
        ),
        (
            "unchanged",
            counts.unchanged,
            n_(
                "%(num)s row is as the catalogue has it already.",
                "%(num)s rows are as the catalogue has it already.",
                counts.unchanged,
            ),
        ),
        (
            "bad",
            counts.bad,
            n_(
                "%(num)s row is bad and left out. You can download, mend and send it again.",
                "%(num)s rows are bad and left out. You can download, mend and send them again.",
                counts.bad,
            ),
        ),
    )
    heading = _("This is what the file would do") if shown.changes else _("There is nothing to apply")
    return Verdict(heading, _sentences(said) or (Sentence("none", 0, _("The file has no rows.")),))


def _applied(counts: Counts) -> Verdict:
    said = (
        (
            "unchanged",
            counts.unchanged,
            n_(
                "%(num)s row is as the catalogue had it already.",
                "%(num)s rows are as the catalogue had it already.",
                counts.unchanged,
            ),
        ),
        (
            "failed",
            counts.failed,
            n_(
                "%(num)s row failed: the catalogue had changed since the check.",
                "%(num)s rows failed: the catalogue had changed since the check.",
                counts.failed,
            ),
        ),
        (
            "bad",
            counts.bad,
            n_(
                "%(num)s row had been bad and was left out.", "%(num)s rows had been bad and were left out.", counts.bad
            ),
        ),
    )
    heading = n_("%(num)s book was added or changed", "%(num)s books were added or changed", counts.applied)
    return Verdict(heading, _sentences(said))


def _undone(counts: Counts) -> Verdict:
    kept = n_(
        "%(num)s book was kept; the list below says why.",
        "%(num)s books were kept; the list below says why.",
        counts.kept,
    )
    heading = n_("%(num)s book was put back", "%(num)s books were put back", counts.undone)
    return Verdict(heading, _sentences((("kept", counts.kept, kept),)))


def _sentences(said: Iterable[tuple[str, int, str]]) -> tuple[Sentence, ...]:
    return tuple(Sentence(*one) for one in said if one[1])
