"""What the simulated city reports of its revitalization specialists: hired, in service, elected, left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from services.catalog.periods import Period
from services.demo.allotment import allot
from services.demo.city import Township, Village, rng_of, simulated_city
from services.demo.rows import Maker, Row

_FIRST: Final = Period.parse("2021-Q1")
_NEVER: Final = 99
_ALWAYS: Final = -1
_STATIONED: Final = 2650
_SUCCEEDED: Final = 140
_NOT_SUCCEEDED: Final = 60
_SERVED_BESIDES: Final = 270
_ELECTED: Final = 405
_ELECTED_SECRETARY: Final = 24
_BACHELOR_SHARE: Final = 0.55


@dataclass(slots=True)
class _Specialist:
    """One person; quarters count from 2021-Q1, negative before. `served` are the villages served besides."""

    village: Village
    township: Township
    number: str
    age: int
    hired_year: int
    hired_from: int
    leaves_from: int
    luck: float
    assessment: str
    reason: str
    insured_from: int
    education: str = "college"
    elected_from: int = _NEVER
    is_secretary: bool = False
    served: list[str] = field(default_factory=list)

    def row(self, village: str, quarter: int) -> Row:
        departed = quarter >= self.leaves_from
        stationed = village == self.village.code
        elected = stationed and quarter >= self.elected_from
        slips = self.village.slips_from is not None and quarter * 3 + 3 >= self.village.slips_from
        row: Row = {
            "division": village, "specialist_no": self.number, "stationed": stationed, "age": self.age,
            "education": self.education, "hired_year": self.hired_year,
            "paid": not departed and not slips, "insured": not departed and quarter >= self.insured_from,
            "elected_body": elected, "elected_secretary": elected and self.is_secretary, "departed": departed,
        }  # fmt: skip
        if departed:
            row["leaving_reason"] = self.reason
        if self.hired_year < _FIRST.year:
            row["assessment"] = self.assessment
        return row


def _specialists(township: Township, period: Period) -> Iterator[Row]:
    quarter = period.ordinal - _FIRST.ordinal
    for village in township.villages:
        listed = [person for person in _plan().get(village.code, ()) if person.hired_from <= quarter]
        if not listed:
            yield {"division": village.code, "nil": True}
        for person in listed:
            yield person.row(village.code, quarter)


@cache
def _plan() -> dict[str, list[_Specialist]]:
    """The specialists of each village, those it shares with another included."""
    stationed = _stationed()
    people = [person for village in stationed.values() for person in village]
    in_service = [person for person in people if person.leaves_from == _NEVER]
    _educate(in_service)
    _elect(in_service)
    plan = {village: list(listed) for village, listed in stationed.items()}
    for person in _let_serve_besides(in_service, set(plan)):
        for village in person.served:
            plan[village] = [person]
    return plan


def _stationed() -> dict[str, list[_Specialist]]:
    """Who is stationed in each village that has a place, in order of hiring."""
    city = {township.code: township for township in simulated_city()}
    weights = {code: len(t.villages) * rng_of("places", code).uniform(0.45, 1.35) for code, t in city.items()}
    places = [
        (city[code], village)
        for code, count in allot(_STATIONED, weights).items()
        for village in sorted(city[code].villages, key=_rank)[:count]
    ]
    leaving = sorted(places, key=lambda place: rng_of("leaving", place[1].code).random() / (1 + place[0].lag / 6))
    succeeded = {village.code for _, village in leaving[:_SUCCEEDED]}
    emptied = {village.code for _, village in leaving[_SUCCEEDED : _SUCCEEDED + _NOT_SUCCEEDED]}
    found: dict[str, list[_Specialist]] = {}
    counts: dict[str, int] = {}
    for township, village in sorted(places, key=lambda place: place[1].code):
        leaves = village.code in succeeded or village.code in emptied
        for successor in (False, True) if village.code in succeeded else (False,):
            counts[township.code] = number = counts.get(township.code, 0) + 1
            person = _specialist(township, village, number, leaves=leaves and not successor, successor=successor)
            found.setdefault(village.code, []).append(person)
    return found


def _rank(village: Village) -> float:
    return rng_of("place", village.code).random() - 0.5 * village.vigour


def _specialist(township: Township, village: Village, number: int, *, leaves: bool, successor: bool) -> _Specialist:
    rng = rng_of("specialist", village.code, successor)
    hired_year = 2021 if successor else rng.choices((2019, 2020, 2021), (20, 62, 0 if leaves else 18))[0]
    hired_from = _ALWAYS if hired_year < _FIRST.year else 3 if successor else rng.randint(1, 2)
    insured_from = hired_from + 1 if township.lag > 9 and rng.random() < 0.3 else _ALWAYS
    return _Specialist(
        village=village,
        township=township,
        number=f"Z{number:02}",
        age=min(40, max(22, round(rng.gauss(29, 3.3)))),
        hired_year=hired_year,
        hired_from=hired_from,
        leaves_from=rng.randint(0, 3) if leaves else _NEVER,
        luck=rng.random(),
        assessment=rng.choices(("excellent", "competent", "basic", "unfit"), (18, 77, 4, 1))[0],
        reason=rng.choices(("public_sector", "other_job", "dismissed", "other"), (55, 30, 5, 10))[0],
        insured_from=insured_from,
        education=rng.choice(("college", "bachelor")),
    )


def _educate(in_service: Sequence[_Specialist]) -> None:
    """Exactly the published share has a bachelor's degree or more."""
    ranked = sorted(in_service, key=lambda person: person.luck)
    enough = round(len(ranked) * _BACHELOR_SHARE)
    for place, person in enumerate(ranked):
        if place < enough:
            person.education = "master" if place % 14 == 0 else "bachelor"
        else:
            person.education = "secondary" if place % 17 == 0 else "college"


def _elect(in_service: Sequence[_Specialist]) -> None:
    """Most were elected early in 2021, when all villages voted."""
    eligible = [person for person in in_service if person.hired_from < 0]
    eligible.sort(key=lambda p: rng_of("elected", p.village.code, p.number).random() / p.village.vigour)
    for place, person in enumerate(eligible[:_ELECTED]):
        person.elected_from = 1 if place % 7 == 0 else 0
        person.is_secretary = place < _ELECTED_SECRETARY


def _let_serve_besides(in_service: Sequence[_Specialist], taken: set[str]) -> Iterator[_Specialist]:
    """Those who serve a second village of their township that has nobody."""
    free = {
        township.code: [village.code for village in township.villages if village.code not in taken]
        for township in simulated_city()
    }
    willing = [person for person in in_service if person.hired_from < 0]
    willing.sort(key=lambda p: rng_of("besides", p.village.code, p.number).random())
    left = _SERVED_BESIDES
    for person in willing:
        if left and free[person.township.code]:
            person.served.append(free[person.township.code].pop())
            left -= 1
            yield person


MAKERS: Final[dict[str, Maker]] = {"specialist": _specialists}
SINCE: Final = {"specialist": "2021-Q1"}
COMPLETE: Final = frozenset({"specialist"})
"""Forms whose published totals add up only when every report arrives."""
