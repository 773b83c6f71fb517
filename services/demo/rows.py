"""What a maker of the simulation is: rows of one township's report for one period."""

from collections.abc import Callable, Iterator
from typing import Any

from services.catalog.periods import Period
from services.demo.city import Township

Row = dict[str, Any]
Maker = Callable[[Township, Period], Iterator[Row]]
"""The rows of one report, villages by code."""
