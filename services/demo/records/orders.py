"""Orders, reminder letters and site inspections of the simulated city with their replies, and its contact points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Final

from services.api.orders.schemas import Closed, Kind, Replied, Returned, Step
from services.core.clock import TIME_ZONE
from services.demo.city import rng_of, simulated_city, simulated_counties
from services.demo.systems.rectification import Case, cases

CITY: Final = "370100000000"
_RECTIFICATION: Final = 43
"""Orders and letters put to the townships of listed villages since 2019."""
_LETTERS: Final = 18
_CONTACT_POINTS: Final = 10
_BEGINS: Final = date(2019, 1, 8)
_LAST_DAY: Final = date(2022, 1, 20)
_LATELY: Final = date(2021, 12, 15)
"""Orders issued from this day on may still be without a reply at the simulation's end."""
_ABOUT_VILLAGES: Final = (
    ("weak_village_standards_rate", "软弱涣散村整改标准落实滞后", "请逐村对照标准查找差距，报送补齐措施和完成时限。"),
    ("weak_village_plan_rate", "软弱涣散村一村一策方案未报备", "请督促有关村完善整改方案，限期报备。"),
    ("weak_village_standards_behind", "软弱涣散村整改进度落后于计划", "请说明原因，报送下一步安排。"),
    ("county_head_visit_rate", "软弱涣散村走访未按期完成", "请尽快安排走访，并报送走访情况。"),
)
_ABOUT_WORK: Final = (
    ("meeting_held_rate", "主题党日开展率偏低", "请核实未开展的村和原因，报送整改安排。"),
    ("pledges_overdue", "公开承诺事项逾期", "请逐项说明进展，明确完成时限。"),
    ("key_task_progress_rate", "重点任务进度落后", "请分析原因，报送赶进度的措施。"),
    ("collective_villages_in_debt", "村集体负债情况需核实", "请逐村核实债务来源，报送化解方案。"),
)
_INSPECTION: Final = ("weak_village_standards_rate", "软弱涣散村整改情况实地督查", "实地查看整改台账，随机走访农户。")
_OFFICES: Final = (
    ("市委组织部", "副部长"),
    ("市委组织部", "处长"),
    ("市农业农村局", "副局长"),
    ("市民政局", "副局长"),
)


@dataclass(frozen=True, eq=False)
class OrderPlan:
    """An order as it will be issued, and the steps that follow, each at its moment."""

    kind: Kind
    issuer: str
    addressee: str
    metric: str
    subject: str
    text: str
    issued_at: datetime
    due_on: date
    steps: Sequence[tuple[datetime, Step]]


@dataclass(frozen=True)
class ContactPlan:
    """A contact township, with the office and post that keep in touch with it from a day on."""

    township: str
    office: str
    post: str
    at: datetime


@cache
def orders() -> Sequence[OrderPlan]:
    """Every order: those about listed villages, inspections of them, and those about other work."""
    return (*_about_villages(), *_inspections(), *_about_work(), *_to_counties())


def contact_points() -> Sequence[ContactPlan]:
    """Ten townships, each in another county."""
    rng = rng_of("contact points")
    counties = sorted(rng.sample(simulated_counties(), _CONTACT_POINTS), key=lambda county: county.code)
    return [
        ContactPlan(rng.choice(county.townships).code, *rng.choice(_OFFICES), _at(_BEGINS, rng))
        for county in counties
    ]


def _about_villages() -> list[OrderPlan]:
    rng = rng_of("orders about weak villages")
    chosen = rng.sample(sorted(cases().values(), key=lambda case: case.village.code), _RECTIFICATION)
    letters = set(rng.sample(range(_RECTIFICATION), _LETTERS))
    return [_about_village(case, number in letters, rng) for number, case in enumerate(chosen)]


def _about_village(case: Case, is_letter: bool, rng: Random) -> OrderPlan:
    code = case.village.code
    lasted = (case.accepted_on - case.listed_on).days
    on = case.listed_on + timedelta(days=rng.randint(lasted // 4, max(lasted // 4, lasted * 2 // 3)))
    issuer = CITY if case.is_city_listed else f"{code[:6]}000000"
    kind: Kind = "reminder_letter" if is_letter else "order"
    return _plan(kind, issuer, f"{code[:9]}000", rng.choice(_ABOUT_VILLAGES), on)


def _inspections() -> list[OrderPlan]:
    """A few of the on-site inspections of listed villages that also asked for a reply."""
    found = []
    for case in sorted(cases().values(), key=lambda case: case.village.code):
        rng = rng_of("inspection", case.village.code)
        if case.is_city_listed and rng.random() < 0.5:
            on = case.listed_on + timedelta(days=rng.randint(5, 40))
            found.append(_plan("site_inspection", CITY, f"{case.village.code[:9]}000", _INSPECTION, on))
    return found


def _about_work() -> list[OrderPlan]:
    """To townships that lag or report late: more of them in the last year, a few not answered yet."""
    found = []
    for township in simulated_city():
        rng = rng_of("orders about work", township.code)
        if rng.random() < 0.12 + township.lag / 60:
            on = _LAST_DAY - timedelta(days=int(350 * rng.random() ** 2))
            issuer = CITY if rng.random() < 0.2 else f"{township.county}000000"
            kind: Kind = "order" if rng.random() < 0.5 else "reminder_letter"
            found.append(_plan(kind, issuer, township.code, rng.choice(_ABOUT_WORK), on))
    return found


def _to_counties() -> list[OrderPlan]:
    found = []
    for county in simulated_counties():
        rng = rng_of("orders to counties", county.code)
        for _ in range(rng.randint(0, 2)):
            on = date(2021, 1, 10) + timedelta(days=rng.randint(0, 375))
            found.append(_plan("order", CITY, county.code, rng.choice(_ABOUT_WORK), on))
    return found


def _plan(kind: Kind, issuer: str, addressee: str, about: tuple[str, str, str], on: date) -> OrderPlan:
    """An order with what became of it: most are answered in time, some late, some after a return, a few not yet."""
    rng = rng_of("order", kind, issuer, addressee, on)
    metric, subject, text = about
    due_on = on + timedelta(days={"order": 10, "reminder_letter": 7}.get(kind, 14))
    steps: list[tuple[datetime, Step]] = []
    if on >= _LATELY and rng.random() < 0.4:
        return OrderPlan(kind, issuer, addressee, metric, subject, text, _at(on, rng), due_on, steps)
    fate = rng.choices(("in time", "late", "returned"), (84, 9, 7))[0]
    replied_on = due_on + timedelta(days=rng.randint(1, 9) if fate == "late" else -rng.randint(0, 4))
    replied = Replied(event="replied", text="已逐项核实并落实整改，情况随附。")
    steps.append((_at(replied_on, rng), replied))
    if fate == "returned":
        again_on = replied_on + timedelta(days=9)
        returned = Returned(event="returned", text="未说明具体措施和完成时限。", due_on=again_on)
        steps.append((_at(replied_on + timedelta(days=2), rng), returned))
        steps.append((_at(again_on - timedelta(days=1), rng), replied))
    steps.append((_at(steps[-1][0].date() + timedelta(days=rng.randint(1, 5)), rng), Closed(event="closed")))
    return OrderPlan(kind, issuer, addressee, metric, subject, text, _at(on, rng), due_on, steps)


def _at(day: date, rng: Random) -> datetime:
    return datetime.combine(day, time(rng.randint(9, 17), 0), TIME_ZONE)
