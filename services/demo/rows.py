"""What a maker of the simulation is: rows of one reporter's report for one period."""

from collections.abc import Callable, Iterator
from typing import Any

from services.catalog.periods import Period
from services.demo.city import County, Township

Row = dict[str, Any]
Reporter = Township | County
Maker = Callable[[Township, Period], Iterator[Row]]
"""The rows of one report, villages by code."""
CountyMaker = Callable[[County, Period], Iterator[Row]]
"""The same for a form that counties report."""
