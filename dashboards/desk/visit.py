"""Who sits at the desk: a visitor with a key of his own, and the division that he reports for."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from dashboards.answers import DivisionRef, Form
from dashboards.client import Api
from dashboards.people import SignInWantedError
from dashboards.visits import AVisit, UnknownChoiceError, Visit

GRAINS = {"township": ("village", "township"), "county": ("county",)}
"""What is reported by whom: a township also reports for its villages."""


@dataclass(frozen=True)
class Desk:
    """A visit of somebody who reports."""

    visit: Visit
    reporter: DivisionRef

    @property
    def api(self) -> Api:
        """The services, by the visitor's own key."""
        return self.visit.api

    @property
    def purpose(self) -> dict[str, str]:
        """What personal fields are asked for, of whoever may see them: they are sent again in a correction."""
        return {"purpose": "更正报表 / to correct the report"} if "personal" in self.visit.rights else {}

    @property
    def forms(self) -> dict[str, Form]:
        """The forms that he reports, by name."""
        grains = GRAINS[self.reporter.level]
        return {f.form: f for f in self.visit.catalog.forms if f.source == "reported" and f.grain in grains}

    def form(self, name: str) -> Form:
        """One of them. UnknownChoiceError for any other."""
        try:
            return self.forms[name]
        except KeyError:
            raise UnknownChoiceError(name) from None


async def own_visit(request: Request, visit: AVisit) -> Visit:
    """A visit by a key of the visitor's own."""
    if visit.manner.key is None:
        raise SignInWantedError
    return visit


OwnVisit = Annotated[Visit, Depends(own_visit)]


async def open_desk(visit: OwnVisit) -> Desk:
    """The desk of a township or a county that may report; nobody else does."""
    if not visit.has_desk:
        raise UnknownChoiceError(visit.root.level)
    return Desk(visit, visit.root)


ADesk = Annotated[Desk, Depends(open_desk)]
