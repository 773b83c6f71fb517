"""What each county chose to work on: its steps, what came of them, and where it was taken over."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from services.catalog.periods import Period
from services.demo.city import County, rng_of
from services.demo.rows import CountyMaker, Row

_TOPICS: Final = {
    "organisation": ("村级组织运行不够规范", "形成村级组织运行规范，一套制度管到底"),
    "team": ("村级后备力量不足", "建立后备力量培养链条，村村有储备"),
    "collective_income": ("集体经济增收渠道单一", "党组织领办合作社抱团发展，增收渠道拓宽"),
    "governance": ("村民议事参与不足", "阳光议事做法定型，群众参与明显提高"),
    "service": ("服务群众最后一公里不畅", "代办服务进村入户，群众少跑腿"),
}
_DEADLINES: Final = ((10, 31), (11, 30), (12, 31))


def county_products(county: County, period: Period) -> Iterator[Row]:
    """One or two rows, one a product."""
    plan = rng_of("county products", county.code, period.year)
    for number, topic in enumerate(plan.sample(list(_TOPICS), plan.choice((1, 2, 2))), 1):
        yield {"division": county.code, "product_no": f"A{number}", **_product(county, period, topic)}


def _product(county: County, period: Period, topic: str) -> Row:
    rng = rng_of("county product", county.code, period.year, topic)
    problem, result = _TOPICS[topic]
    planned, pilots = rng.randint(4, 8), rng.randint(8, 40)
    deadline = date(period.year, *rng.choice(_DEADLINES))
    shown_early, spread, abroad = rng.random() < 0.25, rng.uniform(0.1, 0.6), rng.choice((0, 0, 1, 2, 3))
    is_second_half = period.number == 2
    due = planned if is_second_half else planned // 2
    behind = round(planned * county.lag / 100 * (0.6 if is_second_half else 1.4))
    done = max(0, due - behind)
    row: Row = {
        "problem": problem, "topic": topic, "deadline": deadline.isoformat(), "steps_planned": planned,
        "steps_due": due, "steps_done": done, "townships_copied": 0, "counties_copied": 0,
        "villages_covered": pilots if done else 0,
        "state": "under_way" if done else "chosen",
    }  # fmt: skip
    if not (shown_early and not behind if not is_second_half else done >= planned - 1):
        return row
    share = spread if is_second_half else spread / 3
    townships = int((len(county.townships) - 1) * share)
    counties = abroad if is_second_half else 0
    row |= {"state": "results", "result": result, "townships_copied": townships, "counties_copied": counties}
    if townships or counties:
        row["villages_covered"] = pilots + townships * 6
        row["copied_where"] = "本区县部分镇街和外区县" if counties else "本区县部分镇街"
    return row


MAKERS: Final[dict[str, CountyMaker]] = {"county_product": county_products}
SINCE: Final[dict[str, str]] = {"county_product": "2021-H1"}
COMPLETE: Final[frozenset[str]] = frozenset({"county_product"})
