"""Which forms the simulation fills, and how: what the modules of its work systems say of themselves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final

from services.catalog.periods import Period
from services.demo import systems
from services.demo.city import rng_of
from services.demo.rows import Reporter, Row

_SILENT: Final = 0.003


@dataclass(frozen=True)
class Filled:
    """How a form is filled, and from which period on; `is_complete` when none of it may go missing."""

    make: Callable[[Any, Period], Iterator[Row]]
    since: Period
    is_complete: bool


@cache
def filled_forms() -> Mapping[str, Filled]:
    """Every form that a module of services/demo/systems makes rows of."""
    modules = [import_module(f"{systems.__name__}.{found.name}") for found in iter_modules(systems.__path__)]
    return {
        form: Filled(make, Period.parse(module.SINCE[form]), form in getattr(module, "COMPLETE", ()))
        for module in modules
        for form, make in module.MAKERS.items()
    }


def rows_of(form: str, reporter: Reporter, period: Period) -> list[Row]:
    """The rows of one report; villages that forgot to hand theirs in are left out."""
    filled = filled_forms()[form]
    rows = list(filled.make(reporter, period))
    if filled.is_complete:
        return rows
    rng = rng_of("silent", form, reporter.code, period)
    units = units_of(rows)
    silent = {unit for unit in units if rng.random() < _SILENT}
    return [row for row in rows if row["division"] not in silent] if 0 < len(silent) < len(units) else rows


def units_of(rows: Sequence[Row]) -> list[str]:
    """The divisions that rows are about, in order, each once."""
    return list(dict.fromkeys(row["division"] for row in rows))
