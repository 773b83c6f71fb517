"""What a template is made of: the units that rows are due from, their names, and what was reported before."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.catalog.periods import Period
from services.catalog.schema import Form
from services.catalog.templates import Prefilled, Unit
from services.catalog.validators import FormValidator
from services.core.database import load_queries
from services.ingest.submissions.personal import PersonalFields
from services.ingest.submissions.repository import Driver, ReportKey, StoredRow, read_newest_rows, read_present

_QUERIES: Final = {name: text.encode() for name, text in load_queries("services.ingest.templates").items()}


@dataclass(frozen=True)
class Before:
    """The rows to begin with, and the revision that they correct: None while the period was not reported."""

    rows: Sequence[Prefilled]
    revision: int | None


async def read_units(driver: Driver, form: Form, period: Period, division: str) -> list[str]:
    """The codes of those that `division` reports for, in order; empty when it does not report this form."""
    asked = {
        "form": form.form, "period": str(period), "division": division, "grain": form.grain,
        "first_day": period.first_day,
    }  # fmt: skip
    due = await (await driver.execute(_QUERIES["units_due"], asked)).fetchone()
    if due is not None:
        return list(due[0])
    return [code for (code,) in await (await driver.execute(_QUERIES["units_to_be_due"], asked)).fetchall()]


async def read_names(driver: Driver, codes: Iterable[str]) -> dict[str, str]:
    """The names of divisions by code; those that nobody knows are left out."""
    rows = await (await driver.execute(_QUERIES["names"], {"codes": list(codes)})).fetchall()
    return dict(rows)


async def read_before(
    driver: Driver, validator: FormValidator, period: Period, division: str, personal: PersonalFields | None
) -> Before:
    """The whole of what was reported for the period, to be corrected; else what rarely changes, from the last one.

    Without what opens them, personal fields are left empty.
    """
    form = validator.form
    fields = [field for field in form.fields if personal is not None or not field.personal]
    key = ReportKey(form.form, str(period), division)
    present = await read_present(driver, key)
    if present is not None:
        rows = await _rows(driver, key, personal)
        return Before([*_prefilled(validator, rows, [field.field for field in fields])], present.revision)
    names = [field.field for field in fields if field.prefill]
    found = await (await driver.execute(_QUERIES["period_before"], vars(key))).fetchone()
    if not names or found is None or found[0] is None:
        return Before([], None)
    rows = await _rows(driver, ReportKey(form.form, found[0], division), personal)
    told = [row for row in rows if not row.nil]
    return Before([*_prefilled(validator, told, [*form.key, *names])], None)


async def _rows(driver: Driver, key: ReportKey, personal: PersonalFields | None) -> list[StoredRow]:
    rows = await read_newest_rows(driver, key)
    return rows if personal is None else [*personal.opened(key.form, rows)]


def _prefilled(validator: FormValidator, rows: Sequence[StoredRow], names: Sequence[str]) -> Iterator[Prefilled]:
    """The rows with these fields; a value that no longer fits its field is left out."""
    restored = validator.restored([(row.division, row.fields) for row in rows])
    for row, values in zip(rows, restored, strict=True):
        told: dict[str, Any] = {name: getattr(values, name) for name in dict.fromkeys(names)}
        yield Prefilled(row.division, told | ({"nil": True} if row.nil else {}))


def named(codes: Iterable[str], names: dict[str, str]) -> list[Unit]:
    """Divisions with their names."""
    return [Unit(code, names.get(code, "")) for code in codes]
