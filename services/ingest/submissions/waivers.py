"""Warnings that a reporter answers with a reason: this is so, and why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.core.problems import ProblemItem, text_of
from services.ingest.contents import Content
from services.ingest.faults import pointer

MEMBERS = ("warning", "division", "field")


@dataclass(frozen=True, slots=True)
class WaivedWarning:
    """Which warnings are answered: those with this code, of this division and field where they are named."""

    warning: str
    division: str | None = None
    field: str | None = None

    def answers(self, item: ProblemItem) -> bool:
        """Whether it is one of those."""
        return (
            item.code == self.warning
            and self.division in (None, item.division)
            and self.field in (None, item.field)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiver:
    """Warnings and the reason that is given for them."""

    warnings: Sequence[WaivedWarning]
    reason: str


def read_waived(content: Content) -> WaivedWarning | None:
    """The warnings that an object names."""
    code, division = content.name("warning", required=True), content.division("division")
    field = content.name("field")
    if code is None:
        return None
    return WaivedWarning(code, None if division is None else division.code, field)


def unknown_warnings(
    waived: Iterable[WaivedWarning], warnings: Sequence[ProblemItem], member: str
) -> Iterator[ProblemItem]:
    """A fault for each of `member` that answers no warning."""
    for number, waiver in enumerate(waived):
        if not any(map(waiver.answers, warnings)):
            text = text_of("warning_unknown", {"given": waiver.warning})
            yield ProblemItem("warning_unknown", pointer(member, number, "warning"), text, waiver.division, "warning")


def unanswered(warnings: Iterable[ProblemItem], waived: Sequence[WaivedWarning]) -> Iterator[ProblemItem]:
    """The warnings that nobody answered."""
    return (item for item in warnings if not any(waiver.answers(item) for waiver in waived))
