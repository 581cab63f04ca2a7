"""What an import means, said in sentences: what it would do, what it did, what undoing did."""

from dataclasses import dataclass

from web_frontend.importing.imports import Counts, Import
from web_frontend.wording import counted


@dataclass(frozen=True, slots=True)
class Verdict:
    """The upshot of an import, and what there is to say of its rows."""

    heading: str
    sentences: tuple[str, ...]


def verdict_of(shown: Import) -> Verdict:
    """Return what to say of an import that nothing is being done with."""
    if shown.can_undo or shown.state == "applied":
        return _applied(shown.counts)
    if shown.state == "undone":
        return _undone(shown.counts)
    return _checked(shown)


def _checked(shown: Import) -> Verdict:
    counts = shown.counts
    sentences = []
    if counts.new:
        sentences.append(f"{_are(counts.new, 'book')} new and will be added.")
    if counts.changed:
        sentences.append(f"{counted(counts.changed, 'book')} will change, field by field as listed below.")
    if counts.unchanged:
        sentences.append(f"{_are(counts.unchanged, 'row')} as the catalogue has it already.")
    if counts.bad:
        sentences.append(f"{_are(counts.bad, 'row')} bad and left out. You can download, mend and send them again.")
    heading = "This is what the file would do" if shown.changes else "There is nothing to apply"
    return Verdict(heading, tuple(sentences) or ("The file has no rows.",))


def _applied(counts: Counts) -> Verdict:
    sentences = []
    if counts.unchanged:
        sentences.append(f"{_are(counts.unchanged, 'row')} as the catalogue had it already.")
    if counts.failed:
        sentences.append(f"{counted(counts.failed, 'row')} failed: the catalogue had changed since the check.")
    if counts.bad:
        sentences.append(f"{counted(counts.bad, 'row')} had been bad and {_was(counts.bad)} left out.")
    return Verdict(f"{counted(counts.applied, 'book')} {_was(counts.applied)} added or changed", tuple(sentences))


def _undone(counts: Counts) -> Verdict:
    sentences = []
    if counts.kept:
        sentences.append(f"{counted(counts.kept, 'book')} {_was(counts.kept)} kept; the list below says why.")
    return Verdict(f"{counted(counts.undone, 'book')} {_was(counts.undone)} put back", tuple(sentences))


def _are(number: int, one: str) -> str:
    return f"{counted(number, one)} {'is' if number == 1 else 'are'}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
