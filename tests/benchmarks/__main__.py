"""`make bench`: every benchmark, or those that are named, each side by side with its baseline in one run."""

import argparse
import os
from importlib import import_module
from time import perf_counter

from rich.console import Console

from tests.benchmarks.city import demo_city
from tests.benchmarks.report import show

BENCHMARKS = ("ingest", "drilldown", "rebuild", "served")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="all of them without one")
    names = parser.parse_args().names or BENCHMARKS
    console = Console(width=None if Console().is_terminal else 150)
    begun = perf_counter()
    with demo_city() as city:
        for name in names:
            load, *_ = os.getloadavg()
            console.print(f"load average before {name}: {load:.1f} on {os.cpu_count()} processors")
            show(import_module(f"tests.benchmarks.{name}").measure(city), console)
    console.print(f"{perf_counter() - begun:,.0f} s in all")


if __name__ == "__main__":
    main()
